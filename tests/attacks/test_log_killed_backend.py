"""Attack: connections of the hub are cut at any moment of an append.

Answer: nothing is half done. What was acknowledged is in the log once; what was not is in it whole or not at all,
and is found by its statement id.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from eventsourcing.persistence import InterfaceError, OperationalError

from hub.log.application import HubApplication, environment
from hub.log.records import NewEntry
from tests.hub.log_fixtures import Stream, append, application, check_whole, clock, counts, grant, hub_dsn

__all__ = ["application", "clock", "hub_dsn"]

KILL = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'caunoi_writer'
"""


def kill(dsn: str) -> None:
    """Cut every connection of the hub's role."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(KILL)


@pytest.mark.parametrize("saved", [0, 1, 2], ids=["before it wrote", "after a save", "after two saves"])
def test_an_append_that_is_cut_leaves_nothing(application: HubApplication, hub_dsn: str, saved: int) -> None:
    """Wherever before COMMIT the connection dies: no row in any table, and the next append is taken."""
    append(application, Stream(), body=b"first")
    before = counts(hub_dsn)
    with pytest.raises((OperationalError, InterfaceError)), application.recorder.appending() as appending:
        for _ in range(saved):
            application.append(Stream().entry(appending.recorded, body=b"sealed", grants=(grant(),)))
        kill(hub_dsn)
        application.append(Stream().entry(appending.recorded))

    assert before == counts(hub_dsn)
    append(application, Stream())
    assert 2 == check_whole(hub_dsn)


def test_idle_connections_that_were_cut_are_not_noticed(application: HubApplication, hub_dsn: str) -> None:
    """A database that was restarted between two appends costs the second one nothing."""
    for size in range(1, 4):
        append(application, Stream())
        kill(hub_dsn)
        assert size == check_whole(hub_dsn)


def test_a_hail_of_cuts(hub_dsn: str) -> None:
    """Three writers, cut at random: acknowledged = recorded once; the rest is found by its id or is not there."""
    acknowledged: dict[str, NewEntry] = {}
    unknown: dict[str, NewEntry] = {}
    done = Event()

    def write(application: HubApplication) -> None:
        while not done.is_set():
            made: list[NewEntry] = []
            try:
                with application.recorder.appending() as appending:
                    made = [Stream().entry(appending.recorded, body=b"x", audience=("a", "b")) for _ in range(3)]
                    application.append(*made)
            except (OperationalError, InterfaceError):
                unknown.update((new.statement_id, new) for new in made)
            else:
                acknowledged.update((new.statement_id, new) for new in made)

    chance = random.Random(7)
    with HubApplication(environment(hub_dsn, user="caunoi_writer")) as application:
        with ThreadPoolExecutor(3) as pool:
            writers = [pool.submit(write, application) for _ in range(3)]
            for _ in range(40):
                done.wait(chance.uniform(0.001, 0.03))
                kill(hub_dsn)
            done.set()
            for writer in writers:
                writer.result()
        stored = {entry.entry for entry in application.reader.stream()}
        found = application.recorder.find(list(unknown))

    assert acknowledged
    assert unknown
    expected = {new.entry for new in acknowledged.values()} | {unknown[statement].entry for statement in found}
    assert expected == stored
    assert len(acknowledged) + len(found) == check_whole(hub_dsn)
    assert len(found) % 3 == 0, "an append of three is recorded whole or not at all"
