"""Whole files: bounded, and read in pieces. A file is refused before it can fill the memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from adapters.progress import tell
from domain.errors import RefusedError

SNIFFED: Final = 64 * 1024
"""Bytes looked at to tell what form a file is."""
PIECE: Final = 1 << 20
"""Bytes of a large file read at a time."""
REACH: Final = 512


def check_size(file: Path, *, limit: int) -> None:
    """Refuse what is not a file, is empty or larger than `limit` bytes.

    Raises:
        RefusedError: `file_unreadable`, `file_too_large`, `file_empty`.
    """
    try:
        size = file.stat().st_size if file.is_file() else None
    except (OSError, ValueError):
        size = None
    if size is None:
        raise RefusedError("file_unreadable")
    if size == 0:
        raise RefusedError("file_empty")
    if size > limit:
        raise RefusedError("file_too_large")


def opened(file: Path) -> BinaryIO:
    """Open a file for reading.

    Raises:
        RefusedError: `file_unreadable`.
    """
    try:
        return file.open("rb")
    except OSError:
        raise RefusedError("file_unreadable") from None


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """Give a file from its beginning, piece by piece."""
    size = stream.seek(0, 2)
    stream.seek(0)
    while piece := stream.read(PIECE):
        yield piece
        tell(stream.tell(), size)


def text_pieces(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Give a file's text from its beginning, piece by piece.

    Raises:
        UnicodeDecodeError: it is not in this encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    for piece in pieces(stream):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def found_in(texts: Iterable[str], pattern: re.Pattern[str]) -> Iterator[str]:
    """Give the first group of all that a pattern finds in a long text, runs of blanks as one.

    It finds what is no longer than `REACH` characters so.
    """
    held = ""
    for text, last in chain(((text, False) for text in texts), (("", True),)):
        held = re.sub(r"\s+", " ", held + text)
        within = len(held) if last else len(held) - REACH
        yield from (found[1] for found in pattern.finditer(held) if found.start() < within)
        held = held[max(within, 0) :]


def read_bounded(file: Path, *, limit: int) -> bytes:
    """Read a whole file of at most `limit` bytes; of a longer one nothing beyond the limit is read.

    Raises:
        RefusedError: `file_too_large`, `file_empty`, `file_unreadable`.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(limit + 1)
    except OSError:
        raise RefusedError("file_unreadable") from None
    if len(content) > limit:
        raise RefusedError("file_too_large")
    if not content.strip(b" \t\r\n\0"):
        raise RefusedError("file_empty")
    return content


def sniff(file: Path) -> bytes:
    """Read the first bytes of a file without their NULs (UTF-16 then shows its ASCII); empty if it cannot be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(SNIFFED).replace(b"\0", b"")
    except OSError:
        return b""
