"""The Kafka door's process, beside the hub: what nodes put into topics goes in, what the log has for them goes out.

It holds the keys of the days and opens what is sealed for them; the hub's own process opens nothing. In PostgreSQL it
is a role that reads the log and writes only how far each agency was told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import httpx2 as httpx
import msgspec
import psycopg
from psycopg.conninfo import make_conninfo
from starlette.applications import Starlette

from caunoi.bootstrap import HUB, key_source, open_keystore
from caunoi.errors import PostgresError, SettingsError, UnavailableError
from caunoi.home import Home
from caunoi.hub_address import hub_client
from caunoi.kafka.day_keys import DayKeys
from caunoi.kafka.figures import application
from caunoi.kafka.inlet import HubDoor, Inlet
from caunoi.kafka.passing import Passing
from caunoi.kafka.watch import WITHIN, BrokerAsked, DatabaseAsked, HubAsked, Watch, connecting, impatient
from caunoi.operating_log import LOG
from caunoi.serving import serve
from caunoi.settings import Settings
from caunoi.turning import Turning
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver, KafkaSender
from door.kafka.port import Outgoing, Partition, Receiver, Sender
from hub import documents as d
from hub.callers import AUDIENCE
from hub.log.relaying import RelayLog
from hub.relay import Relay
from sealing.keystore import FileKeyStore, KeyStore
from sealing.tokens import Kind, issue

NAME = "kafka"
RELAY = "caunoi_relay"
WAIT = 0.2  # seconds for the next message, or until the hub says that it has appended
LOOK = 10.0  # seconds until the relay looks nevertheless


@dataclass(slots=True)
class HttpHub:
    """The hub's own address for this process, with a token by the hub's key. `now` gives seconds since 1970."""

    client: httpx.Client
    signer: KeyStore
    now: Callable[[], int]

    def positions(self) -> Mapping[Partition, int]:
        """See `inlet.HubDoor`."""
        answer = self._call("GET", None)
        found = msgspec.json.decode(answer, type=d.KafkaPositions).positions
        return {Partition(one.topic, one.partition): one.position for one in found}

    def bring(self, arrivals: d.Arrivals) -> int:
        """See `inlet.HubDoor`."""
        return msgspec.json.decode(self._call("POST", msgspec.json.encode(arrivals)), type=d.KafkaTaken).answered

    def _call(self, method: str, content: bytes | None) -> bytes:
        kid = self.signer.kids("sign")[-1]
        token = issue(kind=Kind.AGENCY, agency=HUB, kid=kid, audience=AUDIENCE, now=self.now(), signer=self.signer)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            answer = self.client.request(method, "/v1/kafka", content=content, headers=headers)
        except httpx.RequestError:
            raise UnavailableError("hub_not_running") from None
        if answer.status_code != 200:
            raise UnavailableError("hub_not_running")
        given: bytes = answer.content
        return given


def serve_kafka(settings: Settings, *, dsn: str, supervised: bool) -> None:
    """Serve the Kafka door until told to stop.

    Raises:
        SettingsError: no broker or no nodes are named.
        UnavailableError: this home is not the hub's; the database refuses.
    """
    home, stop = Home(settings.home), threading.Event()
    try:
        with _doing(settings, home, dsn, stop) as (doing, app):
            threads = [threading.Thread(target=one.run, name=one.name, daemon=True) for one in doing]
            for thread in threads:
                thread.start()
            try:
                serve(app, settings, home, name=NAME, port=settings.kafka_port, supervised=supervised)
            finally:
                stop.set()
                for thread in threads:
                    thread.join(10)
    except psycopg.OperationalError:
        LOG.error("database_not_reached")
        raise PostgresError("postgres_not_reached") from None


@contextmanager
def _doing(
    settings: Settings, home: Home, dsn: str, stop: threading.Event
) -> Iterator[tuple[list[Turning], Starlette]]:
    access = settings.kafka_access
    if access is None or not settings.kafka_nodes:
        raise SettingsError("setting_needed", name="CAUNOI_KAFKA" if access is None else "CAUNOI_KAFKA_NODES")
    if not home.hub.keystore.exists():
        raise UnavailableError("cli_no_keystore", agency=HUB)
    signer = open_keystore(settings, home.hub.keystore, home.hub.kek, agency=HUB, seals=False)
    sign_as, now = signer.kids("sign")[-1], lambda: int(time.time())
    keys = DayKeys(_day_store(settings, home), signer=signer, sign_as=sign_as, now=now)
    nodes, as_relay, passing = settings.kafka_nodes, make_conninfo(dsn, user=RELAY), Passing()
    with ExitStack() as stack:
        hub, asked = (
            HttpHub(stack.enter_context(hub_client(settings, home, timeout=seconds)), signer, now)
            for seconds in (60.0, WITHIN)
        )
        watch = Watch(
            BrokerAsked(sorted(nodes), partial(KafkaReceiver, access, name="caunoi-watch", within=WITHIN)),
            HubAsked(asked.positions),
            DatabaseAsked(sorted(chain(*nodes.values())), connecting(as_relay)),
        )
        reading = Reading(access, nodes, hub, keys.store, passing)
        stack.callback(reading.close)
        relaying = Relaying(access, nodes, as_relay, signer, keys, passing)
        stack.callback(relaying.close)
        doing = [Turning("inlet", reading.begin, stop), Turning("relay", relaying.begin, stop)]
        watch.start(stop)
        yield doing, application(watch, passing, waits=lambda: [one.name for one in doing if one.is_waiting])


@dataclass(slots=True)
class Reading:
    """The inlet with a receiver of its own, made anew after a failure.

    While the hub takes one lot in, the next is read and opened, and no more than that; after a failure, not before it
    has taken one.
    """

    access: Access
    nodes: Mapping[str, Sequence[str]]
    hub: HubDoor
    store: FileKeyStore
    passing: Passing = field(default_factory=Passing)
    receiver: Receiver | None = None
    bringing: Future[None] | None = None
    takes: bool = False  # whether the hub took in what was brought since the last failure
    _hand: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "bring"))

    def begin(self) -> Callable[[], int]:
        """Connect; give what is done in turn."""
        self._brought()
        self.close()
        self.takes = False
        self.receiver = KafkaReceiver(self.access, name="caunoi-inlet")
        inlet = Inlet(receiver=self.receiver, hub=self.hub, store=self.store, nodes=self.nodes, passing=self.passing)
        inlet.begin()
        return partial(self._turn, inlet)

    def _turn(self, inlet: Inlet) -> int:
        """Read on; give how many batches are being brought."""
        found = inlet.look(wait=WAIT)
        self._brought()
        if found:
            self.bringing = self._hand.submit(inlet.bring, found)
            if not self.takes:
                self._brought()
                self.takes = True
        return len(found)

    def _brought(self) -> None:
        """Wait until what was brought last is in the log.

        Raises:
            UnavailableError: nothing is known of it.
        """
        bringing, self.bringing = self.bringing, None
        if bringing is not None:
            bringing.result()

    def close(self) -> None:
        """Give back the connection."""
        if self.receiver is not None:
            self.receiver.close()
            self.receiver = None


@dataclass(slots=True)
class Relaying:
    """The relay with connections of its own, made anew after a failure; tells the key of each day as it comes."""

    access: Access
    nodes: Mapping[str, Sequence[str]]
    dsn: str
    signer: KeyStore
    keys: DayKeys
    passing: Passing = field(default_factory=Passing)
    connection: psycopg.Connection[tuple[object, ...]] | None = None
    sender: Sender | None = None
    told: str = ""  # the day whose key the nodes were told
    _look_at: float = 0.0  # by the clock of `time.monotonic`

    def begin(self) -> Callable[[], int]:
        """Connect; give what is done in turn."""
        self.close()
        self.connection = psycopg.connect(impatient(self.dsn), autocommit=True)
        self.sender = KafkaSender(self.access, name="caunoi-relay")
        # A broker that comes back may be another one, without the key.
        self.told, self._look_at = "", 0.0
        relay = Relay(
            log=RelayLog(self.connection),
            sender=self.sender,
            signer=self.signer,
            sign_as=self.signer.kids("sign")[-1],
            nodes=self.nodes,
            trace_of=self.passing.trace_of,
        )
        return partial(self._turn, relay)

    def _turn(self, relay: Relay) -> int:
        """Tell what there is to tell; where there is nothing, wait until the hub has appended."""
        if self.keys.today().isoformat() != self.told:
            key = self.keys.turn()
            relay.sender.send(day_key_told(node, msgspec.json.encode(key), key.day) for node in self.nodes)
            self.told = key.day
        if not relay.log.wait(0 if self._look_at == 0 else WAIT) and time.monotonic() < self._look_at:
            return 0
        told = relay.turn()
        self._look_at = time.monotonic() + LOOK if not told else 0.0
        return told

    def close(self) -> None:
        """Give back the connections."""
        for one in (self.connection, self.sender):
            if one is not None:
                one.close()
        self.connection = self.sender = None


def day_key_told(node: str, value: bytes, day: str) -> Outgoing:
    """The message that tells a node of a day's key."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": day,
        "ce_source": "hub",
        "ce_type": topics.DAY_KEY,
        "ce_subject": node,
        "content-type": "application/json",
    }
    return Outgoing(
        to=Partition(topics.receipts_of(node), 0),
        key=day.encode(),
        value=value,
        headers=tuple((name, text.encode()) for name, text in headers.items()),
    )


def _day_store(settings: Settings, home: Home) -> FileKeyStore:
    path, source = home.hub.day_keystore, key_source(settings, home.hub.day_kek)
    return FileKeyStore(path, source) if path.exists() else FileKeyStore.create(path, agency=HUB, source=source)
