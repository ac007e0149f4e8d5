"""Members that keep one agency's views together, over a broker in memory that delivers as a seed will have it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from typing_extensions import override

from door.kafka import topics
from door.kafka.port import Incoming
from hub import relay as relays
from hub.log.relaying import RelayLog
from hub.relay import Relay
from node.errors import HubUnavailableError
from node.following import feed_item
from node.generations import Generations, Rebuild
from node.hub_client import FeedLine
from node.member_tables import MemberTables
from node.store import Connection, connect
from node.views_member import ViewsMember
from projections.opening import Opening
from projections.postgres import MEMBERS, PostgresRows
from projections.projector import Projector
from projections.rows import MemoryRows, dump
from sealing.shredding import ShredKeys
from tests.memory_kafka import MemoryBroker, MemoryMember, MemorySender
from tests.world import LABOUR, POLICE, TAG_KEY, WOMEN, World, open_case, story

PARTITIONS = 3
NODE, DAYS = "chung", ("2026-11-02", "2026-11-04", "2026-11-06")
SCHEMA = "node_gia_dinh"


@dataclass(eq=False, kw_only=True)
class Delivering(MemoryMember):
    """Messages in any order that keeps that of each partition, some of them twice, now and then all from the start."""

    chance: random.Random
    in_order: bool = False  # all that is left, as it lies there

    @override
    def receive(self, *, wait: float, limit: int) -> list[Incoming]:
        if self.in_order:
            return super().receive(wait=wait, limit=limit)
        super().receive(wait=wait, limit=0)  # learns what it has
        if not self.positions:
            return []
        at = self.chance.choice(sorted(self.positions))
        if self.chance.random() < 0.1:
            self.positions[at] = self.chance.choice([0, max(0, self.positions[at] - self.chance.randrange(5))])
        lying = self.broker.lying[at][self.positions[at] :][: self.chance.randrange(1, 60)]
        found = [self.incoming(at, self.positions[at] + more) for more in range(len(lying))]
        self.positions[at] += len(lying)
        return [one for one in found for _ in range(self.chance.choice((1, 1, 1, 2)))]


@dataclass
class HubFeed:
    """The hub's feed of one agency over HTTP; may be away, and says how often it was asked."""

    world: World
    agency: str
    away: bool = False
    asked: int = 0

    def feed(self, after: int, *, limit: int) -> Sequence[FeedLine]:
        self.asked += 1
        if self.away:
            raise HubUnavailableError("away")
        lines = self.world.application.reader.feed(self.agency, after)
        return [FeedLine(one.number, one.index, one.entry) for one in lines[:limit]]


@dataclass
class Group:
    """All of it for one agency."""

    world: World
    directory: Path
    relaying: psycopg.Connection[tuple[object, ...]]
    agency: str = POLICE
    broker: MemoryBroker = field(default_factory=lambda: MemoryBroker({topics.feed_of(NODE): PARTITIONS}))
    stack: ExitStack = field(default_factory=ExitStack)
    connections: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind in (topics.statements_of, topics.receipts_of, topics.feed_of):
            self.broker.topics[kind(NODE)] = PARTITIONS
        self.hub = HubFeed(self.world, self.agency)
        names = self.directory / "views", self.directory / "views-master"
        ShredKeys.create(*names).close()
        self.keys = [self.stack.enter_context(ShredKeys(*names, shared=True)) for _ in range(3)]
        for _ in self.keys:
            connection = connect(self.world.dsn, schema=SCHEMA, beside=True)
            connection.execute("SET synchronous_commit = off")
            self.connections.append(self.stack.enter_context(connection))

    def relay(self) -> None:
        """Tell what is new, three entries to a head."""
        telling = Relay(
            log=RelayLog(self.relaying),
            sender=MemorySender(self.broker),
            signer=self.world.hub_keys,
            sign_as=self.world.hub_kid,
            nodes={NODE: (LABOUR, POLICE, WOMEN)},
            partitions=PARTITIONS,
        )
        while telling.turn():
            pass

    def opening(self) -> Opening:
        member = self.world[self.agency]
        return Opening(agency=self.agency, keystore=member.keystore, materials=member.materials)

    def member(self, seed: int = 0, *, group: str = "views", place: int = 0) -> ViewsMember:
        """One more process; each `place` has a connection and key store of its own."""
        made = ViewsMember(
            agency=self.agency,
            node=NODE,
            member=Delivering(broker=self.broker, group=group, chance=random.Random(seed)),
            hub=self.hub,
            hub_key=self.world.hub_public,
            tables=MemberTables(self.connections[place % len(self.connections)]),
            keys=self.keys[place % len(self.keys)],
            opening=self.opening(),
            tag_key=TAG_KEY,
            today=lambda: DAYS[-1],
            partitions=PARTITIONS,
            pause=0,
        )
        made.begin()
        return made

    def settle(self, *members: ViewsMember) -> None:
        """Let them go on until nothing moves."""
        for one in members:
            assert isinstance(one.member, Delivering)
            one.member.in_order = True
        for _ in range(2):
            for one in members:
                while one.turn(wait=0):
                    pass

    def rows(self, part: int = 0, generation: int | None = None) -> PostgresRows:
        connection, keys = self.connections[-1], self.keys[-1]
        return PostgresRows(connection, keys=keys, keeper=MEMBERS, part=part, generation=generation)

    def dumped(self) -> list[str]:
        """The views that the members keep."""
        return list(dump(self.rows()))

    def expected(self) -> list[str]:
        """Those of one process that has the whole feed in order."""
        rows = MemoryRows()
        projector = Projector(rows=rows, opening=self.opening(), tag_key=TAG_KEY)
        lines = self.world.application.reader.feed(self.agency, 0)
        projector.apply([feed_item(FeedLine(one.number, one.index, one.entry)) for one in lines])
        projector.turn(DAYS[-1])
        return list(dump(rows))

    def rebuild(self) -> Rebuild:
        """The same views made anew, in another process."""
        tables = MemberTables(self.connections[-1])
        return Rebuild(
            generations=Generations(tables.connection, keeper=MEMBERS),
            rows=lambda generation, part: self.rows(part, generation),
            projector=lambda rows: Projector(rows=rows, opening=self.opening(), tag_key=TAG_KEY),
            source=lambda part, after, limit: [feed_item(line) for line in tables.feed(part, after, limit)],
        )

    def forget(self) -> None:
        """As if no member had ever been."""
        self.broker.groups.clear()
        for table in ("member_parts", "member_feed", "view_rows"):
            self.connections[0].execute(f"DELETE FROM {table}".encode())
        self.connections[0].execute("DELETE FROM view_generations WHERE keeper = 'members'")


@pytest.fixture
def group(hub_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Group]:
    """A story told in several cases, all of it in the topic."""
    monkeypatch.setattr(relays, "PAGE", 3)
    with (
        World(hub_dsn, tmp_path / "hub") as world,
        psycopg.connect(hub_dsn, user="caunoi_relay", autocommit=True) as relaying,
    ):
        story(world)
        for _ in range(3):
            open_case(world)
        made = Group(world, tmp_path, relaying)
        with made.stack:
            made.relay()
            yield made
