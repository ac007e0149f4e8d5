"""The log as the library's application: `save`, `repository`, `notification_log` work; there is no domain in it.

An event is one entry, verbatim. What a stream's entries mean is the caller's: `repository.get(id, projector_func=…)`
with a projector over `Recorded`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, Recording, StoredEvent
from eventsourcing.utils import Environment, EnvType
from typing_extensions import override

from hub.errors import EntryMismatchError
from hub.log.attachments import AttachmentLog
from hub.log.connecting import environment
from hub.log.guards import refuse_db_functions
from hub.log.reading import LogReader
from hub.log.recorder import HubRecorder, microseconds_now
from hub.log.records import NewEntry, Recorded
from hub.log.refusals import RefusalLog

__all__ = ["EntryMapper", "HubApplication", "environment"]


class EntryMapper(Mapper[UUID]):
    """Stored state is the entry and nothing else; a topic is a name and is never imported."""

    @override
    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        if not isinstance(domain_event, Recorded):
            raise EntryMismatchError("only entries are recorded")
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=domain_event.topic,
            state=domain_event.entry,
        )

    @override
    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        if not isinstance(stored_event.originator_id, UUID):
            raise EntryMismatchError("streams are named by UUID")
        return Recorded(
            originator_id=stored_event.originator_id,
            originator_version=stored_event.originator_version,
            topic=stored_event.topic,
            entry=stored_event.state,
        )


class HubApplication(Application[UUID]):
    """The hub's log over the library. Settings are those given, never this process's environment."""

    name = "stored"  # the library's table is then `stored_events`
    env: ClassVar[dict[str, str]] = {
        "PERSISTENCE_MODULE": "hub.log.connecting:Factory",
        "APPLICATION_RECORDER_TOPIC": "hub.log.recorder:HubRecorder",
        "POSTGRES_SCHEMA": "hub",
        "POSTGRES_CONNECT_TIMEOUT": "5",  # seconds an append waits; who reads gives up sooner (hub.serving)
        "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "15",  # seconds until a stalled append gives the lock back
        "CREATE_TABLE": "no",  # the hub's role may not; see hub.log.migrate
    }
    recorder: HubRecorder

    def __init__(self, env: EnvType | None = None, *, clock: Callable[[], int] = microseconds_now) -> None:
        super().__init__(env)
        self.recorder.clock = clock
        self.reader = LogReader(self.recorder.datastore, events_table=self.recorder.events_table_name)
        self.refusals = RefusalLog(self.recorder.datastore)
        self.attachments = AttachmentLog(self.recorder.datastore)

    @override
    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        given: Mapping[str, str] = env or {}
        refuse_db_functions({**os.environ, **given})
        return Environment(name, {**self.env, **given})

    @override
    def construct_mapper(self) -> Mapper[UUID]:
        return EntryMapper(transcoder=self.construct_transcoder())

    def append(self, *entries: NewEntry) -> range:
        """Save entries in the append this thread has open; give their log indexes.

        Raises:
            NotAppendingError: No append is open on this thread.
            EntryMismatchError: See `Appending.insert`.
            IntegrityError: (the library's) A version, statement id or hash is in the log already.
        """
        events = (Recorded(e.originator_id, e.originator_version, e.type, e.entry) for e in entries)
        self.save(*events, entries=entries)
        size = self.recorder.open_append.size
        return range(size - len(entries) + 1, size + 1)

    @override
    def save(self, *objs: Any, **kwargs: Any) -> list[Recording[UUID]]:
        if objs and not kwargs.get("entries"):
            raise EntryMismatchError("an event is saved only with the entry it is")
        return super().save(*objs, **kwargs)
