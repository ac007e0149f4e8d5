"""The log as the library's application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import StoredEvent
from psycopg.conninfo import conninfo_to_dict

from hub.errors import EntryMismatchError, UnsafeSettingError
from hub.log.application import EntryMapper, HubApplication, environment
from hub.log.recorder import HubRecorder
from hub.log.records import Recorded
from tests.hub.log_fixtures import Stream, append, application, clock, hub_dsn

__all__ = ["application", "clock", "hub_dsn"]


class Versions:
    """A made-up aggregate that only remembers."""

    def __init__(self, stream: UUID) -> None:
        self.id = stream
        self.version = 0
        self.entries: list[bytes] = []


def project(versions: Any, events: Iterable[Recorded]) -> Any:
    """Project as a caller would."""
    for event in events:
        versions = versions or Versions(event.originator_id)
        versions.version = event.originator_version
        versions.entries.append(event.entry)
    return versions


def test_a_stream_is_projected_by_the_callers_function(application: HubApplication) -> None:
    """The repository replays a stream's entries, whole or up to a version."""
    stream, other = Stream(), Stream()
    made = append(application, stream, other, stream, stream)
    expected = [new.entry for new in made if new.originator_id == stream.id]

    assert expected == application.repository.get(stream.id, projector_func=project).entries
    assert expected[:2] == application.repository.get(stream.id, version=2, projector_func=project).entries
    with pytest.raises(AggregateNotFoundError):
        application.repository.get(Stream().id, projector_func=project)


def test_the_librarys_notification_log_has_every_entry(application: HubApplication) -> None:
    """What the library's own followers read is the log."""
    made = append(application, Stream(), Stream())

    assert [new.entry for new in made] == [n.state for n in application.notification_log.select(None, 10)]
    assert {"case.notified"} == {n.topic for n in application.notification_log.select(None, 10)}


@pytest.mark.timeout(20)
def test_a_subscriber_of_the_library_is_told(application: HubApplication) -> None:
    """An append wakes those who LISTEN."""
    append(application, Stream())
    with application.recorder.subscribe(gt=0) as subscription:
        assert 1 == next(subscription).originator_version
        (new,) = append(application, Stream())

        assert new.entry == next(subscription).state


def test_a_topic_is_never_imported() -> None:
    """A row that names Python code gives an event with that name, and runs nothing."""
    stored = StoredEvent(Stream().id, 1, "os:system", b"entry")
    mapper = EntryMapper(transcoder=None)  # type: ignore[arg-type]

    event = mapper.to_domain_event(stored)
    assert Recorded(stored.originator_id, 1, "os:system", b"entry") == event  # type: ignore[arg-type]
    assert stored == mapper.to_stored_event(event)


def test_only_entries_become_events() -> None:
    """Another event, or a stream not named by UUID, is a mistake of the program."""
    mapper = EntryMapper(transcoder=None)  # type: ignore[arg-type]
    with pytest.raises(EntryMismatchError):
        mapper.to_stored_event(object())  # type: ignore[arg-type]
    with pytest.raises(EntryMismatchError):
        mapper.to_domain_event(StoredEvent("case-1", 1, "case.notified", b"entry"))


def test_the_application_is_wired_to_our_recorder(application: HubApplication) -> None:
    """By topic, so that one setting goes back to the library's own."""
    assert HubRecorder is type(application.recorder)
    assert "stored_events" == application.recorder.events_table_name


@pytest.mark.parametrize("name", ["POSTGRES_ENABLE_DB_FUNCTIONS", "STORED_POSTGRES_ENABLE_DB_FUNCTIONS"])
@pytest.mark.parametrize("value", ["y", "yes", "1", "TRUE", "on", "perhaps"])
def test_database_functions_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Whether given as a setting or found in the process's environment, under either name."""
    settings = environment("host=/nowhere dbname=nothing user=nobody")
    with pytest.raises(UnsafeSettingError):
        HubApplication({**settings, name: value})
    monkeypatch.setenv(name, value)
    with pytest.raises(UnsafeSettingError):
        HubApplication(settings)


def test_settings_come_from_nowhere_else(hub_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's environment does not reach the library."""
    monkeypatch.setenv("POSTGRES_DBNAME", "another")
    monkeypatch.setenv("CREATE_TABLE", "yes")
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "no")
    with HubApplication(environment(hub_dsn, user="caunoi_writer")) as application:
        assert [] == application.reader.entries()


def test_a_connection_string_is_taken_whole_or_not() -> None:
    """What the library knows goes to it, the rest to libpq; what could change the session is refused."""
    assert {
        "POSTGRES_HOST": "/run",
        "POSTGRES_PORT": "5433",
        "POSTGRES_DBNAME": "caunoi",
        "POSTGRES_USER": "caunoi_writer",
        "POSTGRES_PASSWORD": "made-up",
    } == environment("host=/run port=5433 dbname=caunoi user=caunoi password=made-up", user="caunoi_writer")
    settings = environment("postgresql://db.example/caunoi?sslmode=verify-full&passfile=/run/pg")
    assert {"sslmode": "verify-full", "passfile": "/run/pg"} == conninfo_to_dict(settings["POSTGRES_LIBPQ"])
    for part in ("service=other", "options=-csynchronous_commit=off", "replication=database", "sslpassword=made-up"):
        with pytest.raises(UnsafeSettingError, match=part.split("=", maxsplit=1)[0]) as refused:
            environment(f"host=db.example dbname=caunoi user=caunoi {part}")
        assert "made-up" not in str(refused.value)


def test_libpq_is_told_the_rest(hub_dsn: str) -> None:
    """A part that the library does not know reaches the session."""
    settings = environment(f"{hub_dsn} application_name=made-up-name", user="caunoi_writer")
    with HubApplication(settings) as application, application.recorder.datastore.get_connection() as connection:
        (row,) = connection.execute("SELECT current_setting('application_name') AS name").fetchall()
        assert row["name"] == "made-up-name"
