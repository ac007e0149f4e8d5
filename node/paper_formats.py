"""What kind of file is handed in for a paper: told by its own bytes as they pass, never by a name."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Literal

from domain.errors import RefusedError
from sealing.attachments import MAX_FILE

Format = Literal["pdf", "jpeg", "docx"]
STARTS: dict[bytes, Format] = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpeg", b"PK\x03\x04": "docx"}
LONGEST = max(map(len, STARTS))
END = (
    1024 * 1024
)  # bytes at each end of a package: in the last lies the list of its parts, in either that of their types
DOCUMENT, MACROS, TYPES = "word/document.xml", "vbaproject.bin", "[content_types].xml"
ACTIVE = (
    b"vbaproject",
    b"vbadata",
    b"macroenabled",
)  # in the types of a package with macros, however its parts are named


class Ends:
    """The first and the last bytes of a file as it passed, read as if they were the file: there is nothing between."""

    def __init__(self) -> None:
        self._size = self._at = 0
        self._first, self._last = bytearray(), bytearray()

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        self._size += len(piece)
        self._first += piece[: END - len(self._first)]
        self._last += piece
        del self._last[:-END]

    def seekable(self) -> bool:
        """Anywhere."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if self._at < 0:
            raise ValueError
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Read the next bytes.

        Raises:
            ValueError: they are not there any more.
        """
        start = self._at
        end = self._size if size < 0 else min(start + size, self._size)
        before = self._size - len(self._last)
        if end <= len(self._first):
            read = self._first[start:end]
        elif start >= before:
            read = self._last[start - before : end - before]
        else:
            raise ValueError
        self._at = max(start, end)
        return bytes(read)


class Passing:
    """A file as it passes. `size` and `format` hold once all of it has."""

    def __init__(self) -> None:
        self.size = 0
        self.format: Format | None = None
        self._start = b""
        self._ends = Ends()

    def pieces(self, source: Iterable[bytes]) -> Iterator[bytes]:
        """Give the pieces on as they come.

        Raises:
            RefusedError: `paper_too_large`, `paper_format_unknown`, `paper_has_macros`, `paper_empty`.
        """
        for piece in source:
            self.size += len(piece)
            if self.size > MAX_FILE:
                raise RefusedError("paper_too_large", megabytes=MAX_FILE // 2**20)
            self._look(piece)
            yield piece
        if not self.size:
            raise RefusedError("paper_empty")
        if self.known() == "docx":
            check_parts(self._ends)

    def known(self) -> Format:
        """The format.

        Raises:
            RefusedError: `paper_format_unknown`: it is none of ours.
        """
        if self.format is None:
            raise RefusedError("paper_format_unknown")
        return self.format

    def _look(self, piece: bytes) -> None:
        if self.format is None:
            self._start += piece[: LONGEST - len(self._start)]
            self.format = next((kind for start, kind in STARTS.items() if self._start.startswith(start)), None)
            if self.format is None and len(self._start) == LONGEST:
                raise RefusedError("paper_format_unknown")
        self._ends.add(piece)


def check_parts(ends: Ends) -> None:
    """Check that a package is a text document without macros, by the list of its parts and what it says of their types.

    Raises:
        RefusedError: `paper_format_unknown`, `paper_has_macros`.
    """
    try:
        with zipfile.ZipFile(ends) as package:
            parts = {name.lower().replace("\\", "/") for name in package.namelist()}
            types = [_said(package, one) for one in package.infolist() if one.filename.lower() == TYPES]
    # NotImplementedError is a compression that zipfile has not, RuntimeError a password.
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError):
        raise RefusedError("paper_format_unknown") from None
    if any(part.rpartition("/")[2] == MACROS for part in parts) or any(
        word in said for said in types for word in ACTIVE
    ):
        raise RefusedError("paper_has_macros")
    # A word written by its numbers could be anything.
    if DOCUMENT not in parts or not types or any(b"&" in said for said in types):
        raise RefusedError("paper_format_unknown")


def _said(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """What a small part says, in small letters, in whatever width they are written."""
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError
    with package.open(part) as opened:
        said = opened.read(END + 1)
    if len(said) > END:
        raise ValueError
    return said.replace(b"\0", b"").lower()
