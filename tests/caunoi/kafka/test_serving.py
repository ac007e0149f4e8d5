"""The Kafka door's process: while the hub is slow nothing more is read; what it could not take is brought again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from caunoi import turning
from caunoi.errors import UnavailableError
from caunoi.kafka import inlet, serving
from caunoi.kafka.serving import Reading, Relaying
from caunoi.turning import Turning
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.port import Partition
from hub import documents as d
from node.composer import Submission
from tests.caunoi.kafka import test_inlet
from tests.caunoi.kafka.test_inlet import NODES, Door, Field, notice
from tests.hub.intake_fixtures import hub_dsn, world
from tests.memory_kafka import MemoryBroker, MemoryReceiver, MemorySender
from tests.world import World

__all__ = ["hub_dsn", "world"]
LIMIT = 3  # messages read at once


@dataclass
class SlowDoor(Door):
    """A hub that is asked and says nothing until it is let; `brought` counts the statements of each request."""

    let: threading.Event = field(default_factory=threading.Event)
    brought: list[int] = field(default_factory=list)
    refuses: int = 0  # so many requests are answered with 503

    @override
    def positions(self) -> Mapping[Partition, int]:
        return super().positions()

    @override
    def bring(self, arrivals: d.Arrivals) -> int:
        assert self.let.wait(30)
        if self.refuses:
            self.refuses -= 1
            raise UnavailableError("hub_not_running")
        self.brought.append(len(arrivals.submissions))
        return super().bring(arrivals)


@pytest.fixture
def ground(world: World, monkeypatch: pytest.MonkeyPatch) -> Field:
    """Topics with as many partitions as ours have, in memory; few messages at once."""
    monkeypatch.setattr(test_inlet, "PARTITIONS", topics.PARTITIONS)
    monkeypatch.setattr(inlet, "MAX_ARRIVALS", LIMIT)
    made = Field(world)
    made.broker.topics = {topics.statements_of(node): topics.PARTITIONS for node in NODES}
    monkeypatch.setattr(serving, "KafkaReceiver", lambda *_, **__: MemoryReceiver(made.broker))
    return made


def reading(ground: Field, door: Door) -> Reading:
    return Reading(Access(addresses=()), NODES, door, ground.store)  # type: ignore[arg-type]  # keys in memory


def put(ground: Field, count: int) -> list[Submission]:
    sent = [notice(ground.world) for _ in range(count)]
    ground.put(*(ground.message(one) for one in sent))
    return sent


def read_so_far(one: Reading) -> int:
    assert isinstance(one.receiver, MemoryReceiver)
    return sum(one.receiver.positions.values())


def turned(turn: Callable[[], int]) -> None:
    """Turn until nothing is left."""
    while turn():
        pass


def test_while_the_hub_is_slow_no_more_is_read(ground: Field) -> None:
    """What it is taking and one lot more are in memory, however much lies there; then all of it goes in, once."""
    sent, door = put(ground, 5 * LIMIT), SlowDoor(ground.world)
    one = reading(ground, door)
    turn = one.begin()
    door.let.set()
    turn()
    door.let.clear()
    turn()
    waiting = threading.Thread(target=turn)
    waiting.start()
    waiting.join(0.3)
    assert (waiting.is_alive(), read_so_far(one), door.brought) == (True, 3 * LIMIT, [LIMIT])
    door.let.set()
    waiting.join(30)
    turned(turn)
    assert all(ground.logged(*sent))
    assert sum(door.brought) == len(sent)


def test_what_the_hub_could_not_take_is_brought_again(ground: Field) -> None:
    """It says 503 for a while: from where its effects end everything comes again, in order, and once."""
    sent, door = put(ground, 4 * LIMIT), SlowDoor(ground.world, refuses=3)
    door.let.set()
    one = reading(ground, door)
    failures = 0
    for _ in range(20):
        try:
            turn = one.begin()
            turned(turn)
            break
        except UnavailableError:
            failures += 1
    assert failures == 3
    assert all(ground.logged(*sent))
    assert sum(door.brought) == len(sent)


def test_a_silent_database_is_given_up_by_the_relay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In seconds, not after the quarter of an hour that TCP takes; a long statement of its own is let finish."""
    monkeypatch.setattr(serving, "KafkaSender", lambda *_, **__: MemorySender(MemoryBroker()))
    one = Relaying(Access(addresses=()), NODES, world.dsn, world.hub_keys, None)  # type: ignore[arg-type]  # no turn
    one.begin()
    assert one.connection is not None
    given = one.connection.info.get_parameters()
    assert (given["connect_timeout"], given["tcp_user_timeout"]) == ("3", "3000")
    assert one.connection.execute("SHOW statement_timeout").fetchone() == ("0",)
    one.close()


def test_a_turn_that_takes_too_long_counts_as_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing failed yet, and nothing goes on either; the next turn that ends says that it does."""
    monkeypatch.setattr(turning, "LONG", 0.05)
    stop, entered, let = threading.Event(), threading.Event(), threading.Event()

    def turn() -> None:
        entered.set()
        assert let.wait(30)
        stop.wait(0.01)

    one = Turning("relay", lambda: turn, stop)
    thread = threading.Thread(target=one.run)
    thread.start()
    assert entered.wait(5)
    stop.wait(0.06)
    late = one.is_waiting
    let.set()
    while one.is_waiting:
        stop.wait(0.01)
    stop.set()
    thread.join(30)
    assert (late, one.failures) == (True, 0)


def test_a_thread_that_ends_by_a_mistake_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would answer that it is ready and do nothing."""
    ended: list[bool] = []
    monkeypatch.setattr(turning, "end_process", lambda: ended.append(True))

    def wrong() -> Callable[[], object]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Turning("inlet", wrong, threading.Event()).run()
    assert ended == [True]
