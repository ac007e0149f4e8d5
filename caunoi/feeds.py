"""`feed check` on this machine: entries from the hub's log, else from the agency's own node; the broker's topic.

Where this home is the hub's the log is read as `caunoi kafka` reads it, and how far the relay has told says what must
lie there. In a node's home the node's own entries are held against the topic, up to the newest of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from caunoi.bootstrap import schema_of
from caunoi.database import open_database
from caunoi.errors import SettingsError, UnavailableError
from caunoi.feed_checking import Checked, FeedCheck, lying
from caunoi.home import Home
from caunoi.settings import Settings
from caunoi.verifying import pinned
from domain import statements
from door.kafka import topics
from door.kafka.client import KafkaReceiver
from door.kafka.port import KafkaAwayError, KafkaRefusedError, Receiver
from hub.head import stream_of
from hub.log.relaying import FeedRow, Relayed, RelayLog

PAGE = 1000
RELAY = "caunoi_relay"
_OWN = "SELECT number, log_index, entry FROM {}.feed WHERE number > %s ORDER BY number LIMIT %s"


def check_feed(settings: Settings, *, agency: str) -> Checked:
    """Check one agency's feed.

    Raises:
        SettingsError: no broker is named; the pinned keys cannot be read.
        UnavailableError: the broker or the database cannot be read.
    """
    access, home = settings.kafka_access, Home(settings.home)
    if access is None:
        raise SettingsError("setting_needed", name="CAUNOI_KAFKA")
    _, hub_key = pinned(home.auditor_keys)
    try:
        with (
            open_database(settings, home) as dsn,
            closing(KafkaReceiver(access, name="caunoi-feed-check")) as receiver,
        ):
            if home.hub.keystore.exists():
                with psycopg.connect(make_conninfo(dsn, user=RELAY), autocommit=True) as connection:
                    return against_log(settings, RelayLog(connection), receiver, agency=agency, hub_key=hub_key)
            with psycopg.connect(dsn, autocommit=True) as own:
                return _against_node(settings, own, receiver, agency=agency, hub_key=hub_key)
    except (KafkaAwayError, OSError):
        raise UnavailableError("kafka_away") from None
    except KafkaRefusedError as error:
        raise UnavailableError("kafka_refused", reason=str(error)) from None
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
