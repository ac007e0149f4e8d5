"""Reaching one agency's node from the command line: the one that runs, else one started for as long as it is needed.

Commands that run at the same time on one home share what one of them started; it waits for the others before it
stops.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator

from caunoi.deployment import deployed, example_members
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.locks import FileLock
from caunoi.officers import NodeClient
from caunoi.processes import interrupted_once, is_ready
from caunoi.settings import Settings
from domain.errors import RefusedError

_IN_USE = "deployment.use"
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
    return port if is_ready(port, within=5.0) else None


@contextlib.contextmanager
def connected(
    settings: Settings, agency: str, *, officer: str = "officer", remark: Callable[[str], None] = lambda _: None
) -> Iterator[NodeClient]:
    """Give a client of one agency's node; `remark` is told the code of what is worth a remark.

    Raises:
        RefusedError: `agency_unknown`.
        UnavailableError: hub and nodes run without this one, or something does not start.
    """
    home = Home(settings.home)
    if not home.node(agency).keystore.exists() and agency not in {member.id for member in example_members()}:
        raise RefusedError("agency_unknown")
    with contextlib.ExitStack() as stack:
        _reach(settings, home, agency, remark, stack)
        client = stack.enter_context(NodeClient(settings, home, agency=agency, officer=officer))
        client.sync()
        yield client


def _reach(
    settings: Settings, home: Home, agency: str, remark: Callable[[str], None], stack: contextlib.ExitStack
) -> None:
    """Let the node run until the stack is closed, whoever started it."""
    deadline = time.monotonic() + settings.start_within
    home.prepare()
    in_use = FileLock(home.run / _IN_USE)
    while True:
        if running(home, f"node-{agency}") is not None:
            in_use.share()
            # Whoever started it may have stopped it just now, and kept us waiting meanwhile.
            if running(home, f"node-{agency}") is not None:
                stack.callback(in_use.release)
                return
            in_use.release()
        if settings.hub_url is not None:
            # The hub is not ours to start; so this node stands alone, and whoever keeps it starts it.
            raise UnavailableError("node_not_running", agency=agency)
        try:
            stack.enter_context(_started(settings, home, agency, remark))
        except UnavailableError as error:
            # Somebody else is just starting: perhaps the node we need.
            if error.code != "deployment_running" or time.monotonic() > deadline:
                raise
        else:
            return
        time.sleep(_LOOK_EVERY)


@contextlib.contextmanager
def _started(settings: Settings, home: Home, agency: str, remark: Callable[[str], None]) -> Iterator[None]:
    """Run hub and node for as long as the block, and as others use them."""
    with (
        contextlib.ExitStack() as stopping,
        interrupted_once(),
        deployed(settings, nodes=(agency,), starting=lambda: remark("cli_starting_for_now")),
    ):
        try:
            yield
        finally:
            stopping.enter_context(FileLock(home.run / _IN_USE).held())
