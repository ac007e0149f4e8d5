"""The cells of a table that are in an old font, judged column by column over the persons' rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from adapters.tables.sheets import Sheet
from adapters.values.fonts import Legacy
from adapters.values.lettering import old_texts


def old_cells(sheet: Sheet, rows: Sequence[int], columns: Iterable[int]) -> Mapping[int, Mapping[int, Legacy]]:
    """Row → column → what is old in the cell, of these rows and columns (from 0); rows without any are left out."""
    fonts = sheet.looks.fonts if sheet.looks else {}
    listed = tuple(columns)
    found = old_texts(
        [{column: sheet.text(row, column) for column in listed} for row in rows],
        [{column: fonts[row, column] for column in listed if (row, column) in fonts} for row in rows],
    )
    return {row: cells for row, cells in zip(rows, found, strict=True) if cells}
