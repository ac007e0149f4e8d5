"""A rebuild beside a running node: read and written all the while, and the new views take the old ones' place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from domain.errors import RefusedError
from domain.statements import CaseStatement
from node import generations
from node.following import feed_item
from node.generations import Generations, Rebuild
from node.store import Store, connect
from projections.errors import RowsMovedError
from projections.opening import Opening
from projections.postgres import NODE, PostgresRows
from projections.projector import FeedItem
from projections.rows import dump
from sealing.shredding import ShredKeys
from tests.node.members import Group, group
from tests.node.province import POLICE, WOMEN, Office, Province, notice, opened, row
from tests.projections.test_projector import projector, told

__all__ = ["group"]


def schema_of(office: Office) -> str:
    return "node_" + office.agency.replace("-", "_")


@contextmanager
def rebuilding(office: Office, wrap: Callable[[list[FeedItem]], list[FeedItem]] = list) -> Iterator[Rebuild]:
    """A rebuild with a connection and a key store of its own, as another process has them."""
    names = office.home / "views", office.home / "views-master"
    dsn, schema = office.world.dsn, schema_of(office)
    with ShredKeys(*names, shared=True) as keys, connect(dsn, schema=schema, beside=True) as connection:
        store = Store(connection)

        def feed(_part: int, after: int, limit: int) -> list[FeedItem]:
            return wrap([feed_item(line) for line in store.feed(after=after, limit=limit)])

        yield Rebuild(
            generations=Generations(connection, keeper=NODE),
            rows=lambda generation, part: PostgresRows(connection, keys=keys, part=part, generation=generation),
            projector=lambda rows: projector(office, rows),  # type: ignore[arg-type]
            source=feed,
        )


def kept(office: Office) -> list[tuple[object, ...]]:
    """The generations in the database, with their rows."""
    return office.node.store.connection.execute(
        "SELECT generation, current, (SELECT count(*) FROM view_rows WHERE generation = g.generation)"
        " FROM view_generations AS g ORDER BY 1"
    ).fetchall()


def test_views_made_anew_while_they_are_read_and_written(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was wrong in the old ones is gone; what came meanwhile is there; the node notices nothing."""
    monkeypatch.setattr(generations, "PAGE", 4)
    told(province)
    police = province[POLICE]
    police.node.store.connection.execute("UPDATE view_rows SET facts = '{}' WHERE view = 'timeline'")
    before, pages = police.dumped(), 0

    def meanwhile(page: list[FeedItem]) -> list[FeedItem]:
        nonlocal pages
        pages += 1
        if pages <= 2:
            assert police.dumped() == before, "the old ones are read until the new ones are there"
            police.take(row(notice(), key=str(100 + pages)))
            police.node.sync()
            before[:] = police.dumped()
        return page

    with rebuilding(police, meanwhile) as rebuild:
        rebuild.run()
    assert pages > 4
    assert police.dumped() == police.rebuilt() != before
    ((generation, current, rows),) = kept(police)
    assert (current, rows) == (True, len(police.dumped()))
    opened(police, key="7")
    province.check()
    police.start()
    opened(police, key="8")
    province.check()
    assert kept(police)[0][0] == generation


def with_rows(office: Office) -> list[int]:
    """The generations of which there are rows."""
    found = office.node.store.connection.execute("SELECT DISTINCT generation FROM view_rows ORDER BY 1").fetchall()
    return [one for (one,) in found]


def test_the_switch_does_not_wait_for_the_old_rows(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes to delete them, the new ones are read and written; no piece is larger than it may be."""
    monkeypatch.setattr(generations, "PIECE", 2)
    told(province)
    police = province[POLICE]
    (old,) = with_rows(police)
    with connect(province.world.dsn, schema=schema_of(police), beside=True) as beside, rebuilding(police) as rebuild:
        working = threading.Thread(target=rebuild.run)
        with beside.transaction():
            beside.execute("SELECT FROM view_rows WHERE generation = %s FOR UPDATE", (old,))
            working.start()
            while kept(police)[0][0] == old or len(kept(police)) > 1:
                working.join(0.02)
            assert working.is_alive(), "it deletes"
            police.take(row(notice(), key="101"))
            police.node.sync()
        working.join(30)
    assert with_rows(police) == [kept(police)[0][0]] != [old]
    province.check()


def test_old_rows_that_a_crash_left(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads them, and the next rebuild deletes them."""
    told(province)
    police = province[POLICE]

    def crash(_: Generations) -> None:
        raise KeyboardInterrupt

    with rebuilding(police) as rebuild, monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        made = rebuild.generations.begin()
        patched.setattr(Generations, "clear", crash)
        patched.setattr(Generations, "begin", lambda _: made)
        rebuild.run()
    assert (len(kept(police)), len(with_rows(police))) == (1, 2)
    province.check()
    with rebuilding(police) as rebuild:
        rebuild.generations.begin()
        assert len(with_rows(police)) == 1, "also where it never ends, as often as it is begun"
        rebuild.run()
    assert len(with_rows(police)) == 1
    province.check()


def test_a_rebuild_that_waits_looks_only_now_and_then(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current one is a day behind, which never happens to one that is followed: there is nothing to fold."""
    told(province)
    police, pauses = province[POLICE], list[float]()
    day = police.node.rows.day()

    def turn(to: str) -> None:
        police.node.store.connection.execute("UPDATE view_parts SET day = %s WHERE day <> ''", (to,))

    def back(page: list[FeedItem]) -> list[FeedItem]:
        turn("2000-01-01")
        return page

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            turn(day)

    monkeypatch.setattr(generations, "sleep", pause)
    with rebuilding(police, back) as rebuild:
        rebuild.run()
    assert pauses == [generations.PAUSE] * 3
    province.check()


def test_a_rebuild_that_died_leaves_the_old_ones(province: Province) -> None:
    """And the next one begins with the first entry."""
    told(province)
    police = province[POLICE]

    def dies(_page: list[FeedItem]) -> list[FeedItem]:
        raise KeyboardInterrupt

    with rebuilding(police, dies) as rebuild, pytest.raises(KeyboardInterrupt):
        rebuild.run()
    assert len(kept(police)) == 2
    province.check()
    with rebuilding(police) as rebuild:
        rebuild.run()
    assert len(kept(police)) == 1
    province.check()


def test_the_later_of_two_rebuilds_counts(province: Province) -> None:
    """The earlier one ends without having changed anything."""
    told(province)
    police = province[POLICE]

    def overtaken(page: list[FeedItem]) -> list[FeedItem]:
        with rebuilding(police) as later:
            later.run()
        return page

    with rebuilding(police, overtaken) as rebuild, pytest.raises(RowsMovedError):
        rebuild.run()
    assert len(kept(police)) == 1
    province.check()


def test_nobody_waits_while_a_rebuild_asks_the_hub(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow hub holds up the rebuild alone: whenever it is asked, no row is locked."""
    told(province)
    police, looks = province[POLICE], 0
    fetch = Opening.prefetch

    def looked(opening: Opening, statements: Iterable[CaseStatement]) -> None:
        nonlocal looks
        looks += 1
        with connect(province.world.dsn, schema=schema_of(police), beside=True) as beside, beside.transaction():
            beside.execute("SELECT FROM view_generations JOIN view_parts USING (generation) FOR UPDATE NOWAIT")
        fetch(opening, statements)

    def meanwhile(page: list[FeedItem]) -> list[FeedItem]:
        if not looks:
            police.take(row(notice(), key="101"))
            police.node.sync()
            monkeypatch.setattr(Opening, "prefetch", looked)
        return page

    with rebuilding(police, meanwhile) as rebuild:
        rebuild.run()
    assert looks > 1
    assert len(kept(police)) == 1
    province.check()


def test_a_rebuild_that_comes_no_nearer_is_given_up(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries come as fast as they are folded: it says so, and the old ones stay; in a quiet hour it is done."""
    monkeypatch.setattr(generations, "PATIENCE", 0)
    told(province)
    police, pages = province[POLICE], 0

    def restless(page: list[FeedItem]) -> list[FeedItem]:
        nonlocal pages
        pages += 1
        assert pages < 20
        police.take(row(notice(), key=str(100 + pages)))
        police.node.sync()
        return page

    current = kept(police)[0][0]
    with rebuilding(police, restless) as rebuild, pytest.raises(RefusedError, match="views_outpaced"):
        rebuild.run()
    assert kept(police)[0][:2] == (current, True)
    province.check()
    with rebuilding(police) as rebuild:
        rebuild.run()
    assert len(kept(police)) == 1
    province.check()


def test_a_node_that_writes_during_the_switch_waits_and_writes_the_new_ones(province: Province) -> None:
    """Its page is neither lost nor in rows nobody reads."""
    told(province)
    women = province[WOMEN]
    with rebuilding(women) as rebuild:
        made = rebuild.generations.begin()
        with rebuild.generations.connection.transaction():
            reached = rebuild.generations.hold()
            position = women.node.rows.position()
            writer = threading.Thread(target=lambda: women.node.rows.write([], position=position, day="2030-01-01"))
            writer.start()
            writer.join(0.3)
            assert writer.is_alive(), "it waits"
            rebuild._catch_up(made, reached)
            rebuild.generations.switch(made)
        writer.join(10)
    assert women.node.rows.day() == "2030-01-01"
    assert women.dumped() == list(dump(women.node.rows)) != []
    assert [one[:2] for one in kept(women)] == [(made, True)]


def test_members_views_made_anew_in_flight(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members go on; a partition that moves meanwhile is caught up with; the switch changes nothing for them."""
    monkeypatch.setattr(generations, "PAGE", 3)
    first, second = group.member(1), group.member(2, place=1)
    for _ in range(6):
        first.turn(wait=0), second.turn(wait=0)
    group.connections[0].execute("UPDATE view_rows SET facts = '{}' WHERE view = 'timeline'")
    rebuild, source, pages = group.rebuild(), group.rebuild().source, 0

    def meanwhile(part: int, after: int, limit: int) -> list[FeedItem]:
        nonlocal pages
        pages += 1
        if pages < 3:
            first.turn(wait=0)
        return list(source(part, after, limit))

    rebuild.source = meanwhile
    rebuild.run()
    group.settle(first, second)
    assert group.dumped() == group.expected()
    assert (first.alarm, second.alarm) == (None, None)


OLD = """
    CREATE SCHEMA node_old; SET search_path TO node_old;
    CREATE TABLE view_rows (
        view text NOT NULL, key text NOT NULL, case_id text, facts jsonb NOT NULL, sealed bytea, PRIMARY KEY (view, key)
    );
    CREATE INDEX view_rows_search ON view_rows USING gin ((facts -> 'tags')) WHERE view = 'search';
    CREATE TABLE view_position (number bigint NOT NULL, day text NOT NULL DEFAULT '');
    INSERT INTO view_position VALUES (7, '2026-11-20');
    INSERT INTO view_rows VALUES ('timeline', '1', NULL, '{"index": 1}', NULL);
"""


def test_a_database_of_before_is_taken_over(database: str, tmp_path: Path) -> None:
    """Rows, position and day are those of the first generation; twice is as once."""
    with psycopg.connect(database) as connection:
        connection.execute(OLD.encode())
    for _ in range(2):
        with (
            connect(database, schema="node_old") as connection,
            ShredKeys.create(tmp_path / "keys", tmp_path / "master") as keys,
        ):
            rows = PostgresRows(connection, keys=keys)
            assert (rows.position(), rows.day()) == (7, "2026-11-20")
            assert [one.facts for one in rows.all("timeline")] == [{"index": 1}]
            assert connection.execute("SELECT to_regclass('view_position')").fetchone() == (None,)
        (tmp_path / "keys").unlink()
        (tmp_path / "master").unlink()
