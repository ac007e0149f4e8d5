"""Signed refusals, read: durable, numbered densely for each agency, never changed. `appending` writes them."""

from __future__ import annotations

from collections.abc import Sequence

from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from hub.log.records import Refusal

_AFTER = """
    SELECT number, agency, statement_id, statement_hash, code, recorded, kid, sig FROM {hub}.refusals
    WHERE agency = %s AND number > %s ORDER BY number LIMIT %s
"""
_OF = "SELECT DISTINCT agency, statement_id FROM {hub}.refusals WHERE statement_id = ANY(%s)"


class RefusalLog:
    """The refusals of one hub, over the library's connection pool."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        self._datastore = datastore
        self._names = {"hub": Identifier(datastore.schema)}

    def of(self, statement_ids: Sequence[str]) -> set[tuple[str, str]]:
        """Which of these statements were ever refused: (agency, statement id)."""
        if not statement_ids:
            return set()
        with self._datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            return set(cursor.execute(SQL(_OF).format(**self._names), (list(statement_ids),)).fetchall())

    def has(self, agency: str, statement_id: str) -> bool:
        """Whether a statement of this agency was ever refused."""
        return (agency, statement_id) in self.of([statement_id])

    def after(self, agency: str, number: int = 0, limit: int = 1000) -> list[tuple[int, Refusal]]:
        """Give up to `limit` refusals of one agency that follow `number`, each with its own number."""
        with (
            self._datastore.get_connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            rows = cursor.execute(SQL(_AFTER).format(**self._names), (agency, number, limit)).fetchall()
        return [(own, Refusal(*refusal)) for own, *refusal in rows]
