"""What a node sets aside: the refused row or file, sealed, so that an officer can look at it again.

The same content refused for the same reason is kept once, with how often and when it came; it is settled when its
record is taken, or by an officer, and then its content goes. Of what bears a mark of state secrecy nothing is kept but
that it came, and when.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

from domain.errors import RefusedError
from node.aside import Aside, AsideTable, Waiting
from projections.rows import canonical
from sealing.rows import open_row, seal_row

SECRET = frozenset({"row_secret_marked", "file_secret_marked"})
"""Codes of which neither place nor content is kept."""
MAX_KEPT = 200 * 1024 * 1024  # bytes of a refused file that are kept; of a larger one only its hash
PIECE = 4 * 1024 * 1024  # bytes sealed at a time
_UNTOLD = ""
"""In place of the code while a row waits in the outbox."""
_VIEW, _PIECES = "quarantine", "quarantine_pieces"
_PLACES = frozenset({"where", "at"})
"""Fields that say where a row stands, not what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A row that is, or may be, refused: where it stands, what it says, and the keyed tag it is known by, if it is.

    content: a draft, or the text by field; form: the id of the form it came in.
    """

    reference: str
    content: object
    form: str
    record: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """One node's quarantine. `key` is 32 bytes outside the database; `tag` gives the node's keyed tags."""

    table: AsideTable
    key: bytes
    tag: Callable[..., bytes]

    # -- keeping ---------------------------------------------------------------------------------------------

    def keep_row(self, code: str, row: SourceRow, *, delivery: int) -> None:
        """Keep a row with the reason of its refusal; a very large one in pieces."""
        content, identity = _bytes(row.content), self._identity(row)
        small = len(content) <= PIECE
        self._keep(
            Aside(
                code=code,
                reference=row.reference,
                sealed=self._seal(content, code) if small else None,
                identity=identity,
                record=row.record,
                delivery=delivery,
            ),
            None if small else io.BytesIO(content),
            size=len(content),
        )

    def keep_file(self, code: str, file: Path, *, digest: str) -> None:
        """Keep a file that was refused whole, in pieces; `digest` is its SHA-256, hex."""
        record = self.file_record(digest)
        with file.open("rb") as stream:
            aside = Aside(code=code, reference=digest, identity=record, record=record)
            size = file.stat().st_size
            self._keep(aside, stream if size <= MAX_KEPT else None, size=size)

    def file_record(self, digest: str) -> bytes:
        """The tag of a whole file."""
        return self.tag("file", digest)

    def waiting(self, row: SourceRow) -> Waiting:
        """Seal a row whose statements wait in the outbox, in case one of them is refused."""
        sealed = self._seal(_bytes(row.content), _UNTOLD)
        return Waiting(reference=row.reference, sealed=sealed, identity=self._identity(row), record=row.record)

    def refused(self, waiting: Waiting, *, code: str, origin: int) -> Aside:
        """A row that waited in the outbox, with the code it was refused with."""
        return Aside(
            code=code,
            reference=waiting.reference,
            sealed=self._seal(self._open(waiting.sealed, _UNTOLD), code),
            identity=waiting.identity,
            record=waiting.record,
            origin=origin,
        )

    # -- looking and settling --------------------------------------------------------------------------------

    def list(self, *, settled: bool = False) -> list[dict[str, Any]]:
        """What waits to be mended, without content; with `settled` also what no longer does."""
        return self.table.all(settled=settled)

    def open(self, number: int) -> dict[str, Any]:
        """One entry with its content, None where none is kept here; `pieces`: in how many more is kept, else 0.

        Raises:
            RefusedError: `not_found`.
        """
        shown, sealed, _, pieces = self._one(number)
        content = None if sealed is None else json.loads(self._open(sealed, shown["code"]))
        return {**shown, "content": content, "pieces": pieces}

    def count(self, number: int) -> int:
        """In how many pieces an entry is kept.

        Raises:
            RefusedError: `not_found`, also where it is in none.
        """
        *_, pieces = self._one(number)
        if not pieces:
            raise RefusedError("not_found")
        return pieces

    def piece(self, number: int, place: int) -> bytes:
        """One piece, counted from 0, of a file or of a row too large to show.

        Raises:
            RefusedError: `not_found`.
        """
        _, _, identity, pieces = self._one(number)
        sealed = self.table.piece(number, place)
        if sealed is None or identity is None:
            raise RefusedError("not_found")
        return open_row(sealed, view_key=self.key, case="", view=_PIECES, key=_place(identity, place, pieces))

    def settle(self, *records: bytes, delivery: int = 0) -> None:
        """Records were taken: what waited of them is settled, but for what this delivery itself returned."""
        self.table.settle(records, delivery=delivery)

    def settle_one(self, number: int) -> dict[str, Any]:
        """An officer says that an entry is settled; gives it, without content.

        Raises:
            RefusedError: `not_found`.
        """
        self.table.settle_one(number)
        return self._one(number)[0]

    # -- how -------------------------------------------------------------------------------------------------

    def _one(self, number: int) -> tuple[dict[str, Any], bytes | None, bytes | None, int]:
        found = self.table.one(number)
        if found is None:
            raise RefusedError("not_found")
        return found

    def _identity(self, row: SourceRow) -> bytes:
        # With the record: two files may hold the same words about two persons.
        record = "" if row.record is None else row.record.hex()
        return self.tag("quarantine", row.form, record, canonical(plain(row.content, without=_PLACES)))

    def _seal(self, content: bytes, code: str) -> bytes:
        return seal_row(content, view_key=self.key, case="", view=_VIEW, key=code)

    def _open(self, sealed: bytes, code: str) -> bytes:
        return open_row(sealed, view_key=self.key, case="", view=_VIEW, key=code)

    def _keep(self, aside: Aside, stream: BinaryIO | None, *, size: int) -> None:
        """Keep an entry, and what is in the stream in sealed pieces unless they are kept already."""
        if aside.code in SECRET:
            self.table.put(Aside(code=aside.code))
            return
        with self.table.together():
            number, in_none = self.table.put(aside)
            if in_none and stream is not None and aside.identity is not None:
                self.table.put_pieces(number, self._pieces(stream, aside.identity, count=-(-size // PIECE)))

    def _pieces(self, stream: BinaryIO, identity: bytes, *, count: int) -> Iterator[bytes]:
        for place in range(count):
            yield seal_row(
                stream.read(PIECE), view_key=self.key, case="", view=_PIECES, key=_place(identity, place, count)
            )


def _place(identity: bytes, place: int, count: int) -> str:
    """What a piece is bound to: one left out, moved or put with another entry does not open."""
    return f"{identity.hex()} {place} {count}"


def _bytes(content: object) -> bytes:
    return canonical(plain(content)).encode()


def plain(value: object, *, without: frozenset[str] = frozenset()) -> object:
    """A draft, or a part of one, as what JSON can say: dates as ISO text, codes as their text, no lone surrogate."""
    if type(value) is str:  # nearly all there is
        return value.encode("utf-8", "backslashreplace").decode()
    if is_dataclass(value) and not isinstance(value, type):
        names = [name for name in value.__dataclass_fields__ if name not in without]  # quicker than `fields`
        return {name: plain(getattr(value, name), without=without) for name in names}
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(one, without=without) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one, without=without) for one in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value.isoformat() if isinstance(value, date) else value
