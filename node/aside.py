"""The quarantine's tables: what was refused, once for each reason, with how often it came, until it is settled.

Of what is settled the reason, the place and the times stay, no content.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow

_SHOWN = ("id", "code", "reference", "received", "last", "seen", "settled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What is set aside. Tags are keyed; None where they are not known or may not be kept.

    identity: tag of form, record and content: the same content with the same code is one entry.
    record: tag of form and record key: when that record is taken, the entry is settled.
    delivery: the delivery that returned it; what the same delivery takes settles nothing of it.
    origin: the waiting row it came from, which is set aside once, however many of its statements were refused.
    """

    code: str
    reference: str = ""
    sealed: bytes | None = None
    identity: bytes | None = None
    record: bytes | None = None
    delivery: int | None = None
    origin: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A row whose statements wait in the outbox: its place, the row sealed, and its tags as of `Aside`."""

    reference: str
    sealed: bytes
    identity: bytes
    record: bytes | None


class AsideTable:
    """Reads and writes the quarantine's tables. Knows no key."""

    def __init__(self, connection: psycopg.Connection[TupleRow]) -> None:
        self._connection = connection

    def together(self) -> AbstractContextManager[psycopg.Transaction]:
        """What is done inside is done wholly or not at all."""
        return self._connection.transaction()

    def put(self, aside: Aside) -> tuple[int, bool]:
        """Keep what was refused; what is there already is counted, open again. Gives number, whether in no pieces."""
        row = self._connection.execute(
            "INSERT INTO quarantine AS kept (code, reference, sealed, identity, record, delivery)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (code, identity) DO UPDATE SET seen = kept.seen + 1,"
            " last = now(), reference = excluded.reference, sealed = coalesce(kept.sealed, excluded.sealed),"
            " delivery = excluded.delivery, settled = NULL"
            " RETURNING id, NOT EXISTS (SELECT FROM quarantine_pieces WHERE entry = kept.id)",
            (aside.code, aside.reference, aside.sealed, aside.identity, aside.record, aside.delivery),
        ).fetchone()
        return (int(row[0]), bool(row[1])) if row else (0, False)

    def settle(self, records: Sequence[bytes], *, delivery: int) -> None:
        """Mark what waits of records as settled, but for what this delivery itself returned; its content goes."""
        self._settle(records=records, delivery=delivery, number=None)

    def settle_one(self, number: int) -> None:
        """Mark one entry as settled; its content goes."""
        self._settle(records=(), delivery=None, number=number)

    def _settle(self, *, records: Sequence[bytes], delivery: int | None, number: int | None) -> None:
        self._connection.execute(
            "WITH done AS (UPDATE quarantine SET settled = now(), sealed = NULL WHERE settled IS NULL"
            " AND (id = %s OR record = ANY(%s) AND delivery IS DISTINCT FROM %s) RETURNING id)"
            " DELETE FROM quarantine_pieces WHERE entry IN (SELECT id FROM done)",
            (number, list(records), delivery),
        )

    def forget(self, reference: str) -> None:
        """Take out what needs nobody's look."""
        self._connection.execute("DELETE FROM quarantine WHERE reference = %s", (reference,))

    def count(self) -> int:
        """How many are to be mended."""
        row = self._connection.execute("SELECT count(*) FROM quarantine WHERE settled IS NULL").fetchone()
        return int(row[0]) if row else 0

    def all(self, *, settled: bool) -> list[dict[str, Any]]:
        """What waits, and on wish what is settled: number, code, where, first and last time, how often; by number."""
        rows = self._connection.execute(
            "SELECT id, code, reference, received, last, seen, settled FROM quarantine"
            " WHERE %s OR settled IS NULL ORDER BY id",
            (settled,),
        )
        return [_shown(row) for row in rows]

    def one(self, number: int) -> tuple[dict[str, Any], bytes | None, bytes | None, int] | None:
        """One entry, what is sealed of it, its identity, and in how many pieces the rest is kept."""
        row = self._connection.execute(
            "SELECT id, code, reference, received, last, seen, settled, sealed, identity,"
            " (SELECT count(*) FROM quarantine_pieces WHERE entry = quarantine.id) FROM quarantine WHERE id = %s",
            (number,),
        ).fetchone()
        if row is None:
            return None
        sealed, identity, pieces = row[len(_SHOWN) :]
        return _shown(row), bytes(sealed) if sealed else None, bytes(identity) if identity else None, int(pieces)

    def put_pieces(self, number: int, pieces: Iterable[bytes]) -> None:
        """Keep sealed pieces of one entry, one in memory at a time."""
        for place, sealed in enumerate(pieces):
            self._connection.execute("INSERT INTO quarantine_pieces VALUES (%s, %s, %s)", (number, place, sealed))

    def piece(self, number: int, place: int) -> bytes | None:
        """One sealed piece of an entry."""
        row = self._connection.execute(
            "SELECT sealed FROM quarantine_pieces WHERE entry = %s AND place = %s", (number, place)
        ).fetchone()
        return bytes(row[0]) if row else None


def _shown(row: TupleRow) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in zip(_SHOWN, row[: len(_SHOWN)], strict=True)
    }
