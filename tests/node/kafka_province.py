"""A province whose nodes go over a broker in memory: `caunoi kafka` has its turn whenever a node looks for more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psycopg
import pytest
from typing_extensions import override

from caunoi.errors import UnavailableError
from caunoi.kafka.day_keys import DayKeys
from caunoi.kafka.inlet import Inlet
from caunoi.kafka.serving import day_key_told
from door.kafka import topics
from door.kafka.port import Incoming, KafkaAwayError
from hub.log.relaying import RelayLog
from hub.relay import Relay
from node.over_kafka import OverKafka
from sealing.keystore import FileKeyStore
from sealing.master_keys import FileMasterKey
from tests.caunoi.kafka.test_inlet import Door
from tests.memory_kafka import MemoryBroker, MemoryReceiver, MemorySender
from tests.node.province import LABOUR, POLICE, WOMEN, Province
from tests.world import World

PARTITIONS = 3
NODES = {POLICE: (POLICE,), "chung": (LABOUR, WOMEN)}
NODE_OF = {agency: node for node, agencies in NODES.items() for agency in agencies}


@dataclass
class Hubside:
    """What `caunoi kafka` does, in turns; `away` as if its process did not run."""

    world: World
    connection: psycopg.Connection[tuple[object, ...]]
    keys: DayKeys
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    away: bool = False
    told: str = ""

    def __post_init__(self) -> None:
        for node in NODES:
            for topic in (topics.statements_of, topics.receipts_of, topics.feed_of):
                self.broker.topics[topic(node)] = PARTITIONS

    def turn(self) -> None:
        """One turn of everything, from a start."""
        with suppress(UnavailableError, KafkaAwayError):
            if self.away:
                return
            sender = MemorySender(self.broker)
            key = self.keys.turn()
            if key.kid != self.told:
                sender.send(day_key_told(node, msgspec.json.encode(key), key.day) for node in NODES)
                self.told = key.kid
            inlet = Inlet(
                receiver=MemoryReceiver(self.broker),
                hub=Door(self.world),
                store=self.keys.store,
                nodes=NODES,
                partitions=PARTITIONS,
            )
            inlet.begin()
            inlet.turn(wait=0)
            Relay(
                log=RelayLog(self.connection),
                sender=sender,
                signer=self.world.hub_keys,
                sign_as=self.world.hub_kid,
                nodes=NODES,
                partitions=PARTITIONS,
            ).turn()


@dataclass
class PumpedReceiver(MemoryReceiver):
    """Lets the hub's side have its turn before it looks; `spoil` stands for a broker that is not true."""

    hubside: Hubside | None = None
    spoil: Callable[[list[Incoming]], list[Incoming]] = list

    @override
    def receive(self, *, wait: float, limit: int) -> list[Incoming]:
        assert self.hubside is not None
        self.broker.check()
        self.hubside.turn()
        return self.spoil(super().receive(wait=wait, limit=limit))


class KafkaProvince(Province):
    """Offices of police, labour and women go over Kafka, others over HTTP."""

    def __init__(self, world: World, home: Path, hubside: Hubside) -> None:
        super().__init__(world, home)
        self.hubside = hubside
        self.spoil: Callable[[list[Incoming]], list[Incoming]] = list

    def over_kafka(self, agency: str) -> OverKafka:
        """Let an office's node go over Kafka from here on; after a start, again."""
        node, broker = self[agency].node, self.hubside.broker
        node.way = OverKafka(
            agency=agency,
            node=NODE_OF[agency],
            outbox=node.outbox,
            sender=lambda: MemorySender(broker),
            receiver=lambda: PumpedReceiver(broker, hubside=self.hubside, spoil=self._spoilt),
            now=self.world.now,
            partitions=PARTITIONS,
            pause=0,
        )
        return node.way

    def _spoilt(self, found: list[Incoming]) -> list[Incoming]:
        return self.spoil(found)

    def restart(self, agency: str) -> None:
        """Stop a node and start it."""
        self[agency].start()
        self.over_kafka(agency)

    def settle(self) -> None:
        """All is as it should be again: every office has the feed the hub has for it, and the views it gives."""
        self.spoil, self.hubside.away, self.hubside.broker.away, self.hubside.broker.cut = list, False, False, None
        for agency in NODE_OF:
            self[agency].line.cut = False
        for _ in range(4):
            self.sync()
        for agency in NODE_OF:
            office = self[agency]
            kept = office.node.store.feed(after=0, limit=10_000)
            assert kept == office.node.hub.feed(0, limit=1000), agency
            assert office.queued() == 0, agency
            assert office.dumped() == office.rebuilt(), agency


@pytest.fixture
def kafka_province(hub_dsn: str, tmp_path: Path) -> Iterator[KafkaProvince]:
    """A province in which nobody has started yet."""
    with (
        World(hub_dsn, tmp_path / "hub") as world,
        psycopg.connect(hub_dsn, user="caunoi_relay", autocommit=True) as connection,
    ):
        source = FileMasterKey(tmp_path / "kek")
        source.create()
        store = FileKeyStore.create(tmp_path / "days.json", agency="hub", source=source)
        keys = DayKeys(store, signer=world.hub_keys, sign_as=world.hub_kid, now=lambda: world.now() // 1_000_000)
        made = KafkaProvince(world, tmp_path / "nodes", Hubside(world, connection, keys))
        yield made
        made.close()
