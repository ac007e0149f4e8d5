"""What lies in a topic and is no submission: set aside once with a code, in nobody's way, and nothing of it said again.

Each message of the table is put between two good ones of its own case, in the partition of that case; whatever in it
can hold words holds the canary. Once over a broker in memory, once over a real one where that lets it in.
"""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from uuid import uuid4

import psycopg
import pytest
from kafka import KafkaProducer
from kafka import codec as codecs
from prometheus_client import CollectorRegistry, generate_latest
from psycopg.conninfo import make_conninfo
from typing_extensions import override

from caunoi.kafka import topics as on_broker
from caunoi.kafka.figures import Figures
from caunoi.kafka.inlet import Inlet, key_of
from caunoi.kafka.passing import Passing
from caunoi.kafka.watch import BrokerAsked, DatabaseAsked, HubAsked, Watch, connecting
from domain import case_code
from domain import statements as s
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import MAX_MESSAGE, KafkaReceiver, KafkaSender, told
from door.kafka.port import Incoming, KafkaRefusedError, Outgoing, Partition, Receiver
from hub.log.relaying import RelayLog
from hub.relay import Relay
from node.composer import Submission
from sealing.keystore import FileKeyStore, MemoryKeyStore
from sealing.master_keys import FileMasterKey
from sealing.parcels import seal_submission
from tests.attacks.canary import found, needles, tables
from tests.brokers import SETTINGS, need
from tests.caunoi.kafka.test_inlet import Door
from tests.hub.intake_fixtures import edited, hub_dsn, resigned, world
from tests.memory_kafka import MemoryBroker, MemoryReceiver, MemorySender
from tests.world import LABOUR, POLICE, WOMEN, World, values

__all__ = ["hub_dsn", "world"]
CANARY = "Lù Thị Sầu Riêng Giả Định 999199887766"
RAW = CANARY.encode()
SUITE = "mlkem768x25519"
REFUSED = "refused"  # not set aside: opened, and refused by the hub with its signature


@dataclass
class Ground:
    """A hub, its intake keys, and two nodes, one of which speaks for two agencies."""

    world: World
    store: FileKeyStore
    ours: str = POLICE
    shared: str = "chung"
    partitions: int = 3
    laid: Counter[Partition] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Keys: of last month, destroyed by now; of today; of somebody else."""
        old, _ = (self.store.add_key(use="seal", suite=SUITE) for _ in range(2))
        self.old = self.store.public(old)
        self.store.destroy(old)
        foreign = MemoryKeyStore("another")
        self.foreign = foreign.public(foreign.add_key(use="seal", suite=SUITE))

    @property
    def nodes(self) -> Mapping[str, Sequence[str]]:
        return {self.ours: (POLICE,), self.shared: (LABOUR, WOMEN)}

    def opening(self) -> Submission:
        """A notice that opens a case, not sent."""
        facts = {"code": case_code.new(bytes.fromhex(token_hex(16))), "pathway": "rescued"}
        content = {s.Section.IDENTITY: values(full_name=CANARY)}
        return self.world[POLICE].compose(s.CaseNotified, uuid4().hex, facts=facts, contents=content)

    def next(self, one: Submission) -> Submission:
        """The next statement of its case, not sent."""
        assert isinstance(one.statement, s.CaseStatement)
        content = {s.Section.ACCOUNT: values(statement=CANARY)}
        return self.world[POLICE].compose(s.SectionAppended, one.statement.case, contents=content)

    def message(
        self,
        one: Submission,
        *,
        node: str = "",
        raw: bytes | None = None,
        public: bytes = b"",
        headers: Mapping[str, bytes | None] | None = None,
    ) -> Outgoing:
        """As the node would put it; what is given instead spoils it. A header that is None is left out."""
        topic, key = topics.statements_of(node or self.ours), key_of(one.statement)
        attributes: dict[str, bytes | None] = {
            "ce_specversion": b"1.0",
            "ce_id": one.statement.id.encode(),
            "ce_source": one.statement.by.encode(),
            "ce_type": topics.SUBMISSION.encode(),
            "content-type": topics.SUBMISSION_CONTENT.encode(),
            "traceparent": RAW,
            CANARY: RAW,
            **(headers or {}),
        }
        public = public or self.store.public(self.store.kids("seal")[-1])
        raw = one.body if raw is None else raw
        return Outgoing(
            to=topics.place(topic, key, partitions=self.partitions),
            key=key.encode(),
            value=seal_submission(raw, topic=topic, statement=one.statement.id, public=public, suite=SUITE),
            headers=tuple((name, text) for name, text in attributes.items() if text is not None),
        )

    def lay(self, one: Outgoing) -> tuple[Partition, int]:
        """Where it will lie."""
        self.laid[one.to] += 1
        return one.to, self.laid[one.to] - 1

    def run(self, receiver: Receiver) -> None:
        """An inlet, until it is through with all that was laid."""
        door = Door(self.world)
        inlet = Inlet(receiver=receiver, hub=door, store=self.store, nodes=self.nodes, partitions=self.partitions)
        inlet.begin()
        for _ in range(200):
            inlet.turn(wait=0.2)
            if all(door.positions().get(at) == count for at, count in self.laid.items()):
                return
        pytest.fail("it does not get through")

    def aside(self) -> dict[tuple[Partition, int], str]:
        """What was set aside: where, with which code."""
        with psycopg.connect(self.world.dsn) as connection:
            rows = connection.execute("SELECT topic, partition, position, code FROM hub.kafka_aside").fetchall()
        return {(Partition(topic, number), position): code for topic, number, position, code in rows}

    def check_logged(self, *cases: tuple[Submission, ...]) -> None:
        """The good ones of each case are in the log once, in their order."""
        with psycopg.connect(self.world.dsn) as connection:
            rows = connection.execute("SELECT originator_id, statement_id FROM hub.log ORDER BY log_index").fetchall()
        for case in cases:
            assert isinstance(case[0].statement, s.CaseStatement)
            mine = [identity for stream, identity in rows if stream.hex == case[0].statement.case]
            assert mine == [one.statement.id for one in case]

    def said(self) -> dict[str, bytes]:
        """All that is kept and said of it: tables, figures, and what the relay tells the nodes."""
        dsn = make_conninfo(self.world.dsn, user="caunoi_relay")
        answers = [one for node in self.nodes for one in (topics.receipts_of(node), topics.feed_of(node))]
        broker = MemoryBroker(dict.fromkeys(answers, self.partitions))
        watched = DatabaseAsked([POLICE], connecting(dsn))
        with psycopg.connect(dsn, autocommit=True) as connection, closing(watched):
            watched.ask()
            assert watched.aside == Counter(self.aside().values())
            keys, kid = self.world.hub_keys, self.world.hub_kid
            relay = Relay(
                log=RelayLog(connection), sender=MemorySender(broker), signer=keys, sign_as=kid, nodes=self.nodes,
                partitions=self.partitions,
            )  # fmt: skip
            while relay.turn():
                pass
        registry = CollectorRegistry()
        watch = Watch(BrokerAsked([], lambda: MemoryReceiver(broker)), HubAsked(dict), watched)
        registry.register(Figures(watch, Passing(), lambda: 0))
        told = {
            topic: b"".join(repr(one).encode() + (one.value or b"") for one in broker.all(topic)) for topic in answers
        }
        return {**dict(tables(self.world.dsn)), **told, "figures": generate_latest(registry)}


@pytest.fixture
def ground(world: World, tmp_path: Path) -> Ground:
    return Ground(world, _store(tmp_path))


def _store(directory: Path) -> FileKeyStore:
    source = FileMasterKey(directory / "kek")
    source.create()
    return FileKeyStore.create(directory / "days", agency="hub", source=source)


# -- what is wrong, by what it gets

DICE = random.Random(4)
Spoil = Callable[[Ground, Submission], Outgoing]


def headed(**changed: bytes | None) -> Spoil:
    """With other headers; `content_type` stands for content-type."""
    given = {name.replace("content_type", "content-type"): text for name, text in changed.items()}
    return lambda ground, one: ground.message(one, headers=given)


def twice(name: str, text: bytes | None = None) -> Spoil:
    """With a header once more, as it was or another: who reads the first and who reads the last would differ."""

    def spoil(ground: Ground, one: Submission) -> Outgoing:
        good = ground.message(one)
        return replace(good, headers=(*good.headers, (name, text or dict(good.headers)[name])))

    return spoil


def valued(change: Callable[[bytes], bytes | None]) -> Spoil:
    """With another value in the message."""

    def spoil(ground: Ground, one: Submission) -> Outgoing:
        good = ground.message(one)
        return replace(good, value=change(good.value))  # type: ignore[arg-type]

    return spoil


def cut(length: int) -> Spoil:
    """Cut off there; a negative length counts from the end."""
    return valued(lambda value: value[:length])


def chance(size: int) -> Spoil:
    """Any bytes."""
    return valued(lambda _: DICE.randbytes(size))


def sealed(raw: bytes) -> Spoil:
    """Sealed as it should be, around what is no submission."""
    return lambda ground, one: ground.message(one, raw=raw)


def keyed(key: bytes | None) -> Spoil:
    """Under another key."""
    return lambda ground, one: replace(ground.message(one), key=key)  # type: ignore[arg-type]


def _elsewhere(ground: Ground, one: Submission) -> Outgoing:
    good = ground.message(one)
    return replace(good, to=Partition(good.to.topic, (good.to.number + 1) % ground.partitions))


def _copied(ground: Ground, one: Submission) -> Outgoing:
    good = ground.message(one)
    return replace(good, to=Partition(topics.statements_of(ground.shared), good.to.number))


def _of_another(ground: Ground, one: Submission) -> Outgoing:
    """Said to be of an agency whose node this topic is, and stated by another."""
    return ground.message(one, node=ground.shared, headers={"ce_source": LABOUR.encode()})


def _signed_by_another(ground: Ground, one: Submission) -> Outgoing:
    kid = ground.world[WOMEN].keystore.kids("sign")[-1]
    return ground.message(one, raw=one.body.replace(one.statement.kid.encode(), kid.encode()))


def _flipped(parcel: bytes) -> bytes:
    return parcel[:-1] + bytes([parcel[-1] ^ 1])


def _submission(**parts: object) -> bytes:
    return json.dumps({"header": "{}", "signatures": [], "bodies": {}, "grants": {}, **parts}).encode()


EXPIRED, NOT_OPENED, MALFORMED = "kafka_key_expired", "kafka_not_opened", "kafka_malformed"
TABLE: dict[str, tuple[str, Spoil]] = {
    "a tombstone": ("kafka_tombstone", valued(lambda _: None)),
    "too large": ("kafka_too_large", valued(lambda value: value + RAW + bytes(MAX_MESSAGE))),
    "no event": ("kafka_not_event", lambda ground, one: replace(ground.message(one), headers=())),
    "not this event": ("kafka_not_event", headed(ce_specversion=b"0.3")),
    "no id": ("kafka_not_event", headed(ce_id=None)),
    "no source": ("kafka_not_event", headed(ce_source=b"")),
    "a huge id": ("kafka_not_event", headed(ce_id=RAW * 20_000)),
    "an older type": ("kafka_type_unknown", headed(ce_type=b"vn.caunoi.submission.v0")),
    "a newer type": ("kafka_type_unknown", headed(ce_type=b"vn.caunoi.submission.v2")),
    "no type": ("kafka_type_unknown", headed(ce_type=None)),
    "words for a type": ("kafka_type_unknown", headed(ce_type=RAW)),
    "another content type": ("kafka_content_wrong", headed(content_type=b"application/json")),
    "no content type": ("kafka_content_wrong", headed(content_type=None)),
    "no text for a content type": ("kafka_content_wrong", headed(content_type=b"\xff\xfe" + RAW)),
    "no key": ("kafka_key_wrong", keyed(None)),
    "an empty key": ("kafka_key_wrong", keyed(b"")),
    "words for a key": ("kafka_key_wrong", keyed(RAW)),
    "a huge key": ("kafka_key_wrong", keyed(RAW * 20_000)),
    "another partition": ("kafka_key_wrong", _elsewhere),
    "another source": ("kafka_sender_wrong", headed(ce_source=LABOUR.encode())),
    "words for a source": ("kafka_sender_wrong", headed(ce_source=RAW)),
    "no text for a source": ("kafka_sender_wrong", headed(ce_source=b"\xff\x00" + RAW)),
    "another node's topic": ("kafka_sender_wrong", _copied),
    "another agency of the node": ("kafka_sender_wrong", _of_another),
    "sealed last month": (EXPIRED, lambda ground, one: ground.message(one, public=ground.old)),
    "sealed to somebody else": (EXPIRED, lambda ground, one: ground.message(one, public=ground.foreign)),
    "of another statement": (NOT_OPENED, headed(ce_id=b"0" * 32)),
    "words for an id": (NOT_OPENED, headed(ce_id=RAW)),
    "no text for an id": (NOT_OPENED, headed(ce_id=b"\xff\xfe\x00" + RAW)),
    "nothing": (NOT_OPENED, valued(lambda _: b"")),
    "words": (NOT_OPENED, valued(lambda _: RAW * 100)),
    "not sealed": (NOT_OPENED, lambda ground, one: replace(ground.message(one), value=one.body + RAW)),
    "another version of parcels": (NOT_OPENED, valued(lambda value: b"\x02" + value[1:])),
    "a byte changed": (NOT_OPENED, valued(_flipped)),
    "something behind it": (NOT_OPENED, valued(lambda value: value + RAW)),
    "no submission": (MALFORMED, sealed(b"{}")),
    "nothing in it": (MALFORMED, sealed(b"")),
    "words in it": (MALFORMED, sealed(json.dumps({CANARY: CANARY}).encode())),
    "no text in it": (MALFORMED, sealed(b"\xff\x00" + RAW)),
    "UTF-16 in it": (MALFORMED, lambda ground, one: ground.message(one, raw=one.body.decode().encode("utf-16"))),
    "deep in it": (MALFORMED, sealed(b"[" * 200_000)),
    "deep in its header": (MALFORMED, sealed(_submission(header='{"type":' + "[" * 8_000))),
    "half a character in it": (MALFORMED, sealed(b'{"header": "\\ud800", "signatures": []}')),
    "half a character in a name": (MALFORMED, sealed(_submission(bodies={"x": "x"}).replace(b'"x":', b'"\\udfff":'))),
    "a number nobody reads": (MALFORMED, sealed(b'{"header": ' + b"9" * 5_000 + b"}")),
    "a name twice in it": (MALFORMED, lambda g, one: g.message(one, raw=b'{"header": "{}", ' + one.body.lstrip()[1:])),
    "a header of no type": (MALFORMED, sealed(_submission(header=json.dumps({"type": CANARY})))),
    "an unknown field": (MALFORMED, lambda ground, one: ground.message(one, raw=edited(one, **{CANARY: 1}).body)),
    "an unknown fact": (
        MALFORMED, lambda g, one: g.message(one, raw=resigned(g.world[POLICE], one, v=CANARY).body)
    ),
    "signed by another agency": (REFUSED, _signed_by_another),
    "a body left out": (REFUSED, lambda ground, one: ground.message(one, raw=edited(one, bodies={}).body)),
    **{f"{name} twice": (code, twice(name)) for name, code in (
        ("ce_id", "kafka_not_event"), ("ce_source", "kafka_not_event"), ("ce_specversion", "kafka_not_event"),
        ("ce_type", "kafka_type_unknown"), ("content-type", "kafka_content_wrong"),
    )},
    "two ids": ("kafka_not_event", twice("ce_id", RAW)),
    **{f"cut at {length}": (NOT_OPENED, cut(length))
       for length in (1, 2, 16, 17, 18, 19, 20, 500, 1_000, 2_000, -1, -16, -33)},
    **{f"chance of {size}": (NOT_OPENED, chance(size))
       for size in (1, 17, 18, 200, 70_000)},
    "chance behind a version": (EXPIRED, valued(lambda _: b"\x01" + DICE.randbytes(5_000))),
    "chance behind a key": (NOT_OPENED, valued(lambda value: value[:17] + DICE.randbytes(5_000))),
    "a key longer than the parcel": (NOT_OPENED, valued(lambda value: value[:17] + b"\xff\xff" + value[19:])),
    "many headers": (
        "kafka_tombstone",
        lambda ground, one: replace(ground.message(one), value=None, headers=((CANARY, RAW),) * 20_000),  # type: ignore[arg-type]
    ),
}  # fmt: skip
TOO_LARGE = "too large"  # no broker of ours lets it in


def test_each_is_set_aside_and_stops_nobody(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    """With its code, once; the next of its case is recorded; nothing of it is in a table, figure, answer or log."""
    broker = MemoryBroker(dict.fromkeys(map(topics.statements_of, ground.nodes), ground.partitions))
    caplog.set_level(logging.DEBUG)
    check_all(ground, TABLE, MemorySender(broker).send, lambda: MemoryReceiver(broker), caplog)


def check_all(
    ground: Ground,
    table: Mapping[str, tuple[str, Spoil]],
    send: Callable[[list[Outgoing]], None],
    receiver: Callable[[], Receiver],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Lay all of a table, each between two good ones; then all the good ones again, as a month later."""
    cases, wanted, laid = [], {}, []
    for code, spoil in table.values():
        first = ground.opening()
        case = (first, ground.next(first))
        good, bad = [ground.message(one) for one in case], spoil(ground, ground.next(first))
        for one in (good[0], bad, good[1]):
            at = ground.lay(one)
            if one is bad and code != REFUSED:
                wanted[at] = code
        laid += [good[0], bad, good[1]]
        cases.append(case)
    send(laid)
    ground.run(receiver())
    again = [ground.message(one) for case in cases for one in case]
    for one in again:
        ground.lay(one)
    send(again)
    ground.run(receiver())
    assert ground.aside() == wanted
    ground.check_logged(*cases)
    refused = ground.world.application.refusals.after(POLICE)
    assert len(refused) == sum(code == REFUSED for code, _ in table.values())
    said = {**ground.said(), "log": caplog.text.encode()}
    forms = needles(CANARY) | needles(CANARY[-12:])
    assert found(b"".join((one.value or b"") + (one.key or b"") for one in laid), forms), "it lies there"
    assert {place for place, what in said.items() if found(what, forms)} == set()


class NoText(str):
    """A header's name whose bytes are not UTF-8; what a client in C sends as easily as any other."""

    __slots__ = ()

    @override
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe" + RAW


def _named_by_no_text(ground: Ground, one: Submission) -> Outgoing:
    good = ground.message(one)
    return replace(good, headers=(*good.headers, (NoText(), RAW)))


def test_the_same_on_a_broker(kafka: str, world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """On topics as `caunoi topics apply` makes them; also what only a real one can hold."""
    ours, shared = (f"{name}-{token_hex(4)}" for name in ("ca", "chung"))
    ground = Ground(world, _store(tmp_path), ours=ours, shared=shared, partitions=topics.PARTITIONS)
    access = Access(addresses=(kafka,))
    with closing(on_broker.Administration(access)) as administration:
        administration.apply([one for one in on_broker.wanted(ground.nodes) if ".statements." in one.name])
    table = {name: what for name, what in TABLE.items() if name != TOO_LARGE}
    table["a header's name that is no text"] = ("kafka_unreadable", _named_by_no_text)
    with closing(KafkaSender(access, name="test")) as sender:
        for large in (MAX_MESSAGE - 100, MAX_MESSAGE + 1):
            good = ground.message(ground.opening())
            with pytest.raises(KafkaRefusedError, match="TooLarge"):
                sender.send([replace(good, value=bytes(large))])
        with ExitStack() as stack:

            def receiver() -> Receiver:
                return stack.enter_context(closing(KafkaReceiver(access, name="test")))

            check_all(ground, table, sender.send, receiver, caplog)


def packed(kafka: str, topic: str, values_: list[bytes]) -> None:
    """Send messages packed with gzip, in one sending."""
    producer = KafkaProducer(
        bootstrap_servers=[kafka], compression_type="gzip", linger_ms=100, max_request_size=MAX_MESSAGE * 4
    )
    try:
        with told():
            for sent in [producer.send(topic, partition=0, key=b"k", value=value) for value in values_]:
                sent.get(10)
    finally:
        producer.close()


def read(kafka: str, topic: str, count: int) -> list[tuple[int, bytes | None, bool]]:
    """Position, value and whether it was unreadable, of so many messages, by a client that cannot unpack."""
    with closing(KafkaReceiver(Access(addresses=(kafka,)), name="test")) as receiver:
        receiver.seek({Partition(topic, 0): 0})
        lying = []
        for _ in range(50):
            lying += receiver.receive(wait=0.2, limit=10)
            if len(lying) >= count:
                break
    return [(one.position, one.value, one.unreadable) for one in lying]


def test_one_unreadable_record_stops_nobody(kafka: str) -> None:
    """The first of 3,000 of one sending: it alone falls, and all partitions are read on at once."""
    topic = f"test-{token_hex(4)}"
    access = Access(addresses=(kafka,))
    with closing(on_broker.Administration(access)) as administration:
        administration.apply([on_broker.Topic(topic, 2, {})])
    at, other = Partition(topic, 0), Partition(topic, 1)
    bad = Outgoing(to=at, key=b"k", value=b"0", headers=((NoText(), RAW),))
    good = [Outgoing(to=at, key=b"k", value=b"%d" % number) for number in range(1, 3_000)]
    with closing(KafkaSender(access, name="test")) as sender:
        sender.send([bad, *good, Outgoing(to=other, key=b"k", value=b"good")])
    found: list[Incoming] = []
    with closing(KafkaReceiver(access, name="test")) as receiver:
        receiver.seek({at: 0, other: 0})
        calls = 0
        while len(found) < 3_001 and calls < 50:  # one record a call would take 3,000
            found += receiver.receive(wait=0.2, limit=500)
            calls += 1
    assert {one.position for one in found if one.unreadable} == {0}
    assert [one.value for one in found if one.at == at] == [None, *(one.value for one in good)]
    assert [one.value for one in found if one.at == other] == [b"good"]


def test_what_the_client_cannot_read(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is passed, with what was sent with it; so is a bomb; where the broker unpacks, neither comes in."""
    need(SETTINGS)
    ours, plain = f"ca-{token_hex(4)}", f"test-{token_hex(4)}"
    (topic,) = (one for one in on_broker.wanted([ours]) if ".statements." in one.name)
    with closing(on_broker.Administration(Access(addresses=(kafka,)))) as administration:
        administration.apply([topic, on_broker.Topic(plain, 1, {})])
    for name in (plain, topic.name):
        packed(kafka, name, [bytes(1_000), bytes(2_000)])
    with pytest.raises(KafkaRefusedError, match="TooLarge"):
        packed(kafka, topic.name, [bytes(MAX_MESSAGE + 1)])
    with closing(KafkaSender(Access(addresses=(kafka,)), name="test")) as sender:
        for name in (plain, topic.name):
            sender.send([Outgoing(to=Partition(name, 0), key=b"k", value=b"3")])
    packed(kafka, plain, [bytes(MAX_MESSAGE)])
    honest = DICE.randbytes(300).hex().encode()
    packed(kafka, plain, [honest])
    assert read(kafka, plain, 4) == [(1, None, True), (2, b"3", False), (3, None, True), (4, honest, False)]
    monkeypatch.setattr(codecs, "has_gzip", lambda: False)
    assert read(kafka, plain, 4) == [(1, None, True), (2, b"3", False), (3, None, True), (4, None, True)]
    assert read(kafka, topic.name, 3) == [(0, bytes(1_000), False), (1, bytes(2_000), False), (2, b"3", False)]
