"""Attack: a superuser of the database changes a byte, a row, an order, or cuts off the end of the log.

Answer: the audit names the entry, every time; the receipts that agencies hold show a cut or rewritten end.
"""

from __future__ import annotations

import contextlib

import psycopg
import pytest

from audit.errors import FindingError, SourceUnavailableError
from audit.postgres import PostgresLogSource
from audit.tamper import KINDS, tamper
from audit.untampering import TABLES, untamper
from audit.verify import verify
from tests.audit.fixtures import Told, told, told_dsn
from tests.conftest import Databases

__all__ = ["told", "told_dsn"]

ROUNDS = 6


@pytest.mark.parametrize("kind", KINDS)
def test_every_change_is_named(databases: Databases, told: Told, kind: str) -> None:
    """Whatever is changed, the first finding is the entry that was changed."""
    number = list(KINDS).index(kind)
    for seed in range(number, len(KINDS) * ROUNDS, len(KINDS)):
        dsn = databases.fresh(told.template)
        done = tamper(dsn, seed)
        assert done.kind == kind
        with PostgresLogSource(dsn) as source, pytest.raises(FindingError) as raised:
            told.verify(source)
        databases.drop(dsn)
        assert (seed, raised.value.index) == (seed, done.index), raised.value.code


def log_of(dsn: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the log's tables, and what is checked of bodies."""
    queries = {table: f"TABLE hub.{table} ORDER BY 1, 2" for table in TABLES}
    queries["checks"] = (
        "SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
        " WHERE conrelid = 'hub.bodies'::regclass ORDER BY 1"
    )
    with psycopg.connect(dsn) as connection:
        return {name: connection.execute(query.encode()).fetchall() for name, query in queries.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_drill_is_undone(told: Told, told_dsn: str, kind: str) -> None:
    """Put back row by row, the log verifies again; the database is what it was, and nothing is left to undo."""
    before = log_of(told_dsn)
    tamper(told_dsn, list(KINDS).index(kind))
    assert log_of(told_dsn) != before
    assert untamper(told_dsn) > 0
    assert log_of(told_dsn) == before
    with PostgresLogSource(told_dsn) as source:
        assert told.verify(source).root == told.root
    assert untamper(told_dsn) == 0


def test_several_drills_are_undone(told_dsn: str) -> None:
    """One after the other on one log, whatever they did to the same rows: all are undone together."""
    before = log_of(told_dsn)
    for seed in (*range(len(KINDS)), *range(len(KINDS))):
        with contextlib.suppress(SourceUnavailableError):  # what the drills before it took away is not there to change
            tamper(told_dsn, seed)
    untamper(told_dsn)
    assert log_of(told_dsn) == before


def test_a_drill_overtaken_by_the_log_is_not_undone(told_dsn: str) -> None:
    """Where the log has gone on over what was cut, nothing is put back and nothing is lost."""
    tamper(told_dsn, list(KINDS).index("cut"))
    with psycopg.connect(told_dsn) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "INSERT INTO hub.feeds (agency, number, log_index)"
            " SELECT content->>'agency', (content->>'number')::bigint, 999999 FROM caunoi_drill.changes"
            " WHERE relation = 'feeds' LIMIT 1"
        )
    cut = log_of(told_dsn)
    with pytest.raises(SourceUnavailableError):
        untamper(told_dsn)
    assert log_of(told_dsn) == cut


def test_a_seed_does_the_same_again(databases: Databases, told: Told) -> None:
    """A drill can be repeated."""
    done = []
    for _ in range(2):
        dsn = databases.fresh(told.template)
        done.append(tamper(dsn, 30))
        databases.drop(dsn)
    assert done[0] == done[1]


@pytest.mark.parametrize("kind", ["rewritten"])
def test_without_receipts_a_rewritten_end_passes(told: Told, told_dsn: str, kind: str) -> None:
    """Why agencies keep receipts: nothing else shows this one."""
    tamper(told_dsn, list(KINDS).index(kind))
    with PostgresLogSource(told_dsn) as source:
        verify(source, registrar_kid=told.registrar_kid)


def test_only_a_superuser_can(told_dsn: str) -> None:
    """The hub's own roles cannot do any of it."""
    for user in ("caunoi_writer", "caunoi_eraser"):
        dsn = psycopg.conninfo.make_conninfo(told_dsn, user=user)
        for seed in range(len(KINDS)):
            with pytest.raises(SourceUnavailableError):
                tamper(dsn, seed)
