"""One contract for every log source."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from audit.errors import SourceUnavailableError
from audit.postgres import PostgresLogSource
from audit.sources import LogSource, MemoryLogSource
from ledger.tree import leaf_hash
from tests.audit.fixtures import log, told, told_dsn

__all__ = ["log", "told", "told_dsn"]


@pytest.fixture(params=["memory", "postgres"])
def source(request: pytest.FixtureRequest, log: MemoryLogSource, told_dsn: str) -> Iterator[LogSource]:
    """Each implementation over the same log."""
    if request.param == "memory":
        yield log
    else:
        with PostgresLogSource(told_dsn) as made:
            yield made


def test_entries_come_in_log_order(source: LogSource) -> None:
    """Indexes are 1, 2, 3 …; the leaf is of the bytes."""
    entries = list(source.entries())
    assert [entry.index for entry in entries] == list(range(1, len(entries) + 1))
    assert all(leaf_hash(entry.entry) == entry.leaf for entry in entries)
    assert all(entry.type == entry.topic and len(entry.stream) == 32 for entry in entries)


def test_entries_can_begin_later(source: LogSource) -> None:
    """`after` leaves out what comes before."""
    assert [entry.index for entry in source.entries(5)] == [e.index for e in source.entries()][5:]


def test_feeds_come_by_agency_and_number(source: LogSource) -> None:
    """Rows are sorted, and there are some."""
    places = [(row.agency, row.number) for row in source.feeds()]
    assert places
    assert all(one < other for one, other in pairwise(places))


def test_bodies_and_grants_come_by_entry(source: LogSource) -> None:
    """Both in the order of their entries."""
    bodies, grants = list(source.bodies()), list(source.grants())
    assert [(b.index, b.hash) for b in bodies] == sorted((b.index, b.hash) for b in bodies)
    assert [(g.index, g.hash) for g in grants] == sorted((g.index, g.hash) for g in grants)
    assert bodies and grants
    assert all(len(grant.hash) == 32 and grant.length > 60 for grant in grants)


def test_both_give_the_same(log: MemoryLogSource, told_dsn: str) -> None:
    """The copy in memory is what the database has."""
    with PostgresLogSource(told_dsn) as source:
        assert MemoryLogSource.copy_of(source) == log


def test_readings_may_be_interleaved(source: LogSource) -> None:
    """Two streams of one source do not disturb each other."""
    pairs = list(zip(source.entries(), source.feeds(), strict=False))
    assert len(pairs) == min(len(list(source.entries())), len(list(source.feeds())))


def test_a_database_is_read_at_one_moment(told_dsn: str) -> None:
    """What is deleted meanwhile is still there for the reader."""
    with PostgresLogSource(told_dsn) as source:
        before = len(list(source.grants()))
        with psycopg.connect(told_dsn) as connection:
            connection.execute("DELETE FROM hub.grants")
        assert len(list(source.grants())) == before


def test_a_source_cannot_write(told_dsn: str) -> None:
    """The snapshot is read-only, whoever the user is."""
    with PostgresLogSource(told_dsn) as source, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        source._connection.execute("DELETE FROM hub.grants")


def test_the_hub_s_writer_may_read_all_of_it(told_dsn: str) -> None:
    """No more rights are needed than SELECT."""
    with PostgresLogSource(make_conninfo(told_dsn, user="caunoi_writer")) as source:
        assert next(source.entries()).index == 1
        assert next(source.grants()).length > 0


def test_no_log_is_said(database: str) -> None:
    """An empty database and a server that is not there are the same error, which quotes nothing."""
    for dsn in (database, make_conninfo(database, host="/nowhere", password="hush")):  # noqa: S106 - to see that it is not told
        with pytest.raises(SourceUnavailableError) as raised:
            PostgresLogSource(dsn)
        assert "hush" not in str(raised.value)
        assert raised.value.__cause__ is None
