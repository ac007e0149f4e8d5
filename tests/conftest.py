"""What all tests share: PostgreSQL, a fresh database for each test, a broker, and the list of what was not run.

`CAUNOI_TEST_DATABASE_URL` names a server to use instead of starting one; its user needs CREATEDB. `CAUNOI_TEST_KAFKA`
names a broker likewise, which the tests fill with topics of their own.
"""

from __future__ import annotations

import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from caunoi.database import Server, connected
from caunoi.home import Home
from caunoi.postgres import Embedded
from tests import brokers

TEST_DATABASE_URL = "CAUNOI_TEST_DATABASE_URL"
MEMORY, ENOUGH = "/dev/shm", 4 * 1024**3  # bytes


def pytest_configure() -> None:
    """Keep what tests write in memory, where there is room: a thousand databases are made, and every one is synced.

    What is killed here is a process, never the machine, so what was written is there as it would be on a disk.
    """
    if Path(MEMORY).is_dir():
        found = os.statvfs(MEMORY)
        if found.f_bavail * found.f_frsize >= ENOUGH and not found.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)


class Databases:
    """Fresh databases on one server, each a copy of a template."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._made: list[str] = []
        self._templates: dict[str, str] = {}

    def fresh(self, template: str = "template0") -> str:
        """Give the dsn of a new database that is like the template."""
        name = f"caunoi_test_{secrets.token_hex(6)}"
        # LC_COLLATE and LC_CTYPE as in `ensure_database`; a copy has those of its template.
        locale = " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'" if template == "template0" else ""
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}" + locale)
        self._run(create.format(sql.Identifier(name), sql.Identifier(template)))
        self._made.append(name)
        return make_conninfo(self.server.dsn, dbname=name)

    def template(self, key: str, prepare: Callable[[str], None]) -> str:
        """Give a template's name; the first time for this key, `prepare` is called with its dsn and must disconnect."""
        if key not in self._templates:
            prepare(self.fresh())
            self._templates[key] = self._made[-1]
        return self._templates[key]

    def drop(self, dsn: str) -> None:
        """Drop a database, whoever is connected."""
        name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.remove(name)

    def drop_all(self) -> None:
        """Drop what is left."""
        for name in list(self._made):
            self.drop(make_conninfo(self.server.dsn, dbname=name))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server.dsn, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL server for the whole run."""
    url = os.environ.get(TEST_DATABASE_URL)
    if url:
        yield connected(url)
        return
    with Embedded(Home(tmp_path_factory.mktemp("postgres") / "home")) as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: Server) -> Iterator[Databases]:
    """Fresh databases on that server, with a template for each schema: `databases.fresh(databases.template(…))`."""
    made = Databases(postgres)
    yield made
    made.drop_all()


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """The dsn of an empty database of this test's own."""
    dsn = databases.fresh()
    yield dsn
    databases.drop(dsn)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker for the whole run. What it may lack is asked for by `tests.brokers.need`."""
    with brokers.running(tmp_path_factory.mktemp("kafka") / "broker") as address:
        yield address


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was not run, and why."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.stats.get("skipped", []):
        where = report.longrepr
        reason = str(where[2]) if isinstance(where, tuple) else str(where)
        reasons[reason.removeprefix("Skipped: ")].append(report.nodeid)
    if "not torture" in (terminalreporter.config.option.markexpr or ""):
        reasons["The long torture (80 kills, long generated requests) takes minutes; `make torture` runs it"] = []
    broker = brokers.used()
    terminalreporter.section("the broker of the tests over Kafka")
    terminalreporter.line(f"It is {broker.name}." if broker else "There is none.")
    terminalreporter.section("not run, and why")
    if not reasons:
        terminalreporter.line("Every test that was collected was run.")
    for reason, tests in sorted(reasons.items()):
        terminalreporter.line(f"{reason}:")
        for test in sorted(tests):
            terminalreporter.line(f"    {test}")
