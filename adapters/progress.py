"""How far the reading of a file is, for whoever wants to see it move: told by readers, heard by who called them.

A reader looks the whole file over before it gives the first row, so that nothing of a file that is refused is taken.
Whoever waits for that row hears of it here, because `Adapter.read` has nothing to give yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

Listener = Callable[[int, int], None]
"""Called with what was looked over, and of how much (bytes or rows); of 0 where that is not known."""

_LISTENER: Final[ContextVar[Listener | None]] = ContextVar("listener", default=None)


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Let a listener hear of what is read in here."""
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)


def tell(done: int, of: int = 0) -> None:
    """Say how far it is; cheap enough for each piece or page, not for each cell."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(done, of)
