"""One file to its tables: read, checked for secret marks, its headers found, before any row is taken.

The rows of a table lie in a temporary file; all that is done with a whole sheet goes over it row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.contract import Note, Where
from adapters.tables.delimited import DELIMITED, read_delimited
from adapters.tables.layouts import Header, Layout, locate, printed
from adapters.tables.looks import look_notes
from adapters.tables.marks import check_secret
from adapters.tables.sheets import Sheet, fold, letters
from adapters.tables.workbook import read_workbook
from domain.errors import RefusedError

HEAD: Final = 128
"""Rows of a sheet that tell what form it is."""
_CONSENT: Final = ("đồng ý", "sự đồng ý", "ý kiến đồng ý", "dong y", "su dong y", "consent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet in which a header of the form was found."""

    sheet: Sheet
    layout: Layout
    header: Header


def read_sheets(file: Path, layouts: tuple[Layout, ...]) -> tuple[Sheet, ...]:
    """Read all sheets of a spreadsheet or CSV file that carries no secret mark.

    Raises:
        RefusedError: a `file_…` code.
    """
    sheets = _opened(file, layouts)
    check_secret(sheets)
    if not any(map(_filled, sheets)):
        raise RefusedError("file_empty")
    return sheets


def read_heads(file: Path, layouts: tuple[Layout, ...]) -> tuple[Sheet, ...]:
    """Read the first rows of all sheets, to tell what form they are: no looks, and nobody looked for secret marks.

    Raises:
        RefusedError: a `file_…` code.
    """
    return _opened(file, layouts, head=HEAD)


def _opened(file: Path, layouts: tuple[Layout, ...], *, head: int = 0) -> tuple[Sheet, ...]:
    if file.suffix.lower() in DELIMITED:
        return read_delimited(file, layouts, head=head)
    return read_workbook(file, head=head)


def _filled(sheet: Sheet) -> bool:
    return any(cell.strip() for row in sheet.rows for cell in row)


def find_tables(sheets: tuple[Sheet, ...], layouts: tuple[Layout, ...]) -> tuple[tuple[Table, ...], tuple[Note, ...]]:
    """Find the tables of a form among sheets, and what of the file is not read.

    A sheet is taken for the layout it is named after, else for the one whose header fits best. Hidden sheets and
    sheets of something else are not read and noted.

    Raises:
        RefusedError: `file_header_missing`, `file_header_repeated`.
    """
    tables: list[Table] = []
    notes: list[Note] = []
    for number, sheet in enumerate(sheets, start=1):
        if not _filled(sheet):
            continue
        if sheet.hidden:
            notes.append(Note(where=Where(row=1, sheet=sheet.name), reason="note_hidden_sheet"))
            continue
        table = _table(sheet, layouts)
        if not table.header.likely:
            notes.append(Note(where=Where(row=1, sheet=sheet.name), reason="note_sheet_other"))
            continue
        table.header.check(number)
        tables.append(table)
        notes.extend(_other_columns(table))
        notes.extend(look_notes(sheet, table.header))
    if not tables:
        raise RefusedError("file_header_missing", header=next(printed(c) for c in layouts[0].columns if c.required))
    return tuple(tables), tuple(notes)


def looks_like(file: Path, layouts: tuple[Layout, ...], suffixes: tuple[str, ...]) -> bool:
    """Tell whether a file may be of this form: its ending, and header words in one of its sheets.

    A file that cannot be opened, or whose first rows bear a secret mark, counts, so that whoever reads it gets the
    reason.
    """
    if file.suffix.lower() not in suffixes:
        return False
    try:
        sheets = read_heads(file, layouts)
        check_secret(sheets)
    except RefusedError:
        return True
    return any(_table(sheet, layouts).header.likely for sheet in sheets if not sheet.hidden)


def check_unmarked(file: Path) -> None:
    """Refuse a table of whatever form that bears a secret mark; what cannot be opened is no table and passes.

    Raises:
        RefusedError: `file_secret_marked`.
    """
    try:
        sheets = _opened(file, ())
    except RefusedError as error:
        if error.code == "file_secret_marked":
            raise
        return
    check_secret(sheets)


def _table(sheet: Sheet, layouts: tuple[Layout, ...]) -> Table:
    named = fold(sheet.name or "")
    for layout in layouts:
        if fold(layout.sheet) in named:
            return Table(sheet=sheet, layout=layout, header=locate(sheet, layout))
    tables = [Table(sheet=sheet, layout=layout, header=locate(sheet, layout)) for layout in layouts]
    return max(tables, key=lambda table: table.header.matched)  # the first of equals


def _other_columns(table: Table) -> Iterator[Note]:
    header, sheet = table.header, table.sheet
    for column in header.others:
        words = {fold(sheet.text(row, column)) for row in (header.first, header.last)}
        where = Where(row=header.last + 1, sheet=sheet.name, column=letters(column))
        consent = not words.isdisjoint(_CONSENT)
        yield Note(where=where, reason="note_consent_not_taken" if consent else "note_column_not_read")
