"""A node is ready while its database is: stopped or standing still, `readyz` says so soon; alive it stays."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from caunoi.home import Home
from caunoi.postgres import Embedded
from tests.conftest import Databases
from tests.contracts.fixtures import Served, served_on

SOON = 3.5  # seconds: about two, on a machine that has other work


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Embedded, Served]]:
    """The police's node on a PostgreSQL of its own."""
    server = Embedded(Home(tmp_path_factory.mktemp("away") / "home"))
    with server as running, served_on(Databases(running), tmp_path_factory.mktemp("world")) as served:
        yield server, served


def asked(client: TestClient, path: str, **more: Any) -> tuple[int, str | None]:
    """Status and code of an answer that came soon."""
    begun = time.monotonic()
    answer = client.get(path, **more)
    assert time.monotonic() - begun < SOON, path
    return answer.status_code, answer.json().get("code") if path != "/metrics" else None


def test_ready(away: tuple[Embedded, Served]) -> None:
    """With its database, also while a file is being taken in and the node is not to be had."""
    _, served = away
    with served.police.lock:
        assert asked(served.node, "/readyz") == (200, None)


def test_frozen(away: tuple[Embedded, Served]) -> None:
    """A server that stands still is no server; once it goes on, the node is ready again."""
    server, served = away
    pid = server.pid()
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    everybody = [pid, *map(int, children)]
    for one in everybody:
        os.kill(one, signal.SIGSTOP)
    try:
        # More officers wait for the database than there are threads.
        waiting = [
            threading.Thread(target=served.node.get, args=("/v1/receipts",), kwargs={"headers": served.as_officer()})
            for _ in range(45)
        ]
        for thread in waiting:
            thread.start()
        time.sleep(0.5)
        assert asked(served.node, "/readyz") == (503, "not_ready")
        assert asked(served.node, "/healthz") == (200, None)
    finally:
        for one in reversed(everybody):
            os.kill(one, signal.SIGCONT)
    for thread in waiting:
        thread.join(30)
    assert asked(served.node, "/readyz") == (200, None)


def test_stopped(away: tuple[Embedded, Served]) -> None:
    """A server that is stopped: not ready, and whoever asks the views is told to ask again, not of an error inside."""
    server, served = away
    server.stop()
    assert asked(served.node, "/readyz") == (503, "not_ready")
    assert asked(served.node, "/healthz") == (200, None)
    for path in ("/v1/receipts", "/v1/quarantine"):
        for _ in range(2):
            assert asked(served.node, path, headers=served.as_officer()) == (503, "not_ready")
    server.start()
    # The session is lost for good; the process would be started again.
    assert asked(served.node, "/readyz") == (503, "not_ready")
