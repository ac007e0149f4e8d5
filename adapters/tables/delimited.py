"""CSV to a sheet: encoding by BOM, else UTF-8, else cp1258; delimiter by the header.

cp1258 gives almost any bytes some text, so its text is believed only when every letter is Vietnamese: text of TCVN3,
VNI or VISCII, or of another Windows code page, is refused, never repaired; by its name where the header tells it.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from adapters.progress import tell
from adapters.tables.layouts import Layout, locate, written_in
from adapters.tables.sheets import MAX_BYTES, MAX_COLUMNS, Sheet
from adapters.tables.spool import RowsWriter, Spool, SpooledRows
from adapters.tables.writing import unescaped
from adapters.values.encodings import Encoding
from adapters.values.files import PIECE, check_size, opened
from domain.errors import RefusedError

DELIMITERS: Final = (";", ",", "\t")
MAX_ROW: Final = 1 << 20
"""Characters of one row."""
MAX_ROWS: Final = 2_000_000
"""Rows of a file, blank ones included."""
_SNIFFED: Final = 40  # lines looked at for the header
_TOLD: Final = 2_000  # lines between two words of how far it is
_MARKS: Final = "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"  # tones, circumflex, breve, horn
DELIMITED: Final = frozenset({".csv", ".txt"})
"""Endings of such files: Excel saves "Unicode Text" (UTF-16, tabs) as .txt."""
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_delimited(file: Path, layouts: tuple[Layout, ...], *, head: int = 0) -> tuple[Sheet, ...]:
    """Read a CSV file as one sheet without a name; with `head` only so many rows. The rows stay in a temporary file.

    Raises:
        RefusedError: `file_unreadable`, `file_empty`, `file_too_large`, `file_encoding_old`, `file_encoding_unknown`,
            `file_csv_malformed`.
    """
    check_size(file, limit=MAX_BYTES)
    try:
        return _read(file, layouts, head)
    except RefusedError as error:
        if error.code == "file_encoding_unknown" and (encoding := _old_encoding(file, layouts)) is not None:
            raise RefusedError("file_encoding_old", encoding=encoding.value.upper()) from None
        raise


def _read(file: Path, layouts: tuple[Layout, ...], head: int) -> tuple[Sheet, ...]:
    with opened(file) as stream:
        encoding = encoding_of(stream)
        delimiter = _delimiter("".join(itertools.islice(lines(stream, encoding), _SNIFFED)), layouts)
        spooled = tempfile.TemporaryFile(prefix="caunoi-")  # noqa: SIM115 - read as long as anybody has its rows
        spool, writer = Spool(spooled), RowsWriter(spooled)
        for row in itertools.islice(_rows(lines(stream, encoding), delimiter), head or None):
            if len(row) > MAX_COLUMNS or writer.height == MAX_ROWS:
                raise RefusedError("file_too_large")
            writer.write([unescaped(cell) for cell in row])
    rows = SpooledRows(spool, first=writer.first, ends=writer.ends(), height=writer.height)
    return (Sheet(name=None, rows=rows, delimiter=delimiter),)


def _old_encoding(file: Path, layouts: tuple[Layout, ...]) -> Encoding | None:
    """The encoding of before Unicode in which the file's header is the form's."""
    with opened(file) as stream:
        head = stream.read(PIECE).decode("latin-1").splitlines(keepends=True)[:_SNIFFED]
    found = {written_in(sheet, layouts) for sheet in _parted("".join(head))} - {None}
    return found.pop() if len(found) == 1 else None


def encoding_of(stream: BinaryIO) -> str:
    """The encoding of a file, looked over to its end.

    Raises:
        RefusedError: `file_encoding_unknown`, `file_empty`.
    """
    start = stream.read(4)
    found = next((name for mark, name in _BOMS if start.startswith(mark)), None)
    for encoding in (found,) if found else ("utf-8", "cp1258"):
        decoder = codecs.getincrementaldecoder(encoding)()
        stream.seek(0)
        said = False
        try:
            while piece := stream.read(PIECE):
                text = decoder.decode(piece)
                if "\0" in text:
                    raise RefusedError("file_encoding_unknown")
                said = said or bool(text.strip(" \t\r\n"))
                tell(stream.tell())
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        if not said:
            raise RefusedError("file_empty")
        return encoding
    raise RefusedError("file_encoding_unknown")


def lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Give the lines of a file in NFC, with their ends.

    Raises:
        RefusedError: `file_encoding_unknown`, `file_too_large`: a line alone is longer than a row may be.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, newline="")
    try:
        for number in itertools.count():
            line = unicodedata.normalize("NFC", text.readline(MAX_ROW + 1))
            if not line:
                return
            if len(line) > MAX_ROW:
                raise RefusedError("file_too_large")
            if encoding == "cp1258" and not all(map(_vietnamese, set(line))):
                raise RefusedError("file_encoding_unknown")
            if number % _TOLD == 0:
                tell(stream.tell(), size)
            yield line
    finally:
        if not stream.closed:
            text.detach()


@lru_cache(maxsize=1_000)
def _vietnamese(character: str) -> bool:
    """Tell whether a character is ASCII, a Vietnamese letter or ordinary punctuation."""
    if character.isascii() or character in "đĐ–—‘’“”…\u00a0₫°²³±·×":
        return True
    parts = unicodedata.normalize("NFD", character)
    return len(parts) > 1 and parts[0].lower() in "aeiouy" and all(mark in _MARKS for mark in parts[1:])


def _delimiter(head: str, layouts: tuple[Layout, ...]) -> str:
    """Choose the delimiter under which most headers of the form are found; `;` when none is."""
    best, most = DELIMITERS[0], 0
    for sheet in _parted(head):
        found = max((locate(sheet, layout).matched for layout in layouts), default=0)
        if sheet.delimiter is not None and found > most:
            best, most = sheet.delimiter, found
    return best


def _parted(head: str) -> Iterator[Sheet]:
    """The first lines of a file by each delimiter."""
    for delimiter in DELIMITERS:
        try:
            rows = tuple(tuple(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
        except csv.Error:
            continue
        yield Sheet(name=None, rows=rows, delimiter=delimiter)


def _rows(found: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    held = 0

    def counted() -> Iterator[str]:
        nonlocal held
        for line in found:
            held += len(line)
            if held > MAX_ROW:
                raise RefusedError("file_too_large")
            yield line

    try:
        # strict: a quote that is never closed would swallow the rest of the file as one cell.
        for row in csv.reader(counted(), delimiter=delimiter, strict=True):
            held = 0
            yield row
    except csv.Error:
        raise RefusedError("file_csv_malformed") from None
