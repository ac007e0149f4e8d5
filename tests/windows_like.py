"""A process without what only POSIX has, as near to Windows as this system lets us: run by `test_portable.py`.

Not a test. It takes away the modules and names, makes `replace` refuse an open file as Windows does, and puts a
stand-in for the locks of `msvcrt` there. Files, modes and the reader of workbooks stay those of this system.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import types
from pathlib import Path

import python_calamine  # noqa: F401 - asks for the platform while it is imported, as do the next
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519  # noqa: F401

from sealing import bundles, keystore, shredding, suites  # noqa: F401 - with all they rest on, before the change

GONE = ("O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY", "fchmod", "geteuid", "getuid", "pwrite", "pread", "fork", "sysconf")


def become_windows() -> None:
    """Take POSIX away from this process."""
    close_on_exec = os.O_CLOEXEC
    flock, exclusive, unlock = fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_UN
    for name in [name for name in sys.modules if name.split(".")[0] in {"sealing", "adapters"}]:
        del sys.modules[name]
    for name in GONE:
        delattr(os, name)
    sys.modules["fcntl"] = sys.modules["resource"] = None  # type: ignore[assignment]
    sys.platform = "win32"
    os.O_BINARY, os.O_NOINHERIT = 0, close_on_exec  # type: ignore[attr-defined]
    replace = os.replace

    def replace_closed(source: Path, target: Path) -> None:
        held = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink() and link.exists()}
        if {str(source), str(target)} & held:
            raise PermissionError(errno.EACCES, "sharing violation")
        replace(source, target)

    def locking(descriptor: int, mode: int, length: int) -> None:
        assert length == 1
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 0, "the same byte is locked and let go"
        try:
            flock(descriptor, exclusive if mode == 2 else unlock)
        except BlockingIOError:
            raise PermissionError(errno.EACCES, "Permission denied") from None

    os.replace = replace_closed  # type: ignore[assignment]
    sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=2, LK_UNLCK=0)  # type: ignore[assignment]


def keys(place: Path) -> None:
    """The life of a store of shred keys and of a key store."""
    from sealing.errors import KeyDestroyedError, KeyStoreError  # noqa: PLC0415
    from sealing.keystore import FileKeyStore  # noqa: PLC0415
    from sealing.master_keys import FileMasterKey  # noqa: PLC0415
    from sealing.shredding import ShredKeys  # noqa: PLC0415

    one, two = "a1" * 16, "b2" * 16
    paths = place / "shred", place / "master"
    with ShredKeys.create(*paths) as store:
        kept = store.key_for(one)
        store.key_for(two)
        try:
            ShredKeys(*paths)
        except KeyStoreError as error:
            assert "in use" in str(error)
        else:
            raise AssertionError("two processes with one store")
        store.destroy(two)
        store.purge()
    paths[0].chmod(0o644)  # a mode says nothing there
    with ShredKeys(*paths) as again:
        assert again.get(one) == kept
        try:
            again.get(two)
        except KeyDestroyedError:
            pass
        else:
            raise AssertionError("a destroyed key came back")
    source = FileMasterKey(place / "kek")
    source.create()
    kid = FileKeyStore.create(place / "keys.json", agency="police-38", source=source).add_key(
        use="sign", suite="ed25519"
    )
    assert FileKeyStore(place / "keys.json", source).kids("sign") == (kid,)


def workbook(file: Path) -> None:
    """The opening child's own work, once within the bounds and once beyond."""
    from adapters.tables import opening  # noqa: PLC0415

    opening.main(str(file), 10_000, 200, 20, 100_000)
    opening.main(str(file), 1, 200, 20, 100_000)


if __name__ == "__main__":
    become_windows()
    {"keys": keys, "workbook": workbook}[sys.argv[1]](Path(sys.argv[2]))
    if sys.argv[1] == "keys":
        print("keys")  # noqa: T201 - its answer
