"""`feed check` on this machine: entries from the hub's log, else from the agency's own node; the broker's topic.

Where this home is the hub's the log is read as `caunoi kafka` reads it, and how far the relay has told says what must
lie there. In a node's home the node's own entries are held against the topic, up to the newest of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from caunoi.bootstrap import schema_of
from caunoi.database import open_database
from caunoi.errors import KafkaNoError, SettingsError, UnavailableError
from caunoi.home import Home
from caunoi.kafka.feed_checking import Checked, FeedCheck, lying
from caunoi.settings import Settings
from caunoi.verifying import pinned
from domain import statements
from domain.errors import RefusedError
from door.kafka import topics
from door.kafka.client import KafkaReceiver
from door.kafka.port import KafkaAwayError, KafkaRefusedError, Receiver
from hub.head import stream_of
from hub.log.relaying import FeedRow, Relayed, RelayLog

PAGE = 1000
RELAY = "caunoi_relay"
_REGISTERED = (
    "SELECT state FROM hub.log JOIN hub.stored_events USING (notification_id) WHERE type = 'agency.registered'"
)
_OWN = "SELECT number, log_index, entry FROM {}.feed WHERE number > %s ORDER BY number LIMIT %s"


def check_feed(settings: Settings, *, agency: str, remark: Callable[[str], None]) -> Checked:
    """Check one agency's feed.

    Raises:
        RefusedError: `agency_unknown`: the directory has no such agency; at a node's, it was never started here.
        SettingsError: no broker is named; the pinned keys cannot be read.
        UnavailableError: the broker or the database cannot be read.
    """
    access, home = settings.kafka_access, Home(settings.home)
    if access is None:
        raise SettingsError("setting_needed", name="CAUNOI_KAFKA")
    _, hub_key = pinned(home.auditor_keys)
    try:
        with ExitStack() as stack:
            dsn, is_hub = stack.enter_context(open_database(settings, home)), home.hub.keystore.exists()
            dsn = make_conninfo(dsn, user=RELAY) if is_hub else dsn
            connection = stack.enter_context(psycopg.connect(dsn, autocommit=True))
            if not (_is_registered(connection, agency) if is_hub else home.node(agency).view_keys.exists()):
                raise RefusedError("agency_unknown")
            remark("kafka_connecting")
            receiver = stack.enter_context(closing(KafkaReceiver(access, name="caunoi-feed-check")))
            if is_hub:
                return against_log(settings, RelayLog(connection), receiver, agency=agency, hub_key=hub_key)
            return _against_node(settings, connection, receiver, agency=agency, hub_key=hub_key)
    except (KafkaAwayError, OSError):
        raise UnavailableError("kafka_away") from None
    except KafkaRefusedError as error:
        raise KafkaNoError(error) from None
    except psycopg.Error:
        raise UnavailableError("cli_log_unavailable") from None


def against_log(
    settings: Settings,
    log: RelayLog,
    receiver: Receiver,
    *,
    agency: str,
    hub_key: bytes,
    partitions: int = topics.PARTITIONS,
) -> Checked:
    """Hold the topic against the log; `hub_key` is the hub's raw public key.

    Raises:
        KafkaAwayError, KafkaRefusedError.
    """
    check = _check(settings, agency=agency, hub_key=hub_key, partitions=partitions)
    # In this order: what was told lies there, and what lies there is in the log.
    told = log.relayed(agency, partitions=partitions)
    starts, messages = lying(receiver, topics.feed_of(settings.kafka_node(agency)))
    return check.check(_logged(log, agency), messages, starts=starts, told=told.parts)


def _is_registered(connection: psycopg.Connection[TupleRow], agency: str) -> bool:
    said = (statements.read(bytes(entry).partition(b"\n")[0]) for (entry,) in connection.execute(_REGISTERED))
    return any(isinstance(one, statements.AgencyRegistered) and one.agency == agency for one in said)


def _against_node(
    settings: Settings, connection: psycopg.Connection[TupleRow], receiver: Receiver, *, agency: str, hub_key: bytes
) -> Checked:
    starts, messages = lying(receiver, topics.feed_of(settings.kafka_node(agency)))
    check = _check(settings, agency=agency, hub_key=hub_key, partitions=topics.PARTITIONS)
    return check.check(_kept(connection, agency), messages, starts=starts, told=None)


def _check(settings: Settings, *, agency: str, hub_key: bytes, partitions: int) -> FeedCheck:
    agencies = settings.kafka_nodes.get(settings.kafka_node(agency), (agency,))
    return FeedCheck(agency=agency, agencies=agencies, hub_key=hub_key, partitions=partitions)


def _logged(log: RelayLog, agency: str) -> Iterator[FeedRow]:
    after = Relayed(agency=agency, parts=(), chains=())
    while page := log.feed(after, limit=PAGE):
        yield from page
        after = Relayed(agency=agency, parts=(), chains=(), number=page[-1].number)


def _kept(connection: psycopg.Connection[TupleRow], agency: str) -> Iterator[FeedRow]:
    query, after = sql.SQL(_OWN).format(sql.Identifier(schema_of(agency))), 0
    while page := connection.execute(query, (after, PAGE)).fetchall():
        for number, index, entry in page:
            said = statements.read(bytes(entry).partition(b"\n")[0])
            yield FeedRow(number, index, said.type, stream_of(said).hex, bytes(entry))
        after = page[-1][0]
