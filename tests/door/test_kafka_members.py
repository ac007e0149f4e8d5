"""What the port promises of members of a group, kept by kafka-python on Apache Kafka and by the broker in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from secrets import token_hex

import pytest
from kafka.admin import KafkaAdminClient

from door.kafka.access import Access
from door.kafka.client import KafkaMember, KafkaSender
from door.kafka.port import Incoming, Member, Outgoing, Partition
from tests.memory_kafka import MemoryBroker, MemoryMember, MemorySender

LYING = 5  # messages in each of three partitions


@dataclass
class Ground:
    """A topic with messages, and members of one group."""

    topic: str
    make: Callable[[], Member]

    def member(self, start: int = 0) -> Joined:
        return Joined(self.make(), self.topic, start)


@dataclass
class Joined:
    """A member that reads each partition it is given from one position, and notes what happens."""

    member: Member
    topic: str
    start: int
    had: list[set[int]] = field(default_factory=list)
    read: list[Incoming] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.member.join(self.topic, given=self.given)

    def given(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        self.had.append({at.number for at in partitions})
        return dict.fromkeys(partitions, self.start)

    def look(self) -> None:
        found = self.member.receive(wait=0.1, limit=100)
        assert {one.at.number for one in found} <= (self.had[-1] if self.had else set()), "of what it was given before"
        self.read += found

    @property
    def has(self) -> set[int]:
        return self.had[-1] if self.had else set()


@pytest.fixture(params=["memory", "kafka"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    topic, group = f"test-{token_hex(6)}", f"group-{token_hex(6)}"
    messages = [Outgoing(to=Partition(topic, n % 3), key=b"k", value=b"%d" % n) for n in range(3 * LYING)]
    if request.param == "memory":
        broker = MemoryBroker({topic: 3})
        MemorySender(broker).send(messages)
        yield Ground(topic, lambda: MemoryMember(broker=broker, group=group))
        return
    access = Access(addresses=(request.getfixturevalue("kafka"),))
    admin = KafkaAdminClient(bootstrap_servers=list(access.addresses))
    admin.create_topics({topic: {"num_partitions": 3, "replication_factor": 1}})
    admin.wait_for_topics([topic])
    admin.close()
    with ExitStack() as stack:
        sender = KafkaSender(access, name="test", within=3)
        stack.callback(sender.close)
        sender.send(messages)

        def make() -> Member:
            made = KafkaMember(access, name="test", group=group)
            stack.callback(made.close)
            return made

        yield Ground(topic, make)


def settle(*members: Joined, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        for one in members:
            one.look()


def test_partitions_are_shared_and_taken_over(ground: Ground) -> None:
    """One has all; two have each some, none both; when one leaves the other has all again, from where it says."""
    first = ground.member(start=2)
    settle(first, true=lambda: len(first.read) == 3 * (LYING - 2))
    assert first.has == {0, 1, 2}
    assert {one.position for one in first.read} == set(range(2, LYING))
    second = ground.member()
    settle(first, second, true=lambda: len(second.has) > 0 and len(first.has) > 0 and len(first.has | second.has) == 3
           and not first.has & second.has and len(second.read) >= LYING * len(second.has))  # fmt: skip
    assert {one.position for one in second.read} == set(range(LYING))
    second.member.close()
    first.read.clear()
    settle(first, true=lambda: first.has == {0, 1, 2} and len(first.read) >= 3 * (LYING - 2))
    assert {one.position for one in first.read} == set(range(2, LYING))


def test_a_member_that_looks_briefly_still_comes_back(kafka: str) -> None:
    """The topic has grown, its one member joins anew and gets all, though no look of it lasts as long as that."""
    topic = f"test-{token_hex(6)}"
    admin = KafkaAdminClient(bootstrap_servers=[kafka])
    admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}})
    admin.wait_for_topics([topic])
    member = KafkaMember(Access(addresses=(kafka,)), name="test", group=f"group-{token_hex(6)}")
    with closing(admin), closing(member):
        joined = Joined(member, topic, 0)
        settle(joined, true=lambda: joined.has == {0})
        admin.create_partitions({topic: 3})
        deadline = time.monotonic() + 15
        while joined.has != {0, 1, 2}:
            assert time.monotonic() < deadline, "it is of no group any more"
            member._consumer._cluster.request_update()  # it asks by itself only every five minutes
            member.receive(wait=0.002, limit=1)
