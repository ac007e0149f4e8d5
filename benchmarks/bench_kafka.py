"""The Kafka door on an Apache Kafka of its own, beside bare loops in the same processes, in turn.

kafka.in    what lies in topics: read, opened, checked, brought to the hub's process, until all of it is in the log
beside      the same hub given statements alike from memory, in batches as large: nothing read, opened or checked
kafka.log   the same as kafka.in
beside      an intake in this process given statements alike from memory: nothing goes from one process to another
kafka.out   the relay: feed entries, receipts and signed heads read from the log, signed, sent, kept as sent
kafka.feed, kafka.receipts   the same with only one of the two to tell: what the signature of each receipt costs
beside      the same messages sent by the same client with the same settings: a loop over a list, and one flush

Made-up cases of ten statements, each sealed for the key of the day (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.bench_log import fresh, take_in
from benchmarks.figures import Bench, Pair, rate
from caunoi.bootstrap import HUB, key_source, open_keystore
from caunoi.broker.jars import missing
from caunoi.broker.running import Broker
from caunoi.deployment import Deployment, deployed
from caunoi.hub_address import hub_client
from caunoi.kafka import topics as administered
from caunoi.kafka.day_keys import DayKeys
from caunoi.kafka.serving import RELAY, HttpHub, Reading
from caunoi.settings import Settings
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import KafkaSender
from door.kafka.port import Outgoing
from hub import documents as d
from hub.intake import BATCH
from hub.log.relaying import RelayLog
from hub.relay import Relay
from node.composer import Submission
from sealing.keystore import FileKeyStore, KeyStore
from tests.torture.pens import Pen
from tests.world import POLICE as OF_WORLD
from tests.world import World

POLICE = "police-38"
NODES: dict[str, tuple[str, ...]] = {POLICE: (POLICE,)}
STATEMENTS, OF_A_CASE = 5_000, 10
MEMORY = "the same hub's process given statements alike from memory in batches as large"
INTAKE = "an intake in the same process given statements alike from memory in batches as large"
PRODUCER = "KafkaProducer with the same settings: the same messages in a loop, one flush, each acknowledged"


@dataclass
class Kept:
    """A sender that also keeps what it sent."""

    inner: KafkaSender
    messages: list[Outgoing] = field(default_factory=list)

    def send(self, messages: Iterable[Outgoing]) -> None:
        """See `port.Sender`."""
        sent = list(messages)
        self.inner.send(sent)
        self.messages += sent

    def close(self) -> None:
        """See `port.Sender`."""
        self.inner.close()


@dataclass
class Ground:
    """What runs: broker, hub, and in this process what `caunoi kafka` does."""

    access: Access
    deployment: Deployment
    hub: HttpHub
    keys: DayKeys
    pen: Pen
    sender: Kept
    relay: Relay

    def entries(self) -> int:
        """How many there are in the log."""
        with psycopg.connect(self.deployment.dsn) as connection:
            (found,) = connection.execute("SELECT count(*) FROM hub.log").fetchone() or (0,)
            return int(found)

    def taken_in(self, count: int) -> int:
        """Take in what lies in the topics, from a start."""
        with closing(Reading(self.access, NODES, self.hub, self.keys.store)) as reading:
            turn, before = reading.begin(), self.entries()
            while turn() or self.entries() < before + count:
                pass
        return self.entries() - before

    def brought(self, batches: Sequence[d.Arrivals]) -> int:
        """Bring batches from memory."""
        return sum(self.hub.bring(one) for one in batches)

    def told(self) -> int:
        """Tell what there is to tell."""
        return sum(iter(self.relay.turn, 0))

    def answered_up_to(self, index: int | None) -> int:
        """Say that receipts were told up to a log index, the newest where None; give up to which they were."""
        newest = self.entries() if index is None else index
        with psycopg.connect(make_conninfo(self.deployment.dsn, user=RELAY)) as connection:
            (was,) = connection.execute("SELECT receipts FROM hub.relayed").fetchone() or (0,)
            connection.execute("UPDATE hub.relayed SET receipts = %s", [newest])
            return int(was)


def kafka(bench: Bench) -> list[Pair]:
    """Measure both, round by round; nothing where there is no broker."""
    if missing():
        print("kafka: not measured, Apache Kafka is not here (`make kafka` brings it)", file=sys.stderr)
        return []
    inward, log = Pair("kafka.in", "statements/s", MEMORY), Pair("kafka.log", "statements/s", INTAKE)
    out, feed, receipts = (Pair(name, "messages/s", PRODUCER) for name in ("kafka.out", "kafka.feed", "kafka.receipts"))
    count = bench.of(STATEMENTS)
    with _ground(bench) as ground, World(fresh(bench), bench.directory / "intake") as world:
        world[OF_WORLD].follow()
        pen = Pen(world[OF_WORLD].composer, OF_WORLD, node=OF_WORLD)
        ground.told()
        for number in range(bench.rounds):
            _measure_in(ground, inward, count=count, first=number % 2 == 0)
            taken = [one.body for one in pen.cases(count, length=OF_A_CASE)]
            log.ours.append(inward.ours[-1])
            log.beside.append(rate(partial(take_in, world, taken, size=BATCH)))
            _measure_out(ground, out)
            ground.brought(_batches(ground.pen.cases(count, length=OF_A_CASE)))
            told = ground.answered_up_to(None)
            _measure_out(ground, feed)
            ground.answered_up_to(told)
            _measure_out(ground, receipts)
    return [inward, log, out, feed, receipts]


def _measure_in(ground: Ground, pair: Pair, *, count: int, first: bool) -> None:
    """One of each; `first` says whether ours comes first."""
    one, other = (ground.pen.cases(count, length=OF_A_CASE) for _ in range(2))
    key = ground.keys.turn()
    ground.sender.inner.send([ground.pen.message(each, key) for each in one])
    ours, beside = partial(ground.taken_in, count), partial(ground.brought, _batches(other))
    for work in (ours, beside) if first else (beside, ours):
        (pair.ours if work is ours else pair.beside).append(rate(work))


def _measure_out(ground: Ground, pair: Pair) -> None:
    """What the relay has to tell of what was taken in, then the same messages again."""
    ground.sender.messages.clear()
    pair.ours.append(rate(ground.told))
    pair.beside.append(rate(partial(_produce, ground.sender.inner, ground.sender.messages)))


def _produce(sender: KafkaSender, messages: Sequence[Outgoing]) -> int:
    producer = sender._producer  # noqa: SLF001 - the same client, as it is set
    futures = [
        producer.send(one.to.topic, partition=one.to.number, key=one.key, value=one.value, headers=list(one.headers))
        for one in messages
    ]
    producer.flush()
    return sum(future.succeeded() for future in futures)


def _batches(submissions: Sequence[Submission]) -> list[d.Arrivals]:
    return [_arrivals(submissions[start : start + BATCH]) for start in range(0, len(submissions), BATCH)]


def _arrivals(submissions: Sequence[Submission]) -> d.Arrivals:
    """A batch as the inlet brings it, of what never lay in a topic."""
    positions = [d.KafkaPosition("caunoi.statements.from-memory.v1", number, 1) for number in range(topics.PARTITIONS)]
    return d.Arrivals([d.Arrived(POLICE, msgspec.Raw(one.body)) for one in submissions], [], positions)


@contextmanager
def _ground(bench: Bench) -> Iterator[Ground]:
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(bench.directory / "broker"))
        access = Access(addresses=(broker.address,))
        with closing(administered.Administration(access)) as administration:
            administration.apply(administered.wanted(NODES))
        settings = Settings(home=bench.directory / "kafka-home", database_url=fresh(bench))
        deployment = stack.enter_context(deployed(settings, nodes=()))
        home = deployment.home
        signer = open_keystore(settings, home.hub.keystore, home.hub.kek, agency=HUB, seals=False)
        connection = stack.enter_context(psycopg.connect(make_conninfo(deployment.dsn, user=RELAY), autocommit=True))
        sender = stack.enter_context(closing(Kept(KafkaSender(access, name="bench"))))
        yield Ground(
            access=access,
            deployment=deployment,
            hub=HttpHub(stack.enter_context(hub_client(settings, home)), signer, lambda: int(time.time())),
            keys=_day_keys(settings, deployment, signer),
            pen=Pen.of(deployment, POLICE, node=POLICE),
            sender=sender,
            relay=Relay(
                log=RelayLog(connection),
                sender=sender,
                signer=signer,
                sign_as=signer.kids("sign")[-1],
                nodes=NODES,
            ),
        )


def _day_keys(settings: Settings, deployment: Deployment, signer: KeyStore) -> DayKeys:
    place = deployment.home.hub
    store = FileKeyStore.create(place.day_keystore, agency=HUB, source=key_source(settings, place.day_kek))
    return DayKeys(store, signer=signer, sign_as=signer.kids("sign")[-1], now=lambda: int(time.time()))
