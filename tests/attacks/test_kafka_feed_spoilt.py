"""Attack: whoever runs the broker leaves out, changes, moves or adds messages of a feed: `caunoi feed check` tells."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from secrets import token_hex

import msgspec
import psycopg
import pytest

from caunoi.kafka import topics as administered
from caunoi.kafka.feed_checking import Checked, FeedCheck, lying
from caunoi.kafka.feeds import against_log
from caunoi.settings import Settings
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver, KafkaSender
from door.kafka.heads import FeedHead, Part, signed_bytes
from door.kafka.port import KafkaRefusedError, Outgoing, Partition, Receiver
from hub.log.relaying import FeedRow, RelayLog
from sealing.encoding import to_base64
from tests.brokers import ENDS, need
from tests.conftest import Databases
from tests.hub.log_fixtures import migrated
from tests.hub.test_relay import NODES, PARTITIONS, TOPICS, Telling, telling
from tests.memory_kafka import MemoryBroker, MemoryReceiver
from tests.world import LABOUR, POLICE, World, open_case, story

__all__ = ["telling"]
FEED = topics.feed_of(POLICE)
Messages = list[Outgoing]


@pytest.fixture(scope="module")
def told_once(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telling]:
    """A story, told whole."""
    dsn = databases.fresh(databases.template("hub", migrated))
    with (
        World(dsn, tmp_path_factory.mktemp("hub")) as world,
        psycopg.connect(dsn, user="caunoi_relay", autocommit=True) as connection,
    ):
        made = Telling(world, MemoryBroker(dict.fromkeys(TOPICS, PARTITIONS)), connection)
        story(world)
        made.relay().turn()
        yield made
    databases.drop(dsn)


@pytest.fixture
def told(told_once: Telling) -> Telling:
    """The same, with a broker to spoil."""
    return replace(told_once, broker=copy.deepcopy(told_once.broker))


def checked(told: Telling, *, agency: str = POLICE, receiver: Receiver | None = None, node: str = POLICE) -> Checked:
    """What the check says."""
    nodes = {**NODES, node: NODES[POLICE]} if node != POLICE else NODES
    if node != POLICE:
        del nodes[POLICE]
    return against_log(
        Settings(kafka_nodes=nodes), RelayLog(told.connection), receiver or MemoryReceiver(told.broker),
        agency=agency, hub_key=told.world.hub_public, partitions=PARTITIONS,
    )  # fmt: skip


def kinds(done: Checked) -> set[str]:
    return {one.what for one in done.findings}


def entries(messages: Messages) -> list[int]:
    """Where entries lie among messages."""
    return [at for at, one in enumerate(messages) if dict(one.headers)["ce_type"] == topics.ENTRY.encode()]


def fullest(told: Telling) -> tuple[Partition, Messages]:
    """A partition with entries enough."""
    lanes = {at: lying_ for at, lying_ in told.broker.lying.items() if at.topic == FEED}
    at = max(lanes, key=lambda one: len(entries(lanes[one])))
    assert len(entries(lanes[at])) >= 4
    return at, lanes[at]


def renumbered(one: Outgoing, **numbers: int) -> Outgoing:
    """The same message with other numbers in its headers."""
    headers = dict(one.headers) | {f"caunoi_{name}": str(number).encode() for name, number in numbers.items()}
    return replace(one, headers=tuple(headers.items()))


def drop(messages: Messages) -> None:
    del messages[entries(messages)[1]]


def drop_last(messages: Messages) -> None:
    del messages[entries(messages)[-1]]


def drop_first(messages: Messages) -> None:
    del messages[entries(messages)[0]]


def change(messages: Messages) -> None:
    at = entries(messages)[1]
    messages[at] = replace(messages[at], value=messages[at].value[:-1] + b"?")


def exchange(messages: Messages) -> None:
    """The contents of two entries under one another's numbers."""
    one, two = entries(messages)[1:3]
    values = messages[one].value, messages[two].value
    messages[one], messages[two] = replace(messages[one], value=values[1]), replace(messages[two], value=values[0])


def swap(messages: Messages) -> None:
    one, two = entries(messages)[1:3]
    messages[one], messages[two] = messages[two], messages[one]


def head_first(messages: Messages) -> None:
    """A head before what it counts."""
    head = next(at for at, one in enumerate(messages) if at not in entries(messages))
    messages.insert(entries(messages)[2], messages.pop(head))


def add(messages: Messages) -> None:
    messages.append(renumbered(messages[entries(messages)[-1]], number=999, index=999, part=999))


def add_beside(messages: Messages) -> None:
    """Another entry under the numbers of a true one."""
    messages.append(replace(messages[entries(messages)[1]], value=b"{}\n{}\n{}"))


def add_garbage(messages: Messages) -> None:
    one = messages[0]
    messages.append(replace(one, headers=(("ce_type", b"x"), ("ce_subject", POLICE.encode()))))


def add_of_nobody(messages: Messages) -> None:
    messages.append(replace(messages[0], headers=()))


def add_numberless(messages: Messages) -> None:
    one = messages[entries(messages)[0]]
    messages.append(replace(one, headers=tuple((name, b"-1" if "part" in name else raw) for name, raw in one.headers)))


def forge_head(messages: Messages) -> None:
    """A head that says more, with the signature of another."""
    at = next(at for at in range(len(messages)) if at not in entries(messages))
    messages[at] = replace(messages[at], value=messages[at].value.replace(b'"number":', b'"number":1'))


def head_of_another(messages: Messages) -> None:
    at = next(at for at in range(len(messages)) if at not in entries(messages))
    messages[at] = replace(messages[at], value=b"\xff")


SPOILT: list[tuple[Callable[[Messages], None], set[str]]] = [
    (drop, {"missing"}),
    (drop_first, {"missing"}),
    (drop_last, {"missing", "out_of_order"}),  # and the head comes before what it counts
    (change, {"changed"}),
    (exchange, {"changed"}),
    (swap, {"out_of_order"}),
    (head_first, {"out_of_order"}),
    (add, {"added"}),
    (add_beside, {"changed"}),
    (add_garbage, {"added"}),
    (add_of_nobody, {"added"}),
    (add_numberless, {"added"}),
    (forge_head, {"head_wrong"}),
    (head_of_another, {"head_wrong"}),
]


@pytest.mark.parametrize(("spoil", "found"), SPOILT, ids=[one.__name__ for one, _ in SPOILT])
def test_it_is_found(told: Telling, spoil: Callable[[Messages], None], found: set[str]) -> None:
    """Each alone, where it is, and nothing else is said to be wrong; another agency's feed holds."""
    assert kinds(checked(told)) == set()
    at, messages = fullest(told)
    spoil(messages)
    done = checked(told)
    assert kinds(done) == found
    assert {one.partition for one in done.findings} == {at.number}
    assert kinds(checked(told, agency=LABOUR)) == set()


@pytest.mark.parametrize("change", ["chain", "count", "number", "agency", "partitions"])
def test_a_head_that_the_hub_signed_of_another_log(told: Telling, change: str) -> None:
    """A hub that tells one thing and keeps another is found by its own signature."""
    at, messages = fullest(told)
    place = next(one for one in range(len(messages)) if one not in entries(messages))
    head = msgspec.json.decode(messages[place].value, type=FeedHead)
    first, *others = head.parts
    changes: dict[str, dict[str, object]] = {
        "chain": {"parts": (Part(first.count, "0" * 64), *others)},
        "count": {"parts": (Part(first.count + 1, first.chain), *others)},
        "number": {"number": head.number - 1},
        "agency": {"agency": LABOUR},
        "partitions": {"parts": tuple(others)},
    }
    head = msgspec.structs.replace(head, **changes[change])
    signature = told.world.hub_keys.sign(told.world.hub_kid, signed_bytes(head))
    value = msgspec.json.encode(msgspec.structs.replace(head, sig=to_base64(signature)))
    messages[place] = replace(messages[place], value=value)
    assert kinds(checked(told)) == {"head_wrong"}
    assert {one.partition for one in checked(told).findings} == {at.number}


def test_a_true_feed(told: Telling) -> None:
    """It says how far; what a relay says again counts as repeated, what is newer than the topic's does not count."""
    feed = told.world.application.reader.feed(POLICE, 0, 10_000)
    done = checked(told)
    assert (done.findings, done.number) == ([], len(feed))
    assert "repeated" not in done.counted
    _, messages = fullest(told)
    messages += messages[1:]
    assert checked(told).findings == []
    assert checked(told).counted["repeated"] > 0


def test_what_the_topic_keeps_no_more(told: Telling) -> None:
    """The beginning may be gone; from there on it must be whole. A partition of which all is gone says nothing."""
    at, messages = fullest(told)
    told.broker.kept[at] = entries(messages)[2]
    assert checked(told).findings == []
    del messages[entries(messages)[3]]
    assert kinds(checked(told)) == {"missing"}
    told.broker.kept[at] = len(messages)
    assert checked(told).findings == []


def test_what_the_relay_has_yet_to_tell(telling: Telling) -> None:
    """Entries of the log that were not told yet are not missed."""
    telling.relay().turn()
    open_case(telling.world)
    assert checked(telling).findings == []


@pytest.mark.parametrize(("spoil", "found"), SPOILT, ids=[one.__name__ for one, _ in SPOILT])
def test_a_node_finds_it_too(told: Telling, spoil: Callable[[Messages], None], found: set[str]) -> None:
    """By what it has itself: as far as that goes."""
    log = RelayLog(told.connection)
    rows = log.feed(replace(log.relayed(POLICE, partitions=PARTITIONS), number=0), limit=10_000)
    _, messages = fullest(told)
    spoil(messages)

    def by(own: list[FeedRow]) -> set[str]:
        check = FeedCheck(agency=POLICE, agencies=(POLICE,), hub_key=told.world.hub_public, partitions=PARTITIONS)
        starts, lying_there = lying(MemoryReceiver(told.broker), FEED)
        return kinds(check.check(own, lying_there, starts=starts, told=None))

    # What lies beyond what it has, it cannot tell yet: its heads will, when it follows.
    assert by(rows) == (set() if spoil is add else found)
    assert by([]) <= {"added", "head_wrong"}


def test_no_topic(told: Telling) -> None:
    """It is said, not taken for an empty feed."""
    del told.broker.topics[FEED]
    with pytest.raises(KafkaRefusedError):
        checked(told)


def test_on_apache_kafka(told: Telling, kafka: str) -> None:
    """The same of a real topic: true, then with one left out, one changed, two swapped, one added."""
    need(ENDS)
    access = Access(addresses=(kafka,))
    topics_made = []
    for spoil, found in [(None, set[str]()), *(one for one in SPOILT if one[0] in {drop, change, swap, add})]:
        node = f"node-{token_hex(4)}"
        topic = topics.feed_of(node)
        lanes = {at: list(lying_) for at, lying_ in told.broker.lying.items() if at.topic == FEED}
        if spoil is not None:
            spoil(lanes[fullest(told)[0]])
        topics_made.append((node, topic, lanes, found))
    wanted = [administered.Topic(topic, PARTITIONS, {}) for _, topic, _, _ in topics_made]
    with (
        closing(administered.Administration(access)) as administration,
        closing(KafkaSender(access, name="test")) as sender,
        closing(KafkaReceiver(access, name="test")) as receiver,
    ):
        administration.apply(wanted)
        for node, topic, lanes, found in topics_made:
            sender.send(replace(one, to=Partition(topic, at.number)) for at, lane in lanes.items() for one in lane)
            assert kinds(checked(told, receiver=receiver, node=node)) == found
