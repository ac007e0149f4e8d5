"""View rows in PostgreSQL: facts as jsonb, content sealed under the case's view key, position in the same commit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any, LiteralString, Protocol

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from projections.errors import RowsMovedError
from projections.rows import Row, canonical
from sealing.errors import KeyDestroyedError
from sealing.rows import open_row, seal_row

UPSERT = """
INSERT INTO view_rows (generation, view, key, case_id, facts, sealed) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (generation, view, key)
DO UPDATE SET case_id = excluded.case_id, facts = excluded.facts, sealed = excluded.sealed
"""
# A generation by its number, else the one of a keeper's that is current just now.
WHICH = "coalesce(view_generations.generation = %s, current AND keeper = %s)"
OF = f"generation = (SELECT generation FROM view_generations WHERE {WHICH})"  # noqa: S608 - constants, as below
SELECT = f"SELECT view, key, case_id, facts, sealed FROM view_rows WHERE {OF} AND view = %s"  # noqa: S608
VIEWS = f'SELECT DISTINCT view COLLATE "C" FROM view_rows WHERE {OF} ORDER BY 1'  # noqa: S608
_BOTH = "view_generations JOIN view_parts USING (generation)"
STATE = f"SELECT generation, number, day FROM {_BOTH} WHERE {WHICH} AND part = %s"  # noqa: S608
HOLD = " FOR SHARE OF view_generations FOR UPDATE OF view_parts"
MOVE = "UPDATE view_parts SET number = %s, day = %s WHERE generation = %s AND part = %s"
NODE, MEMBERS = "node", "members"


class ViewKeys(Protocol):
    """One 32-byte view key for each case; a destroyed one never comes back."""

    def ensure(self, cases: Iterable[str]) -> None:
        """Make keys for cases that have none, durably."""

    def get(self, case: str) -> bytes:
        """The key. Raises KeyDestroyedError."""


class PostgresRows:
    """The body of `Rows` on disk. `connection` is in autocommit and its search_path is the node's own schema."""

    def __init__(
        self,
        connection: psycopg.Connection[TupleRow],
        *,
        keys: ViewKeys,
        keeper: str = NODE,
        part: int = 0,
        generation: int | None = None,
    ) -> None:
        """Rows of the keeper's current generation, whichever that is at the time, or of the one that is named.

        Args:
            part: what of the feed the position is about: a partition for a member, 0 for a node that has all of it.
        """
        self._connection = connection
        self._keys = keys
        self._of = (generation, keeper)
        self._part = part
        self._known: tuple[int, str] | None = None  # position and day, as this writer has them

    def position(self) -> int:
        """See `Rows`."""
        return self._state()[1]

    def day(self) -> str:
        """See `Rows`."""
        return self._state()[2]

    def write(self, rows: Iterable[Row], *, position: int, day: str | None = None) -> None:
        """See `Rows`.

        Raises:
            RowsMovedError: since `begin` another has written this part; nothing was written.
        """
        newest = {(row.view, row.key): row for row in rows}
        self._ensure(sorted({row.case for row in newest.values() if row.case and row.content is not None}))
        params = [(row.view, row.key, row.case, Jsonb(dict(row.facts)), self._seal(row)) for row in newest.values()]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            generation, number, until = self._state(HOLD)
            if self._known not in {None, (number, until)}:
                raise RowsMovedError("another has written these rows")
            moved = (position, until if day is None else day)
            if params:
                cursor.executemany(UPSERT, [(generation, *one) for one in params])
            cursor.execute(MOVE, (*moved, generation, self._part))
        if self._known is not None:
            self._known = moved

    def begin(self) -> int:
        """Give the position, and write from now on only while nobody else has moved it."""
        self._known = self._state()[1:]
        return self._known[0]

    def _state(self, lock: LiteralString = "") -> tuple[int, int, str]:
        """Generation, position and day."""
        # While a lock was waited for, another generation may have become the current one.
        for _ in range(2):
            row = self._connection.execute(STATE + lock, (*self._of, self._part)).fetchone()
            if row is not None:
                return row
        raise RowsMovedError("these rows are no longer kept")

    def get(self, view: str, key: str) -> Row | None:
        """See `Rows`."""
        row = self._connection.execute(SELECT + " AND key = %s", (*self._of, view, key)).fetchone()
        return self._row(row) if row else None

    def all(self, view: str) -> Iterator[Row]:
        """See `Rows`."""
        for row in self._connection.execute(SELECT + ' ORDER BY key COLLATE "C"', (*self._of, view)):
            yield self._row(row)

    def tagged(self, view: str, tags: Collection[str]) -> Iterator[Row]:
        """See `Rows`."""
        having = SELECT + " AND facts -> 'tags' ?| %s ORDER BY key COLLATE \"C\""
        for row in self._connection.execute(having, (*self._of, view, sorted(tags))):
            yield self._row(row)

    def views(self) -> tuple[str, ...]:
        """See `Rows`."""
        return tuple(row[0] for row in self._connection.execute(VIEWS, self._of))

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
