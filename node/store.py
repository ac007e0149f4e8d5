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

from node.aside import Aside, AsideTable, Waiting
from node.attachments import AttachmentTable
from node.composer import Submission
from node.hub_client import FeedLine

Connection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A record already taken: keyed tags of its content and facts, and the statement that stands for it.

    `made_by` is the statement that made it as it is: that one, or its last correction.
    """

    tag: bytes
    record: bytes
    form: bytes
    content: bytes
    facts: bytes
    statement_id: str
    made_by: str
    case: str | None
    delivery: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One submission in the outbox."""

    seq: int
    statement_id: str
    hash: str
    case: str | None
    origin: int | None
    submission: bytes


def connect(dsn: str, *, schema: str, beside: bool = False) -> Connection:
    """Connect to the node's database and make its tables, in its own schema; `beside` a running node only new ones."""
    connection: Connection = psycopg.connect(dsn, autocommit=True)
    made = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{schema}.member_feed",)).fetchone()
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"tables of {schema}",))
        # Even IF NOT EXISTS asks for the right to make schemas, which a node's own role has not.
        if connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        if not beside or made != (True,):
            connection.execute(files("node").joinpath("schema.sql").read_bytes())
    connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
    return connection


class Store:
    """Reads and writes a node's tables. One thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.aside = AsideTable(connection)
        self.attachments = AttachmentTable(connection)

    # -- outbox and records ----------------------------------------------------------------------------------

    def queue(
        self, submissions: Sequence[Submission], records: Iterable[Known], *, origin: Waiting | None = None
    ) -> None:
        """Queue signed submissions with their records and the row they come from."""
        with self.connection.transaction(), self.connection.pipeline(), self.connection.cursor() as cursor:
            if origin is not None:
                cursor.execute(
                    "INSERT INTO origins (reference, sealed, identity, record) VALUES (%s, %s, %s, %s)",
                    (origin.reference, origin.sealed, origin.identity, origin.record),
                )
            cursor.executemany(
                "INSERT INTO outbox (statement_id, hash, case_id, origin, submission) VALUES (%s, %s, %s,"
                " CASE WHEN %s THEN currval(pg_get_serial_sequence('origins', 'id')) END, %s)",
                [
                    (s.statement.id, s.hash, getattr(s.statement, "case", None), origin is not None, s.body)
                    for s in submissions
                ],
            )
            cursor.executemany(
                "UPDATE attachments SET statement_id = %s WHERE hash = %s AND own",
                [(s.statement.id, name) for s in submissions for name in s.files],
            )
            cursor.executemany(
                "INSERT INTO records (tag, record, form, content, facts, statement_id, made_by, case_id, delivery)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (r.tag, r.record, r.form, r.content, r.facts, r.statement_id, r.made_by, r.case, r.delivery)
                    for r in records
                ],
            )

    def is_made(self, statement: str) -> bool:
        """Whether an own statement of this id was ever queued, whatever became of it."""
        found = self.connection.execute("SELECT FROM outbox WHERE statement_id = %s", (statement,))
        return found.fetchone() is not None

    def queued(self, limit: int, *, size: int, after: int = 0) -> list[Queued]:
        """The oldest submissions still to be sent: at most `limit`, and `size` bytes unless the first is larger.

        Args:
            after: an outbox number; only what stands behind it.
        """
        rows = self.connection.execute(
            "SELECT seq, statement_id, hash, case_id, origin, submission FROM ("
            " SELECT *, sum(octet_length(submission)) OVER (ORDER BY seq) AS total, row_number() OVER (ORDER BY seq)"
            " AS place FROM (SELECT * FROM outbox WHERE state = 'queued' AND seq > %s"
            " ORDER BY seq LIMIT %s) AS oldest) AS sized"
            " WHERE total <= %s OR place = 1 ORDER BY seq",
            (after, limit, size),
        )
        return [queued_of(row) for row in rows]

    def unseen(self, *, number: int) -> list[Queued]:
        """Own submissions that the feed up to `number` does not have: queued, or recorded but not followed yet."""
        rows = self.connection.execute(
            "SELECT seq, statement_id, hash, case_id, origin, submission FROM outbox WHERE state = 'queued' OR"
            " (state = 'sent' AND NOT EXISTS"
            " (SELECT FROM feed WHERE log_index = (answer ->> 'index')::bigint AND number <= %s)) ORDER BY seq",
            (number,),
        )
        return [queued_of(row) for row in rows]

    def answered(
        self, queued: Sequence[Queued], answers: Sequence[dict[str, Any]], *, aside: Iterable[Aside] = ()
    ) -> None:
        """Keep the hub's answers: receipts for ever; what was refused may be sent anew once mended."""
        told = [(one, answer, "index" in answer) for one, answer in zip(queued, answers, strict=True)]
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE outbox SET state = %s, answer = %s WHERE seq = %s",
                [("sent" if sent else "refused", Jsonb(answer), one.seq) for one, answer, sent in told],
            )
            cursor.executemany(
                "INSERT INTO receipts VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [(answer["index"], answer["statement"], Jsonb(answer)) for _, answer, sent in told if sent],
            )
            refused = [one.statement_id for one, _, sent in told if not sent]
            cursor.execute("DELETE FROM records WHERE made_by = ANY(%s)", (refused,))
            for row in aside:
                if row.origin is None or self._take_origin(row.origin):
                    self.aside.put(row)
            cursor.execute(
                "DELETE FROM origins WHERE id = ANY(%s) AND NOT EXISTS"
                " (SELECT FROM outbox WHERE origin = origins.id AND state = 'queued')",
                ([one.origin for one in queued if one.origin is not None],),
            )

    def refusal(self, statement_id: str) -> dict[str, Any] | None:
        """The hub's refusal of an own statement, if it refused it."""
        return self.refusals([statement_id]).get(statement_id)

    def refusals(self, statements: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The hub's refusals of own statements, by id, of those it refused."""
        rows = self.connection.execute(
            "SELECT statement_id, answer FROM outbox WHERE statement_id = ANY(%s) AND state = 'refused'",
            (list(statements),),
        )
        return {statement: dict(answer) for statement, answer in rows}

    def origin(self, origin: int) -> Waiting | None:
        """The row that statements stand for, while none of them was refused."""
        row = self.connection.execute(
            "SELECT reference, sealed, identity, record FROM origins WHERE id = %s", (origin,)
        ).fetchone()
        if row is None:
            return None
        reference, sealed, identity, record = row
        return Waiting(reference=reference, sealed=bytes(sealed), identity=identity, record=record)

    def _take_origin(self, origin: int) -> bool:
        return self.connection.execute("DELETE FROM origins WHERE id = %s", (origin,)).rowcount == 1

    def known(self, record: bytes) -> dict[bytes, Known]:
        """What a row of this record key was taken as: the newest of each of its acts, by the act's tag."""
        rows = self.connection.execute(
            "SELECT DISTINCT ON (tag) tag, record, form, content, facts, statement_id, made_by, case_id, delivery"
            " FROM records WHERE record = %s ORDER BY tag, seq DESC",
            (record,),
        )
        return {one.tag: one for one in map(_known, rows)}

    def new_delivery(self, *, form: str, file_hash: str) -> int:
        """Number a delivery of a file."""
        row = self.connection.execute(
            "INSERT INTO deliveries (form, file_hash) VALUES (%s, %s) RETURNING id", (form, file_hash)
        ).fetchone()
        return int(row[0]) if row else 0

    def touch(self, records: Sequence[bytes], *, delivery: int) -> set[int]:
        """Note that a delivery carried these records, some again; gives the last before it that carried each."""
        rows = self.connection.execute(
            "SELECT max(delivery) FROM records WHERE record = ANY(%s) AND delivery < %s GROUP BY record",
            (list(records), delivery),
        )
        earlier = {row[0] for row in rows}
        self.connection.execute(
            "UPDATE records SET delivery = %s WHERE record = ANY(%s) AND delivery <> %s",
            (delivery, list(records), delivery),
        )
        return earlier

    def vanished(self, delivery: int, *, earlier: Iterable[int]) -> list[str | None]:
        """The cases of the records of the same list that this delivery carries no more. Means nothing; is listed.

        A list goes on in deliveries of one form: a person told of upright says nothing of the list they stand in.

        Args:
            earlier: the deliveries that last carried what this one carries again.
        """
        self.connection.execute(
            "UPDATE deliveries AS newest SET list = coalesce((SELECT min(list) FROM deliveries WHERE id = ANY(%s)"
            " AND form = newest.form), id)"
            " WHERE id = %s",
            (list(earlier), delivery),
        )
        rows = self.connection.execute(
            "SELECT DISTINCT record, case_id FROM records JOIN deliveries ON deliveries.id = records.delivery"
            " WHERE list = (SELECT list FROM deliveries WHERE id = %s) AND delivery <> %s",
            (delivery, delivery),
        )
        return [case for _, case in rows]

    def forget_file(self, delivery: int) -> None:
        """Keep nothing of a delivered file but that it came."""
        self.connection.execute("UPDATE deliveries SET form = '', file_hash = '' WHERE id = %s", (delivery,))

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
        row = self.connection.execute("SELECT log_index FROM receipts WHERE statement_hash = %s", (hash_,)).fetchone()
        return int(row[0]) if row else None

    def receipts(self) -> list[dict[str, Any]]:
        """Every receipt this node was given, by log index."""
        return [row[0] for row in self.connection.execute("SELECT receipt FROM receipts ORDER BY log_index")]

    def count_queued(self) -> int:
        """How many submissions wait to be sent."""
        row = self.connection.execute("SELECT count(*) FROM outbox WHERE state = 'queued'").fetchone()
        return int(row[0]) if row else 0


def queued_of(row: TupleRow) -> Queued:
    """A row of the outbox."""
    seq, statement_id, hash_, case, origin, body = row
    return Queued(seq=seq, statement_id=statement_id, hash=hash_, case=case, origin=origin, submission=bytes(body))


def _known(row: TupleRow) -> Known:
    tag, record, form, content, facts, statement_id, made_by, case, delivery = row
    return Known(
        tag=bytes(tag),
        record=bytes(record),
        form=bytes(form),
        content=bytes(content),
        facts=bytes(facts),
        statement_id=statement_id,
        made_by=made_by,
        case=case,
        delivery=delivery,
    )
