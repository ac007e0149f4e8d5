"""The columns of a form, and where its header stands in a sheet.

A header is found by its words, wherever it stands: below title rows, in one row or in two (a merged heading over
several columns), columns in any order. Nothing is inferred from positions: a column whose header is not there is
missing, and a required one that is missing is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import zip_longest
from typing import Final

from adapters.tables.sheets import Sheet, fold, plain
from adapters.values.encodings import TABLES, Encoding, decoded
from domain.errors import RefusedError

SEARCHED_ROWS: Final = 40
"""A header further down is not looked for."""
LONGEST_HEADER: Final = 300
"""Characters of a cell that may be a header."""
NAME_HALVES: Final = (
    ("Họ và tên đệm", "Họ, tên đệm", "Họ tên đệm", "Họ đệm", "Họ và đệm", "Họ và chữ đệm", "Họ"),
    ("Tên",),
)
"""A name in two columns, as lists sorted by given names have it."""
ANSWERS: Final = ("Kết quả ghi nhận", "Result")
PROPOSALS: Final = ("Đề nghị sửa thành", "Proposed")
"""Headers of the columns we add ourselves; a sheet sent back with them is read as if they were not there."""
_ANSWERS: Final = frozenset(fold(word) for word in (*ANSWERS, *PROPOSALS))


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `words` are its headers (the first is the one we print), `under` headings that may stand above it.

    With `under` and a heading above, the header must be one of `words` below one of `under`. `halves` are the headers
    of two columns side by side that are written instead of it and read as one (họ đệm | tên).
    """

    key: str
    words: tuple[str, ...]
    under: tuple[str, ...] = ()
    required: bool = True
    halves: tuple[tuple[str, ...], tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of sheet. `sheet` is its name as we print it; `title` the line above the table.

    `groups` are heading rows we print above rows of a group: key → words.
    """

    sheet: str
    title: str
    columns: tuple[Column, ...]
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where a header was found: first and last row from 0, key → column.

    `seconds` are the second columns of those that are written in two: key → column.
    `others` are columns with a header that is not ours, `answers` those we wrote beside the table ourselves.
    `missing` and `repeated` are headers of ours, in the words we print.
    """

    first: int = 0
    last: int = 0
    columns: Mapping[str, int]
    seconds: Mapping[str, int] = field(default_factory=dict)
    others: tuple[int, ...] = ()
    answers: tuple[int, ...] = ()
    required: int
    missing: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def matched(self) -> int:
        """How many columns of the form were found."""
        return len(self.columns) + len(self.seconds)

    @property
    def likely(self) -> bool:
        """Whether the sheet is of this form, if not a whole one: half of the required headers are there."""
        return 2 * len(self.missing) <= self.required

    def check(self, number: int) -> None:
        """Refuse a header of the sheet with this number that lacks a required column or has one twice.

        Raises:
            RefusedError: `file_header_missing`, `file_header_repeated`, each naming the header.
        """
        if self.missing:
            raise RefusedError("file_header_missing", header=self.missing[0], sheet=number)
        if self.repeated:
            raise RefusedError("file_header_repeated", header=self.repeated[0], sheet=number)


def locate(sheet: Sheet, layout: Layout) -> Header:
    """Find the header of a form: the row, or two rows, where most of its columns are named.

    Of equals the first and the single row is taken. A sheet without any gives a header with no columns. One written
    in an old font is found as well, so that the rows below can be answered.
    """
    best = _located(sheet, layout)
    if best.likely:
        return best
    return max(
        (best, *(_located(_decoded(sheet, encoding), layout) for encoding in TABLES)), key=lambda one: one.matched
    )


def written_in(sheet: Sheet, layouts: tuple[Layout, ...]) -> Encoding | None:
    """The only old encoding in which a sheet's header is of one of these forms, if it is of any."""
    found = [
        encoding for encoding in TABLES if any(_located(_decoded(sheet, encoding), layout).likely for layout in layouts)
    ]
    return found[0] if len(found) == 1 else None


def _decoded(sheet: Sheet, encoding: Encoding) -> Sheet:
    head = sheet.rows[: SEARCHED_ROWS + 1]
    cut = (tuple(cell[:LONGEST_HEADER] for cell in row) for row in head)
    return replace(sheet, rows=tuple(tuple(decoded(cell, encoding) or cell for cell in row) for row in cut))


def _located(sheet: Sheet, layout: Layout) -> Header:
    best, head = _header(layout, 0, 0, ()), _head(sheet)
    for row in range(min(len(sheet.rows), SEARCHED_ROWS)):
        for last in (row, row + 1):
            found = _header(layout, row, last, tuple(_labels(head, row, last)))
            if found.matched > best.matched:
                best = found
    return best


def _head(sheet: Sheet) -> Sequence[Sequence[str]]:
    """The rows that may be a header, their cells folded."""
    return [[fold(cell.strip()[:LONGEST_HEADER]) for cell in row] for row in sheet.rows[: SEARCHED_ROWS + 1]]


def _labels(head: Sequence[Sequence[str]], first: int, last: int) -> Iterator[tuple[str, str]]:
    """Give for each column the folded heading above and the folded header below it (in a single row: '' above)."""
    rows = (head[first], head[last] if last < len(head) else ())
    above, header = "", ""
    for here, below in zip_longest(*rows, fillvalue=""):
        if first == last:
            yield "", here
            continue
        # A heading reaches over the columns to its right as long as they have a header of their own and none above.
        above = here or (above if below and header else "")
        header = below
        yield (above, below) if below else ("", above)


def _header(layout: Layout, first: int, last: int, labels: tuple[tuple[str, str], ...]) -> Header:
    columns: dict[str, int] = {}
    others: list[int] = []
    answers: list[int] = []
    repeated: list[str] = []
    for position, (above, header) in enumerate(labels):
        if not header:
            continue
        if header in _ANSWERS:
            answers.append(position)
            continue
        column = next((c for c in layout.columns if _names(c, above, header)), None)
        if column is None:
            others.append(position)
        elif column.key in columns:
            repeated.append(column.words[0])
        else:
            columns[column.key] = position
    seconds = dict(_seconds(layout, labels, columns, others))
    missing = tuple(printed(c) for c in layout.columns if c.required and c.key not in columns)
    return Header(
        first=first,
        last=last,
        columns=columns,
        seconds=seconds,
        others=tuple(others),
        answers=tuple(answers),
        required=sum(c.required for c in layout.columns),
        missing=missing,
        repeated=tuple(repeated),
    )


def _seconds(
    layout: Layout, labels: tuple[tuple[str, str], ...], columns: dict[str, int], others: list[int]
) -> Iterator[tuple[str, int]]:
    """Find columns that are written in two, side by side, and move them from `others` to `columns`: key → second."""
    for column in (one for one in layout.columns if one.halves is not None and one.key not in columns):
        first, second = (_both(half) for half in column.halves or ((), ()))
        headings = _both(column.words)
        for position in [one for one in others if one + 1 in others]:
            (above, left), (beside, right) = labels[position], labels[position + 1]
            if left in first and right in second and {above, beside} <= {"", *headings}:
                columns[column.key] = position
                others[:] = [one for one in others if one not in {position, position + 1}]
                yield column.key, position + 1
                break


def printed(column: Column) -> str:
    """A column's header as we print it in one line."""
    return f"{column.under[0]}: {column.words[0]}" if column.under else column.words[0]


def _names(column: Column, above: str, header: str) -> bool:
    """Tell whether a header (with what stands above it) is this column's."""
    words, headings, whole = _folded(column)
    return header in words and above in headings if above else header in whole


@cache
def _folded(column: Column) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """A column's words, its headings, and what may stand in one cell, folded, each also as typed without diacritics."""
    whole = (*column.words, *(f"{heading} {word}" for heading in column.under for word in column.words))
    return _both(column.words), _both(column.under), _both(whole)


@cache
def _both(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(text for word in words for text in (fold(word), plain(fold(word))))
