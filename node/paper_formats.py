"""What kind of file is handed in for a paper: told by its own bytes as they pass, never by a name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Literal

from domain.errors import RefusedError
from sealing.attachments import MAX_FILE

Format = Literal["pdf", "jpeg", "docx"]
STARTS: dict[bytes, Format] = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpeg", b"PK\x03\x04": "docx"}
LONGEST = max(map(len, STARTS))
TAIL = 1024 * 1024  # bytes at the end of a package in which its list of parts must lie
DOCUMENT, MACROS = "word/document.xml", "vbaproject.bin"


class Passing:
    """A file as it passes. `size` and `format` hold once all of it has."""

    def __init__(self) -> None:
        self.size = 0
        self.format: Format | None = None
        self._start = b""
        self._tail = bytearray()

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
            check_parts(bytes(self._tail))

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
        self._tail += piece
        del self._tail[:-TAIL]


def check_parts(tail: bytes) -> None:
    """Check by the list of parts at its end that a package is a text document without macros.

    Raises:
        RefusedError: `paper_format_unknown`, `paper_has_macros`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(tail)) as package:
            parts = {name.lower().replace("\\", "/") for name in package.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise RefusedError("paper_format_unknown") from None
    if any(part.rpartition("/")[2] == MACROS for part in parts):
        raise RefusedError("paper_has_macros")
    if DOCUMENT not in parts:
        raise RefusedError("paper_format_unknown")
