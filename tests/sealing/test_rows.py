"""Rows of a view, sealed at rest under the view key of their case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sealing.errors import CannotOpenError
from sealing.rows import open_row, seal_row

KEY = bytes(range(32))
PLACE = {"case": "a1" * 16, "view": "caseload", "key": "1"}


def test_round_trip() -> None:
    """What is sealed is opened."""
    assert open_row(seal_row(b"row", view_key=KEY, **PLACE), view_key=KEY, **PLACE) == b"row"


@pytest.mark.parametrize("change", [{"case": "b2" * 16}, {"view": "inbox"}, {"key": "2"}])
def test_moved(change: dict[str, str]) -> None:
    """A row moved to another case, view or key does not open."""
    with pytest.raises(CannotOpenError):
        open_row(seal_row(b"row", view_key=KEY, **PLACE), view_key=KEY, **{**PLACE, **change})


@pytest.mark.parametrize("change", [lambda row: b"\2" + row[1:], lambda row: row[:-1], lambda row: b""])
def test_changed(change: Callable[[bytes], bytes]) -> None:
    """A changed row, and one under another key, do not open."""
    row = seal_row(b"row", view_key=KEY, **PLACE)
    with pytest.raises(CannotOpenError):
        open_row(change(row), view_key=KEY, **PLACE)
    with pytest.raises(CannotOpenError):
        open_row(row, view_key=bytes(32), **PLACE)
