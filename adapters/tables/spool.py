"""Rows of a table outside memory: one JSON line each in a temporary file, found again by page.

The file has no name from the start (Windows takes it away as it is closed) and only its owner may read it. What stays
in memory is where each page begins, and the pages last looked at. Standard library alone: the isolated child of
`opening` writes with this module, too, and has no `override`.
"""

from __future__ import annotations

import json
import weakref
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import IO, Final, overload

PAGE_ROWS: Final = 64
PAGE_BYTES: Final = 1 << 20
"""A page is full with so many rows, or with more bytes than this."""
KEPT: Final = 8
"""Pages in memory."""


class RowsWriter:
    """Writes the rows of one sheet behind whatever the stream has."""

    def __init__(self, stream: IO[bytes], *, at: int = 0) -> None:
        self._stream = stream
        self._at = at
        self.height = 0
        self.first = array("Q")  # the number of each page's first row
        self.begin = array("Q")  # where each page begins, in bytes
        self._full = True

    @property
    def end(self) -> int:
        """Where the next row begins, in bytes."""
        return self._at

    def write(self, row: Sequence[str]) -> None:
        """Write one row."""
        if self._full:
            self.first.append(self.height)
            self.begin.append(self._at)
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._stream.write(line)
        self._at += len(line)
        self.height += 1
        self._full = self.height - self.first[-1] >= PAGE_ROWS or self._at - self.begin[-1] >= PAGE_BYTES

    def ends(self) -> list[int]:
        """Where all pages begin, and where the last one ends."""
        return [*self.begin, self._at]


class Spool:
    """The file with the rows of one or more sheets, taken away with the last of them."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        weakref.finalize(self, stream.close)

    def read(self, begin: int, end: int) -> bytes:
        """The bytes between two places."""
        self._stream.seek(begin)
        return self._stream.read(end - begin)


class SpooledRows(Sequence[tuple[str, ...]]):
    """The rows a `RowsWriter` wrote. For one thread at a time."""

    def __init__(self, spool: Spool, *, first: Sequence[int], ends: Sequence[int], height: int) -> None:
        self._spool = spool
        self._first, self._ends, self._height = array("Q", first), array("Q", ends), height
        self._pages: OrderedDict[int, list[tuple[str, ...]]] = OrderedDict()
        self._last: tuple[int, list[tuple[str, ...]]] = (0, [])

    def __len__(self) -> int:  # type: ignore[explicit-override]
        """How many rows there are."""
        return self._height

    @overload
    def __getitem__(self, index: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[tuple[str, ...], ...]: ...
    def __getitem__(  # type: ignore[explicit-override]
        self, index: int | slice
    ) -> tuple[str, ...] | tuple[tuple[str, ...], ...]:
        """One row, or several, in memory."""
        if isinstance(index, slice):
            return tuple(self._row(row) for row in range(*index.indices(self._height)))
        row = index + self._height if index < 0 else index
        if not 0 <= row < self._height:
            raise IndexError(index)
        return self._row(row)

    def __iter__(self) -> Iterator[tuple[str, ...]]:  # type: ignore[explicit-override]
        """All rows, page by page."""
        for page in range(len(self._first)):
            yield from self._page(page)

    def _row(self, row: int) -> tuple[str, ...]:
        first, rows = self._last
        if not first <= row < first + len(rows):
            page = bisect_right(self._first, row) - 1
            first, rows = self._last = self._first[page], self._page(page)
        return rows[row - first]

    def _page(self, page: int) -> list[tuple[str, ...]]:
        rows = self._pages.get(page)
        if rows is None:
            lines = self._spool.read(self._ends[page], self._ends[page + 1])
            rows = self._pages[page] = [tuple(json.loads(line)) for line in lines.split(b"\n")[:-1]]
            if len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(page)
        return rows
