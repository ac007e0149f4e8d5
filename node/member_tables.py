"""What the members of a consumer group have of an agency's feed, by partition: kept once, whoever of them kept it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import psycopg
from psycopg.rows import TupleRow

from door.kafka.heads import START
from node.feed_parts import Part
from node.hub_client import FeedLine


class MemberTables:
    """Reads and writes them; in the transaction of whoever asks."""

    def __init__(self, connection: psycopg.Connection[TupleRow]) -> None:
        self.connection = connection

    def ensure(self, partitions: Iterable[int]) -> None:
        """Make those that are not there."""
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO member_parts VALUES (%s, 0, %s, 0, 0) ON CONFLICT DO NOTHING",
                [(number, START) for number in partitions],
            )

    def positions(self, partitions: Sequence[int]) -> dict[int, int]:
        """Where to go on in the topic."""
        rows = self.connection.execute(
            "SELECT partition, position FROM member_parts WHERE partition = ANY(%s)", (list(partitions),)
        )
        return dict(rows.fetchall())

    def parts(self) -> dict[int, Part]:
        """How far each is."""
        rows = self.connection.execute("SELECT partition, count, chain, headed FROM member_parts ORDER BY partition")
        return {partition: Part(count, bytes(chain), headed) for partition, count, chain, headed in rows}

    def hold(self, partition: int) -> Part:
        """How far one is; no other member moves it until the end of this transaction."""
        row = self.connection.execute(
            "SELECT count, chain, headed FROM member_parts WHERE partition = %s FOR UPDATE", (partition,)
        ).fetchone()
        return Part() if row is None else Part(row[0], bytes(row[1]), row[2])

    def keep(self, partition: int, part: Part, lines: Sequence[FeedLine], *, position: int) -> None:
        """Keep entries, the last of them the newest of the partition, and go on from this position in the topic."""
        first = part.count - len(lines) + 1
        with self.connection.cursor() as cursor:
            if lines:
                cursor.executemany(
                    "INSERT INTO member_feed VALUES (%s, %s, %s, %s, %s)",
                    [(partition, n, one.number, one.index, one.entry) for n, one in enumerate(lines, start=first)],
                )
            cursor.execute(
                "UPDATE member_parts SET (count, chain, headed, position) = (%s, %s, %s, greatest(position, %s))"
                " WHERE partition = %s",
                (part.count, part.chain, part.headed, position, partition),
            )

    def feed(self, partition: int, after: int, limit: int) -> list[FeedLine]:
        """Entries of a partition, numbered within it."""
        rows = self.connection.execute(
            "SELECT part, log_index, entry FROM member_feed WHERE partition = %s AND part > %s ORDER BY part LIMIT %s",
            (partition, after, limit),
        )
        return [FeedLine(number, index, bytes(entry)) for number, index, entry in rows]
