"""The outer lock of a wrapped grant."""

from __future__ import annotations

import pytest

from sealing import locks
from sealing.errors import CannotOpenError

KEY = bytes(range(32))


def test_round_trip() -> None:
    """The key that locked it unlocks it; 29 bytes are added."""
    locked = locks.lock(b"wrapped", shred_key=KEY, info=b"place")

    assert len(locked) == 7 + 29
    assert locks.unlock(locked, shred_key=KEY, info=b"place") == b"wrapped"


def test_other_key_or_place() -> None:
    """Another case's key, or another place, unlocks nothing."""
    locked = locks.lock(b"wrapped", shred_key=KEY, info=b"place")
    with pytest.raises(CannotOpenError):
        locks.unlock(locked, shred_key=bytes(32), info=b"place")
    with pytest.raises(CannotOpenError):
        locks.unlock(locked, shred_key=KEY, info=b"elsewhere")


@pytest.mark.parametrize("locked", [b"", b"\1", b"\1" + bytes(11), b"\1" + bytes(12), b"\2" + bytes(40)])
def test_malformed(locked: bytes) -> None:
    """What is too short or of another version does not unlock, and raises nothing else."""
    with pytest.raises(CannotOpenError):
        locks.unlock(locked, shred_key=KEY, info=b"place")
