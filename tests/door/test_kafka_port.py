"""The port's promises, kept by kafka-python on Apache Kafka and by the broker in memory alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from secrets import token_hex

import pytest
from kafka.admin import KafkaAdminClient

from door.kafka.access import Access
from door.kafka.client import MAX_MESSAGE, KafkaReceiver, KafkaSender
from door.kafka.port import Incoming, KafkaAwayError, KafkaRefusedError, Outgoing, Partition, Receiver, Sender
from door.kafka.topics import place
from tests.brokers import ENDS, UNKNOWN, need
from tests.memory_kafka import MemoryBroker, MemoryReceiver, MemorySender


@dataclass
class Way:
    """One implementation: a fresh topic of three partitions, and how to speak to it."""

    topic: str
    sender: Sender
    receiver: Callable[[], Receiver]


@pytest.fixture(params=["memory", "kafka"])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    topic = f"test-{token_hex(6)}"
    with ExitStack() as stack:
        if request.param == "memory":
            broker = MemoryBroker({topic: 3})
            yield Way(topic, MemorySender(broker), lambda: MemoryReceiver(broker))
            return
        access = Access(addresses=(request.getfixturevalue("kafka"),))
        admin = KafkaAdminClient(bootstrap_servers=list(access.addresses))
        admin.create_topics({topic: {"num_partitions": 3, "replication_factor": 1}})
        admin.wait_for_topics([topic])
        admin.close()

        def receiver() -> Receiver:
            made = KafkaReceiver(access, name="test")
            stack.callback(made.close)
            return made

        sender = KafkaSender(access, name="test", within=3)
        stack.callback(sender.close)
        yield Way(topic, sender, receiver)


def message(topic: str, number: int, value: bytes) -> Outgoing:
    return Outgoing(to=Partition(topic, number), key=b"k", value=value, headers=(("ce_id", value), ("twice", b"1")))


def read(receiver: Receiver, count: int) -> list[Incoming]:
    """Read until so many came, or nothing comes any more."""
    found: list[Incoming] = []
    for _ in range(30):
        found += receiver.receive(wait=0.2, limit=2)
        if len(found) >= count:
            break
    return found


def test_all_in_order_within_each_partition(way: Way) -> None:
    """What was sent lies there once, in order, with key, headers and dense positions."""
    way.sender.send(message(way.topic, number % 3, str(number).encode()) for number in range(30))
    receiver = way.receiver()
    partitions = receiver.partitions(way.topic)
    assert partitions == [Partition(way.topic, number) for number in range(3)]
    receiver.seek(dict.fromkeys(partitions, 0))
    found = read(receiver, 30)
    for at in partitions:
        mine = [one for one in found if one.at == at]
        assert [one.value for one in mine] == [str(number).encode() for number in range(30) if number % 3 == at.number]
        assert [one.position for one in mine] == list(range(10))
    assert {(one.key, one.header("twice"), one.header("none")) for one in found} == {(b"k", b"1", None)}


def test_where_it_ends(way: Way) -> None:
    """After the last message, also of several sent at once, and at 0 where there is none."""
    if isinstance(way.sender, KafkaSender):
        need(ENDS)
    way.sender.send(message(way.topic, 1, b"v") for _ in range(3))
    receiver = way.receiver()
    partitions = receiver.partitions(way.topic)
    receiver.seek(dict.fromkeys(partitions, 0))
    assert [receiver.ends()[at] for at in partitions] == [0, 3, 0]
    assert set(receiver.starts().values()) == {0}


def test_a_reader_says_where_it_goes_on(way: Way) -> None:
    """Another receiver goes on from a position; nobody else remembers one."""
    way.sender.send(message(way.topic, 0, str(number).encode()) for number in range(10))
    for start in (4, 0, 9):
        receiver = way.receiver()
        receiver.seek({Partition(way.topic, 0): start})
        assert [one.position for one in read(receiver, 10 - start)] == list(range(start, 10))


def test_a_header_given_twice_counts_as_none(way: Way) -> None:
    """Who reads the first and who reads the last would read two messages."""
    way.sender.send([Outgoing(to=Partition(way.topic, 0), key=b"k", value=b"v", headers=(("a", b"1"), ("a", b"2")))])
    receiver = way.receiver()
    receiver.seek({Partition(way.topic, 0): 0})
    (one,) = read(receiver, 1)
    assert one.header("a") is None


def test_no_topic_is_made_by_sending(way: Way) -> None:
    """Nor by asking for its partitions."""
    if isinstance(way.sender, KafkaSender):
        need(UNKNOWN)
    other = f"test-{token_hex(6)}"
    with pytest.raises((KafkaRefusedError, KafkaAwayError)):
        way.sender.send([message(other, 0, b"v")])
    assert way.receiver().partitions(other) == []


def test_too_large_is_refused_before_it_goes_out(way: Way) -> None:
    """And not tried again for ever; what comes after it goes."""
    if isinstance(way.sender, MemorySender):
        return  # it has no sizes
    with pytest.raises(KafkaRefusedError, match="MessageSizeTooLarge"):
        way.sender.send([message(way.topic, 0, b"x" * (MAX_MESSAGE + 1))])
    way.sender.send([message(way.topic, 0, b"y")])
    receiver = way.receiver()
    receiver.seek({Partition(way.topic, 0): 0})
    assert [one.value for one in read(receiver, 1)] == [b"y"]


def test_no_broker_is_away() -> None:
    """Not refused: it may come back."""
    with pytest.raises(KafkaAwayError):
        KafkaSender(Access(addresses=("127.0.0.1:9",)), name="test", within=0.5)


@pytest.mark.parametrize(("key", "number"), [("0" * 32, 8), ("f" * 32, 4), ("labour-38", 7)])
def test_the_place_of_a_key_is_everybodys(key: str, number: int) -> None:
    """Known answers for other languages: first 8 bytes of SHA-256, big-endian, modulo 12."""
    assert place("t", key) == Partition("t", number)
