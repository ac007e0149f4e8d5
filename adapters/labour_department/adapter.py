"""The adapter of the Labour department's workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from adapters.contract import Draft, Form, Item, Note, Returned, Total, Where
from adapters.labour_department.layout import LAYOUTS, MONEY, POSITION, REGIMES
from adapters.labour_department.person import Sort, draft_of, known_key, notes_of
from adapters.tables.as_above import AsAbove
from adapters.tables.listed import total_told
from adapters.tables.marks import unit
from adapters.tables.reading import Table, find_tables, looks_like, read_sheets
from adapters.tables.rows import Row, RowKind, check_place, rows_of, stated
from adapters.tables.settled import settled
from adapters.tables.sheets import fold
from domain.errors import RefusedError
from domain.statements import AgencyKind

_DECISIVE: Final = ("code", "confirmation", "declaration")
ABOVE: Final = AsAbove(columns=(*(column.key for column in REGIMES), "on", "note"), dated=("on",))
"""What was given, when and what is said of it: never who it is, nor by which paper."""
_OUTSIDE: Final = ("ngoài tỉnh", "ngoại tỉnh", "tỉnh ngoài", "ngoai tinh")
_INSIDE: Final = ("trong tỉnh", "nội tỉnh", "trong tinh", "noi tinh")


class LabourDepartment:
    """Reads the workbook; see `docs/forms/labour_department.md`."""

    form = Form(
        id="labour_department.support_list/1",
        kind=AgencyKind.LABOUR,
        suffixes=(".xlsx", ".xls", ".ods"),
        stands_for="Danh sách nạn nhân được hỗ trợ: tiếp nhận và chế độ hỗ trợ theo Luật 53/2024 Điều 27, 37"
        " (trước 01-07-2025: Luật 66/2011 Điều 24–26, 32)",
    )

    def reads(self, file: Path) -> bool:
        """Tell whether a file looks like this form."""
        return looks_like(file, LAYOUTS, self.form.suffixes)

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Yield the workbook's rows.

        Raises:
            RefusedError: a `file_…` code.
        """
        tables, notes = find_tables(read_sheets(file, LAYOUTS), LAYOUTS)
        yield from notes
        yield from settled(tables, partial(read_table, today=today), own="identity_paper")


ADAPTER: Final = LabourDepartment()


class _Counted:
    """Persons' rows counted on one sheet: all, and those below the last heading with the number it states."""

    def __init__(self) -> None:
        self.all = 0
        self.group = 0
        self.heading: tuple[Where, str, int] | None = None

    def close(self) -> Iterator[Total]:
        """Give the last heading's number beside what stood below it."""
        if self.heading is not None:
            where, what, written = self.heading
            yield Total(where=where, what=what, written=written, counted=self.group)
        self.heading, self.group = None, 0


def read_table(table: Table, *, today: date) -> Iterator[Item]:
    """Read one sheet; what its rows share with others is not looked at yet."""
    sort = Sort(residence=None, source=_source(table), units=_units(table))
    counted, ended, closed = _Counted(), False, False
    last: Row | None = None
    for written in rows_of(table.sheet, table.header, position=POSITION, decisive=_DECISIVE):
        row = last = ABOVE.fill(written, last)
        if row.kind is RowKind.RECORD:
            counted.all += 1
            counted.group += 1
            item = _item(row, sort, today, ended=ended)
            yield item
            if isinstance(item, Draft):
                yield from notes_of(row)
        elif row.kind is RowKind.GROUP:
            yield from counted.close()
            residence = _residence(row)
            sort = Sort(residence=residence, source=sort.source, units=sort.units)
            if residence is None:
                yield Note(where=row.where(), reason="note_group_unknown")
            elif (number := stated(row.heading)) is not None:
                counted.heading = (row.where(), f"total_group_{residence}", number)
        elif row.kind is RowKind.TOTAL and not ended:
            whole = fold(row.heading).startswith(("tổng", "tong"))
            below = counted.group
            yield from counted.close() if whole else ()
            yield total_told(row, until="full_name", counted=counted.all if whole else below)
            ended = whole
        elif row.kind is RowKind.SIGNATURE and not closed:
            closed = True
            yield Note(where=row.where(), reason="note_closing_rows")
    yield from counted.close()


def _item(row: Row, sort: Sort, today: date, *, ended: bool) -> Draft | Returned:
    try:
        check_place(ended=ended)
        return draft_of(row, sort, today=today)
    except RefusedError as error:
        return row.returned(error, record_key=known_key(row, today=today))


def _residence(row: Row) -> str | None:
    """Whether a heading says from inside or outside the province; None when it says neither or both."""
    heading = fold(row.heading)
    found = {
        name
        for name, words in (("outside", _OUTSIDE), ("inside", _INSIDE))
        if any(word in heading for word in words)
    }  # fmt: skip
    return found.pop() if len(found) == 1 else None


def _source(table: Table) -> str | None:
    """The source of the sheet's persons, if its layout or its title names it."""
    if "declaration" in table.header.columns:
        return "self_report"
    title = [cell for row in table.sheet.rows[: table.header.first] for cell in row]
    return "criminal_case" if any("vụ án" in fold(text) for text in (table.sheet.name or "", *title)) else None


def _units(table: Table) -> dict[str, int | None]:
    columns = table.header.columns
    return {key: unit(table.sheet, table.header, columns[key]) for key in MONEY if key in columns}
