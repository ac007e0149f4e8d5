"""What is read of a file while the rest of it is still looked over: outside memory, and gone with the reading."""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Generic, TypeVar

from adapters.progress import tell

_TOLD: Final = 100  # pieces between two words of how far it is

Kept = TypeVar("Kept")


class Pile(Generic[Kept]):
    """Things in a temporary file without a name, that only its owner may read: put there once, given in order."""

    def __init__(self) -> None:
        self._count = 0
        self._stream = tempfile.TemporaryFile(prefix="caunoi-")  # noqa: SIM115 - closed with this
        weakref.finalize(self, self._stream.close)

    def put(self, one: Kept) -> None:
        """Put one more on it."""
        pickle.dump(one, self._stream, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __iter__(self) -> Iterator[Kept]:
        """All of them; one goes over it at a time."""
        self._stream.seek(0)
        for _ in range(self._count):
            one: Kept = pickle.load(self._stream)  # noqa: S301 - written above, by nobody else
            yield one


def twice(found: Iterable[Kept], *, see: Callable[[Kept], None]) -> Iterator[Kept]:
    """Let `see` see all there is, then give it again."""
    pile: Pile[Kept] = Pile()
    for one in found:
        see(one)
        pile.put(one)
        if len(pile) % _TOLD == 0:
            tell(len(pile))
    yield from pile
