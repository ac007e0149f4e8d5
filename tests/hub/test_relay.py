"""Telling agencies over Kafka: every feed complete, in order and densely numbered, whatever stops or comes twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
import pytest

from domain import statements as s
from door.kafka import topics
from door.kafka.heads import START, FeedHead, chained, signed_bytes
from door.kafka.port import Incoming, KafkaAwayError, Outgoing, Partition
from hub import relay as relays
from hub.log.migrate import migrate
from hub.log.relaying import RelayLog
from hub.relay import Relay
from ledger import receipt as receipts
from sealing.encoding import ctx, from_base64, uint64
from sealing.envelope import verify_bytes
from tests.conftest import Databases
from tests.memory_kafka import MemoryBroker, MemorySender
from tests.world import BORDER, KINDS, LABOUR, POLICE, WOMEN, World, open_case, story

NODES = {POLICE: (POLICE,), "chung": (LABOUR, WOMEN), BORDER: (BORDER,)}
TOPICS = {topic(node) for node in NODES for topic in (topics.feed_of, topics.receipts_of)}
PARTITIONS = 3


@dataclass
class Telling:
    """A hub with its relay and a broker in memory."""

    world: World
    broker: MemoryBroker
    connection: psycopg.Connection[tuple[object, ...]]

    def relay(self) -> Relay:
        """A relay as a start makes it."""
        return Relay(
            log=RelayLog(self.connection),
            sender=MemorySender(self.broker),
            signer=self.world.hub_keys,
            sign_as=self.world.hub_kid,
            nodes=NODES,
            partitions=PARTITIONS,
        )

    def messages(self, topic: str, kind: str, agency: str) -> list[Incoming]:
        """What lies in a topic of one type for one agency."""
        return [
            one
            for one in self.broker.all(topic)
            if one.header("ce_type") == kind.encode() and one.header("ce_subject") == agency.encode()
        ]

    def check(self) -> None:
        """Each agency's feed as Kafka has it is its feed as the hub has it."""
        for node, agencies in NODES.items():
            for agency in agencies:
                self._check_feed(node, agency)
                self._check_receipts(node, agency)

    def _check_feed(self, node: str, agency: str) -> None:
        told: dict[int, tuple[int, bytes | None]] = {}
        lasts: dict[int, int] = dict.fromkeys(range(PARTITIONS), 0)
        chains = [START] * PARTITIONS
        for one in self.messages(topics.feed_of(node), topics.ENTRY, agency):
            number, index, part = (int(one.header(f"caunoi_{name}") or b"") for name in ("number", "index", "part"))
            assert told.setdefault(number, (index, one.value)) == (index, one.value)
            # Dense within the partition; what comes again comes under its own number.
            assert part <= lasts[one.at.number] + 1
            if part > lasts[one.at.number]:
                lasts[one.at.number] = part
                before = chains[one.at.number]
                chains[one.at.number] = chained(before, number=number, index=index, entry=one.value or b"")
        feed = self.world.application.reader.feed(agency, 0, 10_000)
        assert told == {entry.number: (entry.index, entry.entry) for entry in feed}
        heads = self.messages(topics.feed_of(node), topics.HEAD, agency)
        newest = [msgspec.json.decode(one.value or b"", type=FeedHead) for one in heads if one.at.number == 0][-1]
        assert (newest.number, [part.count for part in newest.parts]) == (len(feed), [*lasts.values()])
        assert [part.chain for part in newest.parts] == [chain.hex() for chain in chains]
        verify_bytes(signed_bytes(newest), signature=from_base64(newest.sig), public=self.world.hub_public)

    def _check_receipts(self, node: str, agency: str) -> None:
        found = {
            receipts.read(one.value or b"") for one in self.messages(topics.receipts_of(node), topics.RECEIPT, agency)
        }
        mine = [one for one in self.world.receipts if one in found]
        with psycopg.connect(self.world.dsn) as connection:
            counted = connection.execute("SELECT count(*) FROM hub.log WHERE author = %s", (agency,)).fetchone()
        assert counted == (len(mine),)
        for one in found:
            receipts.verify(one, self.world.hub_public)


@pytest.fixture
def telling(databases: Databases, tmp_path: Path) -> Iterator[Telling]:
    def prepare(dsn: str) -> None:
        with psycopg.connect(dsn) as connection:
            migrate(connection)

    dsn = databases.fresh(databases.template("hub", prepare))
    with World(dsn, tmp_path) as world, psycopg.connect(dsn, user="caunoi_relay", autocommit=True) as connection:
        yield Telling(world, MemoryBroker(dict.fromkeys(TOPICS, PARTITIONS)), connection)
    databases.drop(dsn)


def test_a_story_told(telling: Telling) -> None:
    """Everything once; told out, nothing more is said."""
    story(telling.world)
    relay = telling.relay()
    assert relay.turn() > 0
    telling.check()
    before = sum(map(len, telling.broker.lying.values()))
    assert relay.turn() == 0
    assert sum(map(len, telling.broker.lying.values())) == before


def test_a_case_lies_in_one_partition_and_the_directory_in_all(telling: Telling) -> None:
    """So that whoever reads one partition knows whose keys count there."""
    story(telling.world)
    telling.relay().turn()
    entries = telling.messages(topics.feed_of(POLICE), topics.ENTRY, POLICE)
    of_case: dict[bytes, set[int]] = {}
    registered: dict[bytes, set[int]] = {}
    for one in entries:
        statement = s.read((one.value or b"").split(b"\n", 1)[0])
        kept = of_case if isinstance(statement, s.CaseStatement) else registered
        kept.setdefault(one.value or b"" if kept is registered else one.key or b"", set()).add(one.at.number)
    assert {len(places) for places in of_case.values()} == {1}
    assert set(map(frozenset, registered.values())) == {frozenset(range(PARTITIONS))}
    for key, places in of_case.items():
        assert places == {topics.place("", key.decode(), partitions=PARTITIONS).number}


@pytest.mark.parametrize("cut", [0, 1, 7, 20])
def test_a_broker_lost_in_the_middle(telling: Telling, cut: int) -> None:
    """What went out before comes again under the same numbers; nothing is left out."""
    story(telling.world)
    telling.broker.cut = cut
    with pytest.raises(KafkaAwayError):
        telling.relay().turn()
    telling.broker.cut = None
    telling.relay().turn()
    telling.check()


def test_a_crash_before_it_is_kept(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """All was sent, nothing was kept: all comes again, and counts once."""
    story(telling.world)
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(RelayLog, "move", _crash)
        telling.relay().turn()
    telling.relay().turn()
    telling.check()


def _crash(*_: object) -> bool:
    raise RuntimeError("pulled the plug")


def test_two_relays_by_mistake(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both tell; the numbers are the same, and neither moves what the other moved."""
    story(telling.world)
    monkeypatch.setattr(relays, "PAGE", 5)
    monkeypatch.setattr(relays, "LOT", 5)
    first, second = telling.relay(), telling.relay()
    send = first.sender.send

    def meanwhile(messages: object) -> None:
        monkeypatch.setattr(first.sender, "send", send)
        second.turn()
        first.sender.send(messages)  # type: ignore[arg-type]

    monkeypatch.setattr(first.sender, "send", meanwhile)
    for _ in range(60):
        first.turn()
    telling.check()


def test_page_by_page(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long feed is told in pages, each with a head."""
    monkeypatch.setattr(relays, "PAGE", 2)
    monkeypatch.setattr(relays, "LOT", 2)
    story(telling.world)
    relay = telling.relay()
    while relay.turn():
        pass
    telling.check()
    open_case(telling.world)
    while relay.turn():
        pass
    telling.check()


def test_lost_while_the_next_pages_are_made(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the broker had is kept as told, the rest comes; nothing is left out between."""
    monkeypatch.setattr(relays, "PAGE", 2)
    monkeypatch.setattr(relays, "LOT", 2)
    story(telling.world)
    relay = telling.relay()
    send, sent = relay.sender.send, list[int]()

    def third_fails(messages: list[Outgoing]) -> None:
        sent.append(len(messages))
        if len(sent) == 3:
            raise KafkaAwayError("away")
        send(messages)

    monkeypatch.setattr(relay.sender, "send", third_fails)
    with pytest.raises(KafkaAwayError):
        relay.turn()
    first = relay.log.relayed(POLICE, partitions=PARTITIONS)
    assert 0 < first.number
    while relay.turn():
        pass
    telling.check()


def test_an_append_is_heard(telling: Telling) -> None:
    """Whoever has nothing to tell need not look again and again; and sees at one look for whom there is something."""
    log = telling.relay().log
    agencies = [*KINDS, "nobody"]
    telling.relay().turn()
    while log.wait(0.1):
        pass
    assert log.behind(agencies) == set()
    began = time.monotonic()
    open_case(telling.world, by=WOMEN)
    assert log.wait(30)
    assert time.monotonic() - began < 20
    assert log.behind(agencies) == {WOMEN}


def test_a_refusal_is_told(telling: Telling) -> None:
    """Signed, to its author alone."""
    case = open_case(telling.world)
    telling.world[POLICE].say(s.CaseClosed, case, facts={"reason": "support_ended"})
    refused = telling.world[POLICE].compose(s.CaseClosed, case, facts={"reason": "support_ended"})
    telling.world.send(POLICE, refused)
    telling.relay().turn()
    (told,) = telling.messages(topics.receipts_of(POLICE), topics.REFUSAL, POLICE)
    answer = json.loads(told.value or b"")
    assert (answer["statement_id"], answer["statement"]) == (refused.statement.id, refused.hash)
    fields = (answer["statement_id"].encode(), answer["statement"].encode(), answer["code"].encode())
    signed = ctx("caunoi/1/refusal", *fields, uint64(answer["recorded"]))
    verify_bytes(signed, signature=from_base64(answer["sig"]), public=telling.world.hub_public)
    assert telling.messages(topics.receipts_of("chung"), topics.REFUSAL, LABOUR) == []


def test_places_of_another_node_hold_nothing(telling: Telling) -> None:
    """Each topic holds the feeds of its node's agencies and no other's."""
    story(telling.world)
    telling.relay().turn()
    for node, agencies in NODES.items():
        for topic in (topics.feed_of(node), topics.receipts_of(node)):
            subjects = {(one.header("ce_subject") or b"").decode() for one in telling.broker.all(topic)}
            assert subjects <= set(agencies)
    assert set(KINDS) == {agency for agencies in NODES.values() for agency in agencies}
    assert Partition(topics.feed_of(POLICE), 0) in telling.broker.lying
