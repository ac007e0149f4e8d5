"""Reaching one agency's node from the command line: the one that runs, else one started for as long as it is needed.

Commands that run at the same time on one home share what one of them started; it waits for the others before it
stops.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import time
from collections.abc import Callable, Iterator

from caunoi.deployment import deployed
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.locks import FileLock
from caunoi.officers import NodeClient
from caunoi.settings import Settings

_LOOK_EVERY = 0.2


def running(home: Home, name: str) -> int | None:
    """The port of one of our processes (`hub`, `node-<agency>`) that runs and is ready."""
    try:
        pid = int(home.pid_file(name).read_text("ascii"))
        port = int(home.port_file(name).read_text("ascii"))
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        pass  # somebody else's, and alive
    return port if _is_ready(port) else None


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def connected(
    settings: Settings, agency: str, *, officer: str = "officer", remark: Callable[[str], None] = lambda _: None
) -> Iterator[NodeClient]:
    """Give a client of one agency's node; `remark` is told the code of what is worth a remark.

    Raises:
        UnavailableError: hub and nodes run without this one, or something does not start.
    """
    home = Home(settings.home)
    name = f"node-{agency}"
    home.node(agency)
    in_use = FileLock(home.run / "deployment.use")
    deadline = time.monotonic() + settings.start_within
    while True:
        if running(home, name) is not None:
            in_use.share()
            try:
                with NodeClient(settings, home, agency=agency, officer=officer) as client:
                    client.sync()
                    yield client
            finally:
                in_use.release()
            return
        try:
            with _started(settings, home, agency, in_use, remark):
                with NodeClient(settings, home, agency=agency, officer=officer) as client:
                    client.sync()
                    yield client
            return
        except UnavailableError as error:
            # Somebody else is just starting: perhaps the node we need.
            if error.code != "deployment_running" or time.monotonic() > deadline:
                raise
        time.sleep(_LOOK_EVERY)


@contextlib.contextmanager
def _started(
    settings: Settings, home: Home, agency: str, in_use: FileLock, remark: Callable[[str], None]
) -> Iterator[None]:
    """Run hub and node for as long as the block, and as others need them."""
    home.prepare()
    remark("cli_starting_for_now")
    with deployed(settings, nodes=(agency,)):
        yield
        with in_use.held():
            pass
