"""Attack: somebody has taken over the hub's process, or one node's, and looks for other agencies' keys and rows.

Answer: the hub's process is given no agency's key, needs none and has none in its memory; each node's process has its
own directory open and no other; each node's database role reads its own schema and nothing else. And nothing stays
behind.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from caunoi.bootstrap import HUB, node_secrets, open_keystore, schema_of
from caunoi.demo import papers, people
from caunoi.deployment import Deployment, deployed
from caunoi.postgres import Embedded
from caunoi.settings import Settings

POLICE, LABOUR = "police-38", "labour-38"
NODES = (POLICE, LABOUR)
KEY_FILES = ("kek", "keystore.json", "view-keys", "tag-keys", "officers.json", "registrar")
PART = 32  # bytes: an Ed25519 or X25519 private key, half a seed of ML-KEM-768
PIECE = 16 * 1024 * 1024  # bytes of memory looked at at once
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Hub and two nodes that have taken in one file; in our own environment something that is nobody's business."""
    place = tmp_path_factory.mktemp("isolation")
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setenv("PRIVATE_OF_THE_PARENT", "1")
        deployment = stack.enter_context(deployed(Settings(home=place / "home"), nodes=NODES))
        made = people.cast(seed=3, outside=2, inside=0)
        (place / "in").mkdir()
        for file in papers.police_files(place / "in", made):
            deployment.node(POLICE).ingest(file)
        deployment.node(LABOUR).sync()
        yield deployment


def pid_of(deployment: Deployment, name: str) -> int:
    return deployment.supervisor.running()[name].pid


def open_paths(pid: int) -> set[str]:
    """What a process has open or mapped, as the kernel names it."""
    process = Path("/proc") / str(pid)
    found = set()
    for link in (*(process / "fd").iterdir(), process / "cwd", process / "exe", process / "root"):
        with contextlib.suppress(FileNotFoundError):
            found.add(str(link.readlink()))
    for task in (process / "maps").read_text("utf-8").splitlines():
        found.add(task.partition("/")[2] and "/" + task.partition("/")[2])
    return found - {""}


def said(pid: int) -> str:
    """Environment, arguments and descriptors' particulars of a process."""
    process = Path("/proc") / str(pid)
    parts = [process.joinpath(name).read_bytes().decode("utf-8", "replace") for name in ("environ", "cmdline")]
    for info in (process / "fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):
            parts.append(info.read_text("utf-8"))
    return "\n".join(parts)


def below(paths: set[str], directory: Path) -> set[str]:
    """Paths in a directory, relative to it."""
    return {path.removeprefix(f"{directory}/") for path in paths if path.startswith(f"{directory}/")}


def test_hub_holds_no_agency_key(running: Deployment) -> None:
    """Environment, arguments, open and mapped files of the hub's process name no key file but the hub's own."""
    pid = pid_of(running, HUB)
    opened = below(open_paths(pid), running.home.root)
    assert opened
    assert {path for path in opened if not path.startswith("hub/")} == {f"run/{HUB}.lock"}
    text = said(pid)
    assert "CAUNOI_HOME=" in text
    assert [agency for agency in NODES if agency in text] == []
    assert [name for name in KEY_FILES if name in text] == []
    for agency in NODES:
        for secret in node_secrets(running.home, agency):
            assert secret.hex() not in text


def test_looking_finds_keys(running: Deployment) -> None:
    """The same look at a node's process finds its view keys open and its agency named: the test above can fail."""
    pid = pid_of(running, f"node-{POLICE}")
    assert {path for path in below(open_paths(pid), running.home.root) if "view-keys" in path}
    assert POLICE in said(pid)


def memory_has(pid: int, keys: Mapping[str, bytes]) -> set[str]:
    """Which of these keys, or a part of one, stand in a process's memory, over all of it that can be read."""
    found: set[str] = set()
    # A key of two suites is kept in two places.
    parts = [(name, key[at : at + PART]) for name, key in keys.items() for at in range(0, len(key), PART)]
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines():
            place, rights, *_ = line.split()
            if not rights.startswith("r"):
                continue
            begin, end = (int(one, 16) for one in place.split("-"))
            # A key may lie across the border of two pieces.
            for start in range(begin, end, PIECE):
                with contextlib.suppress(OSError, OverflowError):  # unmapped meanwhile, or the kernel's own page
                    memory.seek(start)
                    piece = memory.read(min(PIECE + PART, end - start))
                    found |= {name for name, part in parts if part in piece}
    return found


def private_keys(deployment: Deployment, store: Path, kek: Path, *, agency: str) -> dict[str, bytes]:
    """Every raw private key in a key store, by agency, use and number."""
    opened = open_keystore(deployment.settings, store, kek, agency=agency)
    return {
        f"{agency} {entry.use} {number}": opened._sealer.open(entry, number=number)
        for number, entry in enumerate(opened._stored.keys)
    }


def test_hub_has_no_agency_key_in_memory(running: Deployment) -> None:
    """No agency's private key, nor the registrar's, stands in the hub's memory; its own does, and a node's in its own.

    So the search finds a key where there is one. It looks as root does on Linux.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("reading another process's memory needs Linux and root")
    home = running.home
    keys = {
        agency: private_keys(running, home.node(agency).keystore, home.node(agency).kek, agency=agency)
        for agency in NODES
    }
    keys["registrar"] = private_keys(running, home.registrar_keystore, home.registrar_kek, agency="registrar")
    own = private_keys(running, home.hub.keystore, home.hub.kek, agency=HUB)
    everybodys = {name: key for each in (*keys.values(), own) for name, key in each.items()}
    assert len(everybodys) == 6
    assert all(len(key) % PART == 0 for key in everybodys.values())
    # Something is decided first, so that whatever the hub handles has been in its hands.
    assert running.node(POLICE).sync()["hub"]
    try:
        in_the_hub = memory_has(pid_of(running, HUB), everybodys)
    except PermissionError:
        pytest.skip("this system lets nobody read another process's memory")
    assert in_the_hub == set(own)
    for agency in NODES:
        assert memory_has(pid_of(running, f"node-{agency}"), everybodys) == set(keys[agency])


def test_hub_starts_without_any_agency_key(running: Deployment) -> None:
    """The hub starts and serves with every agency's directory and the registrar's keys out of its reach."""
    home = running.home
    child = running.supervisor.running()[HUB].child
    away = home.root / "away"
    away.mkdir(mode=0o700)
    moved = [home.nodes, home.registrar_keystore, home.registrar_kek]
    for place in moved:
        place.rename(away / place.name)
    try:
        assert running.supervisor.start(child).port > 0
    finally:
        for place in moved:
            (away / place.name).rename(place)
        away.rmdir()
    for agency in NODES:
        assert running.node(agency).sync()["hub"] is True


@pytest.mark.parametrize("agency", NODES)
def test_node_has_only_its_own_open(running: Deployment, agency: str) -> None:
    """A node's process has open what lies in its own directory, and of the home nothing else but its own lock."""
    opened = below(open_paths(pid_of(running, f"node-{agency}")), running.home.root)
    assert {path for path in opened if not path.startswith(f"nodes/{agency}/")} == {f"run/node-{agency}.lock"}


@pytest.mark.parametrize("name", [HUB, *(f"node-{agency}" for agency in NODES)])
def test_children_inherit_nothing(running: Deployment, name: str) -> None:
    """A child's environment is what it was given: settings, a path, nothing of its parent's."""
    environment = Path(f"/proc/{pid_of(running, name)}/environ").read_text("utf-8")
    names = {line.partition("=")[0] for line in environment.split("\0") if line}
    assert {one for one in names if not one.startswith("CAUNOI_")} <= {"PATH", "PYTHONUNBUFFERED"}


def tables(dsn: str, schema: str) -> list[sql.Identifier]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
    assert rows, schema
    return [sql.Identifier(schema, table) for (table,) in rows]


def check_refused(dsn: str, role: str, statements: list[sql.Composed]) -> None:
    with psycopg.connect(make_conninfo(dsn, user=role), autocommit=True) as connection:
        for statement in statements:
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)


def test_node_role_reads_only_its_own(running: Deployment) -> None:
    """A node's database role reads its own tables, and neither the hub's nor another node's; it becomes nobody else."""
    dsn, role = running.dsn, schema_of(POLICE)
    select = sql.SQL("SELECT * FROM {} LIMIT 1")
    with psycopg.connect(make_conninfo(dsn, user=role), autocommit=True) as connection:
        for table in tables(dsn, role):
            connection.execute(select.format(table))
    others = tables(dsn, "hub") + tables(dsn, schema_of(LABOUR))
    check_refused(dsn, role, [select.format(table) for table in others])
    become = [sql.SQL("SET ROLE {}").format(sql.Identifier(other)) for other in
              (schema_of(LABOUR), "caunoi_writer", "caunoi_eraser", "caunoi_owner")]  # fmt: skip
    check_refused(
        dsn,
        role,
        [*become, sql.SQL("CREATE ROLE intruder").format(), sql.SQL("COPY (SELECT 1) TO PROGRAM 'true'").format()],
    )


@pytest.mark.parametrize("role", ["caunoi_writer", "caunoi_eraser"])
def test_hub_roles_rewrite_nothing(running: Deployment, role: str) -> None:
    """The hub's roles neither change nor remove an entry, and read no node's tables."""
    dsn = running.dsn
    log = [sql.Identifier("hub", name) for name in ("stored_events", "log", "feeds", "refusals")]
    check_refused(
        dsn, role,
        [
            *(sql.SQL("DELETE FROM {}").format(table) for table in log),
            *(sql.SQL("TRUNCATE {}").format(table) for table in log),
            sql.SQL("UPDATE hub.stored_events SET state = ''").format(),
            sql.SQL("UPDATE hub.log SET recorded = 0").format(),
            sql.SQL("UPDATE hub.feeds SET number = 0").format(),
            *(sql.SQL("SELECT * FROM {}").format(table) for table in tables(dsn, schema_of(POLICE))),
        ],
    )  # fmt: skip


def test_nothing_is_left(tmp_path: Path) -> None:
    """After the end of a deployment its processes are gone, its ports closed, its PostgreSQL stopped."""
    with deployed(Settings(home=tmp_path / "home"), nodes=(POLICE,)) as deployment:
        children = deployment.supervisor.running()
        home, server = deployment.home, Embedded(deployment.home).pid()
        assert server is not None
    pids = [*(child.pid for child in children.values()), server]
    assert len(pids) == 3
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    for child in children.values():
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", child.port), timeout=2):
            pass
    assert [path.name for path in home.run.iterdir() if path.suffix in {".pid", ".port"}] == []
    assert Embedded(home).pid() is None
