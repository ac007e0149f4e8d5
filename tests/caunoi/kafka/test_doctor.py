"""`caunoi doctor` over Kafka: each thing it looks at, right and wrong; what it may not know it says so."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import msgspec
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from caunoi.cli import app
from caunoi.doctor import Check, next_command
from caunoi.home import Home
from caunoi.kafka import doctor as kafka_doctor
from caunoi.kafka import topics
from caunoi.kafka.day_keys import HANOI, DayKeys
from caunoi.kafka.doctor import Part, day_key, examine_kafka, rights_as_they_should_be, secured, unread
from caunoi.kafka.seen import Seen, look
from caunoi.kafka.serving import day_key_told
from caunoi.settings import Settings
from domain.wording import say
from door.kafka import topics as named
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver
from door.kafka.port import Outgoing, Partition
from sealing.keystore import FileKeyStore, MemoryKeyStore
from sealing.master_keys import FileMasterKey
from tests.brokers import ADMINISTRATION, need
from tests.hub.log_fixtures import hub_dsn
from tests.memory_kafka import MemoryBroker, MemoryReceiver, MemorySender

__all__ = ["hub_dsn"]

MINE, OTHER = "police-38", "labour-38"
READ, WRITE = frozenset({"DESCRIBE", "READ"}), frozenset({"DESCRIBE", "WRITE"})
MAY = {
    named.statements_of(MINE): WRITE,
    named.receipts_of(MINE): READ,
    named.feed_of(MINE): READ,
    "caunoi.checkpoints.v1": READ,
}
SEEN = Seen(version="4.3", cluster=frozenset(), allowed=MAY, makes_topics=None)
NODE = Part(is_hub=False, nodes={MINE: (MINE,)})


def codes(checks: Iterable[Check]) -> list[tuple[str, str]]:
    return [(one.code, one.mark) for one in checks]


def test_tls_and_who_we_are() -> None:
    """In the clear is for this machine; TLS without saying who we are is not enough."""
    away, ca = ("kafka.example.vn:9093",), Path("ca.pem")
    assert codes([secured(Access(addresses=("127.0.0.1:9092",)))]) == [("doctor_kafka_open", "note")]
    assert codes([secured(Access(addresses=away))]) == [("doctor_kafka_open_elsewhere", "note")]
    assert codes([secured(Access(addresses=("127.0.0.1:1", *away)))]) == [("doctor_kafka_open_elsewhere", "note")]
    assert codes([secured(Access(addresses=away, ca=ca))]) == [("doctor_kafka_nobody", "wrong")]
    by = secured(Access(addresses=away, ca=ca, user="x", certificate=Path("own.pem")))
    assert (by.code, by.mark, by.params) == ("doctor_kafka_secured", "ok", {"by": "SCRAM-SHA-512 + mTLS"})


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, [("doctor_kafka_rights", "ok")]),
        ({"allowed": {**MAY, named.statements_of(MINE): frozenset()}}, [("doctor_kafka_right_missing", "wrong")]),
        ({"allowed": {**MAY, named.statements_of(MINE): READ | WRITE}}, [("doctor_kafka_right_beyond", "wrong")]),
        ({"allowed": {**MAY, named.feed_of(OTHER): READ}}, [("doctor_kafka_right_beyond", "wrong")]),
        ({"allowed": {**MAY, "another.topic": WRITE}}, [("doctor_kafka_right_beyond", "wrong")]),
        ({"allowed": {**MAY, "another.topic": frozenset({"DESCRIBE"})}}, [("doctor_kafka_rights", "ok")]),
        ({"cluster": frozenset({"ALTER"})}, [("doctor_kafka_right_over_all", "wrong")]),
        ({"allowed": {}}, [("doctor_kafka_right_missing", "wrong")] * 4),
        ({"cluster": kafka_doctor._OVER_ALL, "allowed": dict.fromkeys(MAY, kafka_doctor._POWER)},
         [("doctor_kafka_rights_all", "note")]),
    ],
)  # fmt: skip
def test_rights(changed: dict[str, object], found: list[tuple[str, str]]) -> None:
    """A node's: what it must, and nothing else it may know of."""
    seen = replace(SEEN, **changed)  # type: ignore[arg-type]
    assert codes(rights_as_they_should_be(seen, NODE.rights)) == found


def test_rights_of_the_hub() -> None:
    """It reads statements and writes the rest; to read a feed is beyond."""
    hub = Part(is_hub=True, nodes={MINE: (MINE,)})
    may = {named.statements_of(MINE): READ, named.receipts_of(MINE): WRITE, named.feed_of(MINE): WRITE,
           "caunoi.checkpoints.v1": WRITE}  # fmt: skip
    assert codes(rights_as_they_should_be(replace(SEEN, allowed=may), hub.rights)) == [("doctor_kafka_rights", "ok")]
    for topic, ops in ((named.feed_of(MINE), READ), (named.statements_of(MINE), frozenset[str]())):
        found = [one.mark for one in rights_as_they_should_be(replace(SEEN, allowed={**may, topic: ops}), hub.rights)]
        assert set(found) == {"wrong"}


def test_topics_it_may_not_look_into() -> None:
    """Settings that were not shown are not said to be wrong; a missing topic is."""
    hidden = topics.Difference(topic=named.feed_of(MINE), what="retention.ms", wanted="1")
    missing = topics.Difference(topic=named.receipts_of(MINE), what="missing", wanted="12")
    ask = kafka_doctor.topics_as_they_should_be
    unknown = [("doctor_kafka_settings_unknown", "note"), ("doctor_kafka_auto_unknown", "note")]
    assert codes(ask(SEEN, [hidden], count=4)) == [("doctor_kafka_topics", "ok"), *unknown]
    assert codes(ask(SEEN, [hidden, missing], count=4)) == [("doctor_kafka_topic", "wrong"), *unknown]
    shown = replace(SEEN, allowed={named.feed_of(MINE): READ | {"DESCRIBE_CONFIGS"}}, makes_topics=True)
    assert codes(ask(shown, [hidden], count=4)) == [("doctor_kafka_topic", "wrong"), ("doctor_kafka_auto_on", "wrong")]


def test_the_day_s_key(tmp_path: Path) -> None:
    """There and signed; of another day; by another than the hub; none at all."""
    hub, other, now = MemoryKeyStore("hub"), MemoryKeyStore("hub"), int(time.time())
    kid, wrong = (store.add_key(use="sign", suite="ed25519") for store in (hub, other))
    source = FileMasterKey(tmp_path / "kek")
    source.create()
    store = FileKeyStore.create(tmp_path / "days.json", agency="hub", source=source)
    key = DayKeys(store, signer=hub, sign_as=kid, now=lambda: now).turn()
    forged = DayKeys(store, signer=other, sign_as=wrong, now=lambda: now).turn()
    broker = MemoryBroker({named.receipts_of(MINE): 3})

    def asked(today: str = key.day) -> tuple[str, str]:
        found = day_key(MemoryReceiver(broker), MINE, hub_key=hub.public(kid), today=today)
        return found.code, found.mark

    assert asked() == ("doctor_day_key_missing", "wrong")
    MemorySender(broker).send([day_key_told(MINE, msgspec.json.encode(key), key.day)])
    assert asked() == ("doctor_day_key", "ok")
    assert asked("9999-01-01") == ("doctor_day_key_missing", "wrong")
    MemorySender(broker).send([day_key_told(MINE, msgspec.json.encode(forged), forged.day)])
    assert asked() == ("doctor_day_key_forged", "wrong")


def test_the_hub_s_own_day_keys(tmp_path: Path) -> None:
    """Which days its store has keys for is read without opening it."""
    home = Home(tmp_path / "home")
    assert kafka_doctor._days_made(home) == set()
    home.prepare()
    source = FileMasterKey(tmp_path / "kek")
    source.create()
    store = FileKeyStore.create(home.hub.day_keystore, agency="hub", source=source)
    signer = MemoryKeyStore("hub")
    DayKeys(
        store, signer=signer, sign_as=signer.add_key(use="sign", suite="ed25519"), now=lambda: int(time.time())
    ).turn()
    today = (datetime.now(UTC) + HANOI).date()
    assert kafka_doctor._days_made(home) == {today.isoformat()}
    assert (today + timedelta(days=1)).isoformat() not in kafka_doctor._days_made(home)


def test_what_lies_unread() -> None:
    """So many; what the topic no longer keeps; a topic that somebody made anew."""
    topic = named.feed_of(MINE)
    at, broker = Partition(topic, 0), MemoryBroker({topic: 2})
    MemorySender(broker).send(Outgoing(to=at, key=b"k", value=b"v") for _ in range(5))

    def asked(position: int) -> tuple[str, str, dict[str, str | int]]:
        found = unread(MemoryReceiver(broker), [topic], {at: position}, who=MINE)
        return found.code, found.mark, found.params

    assert asked(2) == ("doctor_kafka_unread", "ok", {"who": MINE, "unread": 3})
    broker.kept[at] = 4
    assert asked(2) == ("doctor_kafka_gone", "wrong", {"who": MINE, "gone": 2, "unread": 1})
    assert asked(5) == ("doctor_kafka_unread", "ok", {"who": MINE, "unread": 0})
    assert asked(6)[:2] == ("doctor_kafka_anew", "wrong")


def hub_home(root: Path) -> Home:
    """A home that is the hub's, with nothing in it."""
    home = Home(root)
    home.prepare()
    home.hub.keystore.write_text("{}")
    return home


def test_on_apache_kafka(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong has a line, a remedy and an exit status; after the remedy nothing of the topics is wrong."""
    need(ADMINISTRATION)
    node = f"node-{token_hex(4)}"
    settings = Settings(home=tmp_path / "home", kafka=kafka, kafka_nodes={node: (node,)})
    home = hub_home(settings.home)
    before = list(examine_kafka(settings, home, dsn=None))
    assert ("doctor_kafka_topic", "wrong") in codes(before)
    assert {one.remedy for one in before if one.code == "doctor_kafka_topic"} == {"caunoi topics apply"}
    with closing(topics.Administration(Access(addresses=(kafka,)))) as administration:
        administration.apply(topics.wanted([node]))
    found = dict(codes(examine_kafka(settings, home, dsn=None)))
    assert found.items() >= {
        "doctor_kafka_open": "note", "doctor_kafka": "ok", "doctor_kafka_door_not_ready": "note",
        "doctor_kafka_topics": "ok", "doctor_kafka_auto_off": "ok",
        "doctor_kafka_rights_all": "note", "doctor_clock_unknown": "note", "doctor_day_key_unknown": "note",
    }.items()  # fmt: skip
    seen = look(Access(addresses=(kafka,)), within=5)
    assert int(seen.version.split(".")[0]) >= 4
    with closing(KafkaReceiver(Access(addresses=(kafka,)), name="test")) as receiver:
        assert unread(receiver, [named.feed_of(node)], {}, who=node).params == {"who": node, "unread": 0}
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, ["doctor", "--json"])
    told = {one["code"]: one for one in json.loads(done.stdout)["checks"]}
    assert told["doctor_kafka"]["words"] == {
        language: say("doctor_kafka", language, version=seen.version) for language in ("vi", "en")
    }


def test_a_broker_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said, and soon."""
    monkeypatch.setattr(kafka_doctor, "WITHIN", 0.3)
    settings = Settings(home=tmp_path / "home", kafka="127.0.0.1:9", kafka_nodes={MINE: (MINE,)})
    home = hub_home(settings.home)
    begun = time.monotonic()
    found = list(examine_kafka(settings, home, dsn=None))
    assert codes(found)[1:] == [("kafka_away", "wrong")]
    assert next_command(found)[1] == "CAUNOI_KAFKA"
    assert time.monotonic() - begun < 5


def test_what_lies_unread_as_the_relay_sees_it(hub_dsn: str) -> None:
    """Beside the hub the door's own dsn is the relay's: it is told all the same what lies unread and how far it is."""
    broker = MemoryBroker({named.statements_of(MINE): 1})
    part = Part(is_hub=True, nodes={MINE: [MINE]})
    found = kafka_doctor._unread(MemoryReceiver(broker), part, make_conninfo(hub_dsn, user="caunoi_relay"))
    assert codes(found) == [("doctor_kafka_unread", "ok"), ("doctor_kafka_lag", "ok")]


def test_who_does_not_go_over_kafka(tmp_path: Path) -> None:
    """That no node is named is said, and nobody is asked."""
    found = examine_kafka(Settings(home=tmp_path, kafka="127.0.0.1:9"), Home(tmp_path), dsn=None)
    assert codes(found) == [("doctor_kafka_no_nodes", "note")]
