"""The hub while its database is stopped, or stands still: each read says so soon, and an append under load goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from caunoi.home import Home
from caunoi.postgres import Embedded
from sealing.tokens import Kind, issue
from tests.conftest import Databases
from tests.contracts.fixtures import bearer, serve_hub
from tests.hub.log_fixtures import migrated
from tests.world import POLICE, WOMEN, World, story

SOON = 3.5  # seconds: about two, on a machine that has other work
ID = "0" * 32
READS: list[dict[str, Any]] = [
    {"method": "GET", "url": "/v1/feed"},
    {"method": "GET", "url": "/v1/refusals"},
    {"method": "GET", "url": f"/v1/receipts/{ID}"},
    {"method": "GET", "url": "/v1/directory"},
    {"method": "POST", "url": "/v1/bodies", "json": {"hashes": ["0" * 64]}},
    {"method": "POST", "url": "/v1/grants", "json": {"hashes": ["0" * 64]}},
    {"method": "GET", "url": f"/v1/attachments/{'0' * 64}"},
]
HEALTHY = [200, 200, 404, 200, 200, 200, 404]


class Away:
    """A hub on a PostgreSQL of its own."""

    def __init__(self, server: Embedded, world: World) -> None:
        self.server, self.world = server, world
        self.hub = TestClient(serve_hub(world), raise_server_exceptions=False)

    def token(self, agency: str = POLICE) -> dict[str, str]:
        """The header an agency sends."""
        keys = self.world[agency].keystore
        now = self.world.now() // 1_000_000
        made = issue(
            kind=Kind.AGENCY, agency=agency, kid=keys.kids("sign")[0], audience="caunoi-hub", now=now, signer=keys
        )
        return bearer(made)

    def ask(self, **one: Any) -> tuple[int, str, float]:
        """Status, code and seconds of one answer."""
        begun = time.monotonic()
        answer = self.hub.request(**{"headers": self.token(), **one})
        kind = answer.headers.get("content-type", "")
        code = answer.json()["code"] if kind == "application/problem+json" else ""
        return answer.status_code, code, time.monotonic() - begun

    def everything(self) -> list[tuple[int, str, float]]:
        """All reads at the same time."""
        with ThreadPoolExecutor(len(READS)) as threads:
            return list(threads.map(lambda one: self.ask(**one), READS))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server and its children stand still: they take connections and answer nothing."""
        pid = self.server.pid()
        assert pid is not None
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        all_of_them = [pid, *map(int, children)]
        for one in all_of_them:
            os.kill(one, signal.SIGSTOP)
        try:
            yield
        finally:
            for one in reversed(all_of_them):
                os.kill(one, signal.SIGCONT)

    def wait_until_ready(self) -> None:
        """As whoever looks after the hub waits."""
        until = time.monotonic() + 30
        while self.ask(method="GET", url="/readyz")[0] != 200 and time.monotonic() < until:
            time.sleep(0.1)


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    """The hub after the story."""
    server = Embedded(Home(tmp_path_factory.mktemp("away") / "home"))
    with server as running:
        databases = Databases(running)
        dsn = databases.fresh(databases.template("hub", migrated))
        with World(dsn, tmp_path_factory.mktemp("away") / "hub") as world:
            story(world)
            made = Away(server, world)
            with made.hub:
                yield made


def check_away(away: Away) -> None:
    """Every read and `readyz` say so soon; that the hub is alive, and what it counts, needs no database."""
    answers = away.everything()
    assert [(status, code) for status, code, _ in answers] == [(503, "hub_unavailable")] * len(READS)
    assert max(seconds for _, _, seconds in answers) < SOON
    status, code, seconds = away.ask(method="GET", url="/readyz")
    assert (status, code) == (503, "not_ready") and seconds < SOON
    for path in ("/healthz", "/metrics"):
        status, _, seconds = away.ask(method="GET", url=path)
        assert status == 200 and seconds < 0.5


def test_frozen(away: Away) -> None:
    """A database that stands still keeps nobody waiting, however often it is asked; then all is as before."""
    assert [status for status, _, _ in away.everything()] == HEALTHY
    with away.frozen():
        for _ in range(2):
            check_away(away)
    away.wait_until_ready()
    assert [status for status, _, _ in away.everything()] == HEALTHY


def test_frozen_in_an_append(away: Away) -> None:
    """An append that hangs holds the head; whoever reads or knocks meanwhile is answered all the same."""
    body = activity(away)
    with ThreadPoolExecutor(1) as threads:
        with away.frozen():
            sent = threads.submit(submit, away, body)
            time.sleep(0.3)
            assert away.ask(method="GET", url="/v1/head")[:2] == (503, "hub_unavailable")
            assert away.ask(method="GET", url="/v1/head", headers=bearer("a.b.c"))[:2] == (401, "token_wrong")
            assert not sent.done()
        assert sent.result(30) == 201


def test_stopped(away: Away) -> None:
    """A database that is stopped: the same, and when it is started again the hub goes on by itself."""
    away.server.stop()
    try:
        check_away(away)
    finally:
        away.server.start()
    away.wait_until_ready()
    assert [status for status, _, _ in away.everything()] == HEALTHY


def test_append_under_load(away: Away) -> None:
    """Reads, however many, leave connections for an append: none fails."""
    bodies = [activity(away) for _ in range(10)]
    feed = {"method": "GET", "url": "/v1/feed?limit=2000"}
    with ThreadPoolExecutor(34) as threads:
        reads = [threads.submit(away.ask, **feed) for _ in range(300)]
        appends = [threads.submit(submit, away, body) for body in bodies]
        assert [one.result(60) for one in appends] == [201] * len(bodies)
        assert {one.result(60)[0] for one in reads} <= {200, 503}


def activity(away: Away) -> bytes:
    """A good submission of the Women's Union."""
    facts = {"activity": "group_meeting", "day": "2026-11-04", "headcount": 12}
    return away.world[WOMEN].composer.compose_activity(occurred="2026-11-02T01:00Z", facts=facts).body


def submit(away: Away, body: bytes) -> int:
    """The status of one submission of the Women's Union."""
    headers = {**away.token(WOMEN), "Content-Type": "application/json"}
    return away.hub.post("/v1/statements", headers=headers, content=body).status_code
