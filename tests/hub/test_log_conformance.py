"""The library's own recorder conformance cases, run against our recorder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import eventsourcing.cryptography
import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresApplicationRecorder, PostgresDatastore
from typing_extensions import override

from hub.errors import UnsafeSettingError
from hub.log.application import environment
from hub.log.recorder import HubRecorder
from tests.hub.log_fixtures import Stream, hub_dsn

# The cases import a cipher of pycryptodome, which we do not have and they do not use here; the library's other
# cipher of the same name stands in.
sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)
from eventsourcing.tests.persistence import (  # noqa: E402
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

__all__ = ["hub_dsn"]


def open_datastore(dsn: str, *, schema: str = "", enable_db_functions: bool = False) -> PostgresDatastore:
    """Make the library's datastore for a test's database."""
    env = environment(dsn)
    return PostgresDatastore(
        dbname=env["POSTGRES_DBNAME"],
        host=env["POSTGRES_HOST"],
        port=env.get("POSTGRES_PORT", "5432"),
        user=env["POSTGRES_USER"],
        password=env["POSTGRES_PASSWORD"],
        pool_size=3,
        max_overflow=10,
        schema=schema,
        enable_db_functions=enable_db_functions,
    )


class OnOwnTables:
    """Gives each case a recorder on tables it makes itself, in an empty database."""

    datastore: PostgresDatastore

    @pytest.fixture(autouse=True)
    def _open(self, database: str) -> Iterator[None]:
        with open_datastore(database) as self.datastore:
            yield

    def create_recorder(self) -> HubRecorder:
        """Give the recorder under test."""
        recorder = HubRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TestAggregateRecorder(OnOwnTables, AggregateRecorderTestCase):
    """The library's aggregate recorder, as the base of ours, keeps its promises on this server."""

    @override
    def create_recorder(self) -> PostgresAggregateRecorder:  # type: ignore[override]
        recorder = PostgresAggregateRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TestApplicationRecorder(OnOwnTables, ApplicationRecorderTestCase[HubRecorder]):
    """Ours is a library's application recorder in every respect the library tests, subscriptions included."""

    def test_insert_subscribe(self) -> None:
        """A subscriber gets what is inserted before and after it came."""
        self.optional_test_insert_subscribe()

    @override
    def close_db_connection(self, *args: object) -> None:
        self.datastore.close()


class TestNonInterleaving(OnOwnTables, NonInterleavingNotificationIDsBaseCase):
    """Two writers at once do not mix their notification ids: what the advisory lock has to give."""


def test_the_lockless_function_is_neither_used_nor_made(database: str) -> None:
    """A datastore with database functions is refused, and no such function is in the database."""
    with open_datastore(database, enable_db_functions=True) as datastore, pytest.raises(UnsafeSettingError):
        HubRecorder(datastore)
    with open_datastore(database) as datastore:
        HubRecorder(datastore).create_table()
    with psycopg.connect(database) as connection:
        assert [] == connection.execute("SELECT 1 FROM pg_proc WHERE proname LIKE 'es_insert%'").fetchall()


def test_the_stock_recorder_reads_the_log(hub_dsn: str) -> None:
    """Our table is the library's: its own recorder selects what ours appended."""
    stream = Stream()
    with open_datastore(hub_dsn, schema="hub") as datastore:
        ours, stock = HubRecorder(datastore), PostgresApplicationRecorder(datastore)
        with ours.appending() as appending:
            new = stream.entry(appending.recorded)
            stored = StoredEvent(new.originator_id, 1, new.type, new.entry)
            ids = ours.insert_events([stored], entries=[new])

        assert [stored] == stock.select_events(stream.id)
        assert [(ids[0] if ids else None, new.entry)] == [(n.id, n.state) for n in stock.select_notifications(None, 10)]
        with pytest.raises(IntegrityError):
            stock.insert_events([stored])


def test_a_fast_insert_does_not_overtake_a_slow_one(database: str) -> None:
    """The library's own way in takes the lock too: who has a later number becomes visible later."""
    with open_datastore(database) as datastore, ThreadPoolExecutor(1) as pool:
        recorder = HubRecorder(datastore)
        recorder.create_table()
        with psycopg.connect(database) as connection:
            connection.execute(
                "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$"
            )
            connection.execute(
                "CREATE TRIGGER slow AFTER INSERT ON stored_events FOR EACH ROW WHEN (NEW.topic = 'slow')"
                " EXECUTE FUNCTION wait()"
            )
        slow = pool.submit(recorder.insert_events, [StoredEvent(Stream().id, 1, "slow", b"")])
        with psycopg.connect(database, autocommit=True) as connection:
            while not connection.execute("SELECT is_called FROM stored_events_notification_id_seq").fetchall()[0][0]:
                pass
        recorder.insert_events([StoredEvent(Stream().id, 1, "fast", b"")])

        assert ["slow", "fast"] == [n.topic for n in recorder.select_notifications(None, 10)]
        assert [1] == slow.result()
