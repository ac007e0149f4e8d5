"""A sheet: the text of its cells, where each stands, what is merged or hidden, how it looks.

Its rows may lie in a temporary file (`spool`); what is kept of single cells here takes four bytes each, or eight.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, Self

from typing_extensions import override

from adapters.values.writing import failed

MAX_BYTES: Final = 200 * 1024 * 1024
"""Bytes of a file on disk."""
MAX_CELLS: Final = 2_000_000
"""Cells of all sheets of a workbook together, empty ones inside the used area included: 100,000 rows of 20."""
MAX_CHARACTERS: Final = 100_000_000
"""Characters of all cells of a workbook together."""
MAX_COLUMNS: Final = 256
MAX_SHEETS: Final = 50

_COLUMN_BITS: Final = 8
_NAME_BITS: Final = 24


class Cells(AbstractSet[tuple[int, int]]):
    """Cells by (row, column) from 0; a column is below `MAX_COLUMNS`."""

    __slots__ = ("_packed",)

    def __init__(self, cells: Iterable[tuple[int, int]] = ()) -> None:
        self._packed = array("I", sorted(row << _COLUMN_BITS | column for row, column in cells))

    @classmethod
    def packed(cls, content: bytes) -> Self:
        """Of the 32-bit numbers ``row << 8 | column``, in order, as this machine writes them."""
        made = cls()
        made._packed.frombytes(content)
        return made

    @override
    def __contains__(self, cell: object) -> bool:
        """Tell whether a cell is one of them."""
        if not isinstance(cell, tuple):
            return False
        row, column = cell
        wanted = row << _COLUMN_BITS | column
        place = bisect_left(self._packed, wanted)
        return place < len(self._packed) and self._packed[place] == wanted

    @override
    def __iter__(self) -> Iterator[tuple[int, int]]:
        """All of them, in order."""
        return ((one >> _COLUMN_BITS, one & MAX_COLUMNS - 1) for one in self._packed)

    @override
    def __len__(self) -> int:
        """How many there are."""
        return len(self._packed)

    @override
    def __hash__(self) -> int:
        return self._hash()


class Marked(Mapping[tuple[int, int], str]):
    """What each of some cells has of a kind, by its name: a font, a colour.

    `content` are 64-bit numbers ``(row << 8 | column) << 24 | place among the names``, in order, as this machine
    writes them.
    """

    __slots__ = ("_names", "_packed")

    def __init__(self, names: Sequence[str] = (), content: bytes = b"") -> None:
        self._names = tuple(names)
        self._packed = array("Q", content)

    @override
    def __getitem__(self, cell: tuple[int, int]) -> str:
        """The name of a cell's; of several the first."""
        wanted = cell[0] << _COLUMN_BITS | cell[1]
        place = bisect_left(self._packed, wanted << _NAME_BITS)
        if place == len(self._packed) or self._packed[place] >> _NAME_BITS != wanted:
            raise KeyError(cell)
        return self._names[self._packed[place] & (1 << _NAME_BITS) - 1]

    @override
    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The cells, in order."""
        for one in self._packed:
            cell = one >> _NAME_BITS
            yield cell >> _COLUMN_BITS, cell & MAX_COLUMNS - 1

    @override
    def __len__(self) -> int:
        """How many cells there are."""
        return len(self._packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merged range, positions from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Tell whether a cell lies in the range."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How the cells with content look; positions from 0.

    fonts: the font's name of each cell in an old font (.VnTime, VNI-Times); others are not kept.
    coloured: the colour of each filled cell, by a name of our own.
    filtered: the range of its filter, as its program names it.
    """

    struck: AbstractSet[tuple[int, int]] = Cells()
    fonts: Mapping[tuple[int, int], str] = field(default_factory=Marked)
    coloured: Mapping[tuple[int, int], str] = field(default_factory=Marked)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    filtered: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: `rows` hold the text of each cell as a person would read it, positions from 0.

    `dates` are the positions of cells the program itself holds as dates (their text is dd/mm/yyyy); `name` is None
    for a CSV file, which has one sheet and no name. `looks` is None where the reader cannot know them (.xls, .ods).
    """

    name: str | None
    rows: Sequence[tuple[str, ...]]
    hidden: bool = False
    merged: tuple[Merged, ...] = ()
    dates: AbstractSet[tuple[int, int]] = Cells()
    delimiter: str | None = None
    looks: Looks | None = field(default_factory=Looks)
    tall: tuple[tuple[int, int], ...] = field(init=False)
    """Rows (first, last) that have a cell in common with another row, in order, none overlapping."""

    def __post_init__(self) -> None:
        """Put the ranges that reach over rows together."""
        found: list[tuple[int, int]] = []
        for top, bottom in sorted((one.top, one.bottom) for one in self.merged if one.bottom > one.top):
            if found and top <= found[-1][1]:
                found[-1] = (found[-1][0], max(found[-1][1], bottom))
            else:
                found.append((top, bottom))
        object.__setattr__(self, "tall", tuple(found))

    def text(self, row: int, column: int) -> str:
        """The text of a cell without surrounding blanks; outside the used area it is empty."""
        cells = self.rows[row] if row < len(self.rows) else ()
        return cells[column].strip() if column < len(cells) else ""

    def shares_cells(self, row: int) -> bool:
        """Tell whether a row has a cell merged with another row's."""
        place = bisect_left(self.tall, (row + 1,)) - 1
        return place >= 0 and row <= self.tall[place][1]


def letters(column: int) -> str:
    """Name a column (from 0) as spreadsheets do: 0 → 'A', 26 → 'AA'."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def address(row: int, column: int) -> str:
    """Name a cell (positions from 0) as spreadsheets do: (11, 2) → 'C12'."""
    return f"{letters(column)}{row + 1}"


def fold(text: str) -> str:
    """Bring a header or a heading to comparable words: NFC, lower case, no brackets, no punctuation, diacritics kept.

    Diacritics stay because 'Năm' (year) and 'Nam' (male) are both headers.
    """
    flat = unicodedata.normalize("NFC", text).casefold()
    flat = re.sub(r"\([^()]*\)", " ", flat)
    return " ".join(re.sub(r"[^\w]+", " ", flat).split())


def plain(text: str) -> str:
    """Take the diacritics off folded text."""
    marked = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(character for character in marked if unicodedata.category(character) != "Mn")


def filled_columns(cells: tuple[str, ...], known: AbstractSet[int]) -> list[int]:
    """The columns of a row that say something; `known` are those of the form.

    A formula that failed says nothing beside a heading, or outside the form: columns of formulas are drawn down over
    headings and blank rows. Beside a mere number, or alone, it may have been somebody's name.
    """
    filled = [column for column, cell in enumerate(cells) if cell.strip()]
    if not any(cells[column][:1] == "#" for column in filled):
        return filled
    sound = [column for column in filled if not failed(cells[column])]
    worded = any(not cells[column].strip(" .").isdigit() for column in sound)
    return sound if worded or known.isdisjoint(filled) else filled
