"""What a node keeps of its way over Kafka: positions, what lies at the broker, feed entries whose turn has not come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import psycopg
from psycopg.rows import TupleRow

from door.kafka.day_key import DayKey
from door.kafka.heads import FeedHead
from door.kafka.port import Partition
from node.feed_parts import FeedParts, Part
from node.hub_client import FeedLine
from node.store import Queued, queued_of

_WAITING = """
    SELECT seq, statement_id, hash, case_id, origin, submission, put IS NOT NULL FROM (
        SELECT *, sum(octet_length(submission)) OVER (ORDER BY seq) AS total, row_number() OVER (ORDER BY seq) AS place
        FROM (
            SELECT * FROM outbox LEFT JOIN kafka_put USING (seq)
            WHERE state = 'queued' AND (put IS NULL OR aside OR put < %s) ORDER BY seq LIMIT %s
        ) AS oldest
    ) AS sized WHERE total <= %s OR place = 1 ORDER BY seq
"""
_FLYING = """
    SELECT DISTINCT case_id FROM outbox JOIN kafka_put USING (seq)
    WHERE state = 'queued' AND NOT aside AND put >= %s
"""
_KEEP_PART = """
    INSERT INTO kafka_parts VALUES (%s, %s, %s, %s) ON CONFLICT (partition) DO UPDATE
    SET (count, chain, headed) = (excluded.count, excluded.chain, excluded.headed)
"""
_REACHED = """
    SELECT greatest(
        (SELECT coalesce(max(log_index), 0) FROM feed),
        (SELECT coalesce(max(log_index), 0) FROM kafka_early WHERE number <= %s)
    )
"""


class KafkaTables:
    """Reads and writes them; in the transaction of whoever asks."""

    def __init__(self, connection: psycopg.Connection[TupleRow]) -> None:
        self.connection = connection

    # -- positions ---------------------------------------------------------------------------------------------

    def positions(self) -> dict[Partition, int]:
        """Where to go on in each partition that was read."""
        rows = self.connection.execute("SELECT topic, partition, position FROM kafka_positions")
        return {Partition(topic, number): position for topic, number, position in rows}

    def move(self, positions: Mapping[Partition, int]) -> None:
        """Go on from here the next time."""
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO kafka_positions VALUES (%s, %s, %s)"
                " ON CONFLICT (topic, partition) DO UPDATE SET position = excluded.position",
                [(*at, position) for at, position in positions.items()],
            )

    # -- what is sent ------------------------------------------------------------------------------------------

    def waiting(self, limit: int, *, size: int, overdue: int) -> list[tuple[Queued, bool]]:
        """The oldest that are to be sent, and whether they lay at the broker in vain: at most `limit`, `size` bytes.

        Args:
            overdue: what was put before this time (µs since 1970) and is unanswered was put in vain.
        """
        rows = self.connection.execute(_WAITING, (overdue, limit, size))
        return [(queued_of(row[:6]), row[6]) for row in rows]

    def flying(self, *, overdue: int) -> set[str | None]:
        """The cases of which something lies at the broker; None where it is of no case."""
        return {row[0] for row in self.connection.execute(_FLYING, (overdue,))}

    def put(self, sent: Iterable[Queued], *, now: int) -> None:
        """Note what the broker has."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO kafka_put VALUES (%s, %s) ON CONFLICT (seq) DO UPDATE SET (put, aside) = (%s, false)",
                [(one.seq, now, now) for one in sent],
            )

    def answered(self, seqs: Sequence[int]) -> None:
        """Forget what was answered."""
        self.connection.execute("DELETE FROM kafka_put WHERE seq = ANY(%s)", (list(seqs),))

    def seal_anew(self, statement: str) -> None:
        """It does not lie there any more, as far as the hub can tell."""
        self.connection.execute(
            "DELETE FROM kafka_put USING outbox WHERE kafka_put.seq = outbox.seq AND statement_id = %s", (statement,)
        )

    def set_aside(self, statement: str) -> None:
        """It lies there in vain."""
        self.connection.execute(
            "UPDATE kafka_put SET aside = true FROM outbox WHERE kafka_put.seq = outbox.seq AND statement_id = %s",
            (statement,),
        )

    def in_vain(self, seqs: Iterable[int], *, now: int) -> None:
        """These lie there in vain, also where nothing was noted of it: they go over HTTP."""
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO kafka_put VALUES (%s, %s, true) ON CONFLICT (seq) DO UPDATE SET aside = true",
                [(seq, now) for seq in seqs],
            )

    def before(self, one: Queued) -> set[int]:
        """What was to be sent of the same case before this, and is unanswered; nothing where it is of no case."""
        rows = self.connection.execute(
            "SELECT seq FROM outbox WHERE state = 'queued' AND seq < %s AND case_id = %s",
            (one.seq, one.case),
        )
        return {row[0] for row in rows}

    def sent(self, statements: Sequence[str]) -> list[tuple[Queued, str, bool]]:
        """Own statements of these ids, each with its state in the outbox, and whether it lies at the broker in vain."""
        rows = self.connection.execute(
            "SELECT seq, statement_id, hash, case_id, origin, submission, state, coalesce(aside, false)"
            " FROM outbox LEFT JOIN kafka_put USING (seq) WHERE statement_id = ANY(%s) ORDER BY seq",
            (list(statements),),
        )
        return [(queued_of(row[:6]), row[6], row[7]) for row in rows]

    # -- keys of the days --------------------------------------------------------------------------------------

    def keep_key(self, key: DayKey) -> None:
        """Keep the hub's key of a day."""
        self.connection.execute(
            "INSERT INTO kafka_keys VALUES (%s, %s) ON CONFLICT (day) DO UPDATE SET key = excluded.key",
            (key.day, msgspec.json.encode(key)),
        )

    def newest_key(self) -> DayKey | None:
        """The key of the newest day."""
        row = self.connection.execute("SELECT key FROM kafka_keys ORDER BY day DESC LIMIT 1").fetchone()
        return None if row is None else msgspec.json.decode(bytes(row[0]), type=DayKey)

    # -- the feed ----------------------------------------------------------------------------------------------

    def parts(self, partitions: int) -> FeedParts:
        """How far the feed has come; as of a new one where the topic has another number of partitions."""
        rows = self.connection.execute("SELECT count, chain, headed FROM kafka_parts ORDER BY partition").fetchall()
        state = self.connection.execute("SELECT lost, head FROM kafka_feed").fetchone()
        if state is None or len(rows) != partitions:
            return FeedParts(parts=[Part() for _ in range(partitions)])
        head = None if state[1] is None else msgspec.json.decode(bytes(state[1]), type=FeedHead)
        parts = [Part(count, bytes(chain), headed) for count, chain, headed in rows]
        return FeedParts(parts=parts, head=head, lost=state[0])

    def keep_parts(self, parts: FeedParts) -> None:
        """Keep how far it has come; of what nobody confirmed nothing stays when it is lost."""
        head = None if parts.head is None else msgspec.json.encode(parts.head)
        with self.connection.cursor() as cursor:
            cursor.executemany(
                _KEEP_PART, [(number, one.count, one.chain, one.headed) for number, one in enumerate(parts.parts)]
            )
            cursor.execute("DELETE FROM kafka_feed")
            cursor.execute("INSERT INTO kafka_feed VALUES (%s, %s)", (parts.lost, head))
            if parts.lost:
                cursor.execute("DELETE FROM kafka_early WHERE number > %s", (parts.complete,))

    def keep_early(self, lines: Iterable[FeedLine]) -> None:
        """Keep entries whose turn may not have come."""
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO kafka_early SELECT %s, %s, %s WHERE NOT EXISTS (SELECT FROM feed WHERE number = %s)"
                " ON CONFLICT (number) DO NOTHING",
                [(line.number, line.index, line.entry, line.number) for line in lines],
            )

    def early(self, *, after: int, to: int, limit: int) -> list[FeedLine]:
        """Entries whose turn has come; those up to `after` are forgotten."""
        self.connection.execute("DELETE FROM kafka_early WHERE number <= %s", (after,))
        rows = self.connection.execute(
            "SELECT number, log_index, entry FROM kafka_early WHERE number <= %s ORDER BY number LIMIT %s", (to, limit)
        )
        return [FeedLine(number, index, bytes(entry)) for number, index, entry in rows]

    def forget_early(self) -> None:
        """Forget all of them."""
        self.connection.execute("DELETE FROM kafka_early")

    def reached(self, number: int) -> int:
        """The newest log index on the feed, of what is folded or may be up to a number."""
        row = self.connection.execute(_REACHED, (number,)).fetchone()
        return int(row[0]) if row else 0
