"""The sheet given back: all cells as they were, beside each row what became of it and, where certain, what to write.

An answer is green, that of a row to mend amber; the cell that is wrong has a red frame. The office's own cells get no
colour: sent back, it would be told that colours mean nothing to us.

For people, not for programs: every cell is written as text, never as a formula. Sent back after mending, the added
columns are not read. What is struck out or in an old font stays so: without, the sheet sent back would say more than
the office did. The file is for its office alone (mode 0600); a file with a secret mark is not copied. It is written
row by row, and no row stays in memory.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final, overload

import xlsxwriter
from typing_extensions import override
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet

from adapters.tables.delimited import DELIMITED
from adapters.tables.layouts import ANSWERS, PROPOSALS, Header, Layout, locate
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import MAX_COLUMNS, Looks, Merged, Sheet
from adapters.tables.writing import escaped, keeping
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
    suffix = ".csv" if file.suffix.lower() in DELIMITED else ".xlsx"
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
    with keeping(to) as stream:
        if file.suffix.lower() in DELIMITED:
            _csv(stream, sheets[0], columns)
        else:
            _workbook(stream, sheets, columns, wrong or {})


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
    return replace(sheet, rows=_Cut(sheet.rows, width)) if ours else sheet


class _Cut(Sequence[tuple[str, ...]]):
    """Rows without what stands behind a column."""

    def __init__(self, rows: Sequence[tuple[str, ...]], width: int) -> None:
        self._rows, self._width = rows, width

    @override
    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[str, ...]]: ...
    @override
    def __getitem__(self, index: int | slice) -> tuple[str, ...] | Sequence[tuple[str, ...]]:
        if isinstance(index, slice):
            return [row[: self._width] for row in self._rows[index]]
        return self._rows[index][: self._width]


def _width(sheet: Sheet) -> int:
    return max((len(row) for row in sheet.rows), default=0)


def _csv(stream: BinaryIO, sheet: Sheet, columns: Mapping[str | None, tuple[_Column, ...]]) -> None:
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=sheet.delimiter or ";", lineterminator="\r\n")
    width = _width(sheet)
    for index, row in enumerate(sheet.rows):
        padded = [*row, *[""] * (width - len(row)), *(column.get(index, "") for column in columns[sheet.name])]
        writer.writerow([escaped(cell) for cell in padded])
    text.detach()


def _workbook(
    stream: BinaryIO,
    sheets: tuple[Sheet, ...],
    columns: Mapping[str | None, tuple[_Column, ...]],
    wrong: Wrong,
) -> None:
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with (
        tempfile.TemporaryDirectory(prefix="caunoi-") as directory,
        xlsxwriter.Workbook(stream, {**plain, "constant_memory": True, "tmpdir": directory}) as workbook,
    ):
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
            _rows(page, sheet, formats, columns[sheet.name], rows)


def _rows(
    page: Worksheet, sheet: Sheet, formats: _Formats, added: tuple[_Column, ...], wrong: Mapping[int, str | None]
) -> None:
    """Write the rows one after the other, each whole: what was written before is out of memory."""
    width, merging, widths = _width(sheet), _Merging(page, sheet), dict[int, int]()
    last = max((len(sheet.rows) - 1, *(row for column in added for row in column)), default=0)
    for index in range(last + 1):
        letter = wrong.get(index)
        framed = xl_cell_to_rowcol(f"{letter}1")[1] if letter else None
        row, covered = sheet.rows[index] if index < len(sheet.rows) else (), merging.covered(index)
        for column in range(max(len(row), *(c + 1 for c in covered), framed + 1 if framed is not None else 0, 0)):
            text = row[column] if column < len(row) else ""
            if column in covered and text:
                page.write_string(index, column, text, formats.merged)
            elif column in covered:
                page.write_blank(index, column, None, formats.merged)
            elif text or column == framed:
                kind = formats.of(sheet, (index, column), wrong=column == framed)
                page.write_string(index, column, text, kind)
                widths[column] = max(widths.get(column, 6), min(len(text) + 2, _WIDEST))
        for place, text in ((place, one[index]) for place, one in enumerate(added, start=width) if index in one):
            kind_of = "title" if text in _TITLES else "wrong" if index in wrong else "taken"
            page.write_string(index, place, text, formats.answer[kind_of])
    for column, wide in widths.items():
        page.set_column(column, column, wide)
    page.set_column(width, width + len(added) - 1, 60)


class _Merging:
    """The merged ranges of a sheet, met from above; of two that overlap the second is left out."""

    def __init__(self, page: Worksheet, sheet: Sheet) -> None:
        self._page = page
        whole = (one for one in sheet.merged if (one.top, one.left) != (one.bottom, one.right))
        self._waiting = deque(sorted(whole, key=lambda one: (one.top, one.left)))
        self._open: list[Merged] = []

    def covered(self, row: int) -> frozenset[int]:
        """The columns of a row that lie in a merged range; rows are asked for in order."""
        self._open = [one for one in self._open if one.bottom >= row]
        while self._waiting and self._waiting[0].top <= row:
            one = self._waiting.popleft()
            if one.right < MAX_COLUMNS and all(one.right < by.left or by.right < one.left for by in self._open):
                self._open.append(one)
                self._page.merge.append([one.top, one.left, one.bottom, one.right])
        return frozenset(column for one in self._open for column in range(one.left, one.right + 1))


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
