"""A node over Kafka does what it does over HTTP, whatever broker, hub or node do meanwhile."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import pytest

from domain.errors import RefusedError
from door.kafka import topics
from door.kafka.port import Incoming, Outgoing, Partition
from node import over_kafka
from node.errors import HubUnavailableError
from node.feed_parts import FeedParts
from sealing.encoding import ctx, to_base64, uint64
from tests.memory_kafka import MemorySender
from tests.node.kafka_province import KafkaProvince, kafka_province
from tests.node.province import LABOUR, POLICE, WOMEN, Office, answer, case_of, notice, opened, row, support

__all__ = ["kafka_province"]
DAY = 24 * 3600 * 1_000_000  # µs


@pytest.fixture
def ground(kafka_province: KafkaProvince) -> KafkaProvince:
    """Police, labour and women go over Kafka and are up to date."""
    for agency in (POLICE, LABOUR, WOMEN):
        kafka_province.over_kafka(agency)
    kafka_province.sync()
    for agency in (POLICE, LABOUR, WOMEN):
        kafka_province[agency].line.asked.clear()
    return kafka_province


def asked(office: Office) -> list[str]:
    """What a node asked the hub over HTTP for, but for what is fetched by hash."""
    found = [one.split("?")[0] for one in office.line.asked if "bodies" not in one and "grants" not in one]
    office.line.asked.clear()
    return found


def alarm(office: Office) -> str | None:
    assert office.node.way is not None
    return office.node.way.alarm


def parts(office: Office) -> FeedParts:
    assert office.node.way is not None
    return office.node.way.parts


def append(office: Office, code: str, text: str = "lời khai giả định") -> int | None:
    """An officer's act; the log index where it was answered at once."""
    return office.officer.append(code, section="account", values={"statement": text}).index


def test_sent_answered_and_followed_over_kafka_alone(ground: KafkaProvince) -> None:
    """An act is answered at once, its case is seen by others; over HTTP nothing but what is fetched by hash."""
    police, labour = ground[POLICE], ground[LABOUR]
    code = opened(police)
    assert append(police, code) is not None
    police.take(row(notice(), answer(), support("legal_advice"), key="2"))
    labour.node.sync()
    assert police.queued() == 0
    assert (asked(police), asked(labour)) == ([], [])
    assert (alarm(police), alarm(labour)) == (None, None)
    assert len(police.node.store.receipts()) == 5
    assert case_of(police, code) in police.node.projector.files
    ground.settle()


def test_a_refusal_is_told_at_once(ground: KafkaProvince) -> None:
    """Signed by the hub for this statement; nothing is built on it, and nothing more waits."""
    police = ground[POLICE]
    code = opened(police)
    with pytest.raises(RefusedError, match="date_in_future"):
        police.officer.answer_identification(code, outcome="victim", legal_date="2030-01-01")
    assert append(police, code) is not None
    ground.settle()


def test_through_hours_without_a_broker(ground: KafkaProvince) -> None:
    """All is kept in its order; when the broker is back everything catches up, still over Kafka."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.broker.away = True
    for number in range(3):
        assert append(police, code, f"lời {number}") is None
    with pytest.raises(HubUnavailableError):
        police.node.sync()
    assert police.queued() == 3
    ground.hubside.broker.away = False
    police.node.sync()
    assert (police.queued(), asked(police)) == (0, [])
    account = police.content(case_of(police, code))["account"][POLICE]
    assert [item["values"]["statement"]["value"] for item in account] == ["lời 0", "lời 1", "lời 2"]
    ground.settle()


def test_through_minutes_without_the_hub(ground: KafkaProvince) -> None:
    """The broker has it once; when the hub is back it is answered."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = police.line.cut = True
    assert append(police, code) is None
    police.node.try_sync()
    ground.restart(POLICE)
    police.node.try_sync()
    assert police.queued() == 1
    lying = len(ground.hubside.broker.all(topics.statements_of(POLICE)))
    ground.hubside.away = police.line.cut = False
    police.node.sync()
    assert (police.queued(), len(ground.hubside.broker.all(topics.statements_of(POLICE)))) == (0, lying)
    ground.settle()


def test_what_is_never_answered_goes_over_http(ground: KafkaProvince) -> None:
    """A broker that swallowed the answers: after a time, and in its case's order."""
    police = ground[POLICE]
    code = opened(police)
    ground.spoil = lambda found: [one for one in found if one.header("ce_type") != topics.RECEIPT.encode()]
    assert append(police, code, "một") is None
    ground.world.clock += over_kafka.OVERDUE + 1
    assert append(police, code, "hai") is None
    assert police.queued() == 1, "the second goes when the first is answered"
    assert asked(police) == ["POST /v1/statements"]
    ground.world.clock += over_kafka.OVERDUE + 1
    ground.settle()


def test_a_large_one_goes_over_http_after_what_flies(ground: KafkaProvince, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for what its case has at the broker, and what is behind it waits for it."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = True
    append(police, code, "nhỏ")
    monkeypatch.setattr(over_kafka, "LARGEST", 8_000)
    append(police, code, "lớn " * 5_000)
    append(police, code, "sau")
    assert (police.queued(), "POST /v1/statements" in asked(police)) == (3, False)
    ground.hubside.away = False
    police.node.sync()
    assert (police.queued(), asked(police)) == (0, ["POST /v1/statements"])
    assert police.node.quarantine.list() == []
    ground.settle()


def test_sealed_anew_when_the_key_was_destroyed(ground: KafkaProvince) -> None:
    """The hub was away longer than the topic keeps: what was sealed for that day's key is sealed for today's."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = police.line.cut = True
    append(police, code)
    ground.world.clock += 9 * DAY
    police.line.cut = ground.hubside.away = False
    kept, over_kafka.OVERDUE = over_kafka.OVERDUE, 10 * DAY
    try:
        ground.hubside.turn()
        police.node.sync()
        police.node.sync()
    finally:
        over_kafka.OVERDUE = kept
    assert (police.queued(), asked(police), alarm(police)) == (0, [], None)
    ground.settle()


def test_without_a_key_of_the_day_it_waits(ground: KafkaProvince) -> None:
    """A key is used up to its day, and no longer."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = True
    ground.world.clock += 8 * DAY
    before = len(ground.hubside.broker.all(topics.statements_of(POLICE)))
    assert append(police, code) is None
    assert len(ground.hubside.broker.all(topics.statements_of(POLICE))) == before
    ground.settle()


def test_what_the_hub_could_not_open_goes_over_http(ground: KafkaProvince) -> None:
    """The broker changed it on the way: it is said, and the statement is recorded nevertheless."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = True
    append(police, code)
    for messages in ground.hubside.broker.lying.values():
        for number, one in enumerate(messages):
            if one.to.topic == topics.statements_of(POLICE):
                messages[number] = replace(one, value=one.value[:-1] + bytes([one.value[-1] ^ 1]))
    ground.hubside.away = False
    police.node.sync()
    assert (police.queued(), asked(police)) == (0, ["POST /v1/statements"])
    assert alarm(police) == "the hub set a message aside: kafka_not_opened"
    ground.settle()


def test_a_node_that_comes_late_fetches_what_the_topic_no_longer_keeps(kafka_province: KafkaProvince) -> None:
    """It has seen nothing: over HTTP up to now, and over Kafka from then on."""
    kafka_province.over_kafka(POLICE)
    opened(kafka_province[POLICE])
    kafka_province.over_kafka(LABOUR)
    kafka_province.over_kafka(WOMEN)
    for at, messages in kafka_province.hubside.broker.lying.items():
        if at.topic == topics.feed_of("chung"):
            messages.clear()
    kafka_province.sync()
    labour = kafka_province[LABOUR]
    asked(labour)
    opened(kafka_province[POLICE], key="2")
    labour.node.sync()
    labour.node.sync()
    asked(labour)
    opened(kafka_province[POLICE], key="3")
    labour.node.sync()
    assert asked(labour) == []
    kafka_province.settle()


def test_a_refusal_for_want_of_what_got_lost_is_not_the_last_word(ground: KafkaProvince) -> None:
    """Its own message was sent in a way nothing was noted of: it and what it builds on go over HTTP in their order."""
    police = ground[POLICE]
    ground.hubside.away = police.line.cut = True
    police.take(row(notice(), answer()))
    with suppress(HubUnavailableError):
        police.node.sync()
    police.node.store.connection.execute("DELETE FROM kafka_put")
    first = police.node.store.queued(1, size=10**6)[0]
    for lying in ground.hubside.broker.lying.values():
        lying[:] = [one for one in lying if ("ce_id", first.statement_id.encode()) not in one.headers]
    ground.hubside.away = police.line.cut = False
    ground.hubside.turn()
    asked(police)
    police.node.sync()
    assert (police.queued(), asked(police)) == (0, ["POST /v1/statements"] * 2)
    assert police.node.quarantine.list() == []
    ground.settle()


def test_statements_of_no_case_do_not_wait_for_one_another(ground: KafkaProvince) -> None:
    """One that was refused sends no other over HTTP; within a case what came before does count."""
    police = ground[POLICE]
    ground.hubside.away = police.line.cut = True
    police.take(row(notice(), answer()))
    first, second = police.node.store.queued(2, size=10**6)
    assert police.node.way is not None
    tables = police.node.way.tables
    assert tables.before(second) == {first.seq}
    police.node.store.connection.execute("UPDATE outbox SET case_id = NULL")
    assert tables.before(replace(second, case=None)) == set()


# -- a broker that is not true -----------------------------------------------------------------------------------------


def test_a_broker_that_is_not_true_is_noticed(ground: KafkaProvince) -> None:
    """Nothing of it is folded; what got lost is fetched over HTTP, and then all goes over Kafka again."""
    police, labour = ground[POLICE], ground[LABOUR]
    for row_number, what in enumerate(("left out", "changed", "added", "head left out", "numbers changed")):
        spoilt: list[str] = []
        ground.spoil = partial(_spoil_one, what, spoilt)
        opened(police, notice(), answer(), key=f"{row_number}1")
        for _ in range(over_kafka.IDLE + 2):
            labour.node.sync()
        assert spoilt
        assert "GET /v1/feed" in asked(labour), what
        ground.spoil = list
        opened(police, key=f"{row_number}2")
        labour.node.sync()
        assert asked(labour) == [], what
        assert (alarm(labour) is not None) == (what in {"changed", "added", "numbers changed"}), what
        ground.restart(LABOUR)
    ground.settle()


def _spoil_one(what: str, spoilt: list[str], found: list[Incoming]) -> list[Incoming]:
    """The first entry or head for labour is not as it was sent."""
    kind = topics.HEAD if what == "head left out" else topics.ENTRY
    for number, one in enumerate(found):
        if one.header("ce_type") == kind.encode() and one.header("ce_subject") == LABOUR.encode() and not spoilt:
            spoilt.append(what)
            return found[:number] + _instead(what, one) + found[number + 1 :]
    return found


def _instead(what: str, one: Incoming) -> list[Incoming]:
    if what == "changed":
        return [replace(one, value=(one.value or b"") + b" ")]
    if what == "numbers changed":
        headers = [(name, b"99" if name == "caunoi_index" else value) for name, value in one.headers]
        return [replace(one, headers=tuple(headers))]
    if what == "added":
        part = int(one.header("caunoi_part") or b"0")
        headers = [(name, b"%d" % (part + 1) if name == "caunoi_part" else value) for name, value in one.headers]
        return [one, replace(one, headers=tuple(headers))]
    return []


def forged(office: Office) -> dict[str, dict[str, Any]]:
    """Messages that nobody signed, or that say what others were told."""
    receipt = dict(office.node.store.receipts()[-1])
    head = parts(office).head
    assert head is not None
    signed = ctx("caunoi/1/refusal", b"", b"", b"x", uint64(1))
    signature = office.world.hub_keys.sign(office.world.hub_kid, signed)
    unsigned = {"statement_id": None, "recorded": 1, "kid": "k", "sig": "AA=="}
    return {
        topics.RECEIPT: receipt,
        # Signed by the hub, of something that it could not read.
        topics.REFUSAL: {**unsigned, "statement": None, "code": "x", "sig": to_base64(signature)},
        topics.ASIDE: {**unsigned, "code": "kafka_not_opened"},
        topics.HEAD: msgspec.to_builtins(msgspec.structs.replace(head, number=head.number + 5)),
        topics.DAY_KEY: {"kid": "0" * 32, "public": "AA", "suite": "mlkem768x25519", "day": "2099-01-01",
                         "until": "2099-01-09", "sig": "AA=="},
    }  # fmt: skip


def test_what_the_hub_did_not_sign_says_nothing(ground: KafkaProvince) -> None:
    """A message in the node's own topics by somebody who has the broker: passed over, said, and nobody stops."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = True
    append(police, code)
    waiting = police.node.store.queued(1, size=10**6)[0]
    for kind, content in {**forged(police), "x": {}}.items():
        ground.restart(POLICE)
        topic = topics.feed_of(POLICE) if kind == topics.HEAD else topics.receipts_of(POLICE)
        named = {"ce_type": kind, "ce_id": waiting.statement_id, "ce_subject": POLICE}
        headers = tuple((name, text.encode()) for name, text in named.items())
        for value in (msgspec.json.encode(content), b"garbage", b"[]", b"null", b"[" * 5000):
            message = Outgoing(to=Partition(topic, 0), key=b"k", value=value, headers=headers)
            MemorySender(ground.hubside.broker).send([message])
            known = parts(police).head
            police.node.sync()
            assert (police.queued(), alarm(police) is None) == (1, kind == "x"), (kind, value[:9])
            assert parts(police).head == known
            assert police.node.way is not None
            newest = police.node.way.tables.newest_key()
            assert newest is not None
            assert newest.day != "2099-01-01"
    ground.settle()


# -- any order ---------------------------------------------------------------------------------------------------------


class Untrue:
    """A broker that gives twice, leaves out, changes, adds, and lets no partition be in step with another."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def __call__(self, found: list[Incoming]) -> list[Incoming]:
        made: list[Incoming] = []
        for one in found:
            match self.chance.randrange(30):
                case 0:
                    continue
                case 1:
                    made += [replace(one, value=(one.value or b"")[:-1])]
                case 2:
                    made += _instead("added", one)
                case 3 | 4 | 5:
                    made += [one, one]
                case _:
                    made += [one]
        lines = {at: [one for one in made if one.at == at] for at in dict.fromkeys(one.at for one in made)}
        mixed: list[Incoming] = []
        while lines:
            at = self.chance.choice(list(lines))
            mixed.append(lines[at].pop(0))
            if not lines[at]:
                del lines[at]
        return mixed


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_accidents(ground: KafkaProvince, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Broker, hub and nodes away at any time, messages twice, lost, changed, added: at the end all have the same."""
    chance = random.Random(seed)
    monkeypatch.setattr(over_kafka, "TAKEN_AT_ONCE", 7)
    monkeypatch.setattr(over_kafka, "IDLE", 3)
    offices = [ground[agency] for agency in (POLICE, LABOUR, WOMEN)]
    codes: list[str] = []
    for number in range(14):
        ground.hubside.broker.away = chance.random() < 0.15
        ground.hubside.away = chance.random() < 0.2
        ground.hubside.broker.cut = chance.choice([None, None, 1, 5])
        ground.spoil = Untrue(chance) if chance.random() < 0.5 else list
        if chance.random() < 0.3:
            ground.restart(chance.choice(offices).agency)
        if len(codes) < 3:
            codes.append(str(offices[0].take(row(notice(), key=str(number))).rows[0].code))
        else:
            append(offices[0], chance.choice(codes), f"lời {number}")
        chance.choice(offices).node.try_sync()
        ground.world.clock += 60_000_000
    ground.spoil = list
    ground.hubside.broker.away, ground.hubside.broker.cut, ground.hubside.away = False, None, False
    ground.world.clock += 11 * 60_000_000
    for _ in range(6):
        for office in offices:
            office.node.try_sync()
    assert offices[0].node.quarantine.list() == []
    ground.settle()
    assert len(offices[0].node.projector.files) == 3


class Killed(BaseException):
    """The process is gone."""


def kill(*_: object, **__: object) -> Any:
    raise Killed


def test_stopped_between_any_two_steps(ground: KafkaProvince, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart, or in the same process, nothing is lost and nothing is there twice."""
    police = ground[POLICE]
    code, acts = opened(police), 1
    for where in ("put", "move", "keep_parts", "keep_early", "answered", "early", "put_feed", "check"):
        for restart in (True, False):
            assert police.node.way is not None
            target = {"put_feed": police.node.store, "check": police.node.outbox}.get(where, police.node.way.tables)
            with monkeypatch.context() as patch:
                patch.setattr(type(target), where, kill)
                with pytest.raises(Killed):
                    append(police, code)
            acts += 1
            if restart:
                ground.restart(POLICE)
            police.node.sync()
            assert (police.queued(), len(police.node.store.receipts())) == (0, acts), (where, restart)
    assert (police.node.quarantine.list(), asked(police)) == ([], [])
    ground.settle()
