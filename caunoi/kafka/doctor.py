"""What `caunoi doctor` looks at over Kafka: the broker, the topics, our rights there, the day's key, what lies unread.

As everything there it only looks. Where this home is the hub's it looks as `caunoi kafka` would, else as its nodes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import LiteralString

import httpx2 as httpx
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from caunoi.bootstrap import schema_of
from caunoi.doctor import DOCTOR, LAG, Check
from caunoi.errors import CaunoiError, KafkaNoError
from caunoi.home import Home
from caunoi.hub_address import hub_client
from caunoi.kafka.day_keys import HANOI
from caunoi.kafka.feed_checking import lying
from caunoi.kafka.seen import Seen, look
from caunoi.kafka.topics import HUB_USER, Administration, Difference, Right, rights, wanted
from caunoi.listening import running
from caunoi.printing import Mark
from caunoi.settings import Settings
from caunoi.verifying import pinned
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver
from door.kafka.port import KafkaAwayError, KafkaRefusedError, Partition, Receiver
from hub.log.lagging import Lagging
from node.kafka_messages import NOT_OURS, read_day_key

WITHIN = 5.0  # seconds
DRIFT = 60  # seconds a clock may be away; tokens hold for five minutes
APPLY, GIVE = "caunoi topics apply", "caunoi topics acl --apply"
_POWER = frozenset({"READ", "WRITE", "CREATE", "DELETE", "ALTER", "ALTER_CONFIGS"})
_OVER_ALL = frozenset({"CREATE", "ALTER", "ALTER_CONFIGS", "CLUSTER_ACTION"})
_OF_HUB: LiteralString = "SELECT topic, partition, position FROM hub.kafka_positions"
_OF_NODE: LiteralString = "SELECT topic, partition, position FROM {}.kafka_positions"
_NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Who this home is to the broker: the hub, or nodes (node → its agencies here)."""

    is_hub: bool
    nodes: Mapping[str, Sequence[str]]

    @property
    def rights(self) -> list[Right]:
        """What it should be allowed, of topics."""
        users = {HUB_USER} if self.is_hub else set(self.nodes)
        return [one for one in rights(self.nodes) if one.user in users and one.of == "topic"]


def examine_kafka(settings: Settings, home: Home, *, dsn: str | None) -> Iterator[Check]:
    """Look at everything, one after the other; nothing where no broker is named. `dsn`: our database, if it answers."""
    access, part = settings.kafka_access, _part(settings, home)
    if access is None:
        return
    if not part.nodes:
        yield Check("doctor_kafka_no_nodes", "note")
        return
    yield secured(access)
    try:
        seen, asked = look(access, within=WITHIN), wanted(part.nodes)
        with closing(Administration(access, within=WITHIN)) as administration:
            different = administration.differences(asked)
        yield Check("doctor_kafka", "ok", {"version": seen.version})
        if part.is_hub:
            is_up = running(home, "kafka") is not None
            yield Check("doctor_kafka_door" if is_up else "doctor_kafka_door_not_ready", "ok" if is_up else "note")
        yield from topics_as_they_should_be(seen, different, count=len(asked))
        yield from rights_as_they_should_be(seen, part.rights)
        yield _clock(settings, home, dsn=dsn if part.is_hub else None)
        with closing(KafkaReceiver(access, name="caunoi-doctor", within=WITHIN)) as receiver:
            yield from _day_keys(home, receiver, part, seen)
            yield from _unread(receiver, part, dsn)
    except KafkaRefusedError as error:
        yield Check(KafkaNoError(error).code, "wrong", {}, DOCTOR)
    except (KafkaAwayError, OSError):
        yield Check("kafka_away", "wrong", {}, DOCTOR)


def _part(settings: Settings, home: Home) -> Part:
    if home.hub.keystore.exists():
        return Part(is_hub=True, nodes=settings.kafka_nodes)
    nodes: dict[str, list[str]] = {}
    if settings.node_over == "kafka":
        listed = {agency for agencies in settings.kafka_nodes.values() for agency in agencies}
        for agency in sorted(path.parent.name for path in home.nodes.glob("*/keystore.json")):
            if not listed or agency in listed:
                nodes.setdefault(settings.kafka_node(agency), []).append(agency)
    return Part(is_hub=False, nodes=nodes)


def secured(access: Access) -> Check:
    """Whether we speak over TLS, and as whom; in the clear only on this machine."""
    if access.ca is None:
        return Check("doctor_kafka_open" if access.is_here else "doctor_kafka_open_elsewhere", "note")
    by = [name for name, one in (("SCRAM-SHA-512", access.user), ("mTLS", access.certificate)) if one is not None]
    if not by:
        return Check("doctor_kafka_nobody", "wrong")
    return Check("doctor_kafka_secured", "ok", {"by": " + ".join(by)})


def topics_as_they_should_be(seen: Seen, different: Sequence[Difference], *, count: int) -> Iterator[Check]:
    """The topics, and that nobody makes one by naming it. Of what this principal may not know it says so."""
    readable = {name for name, may in seen.allowed.items() if "DESCRIBE_CONFIGS" in may}
    known = [one for one in different if one.what in {"missing", "partitions"} or one.topic in readable]
    for one in known:
        params: dict[str, str | int] = {"topic": one.topic, "what": one.what, "wanted": one.wanted, "found": one.found}
        yield Check("doctor_kafka_topic", "wrong", params, APPLY)
    if not known:
        yield Check("doctor_kafka_topics", "ok", {"count": count})
    if len(known) < len(different):
        yield Check("doctor_kafka_settings_unknown", "note")
    match seen.makes_topics:
        case None:
            yield Check("doctor_kafka_auto_unknown", "note")
        case True:
            yield Check("doctor_kafka_auto_on", "wrong")
        case False:
            yield Check("doctor_kafka_auto_off", "ok")


def rights_as_they_should_be(seen: Seen, should: Iterable[Right]) -> Iterator[Check]:
    """That this principal may do what it must and, of all it may know of, nothing else."""
    if seen.cluster >= _OVER_ALL and all(may >= _POWER for may in seen.allowed.values()):
        yield Check("doctor_kafka_rights_all", "note")
        return
    due = {name: {one.may.upper() for one in should if _is_for(one, name)} for name in seen.allowed}
    missing = [one.name for one in should if not one.prefix and one.may.upper() not in seen.allowed.get(one.name, ())]
    missing += [name for name, may in due.items() if may - seen.allowed[name]]
    beyond = sorted(name for name, may in seen.allowed.items() if (may & _POWER) - due[name])
    for name in sorted(set(missing)):
        yield Check("doctor_kafka_right_missing", "wrong", {"topic": name}, GIVE)
    for name in beyond:
        yield Check("doctor_kafka_right_beyond", "wrong", {"topic": name})
    if seen.cluster & _OVER_ALL:
        yield Check("doctor_kafka_right_over_all", "wrong")
    elif not missing and not beyond:
        yield Check("doctor_kafka_rights", "ok", {"count": len(seen.allowed)})


def _is_for(right: Right, topic: str) -> bool:
    return topic.startswith(right.name) if right.prefix else topic == right.name


def _clock(settings: Settings, home: Home, *, dsn: str | None) -> Check:
    """Ours beside the database's at the hub, beside the hub's at a node."""
    try:
        if dsn is not None:
            with psycopg.connect(dsn, connect_timeout=5) as connection:
                row = connection.execute(_NOW).fetchone()
                theirs = float(row[0]) if row else 0.0
        else:
            with hub_client(settings, home, timeout=WITHIN) as client:
                theirs = parsedate_to_datetime(client.get("/healthz").headers["date"]).timestamp()
    except (psycopg.Error, httpx.RequestError, KeyError, ValueError):
        return Check("doctor_clock_unknown", "note")
    away = abs(round(time.time() - theirs))
    return Check(
        "doctor_clock" if away <= DRIFT else "doctor_clock_wrong", "ok" if away <= DRIFT else "wrong", {"seconds": away}
    )


def _day_keys(home: Home, receiver: Receiver, part: Part, seen: Seen) -> Iterator[Check]:
    """Of each node's topic that we may read; where the hub may read none, of its own store."""
    today = (datetime.now(UTC) + HANOI).date().isoformat()
    readable = [node for node in part.nodes if "READ" in seen.allowed.get(topics.receipts_of(node), ())]
    if not readable and part.is_hub:
        made = _days_made(home)
        yield Check("doctor_day_key" if today in made else "doctor_day_key_missing", "ok" if today in made else "wrong",
                    {"node": HUB_USER, "day": today})  # fmt: skip
        return
    try:
        _, hub_key = pinned(home.auditor_keys)
    except CaunoiError:
        yield Check("doctor_day_key_unknown", "note")
        return
    for node in readable:
        yield day_key(receiver, node, hub_key=hub_key, today=today)


def day_key(receiver: Receiver, node: str, *, hub_key: bytes, today: str) -> Check:
    """The newest key of a day that lies in a node's topic, and whether the hub signed it.

    Raises:
        KafkaAwayError, KafkaRefusedError.
    """
    _, messages = lying(receiver, topics.receipts_of(node), only=0)
    newest, forged = "", False
    for one in messages:
        if one.header("ce_type") == topics.DAY_KEY.encode():
            try:
                newest = max(newest, read_day_key(one, hub_key=hub_key).day)
            except NOT_OURS:
                forged = True
    if forged:
        return Check("doctor_day_key_forged", "wrong", {"node": node})
    is_there = newest >= today
    return Check("doctor_day_key" if is_there else "doctor_day_key_missing", "ok" if is_there else "wrong",
                 {"node": node, "day": today})  # fmt: skip


def _days_made(home: Home) -> set[str]:
    """The days of the keys in the hub's store, which is not opened for it."""
    try:
        keys = json.loads(home.hub.day_keystore.read_bytes())["keys"]
        return {(datetime.fromtimestamp(key["not_before"], UTC) + HANOI).date().isoformat() for key in keys}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _unread(receiver: Receiver, part: Part, dsn: str | None) -> Iterator[Check]:
    """What lies unread in the topics we read, what fell out of them unread, and what agencies were not told yet."""
    if dsn is None:
        return
    try:
        # Beside the hub the dsn may be the relay's, who is not shown how far the topics were taken in.
        asked = make_conninfo(dsn, user="caunoi_writer") if part.is_hub else dsn
        with psycopg.connect(asked, connect_timeout=5, autocommit=True) as connection:
            if part.is_hub:
                kept = connection.execute(_OF_HUB).fetchall()
                yield unread(receiver, map(topics.statements_of, part.nodes), _positions(kept), who=HUB_USER)
            for node, agency in (
                () if part.is_hub else [(node, one) for node, all_ in part.nodes.items() for one in all_]
            ):
                kept = connection.execute(sql.SQL(_OF_NODE).format(sql.Identifier(schema_of(agency)))).fetchall()
                mine = [topics.receipts_of(node), topics.feed_of(node)]
                yield unread(receiver, mine, _positions(kept), who=agency)
        if part.is_hub:
            with psycopg.connect(make_conninfo(dsn, user="caunoi_relay"), connect_timeout=5, autocommit=True) as relay:
                for lag in Lagging(relay).lags(sorted({one for all_ in part.nodes.values() for one in all_})):
                    mark: Mark = "note" if lag.entries > LAG else "ok"
                    yield Check("doctor_kafka_lag", mark, {"agency": lag.agency, "entries": lag.entries})
    except psycopg.Error:
        yield Check("doctor_kafka_unread_unknown", "note")


def unread(receiver: Receiver, names: Iterable[str], positions: Mapping[Partition, int], *, who: str) -> Check:
    """What lies unread in these topics, and what they no longer keep of it.

    Raises:
        KafkaAwayError, KafkaRefusedError.
    """
    there = [one for name in names for one in receiver.partitions(name)]
    receiver.seek(dict.fromkeys(there, 0))
    starts, ends = receiver.starts(), receiver.ends()
    at = {one: positions.get(one, 0) for one in there}
    gone = sum(max(0, starts[one] - at[one]) for one in there)
    lies = sum(max(0, ends[one] - max(at[one], starts[one])) for one in there)
    if any(at[one] > ends[one] for one in there):
        return Check("doctor_kafka_anew", "wrong", {"who": who})
    if gone:
        return Check("doctor_kafka_gone", "wrong", {"who": who, "gone": gone, "unread": lies})
    return Check("doctor_kafka_unread", "note" if lies > LAG else "ok", {"who": who, "unread": lies})


def _positions(rows: Iterable[Sequence[object]]) -> dict[Partition, int]:
    return {Partition(str(topic), int(str(number))): int(str(position)) for topic, number, position in rows}
