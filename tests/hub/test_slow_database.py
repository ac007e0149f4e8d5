"""A database that is slow or held: whoever submits is told to come again, in time, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx
import psycopg
import pytest
from starlette.testclient import TestClient

from domain.errors import RefusedError
from hub import serving
from sealing.tokens import Kind, issue
from tests.contracts.fixtures import bearer, serve_hub
from tests.hub.intake_fixtures import activity, hub_dsn, world
from tests.world import WOMEN, World

__all__ = ["hub_dsn", "world"]
SOON = 10.0  # seconds on a machine that has other work; what is held is held until all were told
HELD = {
    "the log": "LOCK TABLE hub.log IN ACCESS EXCLUSIVE MODE",
    "the append lock": "SELECT pg_advisory_xact_lock(hashtextextended('caunoi/append/hub.stored_events', 0))",
}


@contextmanager
def held(world: World, statement: str) -> Iterator[None]:
    """Another session holds what an append needs."""
    with psycopg.connect(world.dsn) as connection, connection.transaction():
        connection.execute(statement)
        yield


@pytest.fixture
def hub(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(serving, "WRITING", 0.3)
    with TestClient(serve_hub(world), raise_server_exceptions=False) as client:
        yield client


def post(world: World, hub: TestClient, body: bytes) -> httpx.Response:
    keys = world[WOMEN].keystore
    now = world.now() // 1_000_000
    kid = keys.kids("sign")[-1]
    token = issue(kind=Kind.AGENCY, agency=WOMEN, kid=kid, audience="caunoi-hub", now=now, signer=keys)
    return hub.post("/v1/statements", headers={**bearer(token), "Content-Type": "application/json"}, content=body)


def threads_of_writers() -> int:
    return sum(1 for one in threading.enumerate() if one.name.startswith("write"))


@pytest.mark.parametrize("what", HELD)
def test_later_and_then_once(world: World, hub: TestClient, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More callers than places, each three times: all are told soon; afterwards each statement is in the log once."""
    sent = [activity(world[WOMEN], headcount=number) for number in range(2 * serving.WRITERS)]
    before, threads = world.intake.head.frontier.size, threads_of_writers()
    with ThreadPoolExecutor(len(sent)) as callers:

        def all_of_them() -> list[Any]:
            return list(callers.map(lambda one: post(world, hub, one.body), sent))

        with held(world, HELD[what]):
            for _ in range(3):
                begun = time.monotonic()
                answers = all_of_them()
                assert time.monotonic() - begun < SOON
                assert {(one.status_code, one.json()["code"]) for one in answers} == {(503, "hub_unavailable")}
                assert all(int(one.headers["Retry-After"]) > 0 for one in answers)
                assert threads_of_writers() - threads <= serving.WRITERS
        monkeypatch.setattr(serving, "WRITING", 30.0)
        receipts = [one.json()["index"] for one in all_of_them()]
        assert [one.json()["index"] for one in all_of_them()] == receipts
    assert sorted(receipts) == list(range(before + 1, before + 1 + len(sent)))
    assert world.intake.head.frontier.size == before + len(sent)


def test_a_slow_append_is_no_reason_to_wait_for_it(world: World, hub: TestClient) -> None:
    """The database takes its time over every entry: the caller is told to come again, and then has its receipt."""
    with psycopg.connect(world.dsn) as connection:
        connection.execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.6); RETURN NEW; END'"
        )
        connection.execute("CREATE TRIGGER slow BEFORE INSERT ON hub.log FOR EACH ROW EXECUTE FUNCTION slow()")
    one = activity(world[WOMEN])
    assert post(world, hub, one.body).status_code == 503
    until = time.monotonic() + 10
    while (answer := post(world, hub, one.body)).status_code == 503:
        assert time.monotonic() < until
    assert (answer.status_code, answer.json()["index"]) == (201, world.intake.head.frontier.size)


def test_who_came_in_vain_leaves_nothing_behind(world: World) -> None:
    """However long the database stands still and however many ask: only those in the few places are in memory."""
    let, entered = threading.Event(), threading.Event()

    def stands_still() -> None:
        entered.set()
        assert let.wait(30)

    async def ask_often() -> None:
        app = serve_hub(world).state.serving
        for _ in range(serving.READERS + 20):
            with pytest.raises(RefusedError):
                await app.read(stands_still)

    before = sum(type(one) is Future for one in gc.get_objects())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "PATIENCE", 0.01)
        asyncio.run(ask_often())
    try:
        assert entered.is_set()
        assert sum(type(one) is Future for one in gc.get_objects()) - before <= serving.READERS
    finally:
        let.set()
