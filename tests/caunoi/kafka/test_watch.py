"""What `caunoi kafka` says of itself: who is away, how far each agency is behind, and of a message nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from caunoi.errors import UnavailableError
from caunoi.kafka.figures import application
from caunoi.kafka.passing import Passing
from caunoi.kafka.watch import LATE, BrokerAsked, DatabaseAsked, HubAsked, Watch, Watched, connecting
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver
from door.kafka.port import KafkaAwayError
from hub.log.relaying import RelayLog
from hub.relay import Relay
from tests.attacks.canary import ALL, CITIZEN, NAME, needles
from tests.caunoi.kafka.test_inlet import NODES, PARTITIONS, Door, Field, ground, notice
from tests.hub.intake_fixtures import hub_dsn, world
from tests.memory_kafka import MemoryReceiver, MemorySender
from tests.world import LABOUR, POLICE, WOMEN, open_case

__all__ = ["ground", "hub_dsn", "world"]
AGENCIES = [LABOUR, POLICE, WOMEN]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass
class Seen:
    """A Kafka door's watch over a hub and a broker in memory, and its pages."""

    ground: Field
    watch: Watch
    passing: Passing
    waits: list[str]

    def look(self) -> None:
        """Ask all three once."""
        for one in self.watch.watched:
            one.look()

    def page(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        answer = TestClient(application(self.watch, self.passing, waits=lambda: self.waits)).get(path)
        return answer.status_code, answer.text

    def figures(self) -> dict[str, float]:
        """Every sample by its name with labels."""
        lines = [line for line in self.page("/metrics")[1].splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def turn(self) -> None:
        """The inlet until nothing is left."""
        inlet = self.ground.inlet()
        inlet.passing = self.passing
        inlet.begin()
        while inlet.turn(wait=0):
            pass


@pytest.fixture
def seen(ground: Field) -> Iterator[Seen]:
    broker = ground.broker
    watch = Watch(
        BrokerAsked(sorted(NODES), lambda: MemoryReceiver(broker)),
        HubAsked(Door(ground.world).positions),
        DatabaseAsked(AGENCIES, connecting(f"{ground.world.dsn} user=caunoi_relay")),
    )
    yield Seen(ground, watch, Passing(), [])
    watch.database.close()


def relay(seen: Seen, connection: psycopg.Connection[tuple[object, ...]]) -> Relay:
    """A relay of these nodes."""
    for node in NODES:
        for topic in (topics.feed_of(node), topics.receipts_of(node)):
            seen.ground.broker.topics[topic] = PARTITIONS
    world = seen.ground.world
    return Relay(
        log=RelayLog(connection), sender=MemorySender(seen.ground.broker), signer=world.hub_keys,
        sign_as=world.hub_kid, nodes=NODES, partitions=PARTITIONS, trace_of=seen.passing.trace_of,
    )  # fmt: skip


@pytest.fixture
def as_relay(seen: Seen) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(seen.ground.world.dsn, user="caunoi_relay", autocommit=True) as connection:
        yield connection


def test_ready_only_when_all_three_answered(seen: Seen) -> None:
    """Before anybody was asked nobody is taken to be there; alive it is all the same."""
    status, text = seen.page("/readyz")
    assert (status, json.loads(text)["away"]) == (503, ["broker", "hub", "database"])
    assert seen.page("/healthz")[0] == 200
    seen.look()
    assert seen.page("/readyz") == (200, '{"status":"ok","away":[],"waits":[]}')
    seen.waits.append("relay")
    status, text = seen.page("/readyz")
    assert (status, json.loads(text)) == (503, {"status": "away", "away": [], "waits": ["relay"]})


def test_who_is_away_is_named(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone; whoever comes back is there again, and a loss is said once."""
    seen.look()

    def refused() -> None:
        raise UnavailableError("hub_not_running")

    for name in ("broker", "hub", "database"):
        with monkeypatch.context() as patched, capture_logs() as lines:
            if name == "broker":
                patched.setattr(seen.ground.broker, "away", True)
            elif name == "hub":
                patched.setattr(seen.watch.hub, "positions_of", refused)
            else:
                seen.watch.database.close()
                patched.setattr(seen.watch.database, "connect", connecting("host=/nowhere dbname=x"))
            seen.look()
            seen.look()
            status, text = seen.page("/readyz")
            assert (status, json.loads(text)["away"]) == (503, [name])
            assert seen.figures()[f"caunoi_kafka_{name}_reachable"] == 0
            assert [(one["event"], one["what"]) for one in lines] == [("kafka_door_lost", name)]
        seen.look()
        assert seen.page("/readyz")[0] == 200
        assert seen.figures()[f"caunoi_kafka_{name}_reachable"] == 1


def test_one_that_hangs_is_away() -> None:
    """No error ever comes of it: its last answer is too old."""
    now = 0.0
    one = Watched("broker", HubAsked(dict), clock=lambda: now)
    one.look()
    now = LATE - 1
    assert one.is_here
    now = LATE
    assert not one.is_here


def test_a_broker_that_takes_connections_and_says_nothing() -> None:
    """A listener that never answers is given up within the time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        access = Access(addresses=(f"127.0.0.1:{silent.getsockname()[1]}",))
        asked = BrokerAsked(["x"], lambda: KafkaReceiver(access, name="test", within=0.3))
        with pytest.raises(KafkaAwayError):
            asked.ask()


def test_it_looks_until_told_to_stop(seen: Seen) -> None:
    """In threads of its own."""
    stop = threading.Event()
    seen.watch.start(stop)
    for _ in range(100):
        if not seen.watch.away():
            break
        stop.wait(0.05)
    stop.set()
    assert seen.watch.away() == []


def test_lag_on_the_way_out(seen: Seen, as_relay: psycopg.Connection[tuple[object, ...]]) -> None:
    """By agency; the oldest ages until it is told, then there is none."""
    open_case(seen.ground.world)
    seen.look()
    figures = seen.figures()
    feed = len(seen.ground.world.application.reader.feed(POLICE, 0, 1000))
    assert figures[f'caunoi_kafka_lag{{agency="{POLICE}"}}'] == feed > 0
    assert figures[f'caunoi_kafka_oldest_seconds{{agency="{POLICE}"}}'] > 0
    relay(seen, as_relay).turn()
    seen.look()
    figures = seen.figures()
    for agency in AGENCIES:
        assert figures[f'caunoi_kafka_lag{{agency="{agency}"}}'] == 0
        assert figures[f'caunoi_kafka_oldest_seconds{{agency="{agency}"}}'] == 0


def test_lag_on_the_way_in(seen: Seen) -> None:
    """Messages that lie there; what fell out of the topic unread is counted apart, and said."""
    sent = [seen.ground.message(notice(seen.ground.world))]
    while len({one.to for one in sent}) == len(sent):  # two in one partition: a gap shows at what follows it
        sent.append(seen.ground.message(notice(seen.ground.world)))
    seen.ground.put(*sent)
    seen.look()
    assert seen.figures()["caunoi_kafka_unread"] == len(sent)
    seen.ground.broker.kept[sent[-1].to] = 1
    seen.look()
    assert seen.figures()["caunoi_kafka_unread"] == len(sent) - 1
    with capture_logs() as lines:
        seen.turn()
    seen.look()
    assert (seen.figures()["caunoi_kafka_unread"], seen.figures()["caunoi_kafka_missed_total"]) == (0, 1)
    assert [(one["event"], one["count"]) for one in lines] == [("kafka_missed", 1)]


def test_set_aside_by_code(seen: Seen) -> None:
    """Since the first, also after a restart; each counted once."""
    good = notice(seen.ground.world)
    seen.ground.put(seen.ground.message(good, value=b"garbage"), seen.ground.message(good, value=None))
    seen.turn()
    seen.look()
    seen.ground.put(seen.ground.message(good, value=b"more garbage"))
    seen.turn()
    for _ in range(2):
        seen.look()
        assert seen.figures()['caunoi_kafka_aside_total{code="kafka_not_opened"}'] == 2
        assert seen.figures()['caunoi_kafka_aside_total{code="kafka_tombstone"}'] == 1
        seen.watch.database.close()


def test_a_trace_is_passed_on(seen: Seen, as_relay: psycopg.Connection[tuple[object, ...]]) -> None:
    """From a submission to its receipt and into the log; of what else came with it nothing; entries have none."""
    first, second = notice(seen.ground.world), notice(seen.ground.world)
    more = {"traceparent": TRACE, "tracestate": "x=1", "baggage": "who=x"}
    seen.ground.put(
        seen.ground.message(first, headers=more), seen.ground.message(second, headers={"traceparent": f"{TRACE}0"})
    )
    with capture_logs() as lines:
        seen.turn()
    assert [one.get("traceparent") for one in lines] == [TRACE]
    relay(seen, as_relay).turn()
    receipts = seen.ground.broker.all(topics.receipts_of(POLICE))
    traces = {one.header("ce_id"): one.header("traceparent") for one in receipts}
    assert (traces[first.statement.id.encode()], traces[second.statement.id.encode()]) == (TRACE.encode(), None)
    for topic in seen.ground.broker.topics:
        if "statements" not in topic:
            names = {name for one in seen.ground.broker.all(topic) for name, _ in one.headers}
            assert not names & {"tracestate", "baggage"}
            assert ("traceparent" in names) is (topic == topics.receipts_of(POLICE))


def test_traces_are_few() -> None:
    """The oldest are forgotten."""
    passing = Passing(most=2)
    for name in ("a", "b", "c"):
        passing.came(name, TRACE.encode())
    assert [passing.trace_of(name) for name in "abc"] == [None, TRACE, TRACE]


def test_nothing_of_a_message_is_said(seen: Seen) -> None:
    """A person in every part of messages that are none: neither figures, pages nor log lines have anything of it."""
    good = notice(seen.ground.world)
    spoilt = [
        {name: text}
        for name in (
            "ce_id",
            "ce_source",
            "ce_type",
            "content-type",
            "ce_subject",
            "traceparent",
            "tracestate",
            "baggage",
        )
        for text in (NAME, CITIZEN, ALL)
    ]
    with capture_logs() as lines:
        for headers in spoilt:
            seen.ground.put(seen.ground.message(good, headers=headers))
        seen.ground.put(
            seen.ground.message(good, key=NAME.encode()), seen.ground.message(good, value=ALL.encode()),
            seen.ground.message(good, raw=ALL.encode()),
        )  # fmt: skip
        seen.turn()
        seen.look()
    said = "".join(seen.page(path)[1] for path in ("/metrics", "/readyz", "/healthz")) + json.dumps(lines)
    assert 'caunoi_kafka_aside_total{code="kafka_malformed"}' in said
    wanted = set().union(*(needles(text) for text in (NAME, CITIZEN, ALL)), {good.statement.id.encode()})
    assert [one for one in wanted if one in said.encode()] == []
