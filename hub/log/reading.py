"""Reading the log: pages in log order, feeds, and what lies beside the entries. Writes nothing.

There are no gaps to wait for: a number that is missing is an alarm, `LogGapError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from hub.errors import LogGapError
from hub.log.pooled import Pooled
from hub.log.records import FeedEntry, Found, LoggedEntry, Position, StoredGrant

_ENTRIES = """
    SELECT log_index, state FROM {hub}.log JOIN {hub}.{events} USING (notification_id)
    WHERE log_index > %s ORDER BY log_index LIMIT %s
"""
_FEED = """
    SELECT number, log_index, state
    FROM {hub}.feeds JOIN {hub}.log USING (log_index) JOIN {hub}.{events} USING (notification_id)
    WHERE agency = %s AND number > %s ORDER BY number LIMIT %s
"""
_LEAVES = "SELECT log_index, leaf FROM {hub}.log WHERE log_index > %s ORDER BY log_index"
_FIND = """
    SELECT statement_id, statement_hash, log_index, leaf, recorded, receipt_kid, receipt_sig
    FROM {hub}.log WHERE statement_id = ANY(%b::text[])
"""
_STREAM = "SELECT log_index FROM {hub}.log WHERE originator_id = %s ORDER BY originator_version"
_AUTHOR = "SELECT author FROM {hub}.log WHERE log_index = %s"
_BODIES_ON_FEED = """
    SELECT hash, body FROM {hub}.bodies JOIN {hub}.feeds USING (log_index)
    WHERE hash = ANY(%b::bytea[]) AND agency = %b
"""
_BODIES = "SELECT hash, body FROM {hub}.bodies WHERE hash = ANY(%b::bytea[])"
_GRANTS = "SELECT hash, locked, log_index, grantee, originator_id FROM {hub}.grants WHERE hash = ANY(%b::bytea[])"
_POSITIONS = "SELECT topic, partition, position FROM {hub}.kafka_positions ORDER BY topic, partition"
_GRANTED = "SELECT DISTINCT originator_id FROM {hub}.grants"


class LogReader(Pooled):
    """Reads one hub's log over the library's connection pool; every answer is of committed rows only."""

    def entries(self, after: int = 0, limit: int = 1000) -> list[LoggedEntry]:
        """Give up to `limit` entries that follow log index `after`.

        Raises:
            LogGapError: An index is missing.
        """
        rows = self._rows(_ENTRIES, (after, limit))
        _check_dense((row[0] for row in rows), after)
        return [LoggedEntry(*row) for row in rows]

    def stream(self, after: int = 0, page: int = 1000) -> Iterator[LoggedEntry]:
        """Give every entry that follows `after`, page by page, until there is no more."""
        while rows := self.entries(after, page):
            yield from rows
            after = rows[-1].index

    def feed(self, agency: str, after: int = 0, limit: int = 1000) -> list[FeedEntry]:
        """Give up to `limit` entries of one agency's feed that follow feed number `after`.

        Raises:
            LogGapError: A feed number is missing.
        """
        rows = self._rows(_FEED, (agency, after, limit))
        _check_dense((row[0] for row in rows), after)
        return [FeedEntry(*row) for row in rows]

    def size_and_leaves(self, after: int = 0) -> tuple[int, list[bytes]]:
        """Give the size of the log and the leaf hashes that follow index `after`, of one moment.

        Raises:
            LogGapError: An index is missing.
        """
        rows = self._rows(_LEAVES, (after,))
        _check_dense((row[0] for row in rows), after)
        return after + len(rows), [row[1] for row in rows]

    def find(self, statement_ids: Sequence[str]) -> dict[str, Found]:
        """Tell which of these statements are in the log, and where."""
        rows = self._rows(_FIND, (list(statement_ids),))
        return {statement_id: Found(*place) for statement_id, *place in rows}

    def stream_indexes(self, stream: UUID) -> list[int]:
        """Give the log indexes of one stream's entries, in its order."""
        return [row[0] for row in self._rows(_STREAM, (stream,))]

    def author(self, index: int) -> str | None:
        """Give the agency that signed the entry at a log index."""
        rows = self._rows(_AUTHOR, (index,))
        return str(rows[0][0]) if rows else None

    def bodies_on_feed(self, agency: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        """Give those of the bodies whose entry is on the agency's feed."""
        return dict(self._rows(_BODIES_ON_FEED, (list(hashes), agency)))

    def bodies(self, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        """Give those of the bodies that are there; an erased one is simply absent."""
        return dict(self._rows(_BODIES, (list(hashes),)))

    def grants(self, hashes: Sequence[bytes]) -> dict[bytes, StoredGrant]:
        """Give those of the locked grants that are there; an erased one is simply absent."""
        return {digest: StoredGrant(*grant) for digest, *grant in self._rows(_GRANTS, (list(hashes),))}

    def kafka_positions(self) -> list[Position]:
        """How far each partition of a Kafka topic was taken in."""
        return [Position(*row) for row in self._rows(_POSITIONS, ())]

    def granted_streams(self) -> list[UUID]:
        """Give the streams of all cases that have grants beside the log."""
        return [row[0] for row in self._rows(_GRANTED, ())]


def _check_dense(numbers: Iterator[int], after: int) -> None:
    for expected, number in enumerate(numbers, start=after + 1):
        if number != expected:
            raise LogGapError(f"number {expected} is missing")
