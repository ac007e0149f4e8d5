"""The cells of a table that are in an old font, judged column by column over the persons' rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from adapters.tables.sheets import Sheet
from adapters.values.fonts import Legacy
from adapters.values.lettering import Lettering


class OldCells:
    """Some columns of a sheet: `see` the persons' rows, then `judge` each; all positions from 0."""

    def __init__(self, sheet: Sheet, columns: Iterable[int]) -> None:
        self._sheet, self._columns = sheet, tuple(columns)
        self._fonts = sheet.looks.fonts if sheet.looks else {}
        self._lettering: Lettering[int] = Lettering()

    def see(self, row: int) -> None:
        """Take note of what a row shows of its columns."""
        self._lettering.see(self._texts(row))

    def judge(self, row: int) -> Mapping[int, Legacy]:
        """What is old in a row, by column."""
        fonts = {column: self._fonts[row, column] for column in self._columns if (row, column) in self._fonts}
        return self._lettering.judge(self._texts(row), fonts)

    def _texts(self, row: int) -> dict[int, str]:
        cells = self._sheet.rows[row]
        return {column: cells[column].strip() if column < len(cells) else "" for column in self._columns}


def old_cells(sheet: Sheet, rows: Sequence[int], columns: Iterable[int]) -> Mapping[int, Mapping[int, Legacy]]:
    """Row → column → what is old in the cell, of these rows and columns; rows without any are left out."""
    cells = OldCells(sheet, columns)
    for row in rows:
        cells.see(row)
    return {row: found for row in rows if (found := cells.judge(row))}
