"""What is read of a file while the rest of it is still looked over: outside memory, and gone with the reading."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from adapters.progress import tell

_TOLD: Final = 100  # pieces between two words of how far it is

Kept = TypeVar("Kept")


def twice(found: Iterable[Kept], *, see: Callable[[Kept], None]) -> Iterator[Kept]:
    """Let `see` see all there is, then give it again; until then it lies in a temporary file without a name."""
    count = 0
    with tempfile.TemporaryFile(prefix="caunoi-") as kept:
        for one in found:
            see(one)
            pickle.dump(one, kept, pickle.HIGHEST_PROTOCOL)
            count += 1
            if count % _TOLD == 0:
                tell(count)
        kept.seek(0)
        for _ in range(count):
            one: Kept = pickle.load(kept)  # noqa: S301 - written above, by nobody else
            yield one
