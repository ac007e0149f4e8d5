"""Writing cells so that no program takes them for a formula, and files so that only their owner reads them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def escaped(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet program would run when a person opens a CSV file (OWASP)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def unescaped(cell: str) -> str:
    """Take that apostrophe off again, as the office sends our sheet back."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def keep(content: bytes, to: Path) -> None:
    """Write a file that only its owner may read; it is there whole or not at all."""
    with keeping(to) as stream:
        stream.write(content)


@contextmanager
def keeping(to: Path) -> Iterator[BinaryIO]:
    """Give a stream to write such a file to."""
    handle, name = tempfile.mkstemp(dir=to.parent, prefix=".", suffix=".part")  # created 0600
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        Path(name).replace(to)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
