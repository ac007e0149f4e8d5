"""A sheet in memory: the text of its cells, where each stands, what is merged or hidden, how it looks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MAX_BYTES: Final = 20 * 1024 * 1024
"""Bytes of a file on disk."""
MAX_CELLS: Final = 500_000
"""Cells of all sheets of a file together, empty ones inside the used area included."""
MAX_CHARACTERS: Final = 20_000_000
"""Characters of all cells together."""
MAX_COLUMNS: Final = 256
MAX_SHEETS: Final = 50


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

    struck: frozenset[tuple[int, int]] = frozenset()
    fonts: Mapping[tuple[int, int], str] = field(default_factory=dict)
    coloured: Mapping[tuple[int, int], str] = field(default_factory=dict)
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
    rows: tuple[tuple[str, ...], ...]
    hidden: bool = False
    merged: tuple[Merged, ...] = ()
    dates: frozenset[tuple[int, int]] = frozenset()
    delimiter: str | None = None
    looks: Looks | None = field(default_factory=Looks)

    def text(self, row: int, column: int) -> str:
        """The text of a cell without surrounding blanks; outside the used area it is empty."""
        if row >= len(self.rows) or column >= len(self.rows[row]):
            return ""
        return self.rows[row][column].strip()


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
