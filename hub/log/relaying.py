"""What the relay reads of the log and keeps of its own: the next things to tell each agency, and how far it has come.

Runs as a role that may read the log and write nothing of it. Rows are read in the order they were committed in, because
entries, refusals and asides are written under the append lock or densely numbered: nothing can appear behind us.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import tuple_row

from door.kafka.heads import START
from hub.log.records import Found, Refusal

_APPENDED = "LISTEN stored_events"  # what every append notifies when it commits (hub.log.recorder)
_BEHIND = """
    SELECT agency FROM unnest(%s::text[]) AS known (agency) LEFT JOIN hub.relayed AS told USING (agency)
    WHERE EXISTS (
        SELECT FROM hub.feeds WHERE feeds.agency = known.agency AND feeds.number > coalesce(told.number, 0)
    ) OR EXISTS (
        SELECT FROM hub.log WHERE author = known.agency AND log_index > coalesce(told.receipts, 0)
    ) OR EXISTS (
        SELECT FROM hub.refusals
        WHERE refusals.agency = known.agency AND refusals.number > coalesce(told.refusals, 0)
    ) OR EXISTS (
        SELECT FROM hub.kafka_aside AS one WHERE one.agency = known.agency AND one.number > coalesce(told.aside, 0)
    )
"""
_FEED = """
    SELECT number, log_index, type, replace(log.originator_id::text, '-', ''), state
    FROM hub.feeds JOIN hub.log USING (log_index) JOIN hub.stored_events USING (notification_id)
    WHERE agency = %s AND number > %s ORDER BY number LIMIT %s
"""
_RECEIPTS = """
    SELECT replace(log.originator_id::text, '-', ''), statement_id, statement_hash, log_index, leaf, recorded,
        receipt_kid, receipt_sig
    FROM hub.log WHERE author = %s AND log_index > %s ORDER BY log_index LIMIT %s
"""
_REFUSALS = """
    SELECT number, agency, statement_id, statement_hash, code, recorded, kid, sig FROM hub.refusals
    WHERE agency = %s AND number > %s ORDER BY number LIMIT %s
"""
_ASIDE = """
    SELECT number, statement_id, code, recorded FROM hub.kafka_aside
    WHERE agency = %s AND number > %s ORDER BY number LIMIT %s
"""
_RELAYED = "SELECT number, parts, chains, receipts, refusals, aside FROM hub.relayed WHERE agency = %s"
_MOVE = """
    INSERT INTO hub.relayed AS known (agency, number, parts, chains, receipts, refusals, aside)
    VALUES (
        %(agency)s, %(number)s, %(parts)s::bigint[], %(chains)s::bytea[], %(receipts)s, %(refusals)s, %(aside)s
    )
    ON CONFLICT (agency) DO UPDATE SET (number, parts, chains, receipts, refusals, aside) =
        (excluded.number, excluded.parts, excluded.chains, excluded.receipts, excluded.refusals, excluded.aside)
    WHERE (known.number, known.receipts, known.refusals, known.aside) =
        (%(was_number)s, %(was_receipts)s, %(was_refusals)s, %(was_aside)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """How far one agency was told; `parts` are counts of its entries in each partition, `chains` hashes over them."""

    agency: str
    parts: tuple[int, ...]
    chains: tuple[bytes, ...]
    number: int = 0
    receipts: int = 0
    refusals: int = 0
    aside: int = 0


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One entry of a feed, its type and the stream it is of (hex), unread."""

    number: int
    index: int
    type: str
    stream: str
    entry: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """One statement of an agency's as the log has it, and its stream (hex)."""

    stream: str
    statement_id: str
    found: Found


@dataclass(frozen=True, slots=True)
class AsideRow:
    """One message that was no submission, for the agency that sent it."""

    number: int
    statement_id: str | None
    code: str
    recorded: int


class RelayLog:
    """Reads what is to be told and moves what was told; one connection of its own, one thread at a time."""

    def __init__(self, connection: Connection[tuple[object, ...]]) -> None:
        """`connection` commits by itself."""
        self._connection = connection
        self._connection.execute(_APPENDED)

    def wait(self, seconds: float) -> bool:
        """Wait until something was appended since we last waited, or for so long; whether there was."""
        return sum(1 for _ in self._connection.notifies(timeout=seconds, stop_after=1)) > 0

    def behind(self, agencies: Sequence[str]) -> set[str]:
        """Those of these agencies for whom there is something that they were not told."""
        return {agency for (agency,) in self._rows(_BEHIND, list(agencies))}

    def relayed(self, agency: str, *, partitions: int) -> Relayed:
        """How far this agency was told."""
        found = self._rows(_RELAYED, agency)
        if not found:
            return Relayed(agency=agency, parts=(0,) * partitions, chains=(START,) * partitions)
        number, parts, chains, receipts, refusals, aside = found[0]
        return Relayed(
            agency=agency,
            parts=tuple(parts),
            chains=tuple(bytes(one) for one in chains),
            number=number,
            receipts=receipts,
            refusals=refusals,
            aside=aside,
        )

    def feed(self, state: Relayed, *, limit: int) -> list[FeedRow]:
        """The next entries of its feed."""
        rows = self._rows(_FEED, state.agency, state.number, limit)
        return [FeedRow(*row) for row in rows]

    def receipts(self, state: Relayed, *, limit: int) -> list[Answered]:
        """The next of its own statements that were recorded."""
        rows = self._rows(_RECEIPTS, state.agency, state.receipts, limit)
        return [Answered(stream, statement, Found(*found)) for stream, statement, *found in rows]

    def refusals(self, state: Relayed, *, limit: int) -> list[tuple[int, Refusal]]:
        """The next of its statements that were refused, numbered."""
        rows = self._rows(_REFUSALS, state.agency, state.refusals, limit)
        return [(number, Refusal(*refusal)) for number, *refusal in rows]

    def aside(self, state: Relayed, *, limit: int) -> list[AsideRow]:
        """The next of its messages that were no submissions."""
        return [AsideRow(*row) for row in self._rows(_ASIDE, state.agency, state.aside, limit)]

    def move(self, pages: Iterable[tuple[Relayed, Relayed]]) -> None:
        """Say how far agencies were told, from where to where; what another relay has moved meanwhile stays."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for was, now in pages:
                values = {name: getattr(now, name) for name in Relayed.__slots__} | {
                    f"was_{name}": getattr(was, name) for name in ("number", "receipts", "refusals", "aside")
                }
                cursor.execute(_MOVE, values | {"parts": list(now.parts), "chains": list(now.chains)})

    def _rows(self, query: LiteralString, *params: object) -> list[tuple[Any, ...]]:
        with self._connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            return cursor.execute(query, params).fetchall()
