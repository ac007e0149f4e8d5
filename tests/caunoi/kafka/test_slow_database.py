"""A held PostgreSQL behind the Kafka door: it reads no further, says that it waits, then takes each message once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from psycopg.conninfo import make_conninfo
from starlette.testclient import TestClient

from caunoi import turning
from caunoi.kafka import inlet, serving
from caunoi.kafka import watch as kafka_watch
from caunoi.kafka.figures import application
from caunoi.kafka.serving import RELAY, HttpHub, Reading
from caunoi.kafka.watch import BrokerAsked, DatabaseAsked, HubAsked, Watch, connecting
from caunoi.turning import Turning
from door.kafka import topics
from door.kafka.access import Access
from hub import serving as hub_serving
from tests.caunoi.kafka import test_inlet
from tests.caunoi.kafka.test_inlet import NODES, Field, more, notice
from tests.contracts.fixtures import serve_hub
from tests.hub.intake_fixtures import hub_dsn, world
from tests.hub.test_slow_database import HELD, held
from tests.memory_kafka import MemoryReceiver
from tests.world import POLICE, World

__all__ = ["hub_dsn", "world"]
LIMIT = 3  # messages read at once
STATED = 2 * LIMIT  # messages in memory: those being brought, and one lot more


@dataclass
class Running:
    """The inlet in its thread, over the hub's own addresses, and what it says of itself."""

    ground: Field
    reading: Reading
    turning: Turning
    watch: Watch
    door: TestClient

    def ready(self) -> tuple[int, tuple[str, ...]]:
        """The status of its `/readyz`, and what waits."""
        for one in self.watch.watched:
            one.look()
        answer = self.door.get("/readyz")
        return answer.status_code, tuple(answer.json()["waits"])

    def unrecorded(self) -> int:
        """Messages that were read and are not in the log yet."""
        receiver, hub = self.reading.receiver, self.ground.world
        recorded = sum(one.position for one in hub.application.reader.kafka_positions())
        return sum(receiver.positions.values()) - recorded if isinstance(receiver, MemoryReceiver) else 0


@pytest.fixture
def running(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(test_inlet, "PARTITIONS", topics.PARTITIONS)
    monkeypatch.setattr(inlet, "MAX_ARRIVALS", LIMIT)
    monkeypatch.setattr(hub_serving, "WRITING", 0.3)
    monkeypatch.setattr(turning, "PAUSES", (0.05,))
    monkeypatch.setattr(kafka_watch, "WITHIN", 0.1)
    made = Field(world)
    made.broker.topics = {topics.statements_of(node): topics.PARTITIONS for node in NODES}
    monkeypatch.setattr(serving, "KafkaReceiver", lambda *_, **__: MemoryReceiver(made.broker))
    stop = threading.Event()
    with TestClient(serve_hub(world), raise_server_exceptions=False) as client:
        hub = HttpHub(client, world.hub_keys, lambda: world.now() // 1_000_000)
        reading = Reading(Access(addresses=()), NODES, hub, made.store)  # type: ignore[arg-type]  # keys in memory
        one = Turning("inlet", reading.begin, stop)
        watch = Watch(
            BrokerAsked(sorted(NODES), lambda: MemoryReceiver(made.broker)),
            HubAsked(hub.positions),
            DatabaseAsked([POLICE], connecting(make_conninfo(world.dsn, user=RELAY))),
        )
        door = TestClient(application(watch, reading.passing, waits=lambda: [one.name] if one.is_waiting else []))
        thread = threading.Thread(target=one.run)
        thread.start()
        try:
            yield Running(made, reading, one, watch, door)
        finally:
            stop.set()
            thread.join(30)
            for each in watch.watched:
                each.asked.close()


def wait(until: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def watched(running: Running) -> Iterator[list[int]]:
    """How many unrecorded messages were in memory, looked at all the time."""
    stop, found = threading.Event(), [0]

    def look() -> None:
        while not stop.wait(0.005):
            found.append(running.unrecorded())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("what", HELD)
def test_held(running: Running, what: str) -> None:
    """However much lies there: no more than two lots in memory, not ready, and nothing lost, doubled, out of order."""
    world, ground = running.ground.world, running.ground
    cases = [[one := notice(world), more(world, one), more(world, one)] for _ in range(6)]
    before = world.intake.head.frontier.size
    wait(lambda: running.ready() == (200, ()))
    with watched(running) as memory:
        with held(world, HELD[what]):
            ground.put(*(ground.message(one) for case in cases for one in case))
            wait(lambda: running.turning.failures >= 2)
            # Also while it begins anew.
            assert {running.ready() for _ in range(5)} == {(503, ("inlet",))}
        wait(lambda: running.ready() == (200, ()) and not running.unrecorded() and running.turning.failures == 0)
        wait(lambda: world.intake.head.frontier.size == before + 3 * len(cases))
    assert max(memory) <= STATED
    for case in cases:
        found = world.application.reader.find([one.statement.id for one in case])
        indexes = [found[one.statement.id].index for one in case]
        assert indexes == sorted(indexes)
    assert ground.aside() == []
