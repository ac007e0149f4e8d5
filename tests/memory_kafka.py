"""A broker in memory that keeps the port's promises: for what thousands of orders of delivery are tried on.

tests/door/test_kafka_port.py holds it to the same promises as Apache Kafka behind kafka-python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from door.kafka.port import Incoming, KafkaAwayError, KafkaRefusedError, Outgoing, Partition


@dataclass
class MemoryBroker:
    """Topics with their partitions; `away` makes every call fail, `cut` lets only so many messages of a sending in."""

    topics: dict[str, int] = field(default_factory=dict)
    lying: dict[Partition, list[Outgoing]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[Partition, int] = field(default_factory=dict)  # the position from which a partition is kept, if not 0
    away: bool = False
    cut: int | None = None
    groups: dict[str, list[MemoryMember]] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # how often a group was shared out anew

    def members(self, group: str) -> list[MemoryMember]:
        return self.groups.get(group, [])

    def share(self, group: str, members: list[MemoryMember]) -> None:
        """Share a group's partitions out anew, among these."""
        self.groups[group] = members
        self.rounds[group] += 1

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


@dataclass(eq=False)
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
        for at, asked in self.positions.items():
            position = max(asked, self.broker.kept.get(at, 0))
            lying = self.broker.lying[at][position : position + limit - len(found)]
            found += [_incoming(at, position + more, one) for more, one in enumerate(lying)]
            self.positions[at] = position + len(lying)
        return found

    def starts(self) -> Mapping[Partition, int]:
        self.broker.check()
        return {at: self.broker.kept.get(at, 0) for at in self.positions}

    def incoming(self, at: Partition, position: int) -> Incoming:
        """One message as it lies there."""
        return _incoming(at, position, self.broker.lying[at][position])

    def ends(self) -> Mapping[Partition, int]:
        self.broker.check()
        return {at: len(self.broker.lying[at]) for at in self.positions}

    def close(self) -> None:
        pass


def _incoming(at: Partition, position: int, one: Outgoing) -> Incoming:
    return Incoming(at=at, position=position, key=one.key, value=one.value, headers=one.headers)


@dataclass(eq=False, kw_only=True)
class MemoryMember(MemoryReceiver):
    """A member of a group; learns of others only when it looks for messages, and till then believes what it had."""

    group: str = "group"
    topic: str = ""
    given: Callable[[Sequence[Partition]], Mapping[Partition, int]] | None = None
    round: int = 0

    def join(self, topic: str, *, given: Callable[[Sequence[Partition]], Mapping[Partition, int]]) -> None:
        self.broker.check()
        self.topic, self.given = topic, given
        self.broker.share(self.group, [*self.broker.members(self.group), self])

    @override
    def receive(self, *, wait: float, limit: int) -> list[Incoming]:
        self.broker.check()
        members = self.broker.members(self.group)
        if self.given is not None and self.round != self.broker.rounds[self.group] and self in members:
            self.round, place = self.broker.rounds[self.group], members.index(self)
            self.seek(self.given(self.partitions(self.topic)[place :: len(members)]))
        return super().receive(wait=wait, limit=limit)

    @override
    def close(self) -> None:
        """Also what becomes of one that died: sooner or later the group goes on without it."""
        self.broker.share(self.group, [one for one in self.broker.members(self.group) if one is not self])
