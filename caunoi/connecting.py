"""Reaching one agency's node from the command line: the one that runs; in a home that has them all, else one started.

A party's own home has its node alone: whoever keeps it starts it, and nothing here needs POSIX.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.listening import running
from caunoi.officers import NodeClient
from caunoi.settings import Settings
from domain.errors import RefusedError


@contextlib.contextmanager
def connected(
    settings: Settings, agency: str, *, officer: str = "officer", remark: Callable[[str], None] = lambda _: None
) -> Iterator[NodeClient]:
    """Give a client of one agency's node; `remark` is told the code of what is worth a remark.

    Raises:
        RefusedError: `agency_unknown`.
        UnavailableError: it does not run here, or hub and nodes run without it, or something does not start.
    """
    home = Home(settings.home)
    with contextlib.ExitStack() as stack:
        if settings.is_alone:
            _check(home, agency)
        else:
            from caunoi.starting import reach

            reach(settings, home, agency, remark, stack)
        client = stack.enter_context(NodeClient(settings, home, agency=agency, officer=officer))
        client.sync()
        yield client


def _check(home: Home, agency: str) -> None:
    if not home.node(agency).keystore.exists():
        raise RefusedError("agency_unknown")
    if running(home, f"node-{agency}") is None:
        raise UnavailableError("node_not_running", agency=agency)
