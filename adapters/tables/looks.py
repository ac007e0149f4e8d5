"""What a sender is told of a table's looks: colours, hidden rows and columns and filters mean nothing to us.

A colour is a meaning that stands in no cell ("yellow: chờ xác minh"), so it is told once for a sheet, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adapters.contract import Note, Where
from adapters.tables.layouts import Header
from adapters.tables.sheets import Sheet, letters

_CLOSING_CELLS: Final = 3
"""A row with more cells filled is no heading and no signature."""


def look_notes(sheet: Sheet, header: Header) -> Iterator[Note]:
    """Tell of the looks of a table's rows; where they are not known (.xls, .ods), that."""
    looks = sheet.looks
    if looks is None:
        yield Note(where=Where(row=1, sheet=sheet.name), reason="note_looks_unknown")
        return
    columns = {*header.columns.values(), *header.seconds.values()}
    hidden, coloured, colours = _Seen(), _Seen(), set()
    for index in range(header.last + 1, len(sheet.rows)):
        if sum(bool(cell.strip()) for cell in sheet.rows[index]) <= _CLOSING_CELLS:
            continue
        if index in looks.hidden_rows:
            hidden.add(index)
        if looks.coloured and (found := {looks.coloured.get((index, column)) for column in columns} - {None}):
            coloured.add(index)
            colours |= found
    if hidden.count:
        where = Where(row=hidden.first + 1, sheet=sheet.name)
        yield Note(where=where, reason="note_hidden_rows", params={"count": hidden.count})
    for column in sorted(looks.hidden_columns & columns):
        yield Note(
            where=Where(row=header.last + 1, sheet=sheet.name, column=letters(column)), reason="note_hidden_column"
        )
    if looks.filtered is not None:
        yield Note(where=Where(row=header.last + 1, sheet=sheet.name), reason="note_filter")
    if coloured.count:
        params = {"count": coloured.count, "colours": len(colours)}
        yield Note(where=Where(row=coloured.first + 1, sheet=sheet.name), reason="note_colours", params=params)


class _Seen:
    """How many rows there are of a kind, and the first of them."""

    def __init__(self) -> None:
        self.count, self.first = 0, 0

    def add(self, row: int) -> None:
        self.first = self.first if self.count else row
        self.count += 1
