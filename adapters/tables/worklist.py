"""The office's own sheet, filled in as far as is known (mã hồ sơ first), to tick and send back through the adapter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters.tables.layouts import Column, Layout, printed
from adapters.tables.writing import escaped, keep

_WIDTHS: Final = {"position": 6, "code": 16, "full_name": 26, "note": 30}
_MADE: Final = datetime(2024, 1, 1)  # noqa: DTZ001 - said of every sheet, so that the same sheet is the same bytes
_HEADED: Final = {"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistRow:
    """One row: text by column key of the layout, and the group it stands in, if the layout has groups.

    Position numbers are filled in by the writer.
    """

    cells: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None


def write_worklist(to: Path, sheets: Iterable[tuple[Layout, Iterable[WorklistRow]]], *, totals: bool = False) -> None:
    """Write sheets of a form to a workbook, or the first of them to a CSV file if `to` ends in `.csv`.

    With `totals` each sheet of a workbook ends with the line "Tổng cộng" and the number of its rows.

    Rows are put under the heading of their group, in the order of the layout's groups; rows without one come first.

    Raises:
        KeyError: a row has a cell or a group its layout does not know.
        OSError: `to` cannot be written.
    """
    if to.suffix.lower() == ".csv":
        layout, rows = next(iter(sheets))
        keep(_csv(layout, tuple(rows)), to)
        return
    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as workbook:
        workbook.set_properties({"created": _MADE})
        headed = workbook.add_format(_HEADED)
        cell = workbook.add_format({"text_wrap": True, "valign": "top", "border": 1})
        for layout, rows in sheets:
            page, listed = workbook.add_worksheet(layout.sheet), tuple(rows)
            after = _sheet(page, layout, listed, headed, cell)
            if totals:
                page.write_string(after, 0, "Tổng cộng", headed)
                page.write_string(after, 2, str(len(listed)), headed)
    keep(out.getvalue(), to)


def _csv(layout: Layout, rows: tuple[WorklistRow, ...]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([printed(column) for column in layout.columns])
    for _, line in _lines(layout, rows):
        writer.writerow([escaped(text) for text in line])
    return out.getvalue().encode("utf-8-sig")


def _sheet(page: Worksheet, layout: Layout, rows: tuple[WorklistRow, ...], headed: Format, cell: Format) -> int:
    """Write title, header and rows; give the first free row."""
    page.merge_range(0, 0, 0, len(layout.columns) - 1, "", headed)
    page.write_string(0, 0, layout.title, headed)
    body = _header(page, layout.columns, headed)
    page.freeze_panes(body, 0)
    index = body - 1
    for index, (heading, line) in enumerate(_lines(layout, rows), start=body):
        if heading:
            page.merge_range(index, 0, index, len(layout.columns) - 1, "", headed)
        for column, text in enumerate(line):
            if text or not heading:
                page.write_string(index, column, text, headed if heading else cell)
    for column, known in enumerate(layout.columns):
        page.set_column(column, column, _WIDTHS.get(known.key, 14))
    return index + 1


def _header(page: Worksheet, columns: tuple[Column, ...], headed: Format) -> int:
    """Write the header from the third row on, in two rows if a column has a heading; give the first free row."""
    first = 2
    if not any(column.under for column in columns):
        for position, column in enumerate(columns):
            page.write_string(first, position, column.words[0], headed)
        return first + 1
    position = 0
    while position < len(columns):
        heading = columns[position].under[:1]
        last = position
        while heading and last + 1 < len(columns) and columns[last + 1].under[:1] == heading:
            last += 1
        if not heading:
            page.merge_range(first, position, first + 1, position, "", headed)
            page.write_string(first, position, columns[position].words[0], headed)
        else:
            if last > position:
                page.merge_range(first, position, first, last, "", headed)
            page.write_string(first, position, heading[0], headed)
            for below in range(position, last + 1):
                page.write_string(first + 1, below, columns[below].words[0], headed)
        position = last + 1
    return first + 2


def _lines(layout: Layout, rows: tuple[WorklistRow, ...]) -> Iterable[tuple[bool, list[str]]]:
    """Give the lines of the body: (is a heading, its cells)."""
    keys = [column.key for column in layout.columns]
    for row in rows:
        unknown = row.cells.keys() - set(keys)
        if unknown or (row.group is not None and row.group not in layout.groups):
            raise KeyError(f"not in the layout: {sorted(unknown) or 'group'}")
    position = 0
    for number, group in enumerate((None, *layout.groups)):
        members = [row for row in rows if row.group == group]
        if group is not None and members:
            yield True, [f"{'I' * number}. {layout.groups[group]} ({len(members)})", *[""] * (len(keys) - 1)]
        for row in members:
            position += 1
            yield False, [str(position) if key == "position" else row.cells.get(key, "") for key in keys]
