"""A process without what only POSIX has, as near to Windows as this system lets us: run by tests, no test itself.

It takes away the modules, names and signals, refuses `os.kill` and the replacing or removing of an open file as Windows
does, and puts a stand-in for the locks of `msvcrt` there; our own modules are loaded after that. Files, modes, sockets,
PostgreSQL's client and the reader of workbooks stay those of this system, and asyncio's loop is this system's.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import importlib
import json
import os
import signal
import sys
import types
from collections.abc import Callable
from pathlib import Path

import python_calamine  # noqa: F401 - asks for the platform while it is imported, as do the next
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519  # noqa: F401

from sealing import bundles, keystore, shredding, suites  # noqa: F401 - with all they rest on, before the change

GONE = (
    "O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY", "fchmod", "chown", "lchown", "geteuid", "getuid", "pwrite", "pread",
    "fork", "sysconf", "killpg", "setsid", "getpgid", "setuid", "setgid", "setgroups", "initgroups",
)  # fmt: skip
MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "uvloop")
SIGNALS = ("SIGKILL", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGCHLD", "SIGALRM", "pthread_kill", "setitimer", "alarm")
OURS = {"adapters", "audit", "caunoi", "domain", "door", "hub", "ledger", "node", "projections", "sealing"}


def become_windows() -> None:
    """Take POSIX away from this process."""
    close_on_exec = os.O_CLOEXEC
    flock, exclusive, unlock = fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_UN
    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]
    for name in GONE:
        delattr(os, name)
    for name in SIGNALS:
        delattr(signal, name)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.platform = "win32"
    os.O_BINARY, os.O_NOINHERIT = 0, close_on_exec  # type: ignore[attr-defined]
    asyncio.ProactorEventLoop = asyncio.SelectorEventLoop  # type: ignore[attr-defined]

    def locking(descriptor: int, mode: int, length: int) -> None:
        assert length == 1
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 0, "the same byte is locked and let go"
        try:
            flock(descriptor, exclusive if mode == 2 else unlock)
        except BlockingIOError:
            raise PermissionError(errno.EACCES, "Permission denied") from None

    def kill(_process: int, _number: int) -> None:
        raise AssertionError("Windows ends a process that is asked by its number")

    os.replace = os.rename = _closed(os.replace)
    os.unlink = os.remove = _closed(os.unlink)
    os.kill = kill
    sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=2, LK_UNLCK=0)  # type: ignore[assignment]


def _closed(does: Callable[..., None]) -> Callable[..., None]:
    """What moves or removes files, refused as Windows does while this process has one of them open."""

    def refusing(*paths: Path, **more: int) -> None:
        held = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink() and link.exists()}
        if not more and {str(Path(path).absolute()) for path in paths} & held:
            raise PermissionError(errno.EACCES, "sharing violation")
        does(*paths, **more)

    return refusing


def keys(place: str) -> None:
    """The life of a store of shred keys and of a key store."""
    become_windows()
    from sealing.errors import KeyDestroyedError, KeyStoreError  # noqa: PLC0415
    from sealing.keystore import FileKeyStore  # noqa: PLC0415
    from sealing.master_keys import FileMasterKey  # noqa: PLC0415
    from sealing.shredding import ShredKeys  # noqa: PLC0415

    one, two = "a1" * 16, "b2" * 16
    paths = Path(place, "shred"), Path(place, "master")
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
    source = FileMasterKey(Path(place, "kek"))
    source.create()
    kid = FileKeyStore.create(Path(place, "keys.json"), agency="police-38", source=source).add_key(
        use="sign", suite="ed25519"
    )
    assert FileKeyStore(Path(place, "keys.json"), source).kids("sign") == (kid,)
    print("keys")  # noqa: T201 - its answer


def workbook(file: str) -> None:
    """The opening child's own work, once within the bounds and once beyond."""
    become_windows()
    from adapters.tables import opening  # noqa: PLC0415

    opening.main(file, 10_000, 200, 20, 100_000)
    opening.main(file, 1, 200, 20, 100_000)


def program(*arguments: str) -> None:
    """The program `caunoi` with these arguments; without any, with those of each line of standard input.

    A line is a JSON list; the answer is one of exit status, standard output and error.
    """
    # Once as it is here, so that the libraries it needs are loaded: they too ask for the platform.
    import uvicorn.loops.asyncio  # noqa: F401, PLC0415
    import xlsxwriter  # noqa: F401, PLC0415
    from typer.testing import CliRunner  # noqa: PLC0415

    for name in ("carrying", "cli", "doctor", "officers", "roles", "serving_node"):
        importlib.import_module(f"caunoi.{name}")
    become_windows()
    app = importlib.import_module("caunoi.cli").app
    if arguments:
        app(list(arguments))
    for line in sys.stdin:
        done = CliRunner().invoke(app, json.loads(line))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        print(json.dumps([done.exit_code, done.stdout, done.stderr]), flush=True)  # noqa: T201 - its answer


if __name__ == "__main__":
    {"keys": keys, "workbook": workbook, "program": program}[sys.argv[1]](*sys.argv[2:])
