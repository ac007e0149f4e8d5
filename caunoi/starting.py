"""Hub and node started for as long as one command needs them, in a home that has them all. Needs POSIX.

Commands that run at the same time on one home share what one of them started; it waits for the others before it
stops.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.listening import running
from caunoi.locks import FileLock
from caunoi.members import example_members
from caunoi.processes import interrupted_once
from caunoi.settings import Settings
from domain.errors import RefusedError

_IN_USE = "deployment.use"
_LOOK_EVERY = 0.2


def reach(
    settings: Settings, home: Home, agency: str, remark: Callable[[str], None], stack: contextlib.ExitStack
) -> None:
    """Let the node run until the stack is closed, whoever started it.

    Raises:
        RefusedError: `agency_unknown`.
        UnavailableError: hub and nodes run without this one, or something does not start.
    """
    if not home.node(agency).keystore.exists() and agency not in {member.id for member in example_members()}:
        raise RefusedError("agency_unknown")
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
    from caunoi.deployment import deployed  # noqa: PLC0415 - most often they run, and it loads much

    with (
        contextlib.ExitStack() as stopping,
        interrupted_once(),
        deployed(settings, nodes=(agency,), starting=lambda: remark("cli_starting_for_now")),
    ):
        try:
            yield
        finally:
            stopping.enter_context(FileLock(home.run / _IN_USE).held())
