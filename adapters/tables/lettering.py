"""The cells of a table that are in an old font, judged column by column over the persons' rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from adapters.tables.sheets import Sheet
from adapters.values.fonts import Legacy, beside, judge


def old_cells(sheet: Sheet, rows: Sequence[int], columns: Iterable[int]) -> Mapping[int, Mapping[int, Legacy]]:
    """Row → column → what is old in the cell, of these rows and columns (from 0); rows without any are left out.

    A row with an old cell is of one hand: its other cells that may be old as well are taken for that.
    """
    found: dict[int, dict[int, Legacy]] = {}
    fonts = sheet.looks.fonts if sheet.looks else {}
    listed = tuple(columns)
    for column in listed:
        judged = judge([sheet.text(row, column) for row in rows], [fonts.get((row, column)) for row in rows])
        for row, legacy in zip(rows, judged, strict=True):
            if legacy is not None:
                found.setdefault(row, {})[column] = legacy
    for row, cells in found.items():
        kinds = Counter(legacy.encoding for legacy in cells.values() if legacy.encoding is not None)
        if kinds:
            others = {column: beside(sheet.text(row, column), kinds.most_common(1)[0][0]) for column in listed}
            cells.update((c, legacy) for c, legacy in others.items() if legacy is not None and c not in cells)
    return found
