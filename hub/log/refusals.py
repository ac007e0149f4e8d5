"""Signed refusals: durable, numbered densely for each agency, never changed."""

from __future__ import annotations

from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from hub.log.records import Refusal

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('caunoi/refusals/' || %s, 0))"
_RECORD = """
    INSERT INTO {hub}.refusals (agency, number, statement_id, statement_hash, code, recorded, kid, sig)
    SELECT %(agency)s, coalesce(max(number), 0) + 1, %(statement_id)s, %(statement_hash)s, %(code)s, %(recorded)s,
        %(kid)s, %(signature)s
    FROM {hub}.refusals WHERE agency = %(agency)s
    RETURNING number
"""
_AFTER = """
    SELECT number, agency, statement_id, statement_hash, code, recorded, kid, sig FROM {hub}.refusals
    WHERE agency = %s AND number > %s ORDER BY number LIMIT %s
"""
_HAS = "SELECT FROM {hub}.refusals WHERE agency = %s AND statement_id = %s LIMIT 1"


class RefusalLog:
    """The refusals of one hub, over the library's connection pool."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        self._datastore = datastore
        self._names = {"hub": Identifier(datastore.schema)}

    def record(self, refusal: Refusal) -> int:
        """Keep one refusal; give its number among its agency's."""
        with self._datastore.get_connection() as connection, connection.transaction():
            connection.execute(_LOCK, (refusal.agency,))
            with connection.cursor(row_factory=tuple_row) as cursor:
                cursor.execute(
                    SQL(_RECORD).format(**self._names),
                    {name: getattr(refusal, name) for name in Refusal.__slots__},
                )
                (number,) = cursor.fetchall()[0]
        return int(number)

    def has(self, agency: str, statement_id: str) -> bool:
        """Whether a statement of this agency was ever refused."""
        with self._datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(SQL(_HAS).format(**self._names), (agency, statement_id))
            return cursor.fetchone() is not None

    def after(self, agency: str, number: int = 0, limit: int = 1000) -> list[tuple[int, Refusal]]:
        """Give up to `limit` refusals of one agency that follow `number`, each with its own number."""
        with (
            self._datastore.get_connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            rows = cursor.execute(SQL(_AFTER).format(**self._names), (agency, number, limit)).fetchall()
        return [(own, Refusal(*refusal)) for own, *refusal in rows]
