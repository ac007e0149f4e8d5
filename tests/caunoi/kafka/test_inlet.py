"""From topics to the log: exactly one entry for each submission, whatever comes twice, stops or is no submission."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from secrets import token_hex
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from caunoi.errors import UnavailableError
from caunoi.kafka.inlet import Inlet, key_of
from domain import case_code
from domain import statements as s
from door.kafka import topics
from door.kafka.port import Incoming, KafkaAwayError, Outgoing, Partition
from hub import documents as d
from hub.over_kafka import OverKafka
from node.composer import Submission
from sealing.keystore import MemoryKeyStore
from sealing.parcels import seal_submission
from tests.hub.intake_fixtures import hub_dsn, world
from tests.memory_kafka import MemoryBroker, MemoryReceiver, MemorySender
from tests.world import LABOUR, POLICE, WOMEN, World, values

__all__ = ["hub_dsn", "world"]
NODES = {POLICE: (POLICE,), "chung": (LABOUR, WOMEN)}
PARTITIONS = 3


@dataclass
class Door:
    """The hub in this process; `away` before or after the next batch is recorded."""

    world: World
    away: str = ""
    intake: Any = None

    def positions(self) -> Mapping[Partition, int]:
        found = OverKafka(self.intake or self.world.intake).positions().positions
        return {Partition(one.topic, one.partition): one.position for one in found}

    def bring(self, arrivals: d.Arrivals) -> int:
        away, self.away = self.away, ""
        if away == "before":
            raise UnavailableError("hub_not_running")
        answered = OverKafka(self.intake or self.world.intake).take(msgspec.json.encode(arrivals))
        if away == "after":
            raise UnavailableError("hub_not_running")
        return len(answered)


@dataclass
class Field:
    """A hub, its intake keys, a broker in memory, what was put there."""

    world: World
    broker: MemoryBroker = field(
        default_factory=lambda: MemoryBroker({topics.statements_of(node): PARTITIONS for node in NODES})
    )
    store: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore("hub"))

    def __post_init__(self) -> None:
        self.store.add_key(use="seal", suite="mlkem768x25519")

    def inlet(self, door: Door | None = None) -> Inlet:
        return Inlet(
            receiver=MemoryReceiver(self.broker),
            hub=door or Door(self.world),
            store=self.store,
            nodes=NODES,
            partitions=PARTITIONS,
        )

    def message(self, one: Submission, *, node: str = POLICE, **changed: Any) -> Outgoing:
        """A submission as a node puts it; what is changed spoils it."""
        topic = topics.statements_of(node)
        key = key_of(one.statement)
        public = changed.pop("public", self.store.public(self.store.kids("seal")[-1]))
        value = seal_submission(
            changed.pop("raw", one.body), topic=topic, statement=one.statement.id, public=public, suite="mlkem768x25519"
        )
        headers = {
            "ce_specversion": "1.0",
            "ce_id": one.statement.id,
            "ce_source": one.statement.by,
            "ce_type": topics.SUBMISSION,
            "content-type": topics.SUBMISSION_CONTENT,
            **changed.pop("headers", {}),
        }
        made = Outgoing(
            to=topics.place(topic, key, partitions=PARTITIONS),
            key=key.encode(),
            value=value,
            headers=tuple((name, text.encode()) for name, text in headers.items() if text is not None),
        )
        return replace(made, **changed)

    def put(self, *messages: Outgoing) -> None:
        MemorySender(self.broker).send(messages)

    def run(self) -> None:
        """An inlet from its start until nothing is left."""
        inlet = self.inlet()
        inlet.begin()
        while inlet.turn(wait=0):
            pass

    def aside(self) -> list[tuple[str, str | None, str | None]]:
        with psycopg.connect(self.world.dsn) as connection:
            rows = connection.execute("SELECT code, agency, statement_id FROM hub.kafka_aside ORDER BY number")
            return [(row[0], row[1], row[2]) for row in rows]

    def logged(self, *statements: Submission) -> list[bool]:
        found = self.world.application.reader.find([one.statement.id for one in statements])
        return [one.statement.id in found for one in statements]


@pytest.fixture
def ground(world: World) -> Field:
    return Field(world)


def notice(world: World, by: str = POLICE) -> Submission:
    """A notice that opens a case, composed and not sent."""
    facts = {"code": case_code.new(bytes.fromhex(token_hex(16))), "pathway": "rescued"}
    content = {s.Section.IDENTITY: values(full_name="Giả Định")}
    return world[by].compose(s.CaseNotified, uuid4().hex, facts=facts, contents=content)


def more(world: World, one: Submission, by: str = POLICE) -> Submission:
    """The next statement of a case that is not recorded yet."""
    assert isinstance(one.statement, s.CaseStatement)
    content = {s.Section.ACCOUNT: values(statement="giả định")}
    return world[by].compose(s.SectionAppended, one.statement.case, contents=content)


def test_each_once_and_each_case_in_its_order(ground: Field) -> None:
    """Of two nodes, one of which speaks for two agencies."""
    first = notice(ground.world)
    sent = [first, more(ground.world, first), more(ground.world, first), notice(ground.world)]
    hers = notice(ground.world, WOMEN)
    ground.put(*(ground.message(one) for one in sent), ground.message(hers, node="chung"))
    ground.run()
    assert all(ground.logged(*sent, hers))
    found = ground.world.application.reader.find([one.statement.id for one in sent[:3]])
    assert [found[one.statement.id].index for one in sent[:3]] == sorted(one.index for one in found.values())


def test_whom_to_tell(ground: Field) -> None:
    """The agency that says it is the sender, if the topic is its node's; else nobody, unless the node has only one."""
    one, hers = notice(ground.world), notice(ground.world, WOMEN)
    ground.put(replace(ground.message(one), value=b"garbage"))
    ground.put(replace(ground.message(hers, node="chung"), value=b"garbage"))
    ground.put(replace(ground.message(hers, node="chung"), value=b"garbage", headers=()))
    ground.put(replace(ground.message(one), value=None, headers=()))  # type: ignore[arg-type]
    ground.run()
    assert sorted(ground.aside(), key=str) == sorted(
        [
            ("kafka_not_opened", POLICE, one.statement.id),
            ("kafka_not_opened", WOMEN, hers.statement.id),
            ("kafka_not_event", None, None),
            ("kafka_tombstone", POLICE, None),
        ],
        key=str,
    )


def test_a_signature_of_another_agency_is_refused_like_anywhere(ground: Field) -> None:
    """It opens, and the hub's own checks refuse it, signed."""
    one = notice(ground.world)
    forged = one.body.replace(one.statement.kid.encode(), ground.world[WOMEN].keystore.kids("sign")[-1].encode())
    ground.put(ground.message(one, raw=forged))
    ground.run()
    assert ground.logged(one) == [False]
    assert len(ground.world.application.refusals.after(POLICE)) == 1


def test_a_copied_message_is_none(ground: Field) -> None:
    """Police's sealed submission put into another node's topic does not open there."""
    one = notice(ground.world)
    topic = topics.statements_of("chung")
    message = ground.message(one)
    copy = replace(message, to=Partition(topic, message.to.number))
    ground.put(copy)
    ground.run()
    assert [code for code, _, _ in ground.aside()] == ["kafka_sender_wrong"]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_accidents(ground: Field, seed: int) -> None:
    """Duplicates, replays from nothing, the hub gone before or after it recorded, two inlets: one entry each."""
    chance = random.Random(seed)
    cases = [notice(ground.world) for _ in range(4)]
    chains = [[one, *(more(ground.world, one) for _ in range(3))] for one in cases]
    waiting = [list(chain) for chain in chains]
    door = Door(ground.world)
    inlets = [ground.inlet(door), ground.inlet(door)]
    for inlet in inlets:
        inlet.begin()
    while any(waiting):
        chain = chance.choice([one for one in waiting if one])
        message = ground.message(chain[0])
        ground.put(*[message] * chance.choice([1, 1, 2, 3]))
        chain.pop(0)
        door.away = chance.choice(["", "", "before", "after"])
        _turn(chance.choice(inlets), chance)
    replay = ground.inlet(door)
    replay.begin()
    replay.receiver.seek(dict.fromkeys(replay.receiver.partitions(topics.statements_of(POLICE)), 0))
    replay._next = dict.fromkeys(replay._next, 0)
    while replay.turn(wait=0):
        pass
    sent = [one for chain in chains for one in chain]
    assert all(ground.logged(*sent))
    found = ground.world.application.reader.find([one.statement.id for one in sent])
    for chain in chains:
        indexes = [found[one.statement.id].index for one in chain]
        assert indexes == sorted(indexes)
    ids = [one.statement.id for one in sent]
    with psycopg.connect(ground.world.dsn) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM hub.log WHERE statement_id = ANY(%s)", (ids,)
        ).fetchone() or (0,)
    assert (count, len(ground.world.application.refusals.after(POLICE))) == (len(ids), 0)


def _turn(inlet: Inlet, chance: random.Random) -> None:
    if chance.random() < 0.2:
        inlet.begin()
    try:
        inlet.turn(wait=0)
    except UnavailableError:
        inlet.begin()


def test_messages_older_than_the_topic_are_counted(ground: Field) -> None:
    """A gap is told, not passed over in silence."""
    good = [notice(ground.world) for _ in range(3)]
    at = Partition(topics.statements_of(POLICE), 0)
    ground.put(*(ground.message(one) for one in good))
    inlet = ground.inlet()
    inlet.begin()
    inlet._next = {one: position - 5 if one == at else position for one, position in inlet._next.items()}
    while inlet.turn(wait=0):
        pass
    lying = len(ground.broker.lying[at])
    assert inlet.passing.missed == (5 if lying else 0)


def test_what_one_unreadable_stands_for_did_not_get_lost(ground: Field) -> None:
    """The last of a sending that cannot be unpacked stands for all of it; it is set aside, and nothing is missed."""
    at = Partition(topics.statements_of(POLICE), 0)
    inlet = ground.inlet()
    inlet.begin()
    brought = inlet._arrivals([Incoming(at=at, position=7, key=None, value=None, unreadable=True)])
    assert [(one.at.position, one.code) for one in brought.aside] == [(7, "kafka_unreadable")]
    assert ([one.position for one in brought.positions], inlet.passing.missed) == ([8], 0)


def test_with_the_broker_away_it_begins_again(ground: Field) -> None:
    """And goes on where the effects end."""
    one = notice(ground.world)
    ground.put(ground.message(one))
    inlet = ground.inlet()
    inlet.begin()
    ground.broker.away = True
    with pytest.raises(KafkaAwayError):
        inlet.turn(wait=0)
    ground.broker.away = False
    inlet.begin()
    inlet.turn(wait=0)
    assert ground.logged(one) == [True]


def test_the_hash_of_what_was_set_aside(ground: Field) -> None:
    """Enough to find the message again while the topic has it."""
    one = notice(ground.world)
    ground.put(replace(ground.message(one), value=b"garbage"))
    ground.run()
    with psycopg.connect(ground.world.dsn) as connection:
        rows = connection.execute("SELECT topic, position, hash FROM hub.kafka_aside").fetchall()
    assert rows == [(topics.statements_of(POLICE), 0, sha256(b"garbage").digest())]
