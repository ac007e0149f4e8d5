"""A log in PostgreSQL, read in one read-only snapshot: what is appended meanwhile is not seen.

Needs SELECT on the log's tables and nothing else; writes nothing, not even by mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, LiteralString, Self
from uuid import uuid4

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from audit.errors import SourceUnavailableError
from audit.sources import AttachedRow, FeedRow, StoredBody, StoredEntry, StoredGrant, StoredPiece

_ENTRIES = """
    SELECT log_index, coalesce(state, ''), leaf, statement_id, statement_hash, author, kid, type, recorded,
        coalesce(topic, ''), replace(originator_id::text, '-', ''), originator_version, {receipt}
    FROM {hub}.log LEFT JOIN {hub}.stored_events USING (notification_id, originator_id, originator_version)
    WHERE log_index > %s ORDER BY log_index
"""
_STRAYS = """
    SELECT 0, state, ''::bytea, '', ''::bytea, '', '', '', 0::bigint, coalesce(topic, ''),
        replace(originator_id::text, '-', ''), originator_version
    FROM {hub}.stored_events LEFT JOIN {hub}.log USING (notification_id, originator_id, originator_version)
    WHERE log_index IS NULL
"""
_FEEDS = 'SELECT agency, number, log_index FROM {hub}.feeds ORDER BY agency COLLATE "C", number'
_BODIES = "SELECT hash, body, log_index FROM {hub}.bodies ORDER BY log_index, hash"
_GRANTS = """
    SELECT hash, length(locked), grantee, replace(originator_id::text, '-', ''), log_index
    FROM {hub}.grants ORDER BY log_index, hash
"""
_KEEPS_RECEIPTS = """
    SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'receipt_sig')
"""
_RECEIPT, _NO_RECEIPT = "coalesce(receipt_kid, ''), coalesce(receipt_sig, ''::bytea)", "'', ''::bytea"
_FILES = "SELECT to_regclass(%s) IS NOT NULL"
_PIECES = """
    SELECT hash, length, coalesce(piece, ''::bytea)
    FROM {hub}.attachments LEFT JOIN {hub}.attachment_pieces USING (hash) ORDER BY hash, number
"""
_ATTACHED = "SELECT hash, log_index FROM {hub}.attached ORDER BY log_index, hash"
_PAGE = 1000  # rows fetched at once
_PAGE_OF_BODIES = 20  # a body has up to 32 MiB, a piece of a file 256 KiB


class PostgresLogSource:
    """The body of `LogSource` on a database. Use as a context manager."""

    def __init__(self, dsn: str, *, schema: str = "hub") -> None:
        """Connect and take the snapshot.

        Raises:
            SourceUnavailableError: The database does not answer, or has no such log.
        """
        self._schema = Identifier(schema)
        try:
            self._connection = psycopg.connect(dsn)
        except psycopg.Error:
            # The cause may quote the connection string.
            raise SourceUnavailableError("the log cannot be read") from None
        self._connection.isolation_level = IsolationLevel.REPEATABLE_READ
        self._connection.read_only = True
        try:
            # The snapshot is that of the first statement.
            self._connection.execute(SQL("SELECT FROM {}.log LIMIT 1").format(self._schema))
            # A log of the first release keeps no files, and no receipts with its entries.
            keeps = self._connection.execute(_KEEPS_RECEIPTS, (f"{schema}.log",)).fetchone() == (True,)
            self._receipt = SQL(_RECEIPT if keeps else _NO_RECEIPT)
            self._files = self._connection.execute(_FILES, (f"{schema}.attachments",)).fetchone() == (True,)
        except psycopg.Error:
            self._connection.close()
            raise SourceUnavailableError("the log cannot be read") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """See `LogSource`."""
        for query, params in ((_ENTRIES, (after,)), (_STRAYS, None)):
            yield from (StoredEntry(*row) for row in self._rows(query, params))

    def feeds(self) -> Iterator[FeedRow]:
        """See `LogSource`."""
        return (FeedRow(*row) for row in self._rows(_FEEDS))

    def bodies(self) -> Iterator[StoredBody]:
        """See `LogSource`."""
        return (StoredBody(*row) for row in self._rows(_BODIES, page=_PAGE_OF_BODIES))

    def grants(self) -> Iterator[StoredGrant]:
        """See `LogSource`."""
        return (StoredGrant(*row) for row in self._rows(_GRANTS))

    def pieces(self) -> Iterator[StoredPiece]:
        """See `LogSource`."""
        rows = self._rows(_PIECES, page=_PAGE_OF_BODIES) if self._files else ()
        return (StoredPiece(*row) for row in rows)

    def attached(self) -> Iterator[AttachedRow]:
        """See `LogSource`."""
        return (AttachedRow(*row) for row in (self._rows(_ATTACHED) if self._files else ()))

    def _rows(
        self, query: LiteralString, params: Sequence[int] | None = None, *, page: int = _PAGE
    ) -> Iterator[tuple[Any, ...]]:
        try:
            with self._connection.cursor(name=uuid4().hex, row_factory=tuple_row) as cursor:
                cursor.itersize = page
                yield from cursor.execute(
                    SQL(query).format(hub=self._schema, receipt=self._receipt), params, binary=True
                )
        except psycopg.Error:
            raise SourceUnavailableError("the log cannot be read") from None
