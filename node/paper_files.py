"""The files of papers at an agency's own side: sealed as they come in, kept sealed, opened piece by piece.

Each file is sealed under a key of its own while it streams in; in the clear it is nowhere on disk. The key lies sealed
under the view key of the case, so that it goes when the case is forgotten. A file for a case that is yet to be opened
has its key in memory alone until a notice opens the case: nothing on disk opens it, and no view key is made for a case
that may never be; after a stop it is handed in again. Others' files are kept too once somebody has read them or a
bundle brought them, so that they can be read while the hub is away.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import msgspec

from domain.errors import RefusedError
from domain.statements import SealedSection
from node.attachments import PIECE, UNNAMED, AttachmentTable, Kept
from node.paper_formats import Format, Passing
from node.papers import HeldPaper, PaperFile, StatedPaper
from projections.casefile import CaseFile
from sealing.attachments import new_file_key, seal_pieces
from sealing.errors import CannotOpenError, KeyDestroyedError
from sealing.rows import open_row, seal_row
from sealing.shredding import ShredKeys

NEW = ""  # in place of a case: one that a notice is yet to open
VIEW = "attachments"  # the place of the files' keys, among the rows sealed under view keys


class _Key(msgspec.Struct, frozen=True):
    """What opens a file, as it is sealed."""

    format: Format
    size: int
    key: bytes


@contextmanager
def spooled(source: Iterable[bytes], *, author: str) -> Iterator[tuple[PaperFile, IO[bytes]]]:
    """Seal a file as it comes into a temporary file without a name; gives what it is, and its sealed bytes.

    Raises:
        RefusedError: as `node.paper_formats.Passing.pieces`.
    """
    passing, key, digest = Passing(), new_file_key(), hashlib.sha256()
    with tempfile.TemporaryFile() as spool:
        for piece in seal_pieces(passing.pieces(source), file_key=key, author=author):
            digest.update(piece)
            spool.write(piece)
        length = spool.tell()
        spool.seek(0)
        hash_ = digest.hexdigest()
        yield PaperFile(hash=hash_, format=passing.known(), length=length, size=passing.size, key=key), spool


class PaperFiles:
    """The sealed files with what opens them; `keys` are the node's view keys. One thread at a time."""

    def __init__(self, table: AttachmentTable, *, keys: ShredKeys) -> None:
        self.table = table
        self._keys = keys
        self.waiting: dict[str, tuple[int, PaperFile]] = {}  # handed in for a case that is yet to be opened, and when

    def keep(self, file: PaperFile, sealed: IO[bytes], *, case: str, now: int) -> None:
        """Keep a file handed in for a case, or with `NEW` for one that is yet to be opened.

        Raises:
            RefusedError: `paper_unreadable`: the case was forgotten.
        """
        self.waiting = {name: one for name, one in self.waiting.items() if one[0] >= now - UNNAMED}
        key = None if case == NEW else self._seal(file, case)
        if case == NEW:
            self.waiting[file.hash] = now, file
        elif key is None:
            raise RefusedError("paper_unreadable")
        kept = Kept(hash=file.hash, case=case, length=file.length, own=True, sealed_key=key, taken=now)
        self.table.put(kept, iter(lambda: sealed.read(PIECE), b""))

    def held(self, stated: StatedPaper, *, case: str) -> HeldPaper:
        """A paper with the file that was handed in for it in this case, or `NEW`, if any; each file only once.

        Raises:
            RefusedError: `paper_file_unknown`.
        """
        if stated.file is None:
            return HeldPaper(stated=stated)
        kept = self.table.get(stated.file)
        if kept is None or kept.case != case or not kept.own or self.table.is_named(kept.hash):
            raise RefusedError("paper_file_unknown")
        file = self.opened(kept)
        if file is None:
            raise RefusedError("paper_file_unknown")
        return HeldPaper(stated=stated, file=file)

    def settle(self, papers: Sequence[HeldPaper], *, case: str) -> None:
        """Let the files of papers that waited for this case belong to it, now that a notice opened it.

        If a stop comes between, what opens them is found in the notice as in any other statement.
        """
        for file in (paper.file for paper in papers if paper.file is not None and paper.file.hash in self.waiting):
            self.remember(file, case=case)
            del self.waiting[file.hash]

    def put(self, hash_: str, sealed: IO[bytes], *, length: int, case: str, now: int) -> None:
        """Keep another agency's file, which was found to have this hash; what opens it comes with `remember`."""
        kept = Kept(hash=hash_, case=case, length=length, own=False, sealed_key=None, taken=now)
        self.table.put(kept, iter(lambda: sealed.read(PIECE), b""))

    def remember(self, file: PaperFile, *, case: str) -> None:
        """Keep what opens a file, another agency's for as long as it is open to this one."""
        self.table.set_key(file.hash, self._seal(file, case), case=case)

    def forget_closed(self, files: Sequence[CaseFile], *, agency: str, day: str) -> None:
        """Keep nothing that opens others' files of these cases which are not open to this agency any more."""
        for name in set(self.table.opened_by_others([file.case.id for file in files])):
            sections = (one for file in files for one in _sections_of(file, name))
            if not any(file.case.holds(agency, sealed.key, day) for file, sealed in sections):
                self.table.set_key(name, None)

    def opened(self, kept: Kept) -> PaperFile | None:
        """A file with its key, if that is here and the case was not forgotten."""
        if kept.case == NEW and kept.hash in self.waiting:
            return self.waiting[kept.hash][1]
        if kept.sealed_key is None:
            return None
        try:
            view_key = self._keys.get(kept.case)
            said = open_row(kept.sealed_key, view_key=view_key, case=kept.case, view=VIEW, key=kept.hash)
        except (KeyDestroyedError, CannotOpenError):
            return None
        one = msgspec.json.decode(said, type=_Key)
        return PaperFile(hash=kept.hash, format=one.format, length=kept.length, size=one.size, key=one.key)

    def _seal(self, file: PaperFile, case: str) -> bytes | None:
        try:
            view_key = self._keys.key_for(case)
        except KeyDestroyedError:
            return None
        said = msgspec.json.encode(_Key(file.format, file.size, file.key))
        return seal_row(said, view_key=view_key, case=case, view=VIEW, key=file.hash)


def _sections_of(file: CaseFile, hash_: str) -> Iterator[tuple[CaseFile, SealedSection]]:
    """The sections of a case that have what opens a file."""
    for statement in (entry.statement for entry in file.seen):
        named = {paper.section for paper in statement.papers if paper.attached and paper.attached.hash == hash_}
        yield from ((file, sealed) for sealed in statement.sealed if sealed.section in named)
