"""An append is one transaction: dense, verbatim, whole or not at all."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent

from hub.errors import AppendBrokenError, EntryMismatchError, LogGapError, NotAppendingError
from hub.log.application import HubApplication
from hub.log.records import Found, NewEntry, Recorded, StoredGrant
from ledger.entry import leaf_hash
from ledger.tree import Frontier
from tests.hub.log_fixtures import (
    Clock,
    Stream,
    append,
    application,
    check_whole,
    clock,
    counts,
    grant,
    hub_dsn,
)

__all__ = ["application", "clock", "hub_dsn"]


def test_an_entry_is_stored_verbatim_with_all_that_lies_beside_it(application: HubApplication, hub_dsn: str) -> None:
    """Entry, body and grant come back byte for byte; its place is found by statement id."""
    stream, lodged = Stream(), grant()
    (new,) = append(application, stream, body=b"sealed", grants=(lodged,), audience=("police-th", "labour-th"))

    (logged,) = application.reader.entries()
    assert new.entry == logged.entry
    assert 1 == logged.index
    recorded = 1_700_000_000_000_000
    assert {new.statement_id: Found(new.statement_hash, 1, leaf_hash(new.entry), recorded)} == (
        application.recorder.find([new.statement_id, "f" * 32])
    )
    digest = sha256(b"sealed").digest()
    assert {digest: b"sealed"} == application.reader.bodies([digest, bytes(32)])
    assert {lodged.hash: StoredGrant(lodged.locked, 1, "labour-th", stream.id)} == (
        application.reader.grants([lodged.hash, bytes(32)])
    )
    assert 1 == check_whole(hub_dsn)


def test_many_entries_are_one_append(application: HubApplication, hub_dsn: str) -> None:
    """500 entries get the next 500 indexes in the order given, by one transaction."""
    append(application, Stream())
    stream = Stream()
    with application.recorder.appending() as appending:
        made = [stream.entry(appending.recorded, body=str(n).encode()) for n in range(500)]

        assert range(2, 502) == application.append(*made)
    assert [new.entry for new in made] == [logged.entry for logged in application.reader.entries(after=1)]
    assert 501 == check_whole(hub_dsn)
    with psycopg.connect(hub_dsn) as connection:
        assert connection.execute("SELECT count(DISTINCT xmin::text) FROM hub.log").fetchone() == (2,)


def test_one_append_may_save_twice(application: HubApplication, hub_dsn: str) -> None:
    """A second save of the same append goes on where the first stopped."""
    stream = Stream()
    with application.recorder.appending() as appending:
        assert range(1, 2) == application.append(stream.entry(appending.recorded))
        assert range(2, 4) == application.append(*(stream.entry(appending.recorded) for _ in range(2)))
        assert 3 == appending.size
    assert 3 == check_whole(hub_dsn)


def test_an_append_of_nothing_is_nothing(application: HubApplication, hub_dsn: str) -> None:
    """An empty append commits and leaves no trace."""
    with application.recorder.appending():
        application.append()
    assert 0 == check_whole(hub_dsn)


@pytest.mark.parametrize("what", ["version", "statement_id", "statement_hash"])
def test_what_is_in_the_log_already_is_a_conflict(application: HubApplication, hub_dsn: str, what: str) -> None:
    """The whole append is undone, the index stays dense, and the next append is taken."""
    stream = Stream()
    (first,) = append(application, stream)
    before = counts(hub_dsn)
    same: dict[str, dict[str, Any]] = {
        "version": {"originator_version": 1},
        "statement_id": {"statement_id": first.statement_id},
        "statement_hash": {"statement_hash": first.statement_hash},
    }
    with pytest.raises(IntegrityError), application.recorder.appending() as appending:
        application.append(Stream().entry(appending.recorded, body=b"beside"))
        application.append(stream.entry(appending.recorded, **same[what]))

    assert before == counts(hub_dsn)
    append(application, Stream())
    assert 2 == check_whole(hub_dsn)


def test_a_block_that_raises_undoes_the_append(application: HubApplication, hub_dsn: str) -> None:
    """Nothing of an append whose caller gave up is recorded."""
    with pytest.raises(KeyError), application.recorder.appending() as appending:
        application.append(Stream().entry(appending.recorded, body=b"beside", grants=(grant(),)))
        raise KeyError
    assert {0} == set(counts(hub_dsn).values())
    append(application, Stream())
    assert 1 == check_whole(hub_dsn)


def test_an_append_does_not_go_on_after_a_failed_statement(application: HubApplication, hub_dsn: str) -> None:
    """Who swallows a conflict inside the block is told at its end; COMMIT alone would be silent."""
    stream = Stream()
    append(application, stream)
    with pytest.raises(AppendBrokenError), application.recorder.appending() as appending:
        application.append(Stream().entry(appending.recorded))
        with contextlib.suppress(psycopg.IntegrityError):
            application.append(replace(stream.entry(appending.recorded), originator_version=1))
    assert 1 == check_whole(hub_dsn)


def test_a_lost_answer_is_not_sent_again(application: HubApplication, hub_dsn: str) -> None:
    """When the connection dies after COMMIT the append is recorded once, and is found by statement id."""
    leave = psycopg.Transaction.__exit__

    def lose_answer(self: psycopg.Transaction, *args: Any) -> bool:
        leave(self, *args)
        raise psycopg.OperationalError("the connection is lost")

    made: list[NewEntry] = []
    with (
        patch.object(psycopg.Transaction, "__exit__", lose_answer),
        pytest.raises(OperationalError),
        application.recorder.appending() as appending,
    ):
        made.append(Stream().entry(appending.recorded))
        application.append(*made)

    assert 1 == application.recorder.find([made[0].statement_id])[made[0].statement_id].index
    assert 1 == check_whole(hub_dsn)


def test_recorded_time_never_goes_back(application: HubApplication, clock: Clock, hub_dsn: str) -> None:
    """A clock set back repeats the last time; one that runs is followed."""
    times = []
    for clock.now in (1_000, 2_000, 1_500, 0, 2_001):
        with application.recorder.appending() as appending:
            application.append(Stream().entry(appending.recorded))
            times.append(appending.recorded)

    assert [1_000, 2_000, 2_000, 2_000, 2_001] == times
    assert 5 == check_whole(hub_dsn)


def test_feeds_have_dense_numbers_of_their_own(application: HubApplication) -> None:
    """Each agency counts only what it is party to."""
    stream = Stream()
    for audience in (("police-th",), ("police-th", "labour-th"), (), ("labour-th",)):
        append(application, stream, audience=audience)

    assert [(1, 1), (2, 2)] == [(e.number, e.index) for e in application.reader.feed("police-th")]
    assert [(1, 2), (2, 4)] == [(e.number, e.index) for e in application.reader.feed("labour-th")]
    assert [(2, 4)] == [(e.number, e.index) for e in application.reader.feed("labour-th", after=1)]
    assert [] == application.reader.feed("nobody")


def test_earlier_entries_follow_the_one_that_entitles_to_them(application: HubApplication, hub_dsn: str) -> None:
    """They come right after it, in log order, without those already on the feed, across appends and within one."""
    stream = Stream()
    append(application, stream, stream, stream, audience=("police-th",))
    append(application, stream, audience=("labour-th",))
    append(application, stream, audience=("labour-th",), backfill={"labour-th": (3, 1, 3)})
    with application.recorder.appending() as appending:
        application.append(
            stream.entry(appending.recorded),
            stream.entry(appending.recorded, audience=("labour-th",), backfill={"labour-th": (6, 4, 2)}),
            stream.entry(appending.recorded, audience=("labour-th",), backfill={"labour-th": (2, 6)}),
        )

    assert [4, 5, 1, 3, 7, 2, 6, 8] == [entry.index for entry in application.reader.feed("labour-th")]
    assert 8 == check_whole(hub_dsn)


def test_the_same_body_or_grant_twice_lies_there_once(application: HubApplication, hub_dsn: str) -> None:
    """What is found by its hash is kept as it came first; the append that brings it again is taken."""
    stream, lodged = Stream(), grant()
    append(application, stream, body=b"sealed", grants=(lodged,))
    append(application, stream, stream, body=b"sealed", grants=(replace(lodged, locked=b"other nonce"),))

    assert 3 == check_whole(hub_dsn)
    assert (1, 1) == (counts(hub_dsn)["bodies"], counts(hub_dsn)["grants"])
    assert lodged.locked == application.reader.grants([lodged.hash])[lodged.hash].locked


MISMATCHES: dict[str, dict[str, Any]] = {
    "torn entry": {"entry": b"{}\n"},
    "another key": {"kid": "0b" * 16},
    "a version left out": {"originator_version": 2},
    "body with another hash": {"bodies": {bytes(32): b"sealed"}},
    "backfill of a later entry": {"backfill": {"police-th": (1,)}},
    "backfill of no entry": {"backfill": {"police-th": (0,)}},
    "backfill for nobody": {"backfill": {"labour-th": ()}},
}


@pytest.mark.parametrize("change", MISMATCHES.values(), ids=MISMATCHES)
def test_what_contradicts_itself_is_refused(application: HubApplication, hub_dsn: str, change: dict[str, Any]) -> None:
    """An entry that is not what it is said to be is not appended, and its append may go on without it."""
    with application.recorder.appending() as appending:
        with pytest.raises(EntryMismatchError):
            application.append(Stream().entry(appending.recorded, **change))
        application.append(Stream().entry(appending.recorded))
    assert 1 == check_whole(hub_dsn)


def test_an_entry_carries_the_time_of_its_append(application: HubApplication) -> None:
    """An entry built for another time is refused."""
    with application.recorder.appending() as appending, pytest.raises(EntryMismatchError):
        application.append(Stream().entry(appending.recorded + 1))


def test_the_events_are_the_entries(application: HubApplication) -> None:
    """Events saved with entries other than their own are refused, and events without entries too."""
    with application.recorder.appending() as appending:
        new = Stream().entry(appending.recorded)
        other = Recorded(new.originator_id, 1, new.type, b"other")
        with pytest.raises(EntryMismatchError):
            application.save(other, entries=[new])
        with pytest.raises(EntryMismatchError):
            application.save(other)
        with pytest.raises(EntryMismatchError):
            application.recorder.insert_events([StoredEvent(new.originator_id, 1, new.type, new.entry)])


def test_entries_are_recorded_only_inside_an_append(application: HubApplication, hub_dsn: str) -> None:
    """Outside the block, and after it, there is no lock to rely on."""
    with pytest.raises(NotAppendingError):
        application.append(Stream().entry(1))
    append(application, Stream())
    with pytest.raises(NotAppendingError):
        application.append(Stream().entry(1))
    with pytest.raises(NotAppendingError), application.recorder.appending(), application.recorder.appending():
        pass
    assert 1 == check_whole(hub_dsn)


def test_reads_inside_an_append_see_what_is_committed(application: HubApplication) -> None:
    """So that nothing undone later can be believed: a cached case must never be ahead of the log."""
    stream = Stream()
    with application.recorder.appending() as appending:
        application.append(stream.entry(appending.recorded))

        assert [] == application.reader.entries()
        assert [] == list(application.events.get(stream.id))
    assert 1 == len(application.reader.entries())


def test_leaves_and_pages_build_the_tree(application: HubApplication) -> None:
    """Leaves, stream and pages agree on the log and can be taken up anywhere."""
    made = append(application, *(Stream() for _ in range(7)))
    frontier = Frontier()
    frontier.extend(leaf_hash(new.entry) for new in made)

    size, leaves = application.reader.size_and_leaves()
    began = Frontier()
    began.extend(leaves)
    assert (7, frontier.root()) == (size, began.root())
    assert (7, leaves[5:]) == application.reader.size_and_leaves(after=5)
    assert [n.entry for n in made] == [e.entry for e in application.reader.stream(page=3)]
    assert [3, 4] == [e.index for e in application.reader.entries(after=2, limit=2)]


def test_a_missing_entry_is_an_alarm(application: HubApplication, hub_dsn: str) -> None:
    """A reader that meets a gap raises; it neither waits nor steps over it."""
    append(application, *(Stream() for _ in range(3)))
    with psycopg.connect(hub_dsn) as connection:
        connection.execute("SET session_replication_role = replica")  # what a superuser could do
        connection.execute("DELETE FROM hub.log WHERE log_index = 2")
    for read in (application.reader.entries, application.reader.size_and_leaves):
        with pytest.raises(LogGapError):
            read()
    with pytest.raises(LogGapError):
        list(application.reader.stream(page=1))
