"""What docker-compose.yml starts, on a PostgreSQL that this program did not start. Made-up people: DỮ LIỆU GIẢ ĐỊNH."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from caunoi.listening import is_ready
from tests.acceptance.compose import ROOT, SUPERUSER, Compose, production_postgres
from tests.brokers import need_jars

pytestmark = pytest.mark.timeout(300)  # the first test starts all of it

NODES = ("node-police", "node-border", "node-labour", "node-women")
ONE_SHOTS = ("prepare", "registrar", "found")
FILE = ROOT / "examples" / "police" / "vu-an-07.json"
# Everything a second run could change by mistake: the log, roles with their passwords, schemas.
STATE = (
    "SELECT log_index, leaf FROM hub.log ORDER BY 1",
    "SELECT rolname, rolpassword FROM pg_authid ORDER BY 1",
    "SELECT nspname, nspowner FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1",
    "SELECT version, applied FROM hub.migrations",
)
# What waits at the police; what the hub has for the labour department; what came out of topics, and how much more of
# both that is than is in the log.
WAITING = "SELECT count(*) FROM node_police_38.outbox WHERE state = 'queued'"
TOLD = "SELECT max(number) FROM hub.feeds WHERE agency = 'labour-38'"
TAKEN = "SELECT coalesce(sum(position), 0) FROM hub.kafka_positions"
MORE = f"SELECT ({TAKEN}) - (SELECT count(*) FROM hub.log WHERE author IN ('police-38', 'labour-38'))"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """All services, in the order the compose file asks for."""
    administrator = secrets.token_hex(16)
    with production_postgres(password=administrator, database="caunoi") as port:
        made = Compose(tmp_path_factory.mktemp("production"), port)
        made.make_secrets(administrator=administrator)
        try:
            for name in made.services:
                made.up(name)
            yield made
        finally:
            made.down()


def cases(production: Compose, node: str) -> list[str]:
    """The mã hồ sơ of an agency's caseload, asked for inside its container."""
    agency = production.services[node]["command"][1]
    done = production.run_in(node, "caseload", "--agency", agency, "--json")
    assert done.returncode == 0, done.stderr
    return sorted(row["code"] for row in json.loads(done.stdout))


def lines(production: Compose, name: str) -> list[dict[str, str]]:
    """A service's log."""
    return [json.loads(line) for line in production.log(name).splitlines()]


def until(production: Compose, name: str, event: str) -> None:
    """Wait until a service's log ends with an event."""
    deadline = time.monotonic() + 30
    while lines(production, name)[-1]["event"] != event:
        assert time.monotonic() < deadline, production.log(name)
        time.sleep(0.1)


def state(production: Compose) -> list[object]:
    """What the database holds, as its superuser sees it."""
    with psycopg.connect(production.dsn(SUPERUSER)) as connection:
        return [connection.execute(query.encode()).fetchall() for query in STATE]


def keys(production: Compose) -> dict[str, bytes]:
    """Every file of keys in every volume."""
    names = ("keystore.json", "registrar.json", "auditor.json", "keys.json")
    volumes = production.root / "volumes"
    return {str(file): file.read_bytes() for file in sorted(volumes.rglob("*")) if file.name in names}


def test_a_file_of_the_police_reaches_the_labour_department(production: Compose) -> None:
    """Four containers, four key stores, four database roles, one log; the hub's own operator can verify it."""
    told = ("ingest", "--agency", "police-38", "--name", FILE.name, "-")
    done = production.run_in("node-police", *told, given=FILE.read_bytes())
    assert done.returncode in {0, 1}, done.stderr  # 1: rows to mend, which the made-up file has
    seen = cases(production, "node-police")
    assert seen
    deadline = time.monotonic() + 30
    while not set(cases(production, "node-labour")) & set(seen):
        assert time.monotonic() < deadline
    verified = production.run_in("hub", "audit", "verify", "--json")
    assert verified.returncode == 0, verified.stderr + verified.stdout
    assert json.loads(verified.stdout)["size"] > len(NODES) * 3
    for name in ("hub", *NODES):
        looked = production.run_in(name, "doctor", "--json")
        checks = {check["code"]: check["mark"] for check in json.loads(looked.stdout)["checks"]}
        assert (looked.returncode, "wrong" in checks.values()) == (0, False)
        assert checks["doctor_hub" if name == "hub" else "doctor_serves"] == "ok"


def test_a_second_run_changes_nothing(production: Compose) -> None:
    """All services stopped and started again: the same roles, passwords, keys and log; the caseloads are as before."""
    before, held, seen = state(production), keys(production), cases(production, "node-labour")
    assert len(held) == 5 + 5 + 6 + 1  # key stores with the registrar's; pins; handed out; the registrar's
    production.down()
    for name in production.services:
        production.up(name)
    assert (state(production), keys(production), cases(production, "node-labour")) == (before, held, seen)


def test_no_role_reads_what_is_anothers(production: Compose) -> None:
    """A node reads neither the hub's tables nor another node's; the hub reads no node's; none makes a schema."""
    logins = {f"node_{agency}": f"node_{agency}" for agency in ("police_38", "border_na_meo", "labour_38", "women_38")}
    for role in (*logins, "caunoi_writer", "caunoi_eraser"):
        own = logins.get(role, "hub")
        tables = {"hub.log", "hub.grants", *(f"{schema}.outbox" for schema in logins.values())}
        tries = [f"SELECT 1 FROM {table}" for table in sorted(tables) if not table.startswith(own + ".")]
        with psycopg.connect(production.dsn(role), autocommit=True) as connection:
            for statement in [*tries, "CREATE SCHEMA mine", "SET ROLE caunoi_owner", "SET ROLE caunoi_follower"]:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
            if own != "hub":
                connection.execute(f"SELECT 1 FROM {own}.outbox".encode())


def test_a_role_needs_its_password(production: Compose) -> None:
    """The server lets nobody in on a name alone, so the pass files were really used."""
    for role in ("caunoi_writer", "node_police_38"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(production.dsn(role), password="of somebody else")  # noqa: S106


def test_no_password_where_it_could_be_seen(production: Compose) -> None:
    """Neither in an environment, nor in arguments, nor in a log; pass phrases of key stores neither."""
    secret = [re.sub(r"\\(.)", r"\1", word).encode() for word in production.roles.values()]
    secret += [file.read_bytes() for file in (production.root / "secrets").glob("kek_*")]
    assert len(secret) == len(production.roles) + 6
    for name in ("hub", *NODES):
        process = Path("/proc") / str(production.pid(name))
        seen = process.joinpath("environ").read_bytes() + process.joinpath("cmdline").read_bytes()
        assert b"CAUNOI_DATABASE_URL" in seen
        seen += production.log(name).encode()
        assert [name for word in secret if word in seen] == []
    assert not [name for name in ONE_SHOTS for word in secret if word in production.log(name).encode()]


def test_an_operator_reads_what_happened(production: Compose) -> None:
    """In JSON lines: a node says that its hub is away and back; whoever stops says so."""
    production.down("hub")
    until(production, "node-police", "hub_away")
    production.up("hub")
    until(production, "node-police", "hub_back")
    production.down("node-women")
    production.up("node-women")
    assert [line["event"] for line in lines(production, "hub")][:2] == ["started", "stopped"]
    assert [line["event"] for line in lines(production, "node-women")][-2:] == ["stopped", "started"]
    assert {line["process"] for line in lines(production, "node-women")} == {"node-women-38"}


def test_a_key_once_pinned_is_not_replaced(production: Compose) -> None:
    """Another hub's key in the place of the one seen first: the node does not start."""
    handed = production.root / "volumes" / "public-hub" / "keys.json"
    before = handed.read_bytes()
    other = production.root / "volumes" / "public-registrar" / "keys.json"
    try:
        handed.write_bytes(other.read_bytes().replace(b'"registrar"', b'"hub"'))
        done = production.run_in("node-women", "node", "women-38", "--lang", "en")
        assert (done.returncode, b"pinned" in done.stderr) == (2, True)
        handed.write_bytes(other.read_bytes())
        done = production.run_in("node-women", "node", "women-38", "--lang", "en")
        assert (done.returncode, b"somebody else's" in done.stderr) == (2, True)
    finally:
        handed.write_bytes(before)


def test_police_and_labour_over_a_broker(production: Compose) -> None:
    """With the profile put on what runs: what the police hand in goes over the broker alone, and comes so."""
    need_jars()
    file = FILE.with_name("vu-an-08.json")
    with production.with_kafka():
        before = figure(production, MORE)
        told = ("ingest", "--agency", "police-38", "--name", file.name, "-")
        done = production.run_in("node-police", *told, given=file.read_bytes())
        assert done.returncode in {0, 1}, done.stderr
        deadline = time.monotonic() + 60
        while figure(production, WAITING) or figure(production, TOLD) > feed(production, "node-labour"):
            assert time.monotonic() < deadline, production.log("hub-kafka")
            time.sleep(0.1)
        assert figure(production, TAKEN) > 0
        assert figure(production, MORE) == before, "some went another way"
        assert is_ready(production.port("hub-kafka"))
        process = Path("/proc") / str(production.pid("hub-kafka"))
        seen = process.joinpath("environ").read_bytes() + production.log("hub-kafka").encode()
        secret = [re.sub(r"\\(.)", r"\1", word).encode() for word in production.roles.values()]
        assert [word for word in secret if word in seen] == []
    assert figure(production, "SELECT count(*) FROM hub.kafka_aside") == 0


def feed(production: Compose, node: str) -> int:
    """How far a node has followed."""
    return int(production.get(node, "/readyz")["feed"])


def figure(production: Compose, query: str) -> int:
    """One number of the database."""
    with psycopg.connect(production.dsn(SUPERUSER)) as connection:
        (found,) = connection.execute(query.encode()).fetchone() or (0,)
    return int(found or 0)
