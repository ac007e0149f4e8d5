"""Where one of our processes (`hub`, `node-<agency>`) listens, and whether it still does. On any system.

It writes its port down once it listens, and holds a lock until it ends, however it ends: a port that was left behind
may be somebody else's by now. No process is ever asked by its number, which on Windows would end it.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

from caunoi.errors import UnavailableError
from caunoi.home import Home
from sealing import files
from sealing.errors import KeyStoreError

_TRIES, _AGAIN = 50, 0.02  # whoever asks holds the lock for a moment


@contextlib.contextmanager
def present(home: Home, name: str) -> Iterator[None]:
    """Be the one process of this name in this home for as long as the block.

    Raises:
        UnavailableError: another one is.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(KeyStoreError):
            lock = files.take_lock(home.run / name)
            break
        time.sleep(_AGAIN)
    else:
        raise UnavailableError("process_running", name=name)
    try:
        yield
    finally:
        files.give_back(lock)


def write_port(port_file: Path, port: int) -> None:
    """Tell others where this process listens."""
    fresh = port_file.with_name(port_file.name + ".new")
    fresh.write_text(f"{port}\n", "ascii")
    fresh.replace(port_file)


def read_port(port_file: Path) -> int | None:
    """Where a process said that it listens; it may have ended since."""
    try:
        return int(port_file.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return None


def running(home: Home, name: str) -> int | None:
    """The port of a process that runs and is ready."""
    port = read_port(home.port_file(name))
    return port if port is not None and _is_present(home, name) and is_ready(port, within=5.0) else None


def _is_present(home: Home, name: str) -> bool:
    if not (home.run / f"{name}.lock").exists():
        return False
    try:
        files.give_back(files.take_lock(home.run / name))
    except KeyStoreError:
        return True
    return False


def plain() -> ssl.SSLContext:
    """Whom a client of ours trusts where nothing is encrypted: nobody. To read the system's list takes it 0.05 s."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def is_ready(port: int, *, within: float = 2.0) -> bool:
    """Tell whether a process of ours answers on this port, within so many seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
