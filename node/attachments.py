"""The tables of sealed files: this agency's own, and others' that were read here or brought. Knows no key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import count

import psycopg
from psycopg.rows import TupleRow

PIECE = 256 * 1024  # bytes of a sealed file kept in one row
UNNAMED = 7 * 24 * 3600 * 1_000_000  # µs that a file is kept which no statement names


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One sealed file: SHA-256 and length of its bytes; what opens it, sealed, where it is open to this agency."""

    hash: str
    case: str  # empty where a notice is yet to open it
    length: int
    own: bool
    sealed_key: bytes | None
    taken: int  # µs since 1970


class AttachmentTable:
    """Reads and writes the tables of sealed files."""

    def __init__(self, connection: psycopg.Connection[TupleRow]) -> None:
        self._connection = connection

    def put(self, kept: Kept, pieces: Iterable[bytes]) -> None:
        """Keep a sealed file; of own ones that no statement names, the old ones go. One that is here stays as it is."""
        with self._connection.transaction():
            self._connection.execute(
                "DELETE FROM attachments WHERE own AND taken < %s AND NOT EXISTS"
                " (SELECT FROM outbox WHERE outbox.statement_id = attachments.statement_id AND state <> 'refused')",
                (kept.taken - UNNAMED,),
            )
            put = self._connection.execute(
                "INSERT INTO attachments (hash, case_id, length, own, sealed_key, taken)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (kept.hash, kept.case, kept.length, kept.own, kept.sealed_key, kept.taken),
            )
            for number, piece in enumerate(pieces if put.rowcount else ()):
                self._connection.execute(
                    "INSERT INTO attachment_pieces VALUES (%s, %s, %s)", (kept.hash, number, piece)
                )

    def get(self, hash_: str) -> Kept | None:
        """One sealed file, without its bytes."""
        row = self._connection.execute(
            "SELECT hash, case_id, length, own, sealed_key, taken FROM attachments WHERE hash = %s", (hash_,)
        ).fetchone()
        if row is None:
            return None
        hash_, case, length, own, key, taken = row
        return Kept(
            hash=hash_, case=case, length=length, own=own, sealed_key=None if key is None else bytes(key), taken=taken
        )

    def is_named(self, hash_: str) -> bool:
        """Whether an own statement names this file that was not refused."""
        row = self._connection.execute(
            "SELECT FROM attachments JOIN outbox USING (statement_id) WHERE attachments.hash = %s"
            " AND state <> 'refused'",
            (hash_,),
        ).fetchone()
        return row is not None

    def of_statements(self, statements: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
        """The files that own statements name: statement → hash and length of each sealed file."""
        found: dict[str, list[tuple[str, int]]] = {}
        for statement, hash_, length in self._connection.execute(
            "SELECT statement_id, hash, length FROM attachments WHERE statement_id = ANY(%s) ORDER BY hash",
            (list(statements),),
        ):
            found.setdefault(statement, []).append((hash_, length))
        return found

    def waiting(self) -> list[str]:
        """The files that own statements name which wait to be sent, in their order."""
        rows = self._connection.execute(
            "SELECT attachments.hash FROM attachments JOIN outbox USING (statement_id)"
            " WHERE state = 'queued' ORDER BY seq"
        )
        return [row[0] for row in rows]

    def set_key(self, hash_: str, sealed_key: bytes | None, *, case: str | None = None) -> None:
        """Keep what opens another agency's file, or no longer; or an own one of no case yet, which then has this."""
        self._connection.execute(
            "UPDATE attachments SET sealed_key = %s, case_id = coalesce(%s, case_id)"
            " WHERE hash = %s AND (NOT own OR case_id = '')",
            (sealed_key, case, hash_),
        )

    def opened_by_others(self, cases: Sequence[str]) -> list[str]:
        """Others' files of these cases whose keys are kept."""
        rows = self._connection.execute(
            "SELECT hash FROM attachments WHERE case_id = ANY(%s) AND NOT own AND sealed_key IS NOT NULL",
            (list(cases),),
        )
        return [row[0] for row in rows]

    def piece(self, hash_: str, number: int) -> bytes:
        """One piece of the sealed bytes, counted from 0; empty behind the last."""
        row = self._connection.execute(
            "SELECT piece FROM attachment_pieces WHERE hash = %s AND number = %s", (hash_, number)
        ).fetchone()
        return b"" if row is None else bytes(row[0])

    def pieces(self, hash_: str, *, lock: AbstractContextManager[object] | None = None) -> Iterator[bytes]:
        """The sealed bytes, one piece in memory at a time, each read under a lock that is free between two."""
        for number in count():
            with lock or nullcontext():
                piece = self.piece(hash_, number)
            if not piece:
                return
            yield piece
