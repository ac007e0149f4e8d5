"""Whole files: bounded bytes and strict text. A file is refused before it can fill the memory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from domain.errors import RefusedError

SNIFFED: Final = 64 * 1024
"""Bytes looked at to tell what form a file is."""


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
