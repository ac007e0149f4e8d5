"""What a list of the Women's Union writes as "nt" or "như trên": read from the row above, and only from there.

Only what was done, when and what was given, never what says who it is. Nothing reaches over a heading, a total or a
blank row, from a group's row to a person's, or out of a row of which nobody can tell what stands above it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from adapters.tables.rows import Row, RowKind, check_date_order, check_whole
from adapters.values.writing import ditto, missing
from domain.errors import RefusedError

FILLED: Final = ("content", "time", "given", "note")
"""Columns that may say "as above"."""


def filled(row: Row, last: Row | None) -> Row:
    """The row with its "as above" cells read in `last`, the row before it as this gave it; else as it is.

    What is not filled stays "nt", which every reader refuses as `value_ditto`.
    """
    said = [key for key in FILLED if ditto(row.text(key))]
    if last is None or not said or not _reaches(last, row):
        return row
    above = {key: last.above.get(key, last.index) for key in said if not missing(last.text(key))}
    return replace(row, above={key: index for key, index in above.items() if not ditto(last.text(key))})


def _reaches(last: Row, row: Row) -> bool:
    """Tell whether the row before is the one seen above: a whole, visible person's row like this one."""
    hidden = row.sheet.looks.hidden_rows if row.sheet.looks else ()
    if last.kind is not RowKind.RECORD or last.index != row.index - 1 or last.index in hidden:
        return False
    try:
        check_whole(last)
        check_date_order(last, "time")
    except RefusedError:
        return False
    return bool(missing(last.text("code"))) == bool(missing(row.text("code")))
