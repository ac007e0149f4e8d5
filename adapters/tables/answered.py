"""The sheet given back: all cells as they were, beside each row what became of it and, where certain, what to write.

An answer is green, that of a row to mend amber; the cell that is wrong has a red frame. The office's own cells get no
colour: sent back, it would be told that colours mean nothing to us.

For people, not for programs: every cell is written as text, never as a formula. Sent back after mending, the added
columns are not read. What is struck out or in an old font stays so: without, the sheet sent back would say more than
the office did. The file is for its office alone (mode 0600); a file with a secret mark is not copied.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet

from adapters.tables.layouts import ANSWERS, PROPOSALS, Header, Layout, locate
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import Looks, Sheet
from adapters.tables.writing import escaped, keep
from domain.wording import Language

_MARK: Final = {"vi": ".tra-loi", "en": ".answered"}
_HEADERS: Final = {"vi": (ANSWERS[0], PROPOSALS[0]), "en": (ANSWERS[1], PROPOSALS[1])}
_TITLES: Final = frozenset((*ANSWERS, *PROPOSALS))
_WIDEST: Final = 48  # characters
_ANSWERED: Final = {"title": (True, "#FFF2CC"), "taken": (False, "#E2EFDA"), "wrong": (True, "#FFD966")}
_BORDER: Final = {False: {"border": 1, "border_color": "#BFBFBF"}, True: {"border": 5, "border_color": "#C00000"}}

Answers = Mapping[tuple[str | None, int], str]
"""What to say beside a row: (sheet, row as a person counts) → a sentence."""
Wrong = Mapping[tuple[str | None, int], str | None]
"""The rows that were not taken: (sheet, row as a person counts) → the letter of the cell to mend, if one is named."""
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
    wrong: Wrong | None = None,
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
    content = _csv(sheets[0], columns) if file.suffix.lower() == ".csv" else _workbook(sheets, columns, wrong or {})
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


def _workbook(sheets: tuple[Sheet, ...], columns: Mapping[str | None, tuple[_Column, ...]], wrong: Wrong) -> bytes:
    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as workbook:
        formats, shown = _Formats(workbook), False
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            if sheet.hidden:
                page.hide()
            elif not shown:
                page.activate()
                page.set_first_sheet()
                shown = True
            rows = {row - 1: letter for (name, row), letter in wrong.items() if name == sheet.name}
            _merge(page, sheet, formats.merged)
            _cells(page, sheet, formats, {(row, xl_cell_to_rowcol(f"{at}1")[1]) for row, at in rows.items() if at})
            for place, column in enumerate(columns[sheet.name], start=_width(sheet)):
                for index, text in column.items():
                    kind = "title" if text in _TITLES else "wrong" if index in rows else "taken"
                    page.write_string(index, place, text, formats.answer[kind])
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
    """The format of a cell: bordered, struck out and in an old font where it came so, framed where it is wrong."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[bool, str | None, bool], Format] = {}
        centred = {"text_wrap": True, "valign": "vcenter", "align": "center", "bold": True}
        self.merged = workbook.add_format(centred)
        self.answer = {
            kind: workbook.add_format({"text_wrap": True, "valign": "top", "bold": bold, "bg_color": colour})
            for kind, (bold, colour) in _ANSWERED.items()
        }

    def of(self, sheet: Sheet, cell: tuple[int, int], *, wrong: bool) -> Format:
        """Make or find the format of one cell."""
        looks = sheet.looks or Looks()
        kind = (cell in looks.struck, looks.fonts.get(cell), wrong)
        if kind not in self._made:
            settings = {"text_wrap": True, "valign": "top", **_BORDER[wrong], "font_strikeout": kind[0]}
            font = {} if kind[1] is None else {"font_name": kind[1]}
            self._made[kind] = self._workbook.add_format({**settings, **font})
        return self._made[kind]


def _cells(page: Worksheet, sheet: Sheet, formats: _Formats, wrong: AbstractSet[tuple[int, int]]) -> None:
    heads = {(merged.top, merged.left) for merged in sheet.merged}
    widths: dict[int, int] = {}
    for index, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            here = (index, column)
            if not cell and here not in wrong:
                continue
            merged = here in heads
            page.write_string(*here, cell, formats.merged if merged else formats.of(sheet, here, wrong=here in wrong))
            if not merged:
                widths[column] = max(widths.get(column, 6), min(len(cell) + 2, _WIDEST))
    for column, width in widths.items():
        page.set_column(column, column, width)
