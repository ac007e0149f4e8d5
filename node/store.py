"""A node's own tables: outbox, records already taken, feed, receipts, quarantine. Nothing personal in the clear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from node.composer import Submission
from node.hub_client import FeedLine

Connection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A record already taken: keyed tags of its content and facts, and the statement that stands for it."""

    tag: bytes
    record: bytes
    form: bytes
    content: bytes
    facts: bytes
    statement_id: str
    case: str | None
    delivery: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One submission in the outbox."""

    seq: int
    statement_id: str
    hash: str
    case: str | None
    submission: bytes


def connect(dsn: str, *, schema: str) -> Connection:
    """Connect to the node's database and make its tables, in its own schema."""
    connection: Connection = psycopg.connect(dsn, autocommit=True)
    with connection.transaction():
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        connection.execute(files("node").joinpath("schema.sql").read_bytes())
    connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
    return connection


class Store:
    """Reads and writes a node's tables. One thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    # -- outbox and records ----------------------------------------------------------------------------------

    def queue(self, submissions: Iterable[Submission], records: Iterable[Known] = ()) -> None:
        """Put signed submissions in the outbox, with the records they stand for, in one transaction."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO outbox (statement_id, hash, case_id, submission) VALUES (%s, %s, %s, %s)",
                [(s.statement.id, s.hash, getattr(s.statement, "case", None), s.body) for s in submissions],
            )
            cursor.executemany(
                "INSERT INTO records (tag, record, form, content, facts, statement_id, case_id, delivery)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (tag) DO UPDATE SET content = excluded.content,"
                " facts = excluded.facts, statement_id = excluded.statement_id, delivery = excluded.delivery",
                [(r.tag, r.record, r.form, r.content, r.facts, r.statement_id, r.case, r.delivery) for r in records],
            )

    def queued(self, limit: int) -> list[Queued]:
        """The oldest submissions still to be sent."""
        rows = self.connection.execute(
            "SELECT seq, statement_id, hash, case_id, submission FROM outbox WHERE state = 'queued'"
            " ORDER BY seq LIMIT %s",
            (limit,),
        )
        return [
            Queued(seq=seq, statement_id=i, hash=h, case=c, submission=bytes(body)) for seq, i, h, c, body in rows
        ]

    def answered(self, queued: Sequence[Queued], answers: Sequence[dict[str, Any]]) -> None:
        """Keep the hub's answers: receipts for ever; what was refused may be sent anew once mended."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for one, answer in zip(queued, answers, strict=True):
                state = "sent" if "index" in answer else "refused"
                cursor.execute(
                    "UPDATE outbox SET state = %s, answer = %s WHERE seq = %s", (state, Jsonb(answer), one.seq)
                )
                if state == "sent":
                    cursor.execute(
                        "INSERT INTO receipts VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                        (answer["index"], answer["statement"], Jsonb(answer)),
                    )
                else:
                    cursor.execute("DELETE FROM records WHERE statement_id = %s", (one.statement_id,))

    def record(self, tag: bytes) -> Known | None:
        """A record already taken, by its tag."""
        row = self.connection.execute(
            "SELECT tag, record, form, content, facts, statement_id, case_id, delivery FROM records WHERE tag = %s",
            (tag,),
        ).fetchone()
        return _known(row) if row else None

    def case_of_record(self, record: bytes) -> str | None:
        """The case a row of this record key went to."""
        row = self.connection.execute(
            "SELECT case_id FROM records WHERE record = %s AND case_id IS NOT NULL LIMIT 1", (record,)
        ).fetchone()
        return str(row[0]) if row else None

    def new_delivery(self, *, form: str, file_hash: str) -> int:
        """Number a delivery of a file."""
        row = self.connection.execute(
            "INSERT INTO deliveries (form, file_hash) VALUES (%s, %s) RETURNING id", (form, file_hash)
        ).fetchone()
        return int(row[0]) if row else 0

    def touch(self, tags: Sequence[bytes], *, delivery: int) -> None:
        """Note that a delivery carried these records again."""
        self.connection.execute("UPDATE records SET delivery = %s WHERE tag = ANY(%s)", (delivery, list(tags)))

    def vanished(self, *, form: bytes, delivery: int) -> int:
        """How many records of a form an earlier delivery carried and this one does not. Means nothing; is listed."""
        row = self.connection.execute(
            "SELECT count(DISTINCT record) FROM records WHERE form = %s AND record NOT IN"
            " (SELECT record FROM records WHERE form = %s AND delivery = %s)",
            (form, form, delivery),
        ).fetchone()
        return int(row[0]) if row else 0

    # -- feed and receipts -----------------------------------------------------------------------------------

    def put_feed(self, lines: Sequence[FeedLine]) -> None:
        """Keep entries of the feed verbatim."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO feed VALUES (%s, %s, %s) ON CONFLICT (number) DO NOTHING",
                [(line.number, line.index, line.entry) for line in lines],
            )

    def feed(self, *, after: int, limit: int = 1000) -> list[FeedLine]:
        """Entries of the feed kept here."""
        rows = self.connection.execute(
            "SELECT number, log_index, entry FROM feed WHERE number > %s ORDER BY number LIMIT %s", (after, limit)
        )
        return [FeedLine(number, index, bytes(entry)) for number, index, entry in rows]

    def newest(self) -> int:
        """The newest feed number kept here; 0 when none."""
        row = self.connection.execute("SELECT coalesce(max(number), 0) FROM feed").fetchone()
        return int(row[0]) if row else 0

    def index_of(self, hash_: str) -> int | None:
        """The log index of an own statement, once the hub has answered."""
        row = self.connection.execute(
            "SELECT log_index FROM receipts WHERE statement_hash = %s", (hash_,)
        ).fetchone()
        return int(row[0]) if row else None

    def receipts(self) -> list[dict[str, Any]]:
        """Every receipt this node was given, by log index."""
        return [row[0] for row in self.connection.execute("SELECT receipt FROM receipts ORDER BY log_index")]

    # -- quarantine ------------------------------------------------------------------------------------------

    def set_aside(self, *, code: str, reference: str, sealed: bytes | None) -> None:
        """Keep what was refused, sealed, with its reason, until somebody settles it."""
        self.connection.execute(
            "INSERT INTO quarantine (code, reference, sealed) VALUES (%s, %s, %s)", (code, reference, sealed)
        )

    def quarantine(self) -> list[dict[str, Any]]:
        """What waits to be mended: number, code, where, since."""
        rows = self.connection.execute("SELECT id, code, reference, received, sealed FROM quarantine ORDER BY id")
        return [
            {"id": i, "code": c, "reference": r, "received": t.isoformat(), "sealed": bytes(s) if s else None}
            for i, c, r, t, s in rows
        ]

    def count_queued(self) -> int:
        """How many submissions wait to be sent."""
        row = self.connection.execute("SELECT count(*) FROM outbox WHERE state = 'queued'").fetchone()
        return int(row[0]) if row else 0


def _known(row: TupleRow) -> Known:
    tag, record, form, content, facts, statement_id, case, delivery = row
    return Known(
        tag=bytes(tag),
        record=bytes(record),
        form=bytes(form),
        content=bytes(content),
        facts=bytes(facts),
        statement_id=statement_id,
        case=case,
        delivery=delivery,
    )
