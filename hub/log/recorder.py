"""The library's recorder, with our lock and our rows in its transaction.

Two ways in. The library's own `insert_events` works as ever, except that writers queue at an advisory lock instead
of LOCK TABLE, which fights with vacuum. The hub's way is `appending`: one open transaction, which `insert_events`
on the same thread joins, and which writes the log's rows with the events (see `hub.log.appending`).

Reads never join an open append: they see what is committed, which under the lock is the head of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import Lock, local
from time import time_ns
from typing import Any, LiteralString

from eventsourcing.persistence import InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import IsolationLevel
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Literal
from typing_extensions import override

from hub.errors import AppendBrokenError, NotAppendingError
from hub.log.appending import Appending
from hub.log.guards import refuse_db_functions
from hub.log.reading import LogReader
from hub.log.records import Found, NewEntry

_LOCK: tuple[LiteralString, ...] = (
    "SET LOCAL lock_timeout = {timeout}",
    "SELECT pg_advisory_xact_lock(hashtextextended({lock}, 0))",
)
# The same in one round trip; subscribers are told at COMMIT or not at all.
_BEGIN_APPEND: LiteralString = """
    SELECT
        set_config('lock_timeout', {timeout}, true),
        pg_advisory_xact_lock(hashtextextended({lock}, 0)),
        pg_notify({channel}, '')
"""


def microseconds_now() -> int:
    """Give the time of this machine in microseconds since 1970 UTC."""
    return time_ns() // 1000


class _Open(local):
    appending: Appending | None = None


class HubRecorder(PostgresApplicationRecorder):
    """Records the hub's log. `clock` gives microseconds since 1970 UTC and may be replaced."""

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        if datastore.enable_db_functions:
            refuse_db_functions({"POSTGRES_ENABLE_DB_FUNCTIONS": "yes"})
        # That function takes no lock, so it is not even created.
        del self.sql_create_statements[self.create_insert_function_statement_index]
        names = {
            "lock": Literal(f"caunoi/append/{datastore.schema}.{events_table_name}"),
            "timeout": Literal(f"{datastore.lock_timeout}s"),
            "channel": Literal(self.channel_name),
        }
        self.lock_table_statements = [SQL(statement).format(**names) for statement in _LOCK]
        self._begin_append = SQL(_BEGIN_APPEND).format(**names)
        self.clock: Callable[[], int] = microseconds_now
        # Threads of this process queue here before they take a connection: a pool of waiters would otherwise leave
        # none for the reads of the one that holds the database's lock.
        self._turn = Lock()
        self._open = _Open()

    @contextmanager
    def appending(self) -> Iterator[Appending]:
        """Open one append; it commits when the block ends and is undone when the block raises.

        `insert_events` of the same thread joins it. Nothing is retried: after an `OperationalError` or
        `InterfaceError` the append may or may not be recorded, and `find` tells.

        Raises:
            NotAppendingError: This thread has an append open already.
            AppendBrokenError: The block went on after a failed statement; nothing is recorded.
            IntegrityError: (the library's) A version, statement id or hash is in the log already.
        """
        if self._open.appending is not None:
            raise NotAppendingError("this thread has an append open already")
        with self._turn, ExitStack() as stack:
            try:
                appending = stack.enter_context(self._locked())
            except (InterfaceError, OperationalError):
                # Nothing is written yet. The server may have been restarted since these connections were last used.
                self.datastore.pool.check()
                appending = stack.enter_context(self._locked())
            self._open.appending = appending
            try:
                yield appending
            finally:
                self._open.appending = None

    @property
    def open_append(self) -> Appending:
        """The append this thread has open.

        Raises:
            NotAppendingError: There is none.
        """
        if self._open.appending is None:
            raise NotAppendingError("this thread has no append open")
        return self._open.appending

    @override
    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        entries: Sequence[NewEntry] | None = kwargs.pop("entries", None)
        appending = self._open.appending
        if appending is not None:
            return appending.insert(stored_events, entries or ())
        if entries is not None:
            raise NotAppendingError("entries are recorded only inside `appending`")
        notification_ids: Sequence[int] | None = super().insert_events(stored_events, **kwargs)
        return notification_ids

    def find(self, statement_ids: Sequence[str]) -> dict[str, Found]:
        """Tell which of these statements are in the log, and where."""
        return LogReader(self.datastore, events_table=self.events_table_name).find(statement_ids)

    @contextmanager
    def _locked(self) -> Iterator[Appending]:
        with self.datastore.get_connection() as connection:
            # A later snapshot for each statement: the head must be read as it is once the lock is ours.
            connection.isolation_level = IsolationLevel.READ_COMMITTED
            with connection.transaction():
                connection.execute(self._begin_append)
                yield Appending(
                    connection,
                    schema=self.datastore.schema,
                    events_table=self.events_table_name,
                    now=self.clock(),
                )
                # PostgreSQL answers COMMIT of a failed transaction with a quiet ROLLBACK.
                if connection.info.transaction_status != TransactionStatus.INTRANS:
                    raise AppendBrokenError("a statement of this append failed and the append went on")
