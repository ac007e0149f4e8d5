"""Files that hold keys: read only if nobody else can, replaced whole or not at all, locked while they change.

Knows nothing of what is in them.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sealing.errors import KeyStoreError

PRIVATE = 0o600


def open_private(path: Path, flags: int) -> int:
    """Open a file of keys; the caller closes the descriptor.

    Raises:
        KeyStoreError: It is missing, not a plain file, somebody else's, or open to others than its owner.
    """
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise KeyStoreError(f"cannot open {path.name}: {error.strerror}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_uid not in (0, os.geteuid()):
        os.close(descriptor)
        raise KeyStoreError(f"{path.name} must be a file of its owner alone (mode 0600)")
    return descriptor


def read_private(path: Path) -> bytes:
    """Read a file of keys whole.

    Raises:
        KeyStoreError: As `open_private`.
    """
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        return file.read()


def replace_private(path: Path, data: bytes) -> None:
    """Put *data* in the place of *path*, durably: a crash leaves the old file or the new one, never a mixture.

    The new file is written beside under one fixed name, so that a crash leaves at most one of it.

    Raises:
        KeyStoreError: It cannot be written.
    """
    beside = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), PRIVATE)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        sync_directory(path.parent)
    except OSError as error:
        raise KeyStoreError(f"cannot write {path.name}: {error.strerror}") from error


def create_private(path: Path, data: bytes) -> None:
    """Put *data* where no file is yet.

    Raises:
        KeyStoreError: There is a file already; a file of keys is never overwritten by a new one.
    """
    if path.exists() or path.is_symlink():
        raise KeyStoreError(f"{path.name} is there already")
    replace_private(path, data)


def overwrite(path: Path) -> None:
    """Write noise over a file whose content must go, as far as the file system lets us (not on copy-on-write)."""
    descriptor = open_private(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, os.urandom(os.fstat(descriptor).st_size), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Make a rename in *directory* durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_lock(path: Path) -> int:
    """Lock what *path* is about against other processes; closing the descriptor gives it back.

    Raises:
        KeyStoreError: Somebody else holds it.
    """
    lock = path.with_name(path.name + ".lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise KeyStoreError(f"{path.name} is in use by another process") from None
    return descriptor


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of *path* for one change."""
    descriptor = take_lock(path)
    try:
        yield
    finally:
        os.close(descriptor)
