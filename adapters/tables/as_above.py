"""What a list writes as "nt" or "như trên": read from the row above, and only from there.

Only what was done, when, what was given and said of it, never what says who it is. Nothing reaches over a heading, a
total or a blank row, from a group's row to a person's, or out of a row of which nobody can tell what stands above it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.tables.rows import Row, RowKind, check_date_order, check_whole
from adapters.values.writing import ditto, missing
from domain.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class AsAbove:
    """Which columns of a form may say "as above", by their keys.

    dated: those of the form that hold days. alike: a column that is filled in both rows or in neither: rows with and
    without it are of two kinds.
    """

    columns: tuple[str, ...]
    dated: tuple[str, ...]
    alike: str | None = None

    def fill(self, row: Row, last: Row | None) -> Row:
        """The row with its "as above" cells read in `last`, the row before it as this gave it; else as it is.

        What is not filled stays "nt", which every reader refuses as `value_ditto`.
        """
        said = [key for key in self.columns if key in row.columns and ditto(row.text(key))]
        if last is None or not said or not self._reaches(last, row):
            return row
        said = [key for key in said if key not in self.dated or _sure(last, key)]
        above = {key: last.above.get(key, last.index) for key in said if not missing(last.text(key))}
        return replace(row, above={key: index for key, index in above.items() if not ditto(last.text(key))})

    def _reaches(self, last: Row, row: Row) -> bool:
        """Tell whether the row before is the one seen above: a whole, visible person's row like this one."""
        hidden = row.sheet.looks.hidden_rows if row.sheet.looks else ()
        if last.kind is not RowKind.RECORD or last.index != row.index - 1 or last.index in hidden:
            return False
        try:
            check_whole(last)
        except RefusedError:
            return False
        return self.alike is None or bool(missing(last.text(self.alike))) == bool(missing(row.text(self.alike)))


def _sure(row: Row, key: str) -> bool:
    try:
        check_date_order(row, key)
    except RefusedError:
        return False
    return True
