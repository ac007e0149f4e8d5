"""What one row under the header is: a person's row, a group heading, a total, the signature block, nothing."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from adapters.contract import Proposal, Returned, Where
from adapters.tables.layouts import Header
from adapters.tables.lettering import OldCells
from adapters.tables.sheets import Sheet, address, filled_columns, fold, letters
from adapters.values.fields import located
from adapters.values.fonts import Legacy
from adapters.values.mending import mended
from adapters.values.writing import check_result, failed, said
from domain.errors import RefusedError

_GROUP: Final = re.compile(r"\s*(?:[IVX]{1,6}|[A-H])\s*[.)/-]\s*\S")
_STATED: Final = re.compile(r"\(\s*(?:n\s*=\s*)?([0-9]{1,6})(?:\s+\w+)?\s*\)|:\s*([0-9]{1,6})\s*$")
_TOTAL: Final = re.compile(r"(?:tổng cộng|tổng số|tong cong|tong so)(?: .*)?|(?:tổng|cộng|tong|cong)(?: [0-9ivx]+)*")
_SIGNATURE: Final = (
    "người lập", "nguoi lap", "giám đốc", "giam doc", "phó giám đốc", "thủ trưởng", "chủ tịch", "phó chủ tịch",
    "trưởng phòng", "kế toán", "nơi nhận", "ký ghi rõ", "ký tên", "đã ký", "tm ", "kt ", "ghi chú chung",
)  # fmt: skip
CLOSING_CELLS: Final = 3
"""A row with more cells filled is never closing words or a signature."""
_FOLDED: Final = 400
"""Characters of a cell that tell what kind of row it stands in."""
MAX_TITLE: Final = 80
"""Characters of a header that stand before a cell of a returned row."""
_LATE: Final = re.compile(r"(1[3-9]|2[0-9]|3[01])\s*[/.-]")
_DATED: Final = re.compile(r"(?:.*\s)?ngày\s+\S+\s+tháng\s+\S+\s+năm(\s+\S+)?")


class RowKind(Enum):
    """What a row is."""

    RECORD = "record"
    GROUP = "group"
    TOTAL = "total"
    SIGNATURE = "signature"


_KINDS: Final = tuple(RowKind)
_POSITION: Final = "position"
"""The key of the running number in every form: a formula that counts the rows may fail, and nothing is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table, its cells by the form's column keys."""

    kind: RowKind
    sheet: Sheet
    header: Header
    index: int  # from 0
    old: Mapping[int, Legacy] = field(default_factory=dict)
    """Its cells in an old font, by column from 0."""
    above: Mapping[str, int] = field(default_factory=dict)
    """Cells that say "as above", by column key: the row (from 0) in which they are read."""
    exchanged: AbstractSet[int] = frozenset()
    """Columns (from 0) in which days and months of date cells may be exchanged."""

    @property
    def columns(self) -> Mapping[str, int]:
        """The form's columns by their keys."""
        return self.header.columns

    def text(self, key: str) -> str:
        """A cell's text without surrounding blanks; '' when the column is not in the sheet. Two halves are one text."""
        column = self.header.columns.get(key)
        if key in self.header.seconds or column is None:
            return " ".join(text for text in self.halves(key) if text)
        return self.sheet.text(self.above.get(key, self.index), column)

    def halves(self, key: str) -> tuple[str, ...]:
        """The text of a column, or of the two that are written instead of it; none when it is not in the sheet."""
        columns = (self.columns.get(key), self.header.seconds.get(key))
        index = self.above.get(key, self.index)
        return tuple(self.sheet.text(index, column) for column in columns if column is not None)

    def at(self, key: str) -> str:
        """A cell's address, with the sheet when it has a name: ``'Tự trở về'!C12``, ``C12``."""
        cell = address(self.above.get(key, self.index), self.columns[key])
        return cell if self.sheet.name is None else f"'{self.sheet.name}'!{cell}"

    def where(self, key: str | None = None) -> Where:
        """Where the row, or one cell of it, is."""
        column = letters(self.columns[key]) if key is not None and key in self.columns else None
        return Where(row=self.index + 1, sheet=self.sheet.name, column=column)

    def returned(self, error: RefusedError, *, record_key: tuple[str, ...] | None) -> Returned:
        """The row as one to be mended: `column` among the error's params is the key of the cell's column."""
        params = {name: value for name, value in error.params.items() if name != "column"}
        column = error.params.get("column")
        where = self.where(str(column) if column is not None else None)
        proposals = tuple(
            Proposal(column=letters(column), text=legacy.text)
            for column, legacy in sorted(self.old.items())
            if legacy.text is not None
        )
        told = mended(error.code, self.text(str(column))) if where.column is not None else []
        return Returned(
            where=where,
            reason=error.code,
            params=params,
            content=self.written(),
            record_key=record_key,
            proposals=(*proposals, *(Proposal(column=str(where.column), text=text) for text in told)),
        )

    def written(self) -> dict[str, str]:
        """The filled cells as written, by the letter of their column and the header above; our own answers are not."""
        cells = enumerate(self.sheet.rows[self.index])
        filled = [(column, cell) for column, cell in cells if cell and column not in self.header.answers]
        return {f"{letters(column)} {self._title(column)}".strip(): cell for column, cell in filled}

    def _title(self, column: int) -> str:
        title = self.sheet.text(self.header.last, column) or self.sheet.text(self.header.first, column)
        return title[:MAX_TITLE]

    @property
    def heading(self) -> str:
        """The first text in the row."""
        return next((cell.strip() for cell in self.sheet.rows[self.index] if cell.strip()), "")


def rows_of(sheet: Sheet, header: Header, *, position: str, decisive: tuple[str, ...]) -> Iterator[Row]:
    """Give the rows under the header, in order, without blank ones and without the row of column numbers.

    `position` is the column of running numbers (STT); a row with nothing else is blank. `decisive` are columns that
    hold a code or a paper: a row with one of these is a person's, never a heading or a signature. Below a total or a
    signature the rest is closing words, unless it looks like a person's row. Old fonts are judged over all persons'
    rows together.
    """
    columns = [column for key, column in (*header.columns.items(), *header.seconds.items()) if key != position]
    old = OldCells(sheet, columns)
    kinds = array("L")  # of each row its index and its kind
    for index, kind in _kinds(sheet, header, position=position, decisive=decisive):
        kinds.append(index * len(RowKind) + _KINDS.index(kind))
        if kind is RowKind.RECORD:
            old.see(index)
    exchanged = frozenset(_exchanged(sheet, range(header.last + 1, len(sheet.rows))))
    for one in kinds:
        index, kind = one // len(RowKind), _KINDS[one % len(RowKind)]
        found = old.judge(index) if kind is RowKind.RECORD else {}
        yield Row(kind=kind, sheet=sheet, header=header, index=index, old=found, exchanged=exchanged)


def _kinds(sheet: Sheet, header: Header, *, position: str, decisive: tuple[str, ...]) -> Iterator[tuple[int, RowKind]]:
    closed = False
    known = {*header.columns.values(), *header.seconds.values()}
    for index in range(header.last + 1, len(sheet.rows)):
        filled = filled_columns(sheet.rows[index], known)
        row = Row(kind=RowKind.RECORD, sheet=sheet, header=header, index=index)
        numbered = row.text(position).strip(".").isdigit()
        if not filled or (numbered and len(filled) == 1):
            continue
        if index == header.last + 1 and _numbers(sheet, index, filled):
            continue
        certain = any(_reference(row.text(key)) for key in decisive)
        kind = RowKind.RECORD if certain else _kind(row, filled, numbered=numbered, closed=closed)
        if kind is not RowKind.RECORD:
            closed = kind is not RowKind.GROUP
        yield index, kind


def stated(text: str) -> int | None:
    """The number a heading or a total states of itself: '… (17)', 'Tổng cộng: 19'."""
    found = _STATED.search(text)
    return int(found[1] or found[2]) if found else None


def total_of(row: Row, *, until: str) -> int | None:
    """The count a total row states: in its own words, else in the first cells up to the column `until`."""
    if (number := stated(row.heading)) is not None:
        return number
    last = row.columns.get(until, len(row.sheet.rows[row.index]) - 1)
    for column in range(last + 1):
        if re.fullmatch(r"[0-9]{1,6}", row.sheet.text(row.index, column)):
            return int(row.sheet.text(row.index, column))
    return None


def check_place(*, ended: bool) -> None:
    """Refuse a person's row below the total (`ended`).

    Raises:
        RefusedError: `row_after_total`.
    """
    if ended:
        raise RefusedError("row_after_total")


def check_whole(row: Row) -> None:
    """Refuse a person's row not all of which is there as it is read.

    It has a cell merged with another row's, one under no header, one struck out (nobody can tell whether the row
    still counts), one in an old font, or one in which a formula failed.

    Raises:
        RefusedError: `row_merged_cells`, `row_cell_without_header`, `row_struck_out`, `row_legacy_font`,
            `value_formula_failed`.
    """
    if row.sheet.shares_cells(row.index):
        raise RefusedError("row_merged_cells")
    columns = (*row.columns.items(), *row.header.seconds.items())
    headed = {*(column for _, column in columns), *row.header.others, *row.header.answers}
    for column, cell in enumerate(row.sheet.rows[row.index]):
        if cell.strip() and column not in headed and not failed(cell):
            raise RefusedError("row_cell_without_header")
    struck = row.sheet.looks.struck if row.sheet.looks else ()
    for key, column in columns if struck else ():
        if (row.index, column) in struck and row.text(key):
            raise RefusedError("row_struck_out", column=key)
    for key in row.columns:
        if key != _POSITION and any(text[:1] == "#" for text in row.halves(key)):
            located(key, check_result, row.text(key))
    for key, column in columns:
        if column in row.old:
            raise RefusedError("row_legacy_font", column=key)


def check_halves(row: Row, key: str) -> None:
    """Refuse a name in two columns of which one alone says something it cannot: "không rõ", "nt", no given name.

    A person of one name has it in the second; the first is blank then.

    Raises:
        RefusedError: `value_missing`, `value_ditto`, or as `writing.said`.
    """
    halves = row.halves(key)
    if len(halves) > 1 and any(halves):
        for text in halves[1:] if not halves[0] else halves:
            said(text)


def check_date_order(row: Row, key: str) -> None:
    """Refuse a date cell of a column in which an English program exchanged days and months.

    It makes 3/4 a date of March and leaves 13/4 as text: a column that has both, and no date cell after the 12th.

    Raises:
        RefusedError: `row_date_order_unsure`.
    """
    column = row.columns.get(key)
    if column in row.exchanged and (row.index, column) in row.sheet.dates and row.text(key).count("/") > 1:
        raise RefusedError("row_date_order_unsure")


def _exchanged(sheet: Sheet, below: Iterable[int]) -> Iterator[int]:
    """The columns of dates in which no date cell is of a day after the 12th, and a text is."""
    dated = {column for _, column in sheet.dates}
    late: set[int] = set()
    typed: set[int] = set()
    for index in below if dated else ():
        for column in dated:
            text = sheet.text(index, column)
            if (index, column) not in sheet.dates:
                if _LATE.match(text):
                    late.add(column)
            elif text.count("/") == 2 and int(text[:2]) > 12:  # what shows no day cannot have one exchanged
                typed.add(column)
    yield from late - typed


def _kind(row: Row, filled: list[int], *, numbered: bool, closed: bool) -> RowKind:
    texts = [row.sheet.text(row.index, column) for column in filled]
    folded = [fold(text[:_FOLDED]) for text in texts]
    if _TOTAL.fullmatch(folded[0]):
        return RowKind.TOTAL
    if _GROUP.match(texts[0]) and not any(any(c.isalpha() for c in text) for text in texts[1:]):
        return RowKind.GROUP
    signed = any(text.startswith(_SIGNATURE) or _DATED.fullmatch(text) for text in folded)
    if not numbered and len(filled) <= CLOSING_CELLS and (closed or signed):
        return RowKind.SIGNATURE
    return RowKind.RECORD


def _reference(text: str) -> bool:
    """Tell whether a cell may hold a mã hồ sơ or the number of a paper (12/GXN-PC02), right or wrong."""
    return any(c.isdigit() for c in text) and ("/" in text or text.upper().startswith("HS"))


def _numbers(sheet: Sheet, index: int, filled: list[int]) -> bool:
    """Tell whether this is the row that numbers the columns: (1) (2) (3) … or 1 2 3 … or A B 1 2 …."""
    texts = [sheet.text(index, column).strip("()") for column in filled]
    return len(texts) >= 3 and (
        texts == [str(number) for number in range(1, len(texts) + 1)]
        or (texts[0] == "A" and all(re.fullmatch(r"[A-D]|[0-9]{1,2}", text) for text in texts))
    )
