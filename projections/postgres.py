"""View rows in PostgreSQL: facts as jsonb, content sealed under the case's view key, position in the same commit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any, Protocol

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from projections.rows import Row, canonical
from sealing.errors import KeyDestroyedError
from sealing.rows import open_row, seal_row

UPSERT = """
INSERT INTO view_rows (view, key, case_id, facts, sealed) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (view, key) DO UPDATE SET case_id = excluded.case_id, facts = excluded.facts, sealed = excluded.sealed
"""
SELECT = "SELECT view, key, case_id, facts, sealed FROM view_rows WHERE view = %s"


class ViewKeys(Protocol):
    """One 32-byte view key for each case; a destroyed one never comes back."""

    def ensure(self, cases: Iterable[str]) -> None:
        """Make keys for cases that have none, durably."""

    def get(self, case: str) -> bytes:
        """The key. Raises KeyDestroyedError."""


class PostgresRows:
    """The body of `Rows` on disk. `connection` is in autocommit and its search_path is the node's own schema."""

    def __init__(self, connection: psycopg.Connection[TupleRow], *, keys: ViewKeys) -> None:
        self._connection = connection
        self._keys = keys

    def position(self) -> int:
        """See `Rows`."""
        row = self._connection.execute("SELECT number FROM view_position").fetchone()
        return int(row[0]) if row else 0

    def day(self) -> str:
        """See `Rows`."""
        row = self._connection.execute("SELECT day FROM view_position").fetchone()
        return str(row[0]) if row else ""

    def write(self, rows: Iterable[Row], *, position: int, day: str | None = None) -> None:
        """See `Rows`."""
        newest = {(row.view, row.key): row for row in rows}
        self._ensure(sorted({row.case for row in newest.values() if row.case and row.content is not None}))
        params = [(row.view, row.key, row.case, Jsonb(dict(row.facts)), self._seal(row)) for row in newest.values()]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            if params:
                cursor.executemany(UPSERT, params)
            cursor.execute("UPDATE view_position SET number = %s, day = coalesce(%s, day)", (position, day))

    def get(self, view: str, key: str) -> Row | None:
        """See `Rows`."""
        row = self._connection.execute(SELECT + " AND key = %s", (view, key)).fetchone()
        return self._row(row) if row else None

    def all(self, view: str) -> Iterator[Row]:
        """See `Rows`."""
        for row in self._connection.execute(SELECT + ' ORDER BY key COLLATE "C"', (view,)):
            yield self._row(row)

    def tagged(self, view: str, tags: Collection[str]) -> Iterator[Row]:
        """See `Rows`."""
        having = SELECT + " AND facts -> 'tags' ?| %s ORDER BY key COLLATE \"C\""
        for row in self._connection.execute(having, (view, sorted(tags))):
            yield self._row(row)

    def views(self) -> tuple[str, ...]:
        """See `Rows`."""
        found = self._connection.execute('SELECT DISTINCT view COLLATE "C" FROM view_rows ORDER BY 1')
        return tuple(row[0] for row in found)

    def clear(self) -> None:
        """Forget all rows: the next catch-up rebuilds them from the first feed entry."""
        with self._connection.transaction():
            self._connection.execute("DELETE FROM view_rows")
            self._connection.execute("UPDATE view_position SET number = 0, day = ''")

    def _ensure(self, cases: list[str]) -> None:
        """Make view keys with one fsync; a case whose key was destroyed must not hold up the others."""
        try:
            self._keys.ensure(cases)
        except KeyDestroyedError:
            for case in cases:
                with suppress(KeyDestroyedError):
                    self._keys.ensure([case])

    def _seal(self, row: Row) -> bytes | None:
        if row.content is None or row.case is None:
            return None
        try:
            key = self._keys.get(row.case)
        except KeyDestroyedError:
            return None
        return seal_row(canonical(row.content).encode(), view_key=key, case=row.case, view=row.view, key=row.key)

    def _row(self, row: tuple[Any, ...]) -> Row:
        view, key, case, facts, sealed = row
        content = None
        if sealed is not None:
            try:
                plain = open_row(bytes(sealed), view_key=self._keys.get(case), case=case, view=view, key=key)
                content = json.loads(plain)
            except KeyDestroyedError:
                content = None  # "can no longer be read" is a normal state
        return Row(view=view, key=key, case=case, facts=facts, content=content)
