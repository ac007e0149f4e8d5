"""Attack: a genuine sealed section is put into another place: case, statement, section, author, epoch."""

from __future__ import annotations

from typing import Any

import pytest

from sealing.errors import CannotOpenError
from sealing.sections import open_sealed, seal

KEY = bytes(range(32))
PLACE: dict[str, Any] = {
    "case": "a1" * 16, "statement": "b2" * 16, "section": "identity", "author": "police-th", "epoch": 1,
}  # fmt: skip
MOVES: list[dict[str, Any]] = [
    {"case": "c3" * 16},
    {"statement": "c3" * 16},
    {"section": "contact"},
    {"author": "health-th"},
    {"epoch": 2},
    {"case": PLACE["statement"], "statement": PLACE["case"]},
    {"section": "identitypolice", "author": "-th"},
]


@pytest.mark.parametrize("move", MOVES, ids="+".join)
def test_moved_section_does_not_open(move: dict[str, Any]) -> None:
    """With the right key, a section opens in its own place only."""
    sealed = seal(b"words", data_key=KEY, **PLACE)

    assert open_sealed(sealed, data_key=KEY, **PLACE) == b"words"
    with pytest.raises(CannotOpenError):
        open_sealed(sealed, data_key=KEY, **{**PLACE, **move})
