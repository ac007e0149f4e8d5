"""Many writers, one order: dense, and seen by readers in the order of commit."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError

from hub.log.application import HubApplication, environment
from hub.log.records import NewEntry
from tests.hub.log_fixtures import Stream, application, check_whole, clock, hub_dsn

__all__ = ["application", "clock", "hub_dsn"]


def test_two_recorders_and_many_threads_with_conflicts(hub_dsn: str) -> None:
    """Two hubs' recorders × four threads fight for the same versions: what was acknowledged is what is stored."""
    streams = [Stream() for _ in range(4)]
    acknowledged: list[NewEntry] = []
    refused = []

    def write(application: HubApplication, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            stream = chance.choice(streams)
            # Versions are read before the lock, so that some are taken by another thread in between.
            version = len(list(application.events.get(stream.id))) + 1
            try:
                with application.recorder.appending() as appending:
                    made = [
                        Stream().entry(appending.recorded, audience=("police-th", "labour-th")),
                        Stream(stream.id).entry(appending.recorded, originator_version=version),
                    ]
                    application.append(*made)
            except IntegrityError:
                refused.append(version)
            else:
                acknowledged.extend(made)

    settings = environment(hub_dsn, user="caunoi_writer")
    with HubApplication(settings) as one, HubApplication(settings) as two, ThreadPoolExecutor(8) as pool:
        for writer in [pool.submit(write, (one, two)[seed % 2], seed) for seed in range(8)]:
            writer.result()
        stored = [entry.entry for entry in one.reader.stream()]

    assert refused, "the test is to force conflicts"
    assert len(stored) == check_whole(hub_dsn)
    assert {new.entry for new in acknowledged} == set(stored)
    assert len(acknowledged) == len(stored)


def test_a_tailing_reader_never_steps_over_an_entry(application: HubApplication, hub_dsn: str) -> None:
    """Whoever reads on from the last index seen gets every entry, while eight threads write."""
    done = Event()

    def write(_: int) -> None:
        for size in (1, 3, 1, 7, 1, 2):
            with application.recorder.appending() as appending:
                application.append(*(Stream().entry(appending.recorded) for _ in range(size)))

    def tail() -> int:
        seen = 0
        with HubApplication(environment(hub_dsn)) as follower:
            while True:
                finished = done.is_set()
                for entry in follower.reader.entries(seen, 5):  # raises at a gap
                    seen = entry.index
                if finished and seen == follower.reader.size_and_leaves()[0]:
                    return seen

    with ThreadPoolExecutor(10) as pool:
        readers = [pool.submit(tail) for _ in range(2)]
        try:
            for writer in [pool.submit(write, n) for n in range(8)]:
                writer.result()
        finally:
            done.set()
        assert [120, 120] == [reader.result() for reader in readers]


def test_a_later_append_waits_for_the_earlier_one(application: HubApplication, hub_dsn: str) -> None:
    """Another hub's recorder neither numbers nor commits anything while an append is open; then it follows."""
    with HubApplication(environment(hub_dsn)) as other, ThreadPoolExecutor(1) as pool:
        with application.recorder.appending() as appending:
            application.append(Stream().entry(appending.recorded))

            def follow() -> range:
                with other.recorder.appending() as later:
                    return other.append(Stream().entry(later.recorded))

            waiting = pool.submit(follow)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            with psycopg.connect(hub_dsn) as connection:
                assert [("advisory",)] == connection.execute(
                    "SELECT locktype FROM pg_locks WHERE NOT granted"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                ).fetchall()
        assert range(2, 3) == waiting.result(timeout=5)


def test_waiting_threads_leave_connections_to_read_with(hub_dsn: str) -> None:
    """With many more threads than connections, the one that holds the lock can still read."""
    settings = {**environment(hub_dsn), "POSTGRES_POOL_SIZE": "2", "POSTGRES_MAX_OVERFLOW": "0"}
    settings["POSTGRES_CONNECT_TIMEOUT"] = "5"
    with HubApplication(settings) as application, ThreadPoolExecutor(12) as pool:

        def write(_: int) -> None:
            with application.recorder.appending() as appending:
                application.recorder.find(["0c" * 16])
                application.append(Stream().entry(appending.recorded))

        list(pool.map(write, range(24)))
    assert 24 == check_whole(hub_dsn)
