"""Files that hold keys: read only if nobody else can, replaced whole or not at all, locked while they change.

Knows nothing of what is in them. The one room of what an agency runs that asks which system it is on: Windows has no
modes (there the access list of the user's own folder says who reads), no `flock` and no `pwrite` (docs/windows.md).
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sealing.errors import KeyStoreError

if sys.platform == "win32":
    import msvcrt

    # Making a link needs an administrator there, so that there is no O_NOFOLLOW; without O_BINARY, \n becomes \r\n.
    _ALWAYS = os.O_BINARY | os.O_NOINHERIT
else:
    import fcntl

    _ALWAYS = os.O_CLOEXEC | os.O_NOFOLLOW

PRIVATE = 0o600


def open_private(path: Path, flags: int) -> int:
    """Open a file of keys; the caller closes the descriptor.

    Raises:
        KeyStoreError: It is missing, not a plain file, somebody else's, or open to others than its owner.
    """
    try:
        descriptor = os.open(path, flags | _ALWAYS)
    except OSError as error:
        raise KeyStoreError(f"cannot open {path.name}: {error.strerror}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or is_open_to(status, 0o077) or not _is_owners(status):
        os.close(descriptor)
        raise KeyStoreError(f"{path.name} must be a file of its owner alone (mode 0600)")
    return descriptor


def is_open_to(status: os.stat_result, others: int) -> bool:
    """Whether its mode lets these others in; not asked on Windows, where a mode tells nothing of who may read."""
    return sys.platform != "win32" and bool(status.st_mode & others)


def user() -> int | None:
    """The number of who we are, as a file has its owner's; None on Windows, where files have none."""
    if sys.platform == "win32":
        return None
    else:  # noqa: RET505 - as below
        return os.geteuid()


def _is_owners(status: os.stat_result) -> bool:
    return user() is None or status.st_uid in (0, user())


def open_new(path: Path) -> BinaryIO:
    """Open a new file of its owner alone for writing.

    Raises:
        FileExistsError: There is a file already.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _ALWAYS, PRIVATE), "wb")


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
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _ALWAYS, PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            if sys.platform != "win32":
                os.fchmod(file.fileno(), PRIVATE)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        sync_directory(path.parent)
    except OSError as error:
        raise KeyStoreError(f"cannot write {path.name}: {error.strerror}") from error


def replace_overwriting(path: Path, data: bytes) -> None:
    """As `replace_private`; what stood there before is written over, as far as the file system lets us.

    Raises:
        KeyStoreError: It cannot be written, or the old file has no second name here.
    """
    old = path.with_name(path.name + ".old")
    try:
        if old.exists():  # a crash left it
            overwrite(old)
            old.unlink()
        os.link(path, old)
        replace_private(path, data)
        overwrite(old)
        old.unlink()
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
        write_at(descriptor, os.urandom(os.fstat(descriptor).st_size), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_at(descriptor: int, data: bytes, position: int) -> int:
    """Write at a position and give how many bytes were written; one thread at a time."""
    if sys.platform == "win32":
        os.lseek(descriptor, position, os.SEEK_SET)
        return os.write(descriptor, data)
    else:  # noqa: RET505 - so that mypy reads each branch for its own system
        return os.pwrite(descriptor, data, position)


def read_from(descriptor: int, position: int) -> bytes:
    """Read from a position to the end; one thread at a time."""
    os.lseek(descriptor, position, os.SEEK_SET)
    parts: list[bytes] = []
    while part := os.read(descriptor, 1024 * 1024):
        parts.append(part)
    return b"".join(parts)


def is_same(path: Path, descriptor: int) -> bool:
    """Whether an open file is still the one that stands under this name."""
    return os.path.samestat(path.stat(), os.fstat(descriptor))


def sync_directory(directory: Path) -> None:
    """Make a rename in *directory* durable; Windows opens no directory, its file system keeps a journal of renames."""
    if sys.platform != "win32":
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def take_lock(path: Path, *, within: float = 0) -> int:
    """Lock what *path* is about against other processes; `give_back` ends it, as does the end of the process.

    Raises:
        KeyStoreError: Somebody else holds it, and still does after so many seconds.
    """
    lock, deadline = path.with_name(path.name + ".lock"), time.monotonic() + within
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | _ALWAYS, PRIVATE)
    while True:
        try:
            _lock_now(descriptor)
        except (BlockingIOError, PermissionError):
            if time.monotonic() < deadline:
                time.sleep(0.001)
                continue
            os.close(descriptor)
            raise KeyStoreError(f"{path.name} is in use by another process") from None
        return descriptor


def _lock_now(descriptor: int) -> None:
    """Lock or raise at once: BlockingIOError on POSIX, PermissionError (EACCES) on Windows, which locks a byte."""
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def give_back(descriptor: int) -> None:
    """End what `take_lock` began. Windows ends a lock it was not asked to end only some time after the closing."""
    if sys.platform == "win32":
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    os.close(descriptor)


@contextmanager
def locked(path: Path, *, within: float = 0) -> Iterator[None]:
    """Hold the lock of *path* for one change, waited for so many seconds."""
    descriptor = take_lock(path, within=within)
    try:
        yield
    finally:
        give_back(descriptor)
