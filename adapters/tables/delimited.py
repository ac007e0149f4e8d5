"""CSV to a sheet: encoding by BOM, else UTF-8, else cp1258; delimiter by the header.

cp1258 gives almost any bytes some text, so its text is believed only when every letter is Vietnamese: text of TCVN3
or VNI, or of another Windows code page, is refused, never repaired.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from adapters.tables.layouts import Layout, locate
from adapters.tables.sheets import MAX_BYTES, MAX_CELLS, MAX_COLUMNS, Sheet
from adapters.tables.writing import unescaped
from adapters.values.files import read_bounded
from domain.errors import RefusedError

DELIMITERS: Final = (";", ",", "\t")
_SNIFFED: Final = 40  # lines looked at for the header
_MARKS: Final = "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"  # tones, circumflex, breve, horn


def read_delimited(file: Path, layouts: tuple[Layout, ...]) -> tuple[Sheet, ...]:
    """Read a CSV file as one sheet without a name.

    Raises:
        RefusedError: `file_unreadable`, `file_empty`, `file_too_large`, `file_encoding_unknown`, `file_csv_malformed`.
    """
    text = decoded(read_bounded(file, limit=MAX_BYTES))
    delimiter = _delimiter(text, layouts)
    rows, cells = [], 0
    for row in _rows(text, delimiter):
        cells += len(row)
        if cells > MAX_CELLS or len(row) > MAX_COLUMNS:
            raise RefusedError("file_too_large")
        rows.append(tuple(unescaped(cell) for cell in row))
    return (Sheet(name=None, rows=tuple(rows), delimiter=delimiter),)


def decoded(data: bytes) -> str:
    """Decode a CSV file's bytes to text in NFC.

    Raises:
        RefusedError: `file_encoding_unknown`.
    """
    try:
        if data.startswith(b"\xef\xbb\xbf"):
            text = data.decode("utf-8-sig")
        elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = data.decode("utf-16")
        else:
            text = _without_bom(data)
    except UnicodeDecodeError:
        raise RefusedError("file_encoding_unknown") from None
    if "\0" in text:
        raise RefusedError("file_encoding_unknown")
    return unicodedata.normalize("NFC", text)


def _without_bom(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = unicodedata.normalize("NFC", data.decode("cp1258"))
    for character in text:
        if not character.isascii() and not _vietnamese(character):
            raise RefusedError("file_encoding_unknown")
    return text


def _vietnamese(character: str) -> bool:
    """Tell whether a character beyond ASCII is a Vietnamese letter or ordinary punctuation."""
    if character in "đĐ–—‘’“”…\u00a0₫°²³±·×":
        return True
    parts = unicodedata.normalize("NFD", character)
    return len(parts) > 1 and parts[0].lower() in "aeiouy" and all(mark in _MARKS for mark in parts[1:])


def _delimiter(text: str, layouts: tuple[Layout, ...]) -> str:
    """Choose the delimiter under which most headers of the form are found; `;` when none is."""
    head = "".join(text.splitlines(keepends=True)[:_SNIFFED])
    best, most = DELIMITERS[0], 0
    for delimiter in DELIMITERS:
        try:
            rows = tuple(tuple(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
        except csv.Error:
            continue
        found = max(locate(Sheet(name=None, rows=rows), layout).matched for layout in layouts)
        if found > most:
            best, most = delimiter, found
    return best


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        # strict: a quote that is never closed would swallow the rest of the file as one cell.
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error:
        raise RefusedError("file_csv_malformed") from None
