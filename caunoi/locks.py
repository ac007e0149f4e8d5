"""Locks that programs on one home share: `flock`, so that a killed program never leaves one behind.

Needs POSIX, and with it everything that starts the embedded PostgreSQL, hub and nodes here; what an agency runs by
itself locks with `sealing.files`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from caunoi.errors import UnavailableError

if sys.platform == "win32":
    raise UnavailableError("posix_needed")
else:
    import fcntl


class FileLock:
    """One lock file. Two objects on one file exclude each other, in one process or in two."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock, alone or with others."""
        return self._descriptor is not None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock and hold it alone."""
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def try_hold(self) -> bool:
        """Hold the lock alone until `release`, unless somebody has it; then say so and wait for nothing."""
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def share(self) -> None:
        """Wait for the lock and hold it together with others until `release`."""
        if self._descriptor is None:
            self._descriptor = self._open()
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def try_alone(self) -> bool:
        """Turn a shared lock into one held alone, unless others share it; then it may be lost and is to be released."""
        if self._descriptor is None:
            return False
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
