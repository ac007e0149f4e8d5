"""Reading over the library's connection pool; every answer is of committed rows only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

from eventsourcing.persistence import InterfaceError, OperationalError
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Composed, Identifier


class Pooled:
    """What reads one hub's database: `{hub}` and `{events}` in a query stand for its schema and table."""

    def __init__(self, datastore: PostgresDatastore, *, events_table: str = "stored_events") -> None:
        self._datastore = datastore
        self._names = {"hub": Identifier(datastore.schema), "events": Identifier(events_table)}

    def _rows(self, query: LiteralString, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            return self._fetch(query, params)
        except (InterfaceError, OperationalError):
            # The server may have been restarted since these connections were last used.
            self._datastore.pool.check()
            return self._fetch(query, params)

    def _fetch(self, query: LiteralString, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._datastore.get_connection() as connection:
            return self._fetch_on(connection, query, params)

    def _fetch_on(
        self, connection: Connection[DictRow], query: LiteralString, params: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            return cursor.execute(self._named(query), params).fetchall()

    def _named(self, query: LiteralString) -> Composed:
        return SQL(query).format(**self._names)
