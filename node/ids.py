"""Ids of what a node makes: statements, cases, offers. Random, so that nobody can tell the next one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

LENGTH = 16  # bytes


class Ids(Protocol):
    """Gives a new id: 32 hexadecimal digits. No key and no nonce ever comes from here."""

    def __call__(self, *about: object, known: Callable[[str], bool] | None = None) -> str:
        """A new id.

        Args:
            about: what it is for; who draws ids by lot need not look.
            known: whether there is something of this id; who draws by lot need not ask.
        """


def random_id(*about: object, known: Callable[[str], bool] | None = None) -> str:
    """See `Ids`."""
    del about, known
    return os.urandom(LENGTH).hex()
