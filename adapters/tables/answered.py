"""The sheet given back: all cells as they were, and beside each row what became of it.

For people, not for programs: every cell is written as text, never as a formula. Sent back after mending, the added
column is not read. The file is for its office alone (mode 0600); a file with a secret mark is not copied.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters.tables.layouts import ANSWERS, Layout, locate
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import Sheet
from adapters.tables.writing import escaped, keep
from domain.wording import Language

_MARK: Final = {"vi": ".tra-loi", "en": ".answered"}
_HEADER: Final = {"vi": ANSWERS[0], "en": ANSWERS[1]}
_WIDEST: Final = 48  # characters

Answers = Mapping[tuple[str | None, int], str]
"""What to say beside a row: (sheet, row as a person counts) → a sentence."""


def answered_path(file: Path, language: Language = "vi") -> Path:
    """Where the answered sheet of a file goes: beside it, `….tra-loi.xlsx` or `….tra-loi.csv`."""
    suffix = ".csv" if file.suffix.lower() == ".csv" else ".xlsx"
    return file.with_name(f"{file.stem}{_MARK[language]}{suffix}")


def is_answered(file: Path) -> bool:
    """Tell whether a file is one of ours, so that taking in a folder leaves it out."""
    return file.stem.endswith(tuple(_MARK.values()))


def write_answered(
    file: Path, layouts: tuple[Layout, ...], answers: Answers, *, to: Path, language: Language = "vi"
) -> None:
    """Write the sheets of `file` with one more column to `to`.

    Raises:
        RefusedError: the file cannot be read, a `file_…` code.
        OSError: `to` cannot be written.
    """
    sheets = read_sheets(file, layouts)
    columns = {sheet.name: _column(sheet, layouts, answers, _HEADER[language]) for sheet in sheets}
    content = _csv(sheets[0], columns) if file.suffix.lower() == ".csv" else _workbook(sheets, columns)
    keep(content, to)


def _column(sheet: Sheet, layouts: tuple[Layout, ...], answers: Answers, title: str) -> dict[int, str]:
    """The added column of one sheet: row from 0 → text."""
    column = {row - 1: text for (name, row), text in answers.items() if name == sheet.name}
    header = max((locate(sheet, layout) for layout in layouts), key=lambda found: found.matched)
    if header.likely and not sheet.hidden:
        column.setdefault(header.first, title)
    return column


def _width(sheet: Sheet) -> int:
    return max((len(row) for row in sheet.rows), default=0)


def _csv(sheet: Sheet, columns: Mapping[str | None, Mapping[int, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=sheet.delimiter or ";", lineterminator="\r\n")
    width = _width(sheet)
    for index, row in enumerate(sheet.rows):
        padded = [*row, *[""] * (width - len(row)), columns[sheet.name].get(index, "")]
        writer.writerow([escaped(cell) for cell in padded])
    return out.getvalue().encode("utf-8-sig")


def _workbook(sheets: tuple[Sheet, ...], columns: Mapping[str | None, Mapping[int, str]]) -> bytes:
    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as workbook:
        cell_format = workbook.add_format({"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF"})
        merged_format = workbook.add_format({"text_wrap": True, "valign": "vcenter", "align": "center", "bold": True})
        answer_format = workbook.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFF2CC"})
        shown = False
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            if sheet.hidden:
                page.hide()
            elif not shown:
                page.activate()
                page.set_first_sheet()
                shown = True
            _merge(page, sheet, merged_format)
            _cells(page, sheet, cell_format, merged_format)
            width = _width(sheet)
            for index, text in columns[sheet.name].items():
                page.write_string(index, width, text, answer_format)
            page.set_column(width, width, 60)
    return out.getvalue()


def _merge(page: Worksheet, sheet: Sheet, merged_format: Format) -> None:
    for merged in sheet.merged:
        if (merged.top, merged.left) == (merged.bottom, merged.right):
            continue
        try:
            page.merge_range(merged.top, merged.left, merged.bottom, merged.right, "", merged_format)
        except OverlappingRange:
            continue


def _cells(page: Worksheet, sheet: Sheet, cell_format: Format, merged_format: Format) -> None:
    heads = {(merged.top, merged.left) for merged in sheet.merged}
    widths: dict[int, int] = {}
    for index, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if not cell:
                continue
            merged = (index, column) in heads
            page.write_string(index, column, cell, merged_format if merged else cell_format)
            if not merged:
                widths[column] = max(widths.get(column, 6), min(len(cell) + 2, _WIDEST))
    for column, width in widths.items():
        page.set_column(column, column, width)
