"""A list row by row: its persons, and what is told of its headings, its total and its closing words."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.contract import Note, Total
from adapters.tables.as_above import AsAbove
from adapters.tables.reading import Table
from adapters.tables.rows import Row, RowKind, rows_of, total_of


def listed(
    table: Table, *, position: str, decisive: tuple[str, ...], until: str, above: AsAbove
) -> Iterator[tuple[Row, bool] | Note | Total]:
    """Give each person's row, and whether it stands below the total; notes and the total of the rest.

    `position` and `decisive` are as of `rows_of`; the total stands in the columns up to `until`.
    """
    counted, ended, closed = 0, False, False
    last: Row | None = None
    for written in rows_of(table.sheet, table.header, position=position, decisive=decisive):
        row = last = above.fill(written, last)
        if row.kind is RowKind.RECORD:
            counted += 1
            yield row, ended
        elif row.kind is RowKind.GROUP:
            yield Note(where=row.where(), reason="note_heading_not_read")
        elif row.kind is RowKind.TOTAL and not ended:
            ended = True
            yield total_told(row, until=until, counted=counted)
        elif row.kind is RowKind.SIGNATURE and not closed:
            closed = True
            yield Note(where=row.where(), reason="note_closing_rows")


def total_told(row: Row, *, until: str, counted: int) -> Total | Note:
    """What a total row states, beside what was counted."""
    written = total_of(row, until=until)
    if written is None:
        return Note(where=row.where(), reason="note_total_without_number")
    return Total(where=row.where(), what="total_rows", written=written, counted=counted)
