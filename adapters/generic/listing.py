"""The list: one row for each record, read from the workbook of the template or from one made after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from adapters.contract import Note, Total
from adapters.generic.entry import Entry
from adapters.generic.fields import FIELDS
from adapters.generic.layout import BY_KEY, LIST
from adapters.generic.sheets import BOOK, check_labels, data_sheets
from adapters.tables.as_above import AsAbove
from adapters.tables.listed import listed
from adapters.tables.reading import Table, find_tables
from adapters.tables.rows import Row, check_date_order, check_place, check_whole
from adapters.tables.sheets import Sheet
from domain.errors import RefusedError

DATED: Final = ("reported_on", "birth", "support_on")
ABOVE: Final = AsAbove(
    columns=("regime", "given", "amount", "support_on", "support_place", "note"), dated=DATED, alike="pathway"
)
"""What was given, when and what is said of it: never who it is, nor by which number or paper."""
_DECISIVE: Final = ("number", "code", "declaration", "confirmation", "return_certificate")
_EXAMPLE: Final = {one.key: one.example for one in FIELDS if one.example}


def read_list(file: Path) -> Iterator[Entry | Note | Total]:
    """Read the lists of a workbook.

    Raises:
        RefusedError: a `file_…` code, `file_empty` after the last row; `file_header_missing` also where an optional
            column is gone and another has a header that is not the form's: it may be that one, retyped.
    """
    tables, notes = find_tables(data_sheets(file, LIST), (LIST,))
    for table in tables:
        check_labels(set(table.header.columns), others=bool(table.header.others))
    yield from notes
    records = 0
    for item in chain.from_iterable(map(_rows, tables)):
        records += isinstance(item, Entry)
        yield item
    if not records:
        raise RefusedError("file_empty")


def _rows(table: Table) -> Iterator[Entry | Note | Total]:
    examples = 0
    for one in listed(table, position="position", decisive=_DECISIVE, until="full_name", above=ABOVE):
        if isinstance(one, Total):
            yield replace(one, counted=one.counted - examples)
        elif isinstance(one, Note):
            yield one
        elif _is_example(one[0]):
            examples += 1
            yield Note(where=one[0].where(), reason="note_example_row")
        else:
            yield _entry(one[0], ended=one[1])


def _is_example(row: Row) -> bool:
    """Whether this is the template's example as it was written, whole."""
    filled = {key: row.text(key) for key in row.columns if key in BY_KEY and row.text(key)}
    return filled == {key: text for key, text in _EXAMPLE.items() if key in row.columns}


def _entry(row: Row, *, ended: bool) -> Entry:
    keys = [key for key in row.columns if key in BY_KEY]
    fault = _fault(row, ended=ended)
    return Entry(
        texts={key: row.text(key) for key in keys},
        path="",
        where=row.where(),
        source=BOOK,
        book=True,
        places={key: row.at(key) for key in keys},
        cells={key: row.where(key) for key in keys},
        content=row.written(),
        fault=fault,
        proposals=() if fault is None else row.returned(fault, record_key=None).proposals,
    )


def _fault(row: Row, *, ended: bool) -> RefusedError | None:
    """What is wrong with a row before its cells are read."""
    try:
        check_place(ended=ended)
        check_whole(row)
        # The example's row with a person written over it: what is left of the example would be taken for theirs.
        if {row.text("number"), row.text("full_name")} & {_EXAMPLE["number"], _EXAMPLE["full_name"]}:
            raise RefusedError("row_example_changed", column="number")
        _check_number_text(row.sheet, row.index, row.columns.get("number"))
    except RefusedError as error:
        return error
    for key in DATED:
        try:
            check_date_order(row, key)
        except RefusedError as error:
            return RefusedError(error.code, column=key)
    return None


def _check_number_text(sheet: Sheet, row: int, column: int | None) -> None:
    # 05/2026 typed into a cell that is not text becomes a day of May.
    if column is not None and (row, column) in sheet.dates:
        raise RefusedError("row_book_number", column="number")
