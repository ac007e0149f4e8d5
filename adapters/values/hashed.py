"""What the rows of one file have in common, remembered in some 50 bytes a row: hashes, no texts.

A hash has 64 bits and a seed of this process. Two texts with one hash would make two rows look alike and be returned:
of a million rows that happens to one in ten million files, and nothing is taken wrongly by it.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from typing import Final

_WORD: Final = (1 << 64) - 1
_START: Final = 1 << 10  # slots; always a power of two
_EMPTY: Final = 0


def hashed(key: Hashable) -> int:
    """64 bits of a text, or of a tuple of texts; never 0."""
    return hash(key) & _WORD or 1


class Hashed:
    """A table from texts to numbers of 64 bits, open addressing; 16 bytes a slot, half of them free at least."""

    def __init__(self) -> None:
        self._count = 0
        self._keys = array("Q", bytes(8 * _START))
        self._values = array("Q", bytes(8 * _START))

    def get(self, key: Hashable, default: int = 0) -> int:
        """The number of a text."""
        place = self._place(hashed(key))
        return default if self._keys[place] == _EMPTY else self._values[place]

    def __setitem__(self, key: Hashable, value: int) -> None:
        """Remember a number."""
        self._put(hashed(key), value)

    def _put(self, found: int, value: int) -> None:
        place = self._place(found)
        if self._keys[place] == _EMPTY:
            self._count += 1
            self._keys[place] = found
        self._values[place] = value
        if 2 * self._count > len(self._keys):
            self._grow()

    def _place(self, found: int) -> int:
        last = len(self._keys) - 1
        place = found & last
        while self._keys[place] not in {_EMPTY, found}:
            place = place + 1 & last
        return place

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._count = 0
        self._keys, self._values = (array("Q", bytes(8 * 2 * len(keys))) for _ in range(2))
        for found, value in zip(keys, values, strict=True):
            if found != _EMPTY:
                self._put(found, value)
