"""The sheet given back: all cells as they were, beside each row what became of it and, where certain, what to write.

For people, not for programs: every cell is written as text, never as a formula. Sent back after mending, the added
columns are not read. What is struck out or in an old font stays so: without, the sheet sent back would say more than
the office did. The file is for its office alone (mode 0600); a file with a secret mark is not copied.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters.tables.layouts import ANSWERS, PROPOSALS, Header, Layout, locate
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import Looks, Sheet
from adapters.tables.writing import escaped, keep
from domain.wording import Language

_MARK: Final = {"vi": ".tra-loi", "en": ".answered"}
_HEADERS: Final = {"vi": (ANSWERS[0], PROPOSALS[0]), "en": (ANSWERS[1], PROPOSALS[1])}
_WIDEST: Final = 48  # characters

Answers = Mapping[tuple[str | None, int], str]
"""What to say beside a row: (sheet, row as a person counts) → a sentence."""
_Column = Mapping[int, str]
"""An added column: row from 0 → text."""


def answered_path(file: Path, language: Language = "vi") -> Path:
    """Where the answered sheet of a file goes: beside it, `….tra-loi.xlsx` or `….tra-loi.csv`."""
    suffix = ".csv" if file.suffix.lower() == ".csv" else ".xlsx"
    return file.with_name(f"{file.stem}{_MARK[language]}{suffix}")


def is_answered(file: Path) -> bool:
    """Tell whether a file is one of ours, so that taking in a folder leaves it out."""
    return file.stem.endswith(tuple(_MARK.values()))


def write_answered(
    file: Path,
    layouts: tuple[Layout, ...],
    answers: Answers,
    *,
    to: Path,
    language: Language = "vi",
    proposals: Answers | None = None,
) -> None:
    """Write the sheets of `file` with a column of answers to `to`, and one of proposals where there are any.

    What was answered before, in a sheet that was mended and sent back, is not given back beside it.

    Raises:
        RefusedError: the file cannot be read, a `file_…` code.
        OSError: `to` cannot be written.
    """
    sheets = tuple(_unanswered(sheet, layouts) for sheet in read_sheets(file, layouts))
    added = tuple(zip((answers, proposals) if proposals else (answers,), _HEADERS[language], strict=False))
    columns = {sheet.name: tuple(_column(sheet, layouts, *one) for one in added) for sheet in sheets}
    content = _csv(sheets[0], columns) if file.suffix.lower() == ".csv" else _workbook(sheets, columns)
    keep(content, to)


def _column(sheet: Sheet, layouts: tuple[Layout, ...], answers: Answers, title: str) -> dict[int, str]:
    """One added column of one sheet."""
    column = {row - 1: text for (name, row), text in answers.items() if name == sheet.name}
    header = _header(sheet, layouts)
    if header.likely and not sheet.hidden:
        column.setdefault(header.first, title)
    return column


def _header(sheet: Sheet, layouts: tuple[Layout, ...]) -> Header:
    return max((locate(sheet, layout) for layout in layouts), key=lambda found: found.matched)


def _unanswered(sheet: Sheet, layouts: tuple[Layout, ...]) -> Sheet:
    """The sheet without the columns we wrote at its end before."""
    width, ours = _width(sheet), _header(sheet, layouts).answers
    while width - 1 in ours:
        width -= 1
    return replace(sheet, rows=tuple(row[:width] for row in sheet.rows)) if ours else sheet


def _width(sheet: Sheet) -> int:
    return max((len(row) for row in sheet.rows), default=0)


def _csv(sheet: Sheet, columns: Mapping[str | None, tuple[_Column, ...]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=sheet.delimiter or ";", lineterminator="\r\n")
    width = _width(sheet)
    for index, row in enumerate(sheet.rows):
        padded = [*row, *[""] * (width - len(row)), *(column.get(index, "") for column in columns[sheet.name])]
        writer.writerow([escaped(cell) for cell in padded])
    return out.getvalue().encode("utf-8-sig")


def _workbook(sheets: tuple[Sheet, ...], columns: Mapping[str | None, tuple[_Column, ...]]) -> bytes:
    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as workbook:
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
            _cells(page, sheet, _Formats(workbook), merged_format)
            for place, column in enumerate(columns[sheet.name], start=_width(sheet)):
                for index, text in column.items():
                    page.write_string(index, place, text, answer_format)
                page.set_column(place, place, 60)
    return out.getvalue()


def _merge(page: Worksheet, sheet: Sheet, merged_format: Format) -> None:
    for merged in sheet.merged:
        if (merged.top, merged.left) == (merged.bottom, merged.right):
            continue
        try:
            page.merge_range(merged.top, merged.left, merged.bottom, merged.right, "", merged_format)
        except OverlappingRange:
            continue


class _Formats:
    """The format of a cell: bordered, struck out and in an old font where it came so."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[bool, str | None], Format] = {}

    def of(self, sheet: Sheet, cell: tuple[int, int]) -> Format:
        """Make or find the format of one cell."""
        looks = sheet.looks or Looks()
        kind = (cell in looks.struck, looks.fonts.get(cell))
        if kind not in self._made:
            settings = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF"}
            font = {} if kind[1] is None else {"font_name": kind[1]}
            self._made[kind] = self._workbook.add_format({**settings, **font, "font_strikeout": kind[0]})
        return self._made[kind]


def _cells(page: Worksheet, sheet: Sheet, formats: _Formats, merged_format: Format) -> None:
    heads = {(merged.top, merged.left) for merged in sheet.merged}
    widths: dict[int, int] = {}
    for index, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if not cell:
                continue
            merged = (index, column) in heads
            page.write_string(index, column, cell, merged_format if merged else formats.of(sheet, (index, column)))
            if not merged:
                widths[column] = max(widths.get(column, 6), min(len(cell) + 2, _WIDEST))
    for column, width in widths.items():
        page.set_column(column, column, width)
