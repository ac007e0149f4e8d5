"""A broker in memory that keeps the port's promises: for what thousands of orders of delivery are tried on.

tests/door/test_kafka_port.py holds it to the same promises as Apache Kafka behind kafka-python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from door.kafka.port import Incoming, KafkaAwayError, KafkaRefusedError, Outgoing, Partition


@dataclass
class MemoryBroker:
    """Topics with their partitions; `away` makes every call fail, `cut` lets only so many messages of a sending in."""

    topics: dict[str, int] = field(default_factory=dict)
    lying: dict[Partition, list[Outgoing]] = field(default_factory=lambda: defaultdict(list))
    away: bool = False
    cut: int | None = None

    def check(self) -> None:
        if self.away:
            raise KafkaAwayError("away")

    def all(self, topic: str) -> list[Incoming]:
        """What lies in a topic, partition by partition."""
        return [
            _incoming(at, position, one)
            for at in sorted(self.lying)
            if at.topic == topic
            for position, one in enumerate(self.lying[at])
        ]


@dataclass
class MemorySender:
    broker: MemoryBroker

    def send(self, messages: Iterable[Outgoing]) -> None:
        self.broker.check()
        for number, one in enumerate(messages):
            if self.broker.cut is not None and number >= self.broker.cut:
                raise KafkaAwayError("cut")
            if one.to.number >= self.broker.topics.get(one.to.topic, 0):
                raise KafkaRefusedError("no such topic")
            self.broker.lying[one.to].append(one)

    def close(self) -> None:
        pass


@dataclass
class MemoryReceiver:
    broker: MemoryBroker
    positions: dict[Partition, int] = field(default_factory=dict)

    def partitions(self, topic: str) -> Sequence[Partition]:
        self.broker.check()
        return [Partition(topic, number) for number in range(self.broker.topics.get(topic, 0))]

    def seek(self, positions: Mapping[Partition, int]) -> None:
        self.positions = dict(positions)

    def receive(self, *, wait: float, limit: int) -> list[Incoming]:
        self.broker.check()
        found: list[Incoming] = []
        for at, position in self.positions.items():
            lying = self.broker.lying[at][position : position + limit - len(found)]
            found += [_incoming(at, position + more, one) for more, one in enumerate(lying)]
            self.positions[at] = position + len(lying)
        return found

    def ends(self) -> Mapping[Partition, int]:
        self.broker.check()
        return {at: len(self.broker.lying[at]) for at in self.positions}

    def close(self) -> None:
        pass


def _incoming(at: Partition, position: int, one: Outgoing) -> Incoming:
    return Incoming(at=at, position=position, key=one.key, value=one.value, headers=one.headers)
