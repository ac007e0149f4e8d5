"""The known answers for vendors are what the code does, byte for byte, and each wrong one gets the code it names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from caunoi.connect import made_up as m
from caunoi.connect.made_up import AGENCY, HUB, READER
from caunoi.connect.vectors import FOLDER, ONCE, documents, made_once, text_of
from caunoi.errors import SettingsError
from caunoi.kafka.inlet import Inlet
from caunoi.public_keys import PublicKey, PublicKeys, handed
from caunoi.published import PUBLISHED
from caunoi.settings import Settings
from domain import statements as s
from domain.errors import RefusedError
from domain.wording import say
from door.kafka import topics
from door.kafka.heads import START, chained
from door.kafka.port import Incoming, Partition
from hub import documents as d
from hub.intake import Refused
from ledger.receipt import Receipt
from node import answers, kafka_messages
from node.errors import HubAnswerError
from node.store import Queued
from sealing.encoding import KeyName, from_base64, from_base64url
from sealing.grants import unwrap
from sealing.parcels import open_submission
from sealing.sections import open_sealed
from sealing.suites import PRIVATE_LENGTH
from sealing.tokens import Kind, verify
from tests.hub.intake_fixtures import hub_dsn, world
from tests.memory_kafka import MemoryBroker, MemoryReceiver
from tests.sealing.test_second_opinion import cobblestone_seal
from tests.world import World

__all__ = ["hub_dsn", "world"]
VECTORS: dict[str, dict[str, Any]] = {
    file.name: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))
}
REFUSED = [(f"{name} {one.get('name', one)}", one) for name, v in VECTORS.items() for one in v.get("refused", ())]


def test_they_are_what_the_code_gives() -> None:
    """`python -m caunoi.connect.vectors` would change nothing."""
    made = documents(*made_once(VECTORS[ONCE]))
    assert {name: text_of(document) for name, document in made.items()} == {
        name: (FOLDER / name).read_text("utf-8") for name in VECTORS
    }


def test_what_was_sealed_once_opens() -> None:
    """Section, grants of both suites, and the message; and a second hand seals the same under the given salt."""
    v = VECTORS["section.json"]
    key, sealed = bytes.fromhex(v["data_key"]), bytes.fromhex(v["sealed"])
    assert open_sealed(sealed, data_key=key, **v["place"]) == v["content"].encode()
    context, salt, padded = (bytes.fromhex(v[name]) for name in ("context", "salt", "padded"))
    assert sealed == b"\1" + cobblestone_seal(key, context, salt, padded)
    for grant in VECTORS["grant.json"]["grants"]:
        names, place = [KeyName(**one) for one in grant["keys"]], grant["place"]
        held = unwrap(bytes.fromhex(grant["wrapped"]), store=m.store(place["grantee"]), names=names, **place)
        assert held == dict.fromkeys(names, key)
    v = VECTORS["message.json"]
    value, store = from_base64(v["message"]["value_base64"]), m.store(HUB)
    opened = open_submission(value, topic=v["message"]["topic"], statement=m.ACTIVITY, store=store)
    assert opened.decode() == v["value"]["content"]


def hub_with_the_agencies(world: World) -> None:
    """Let the published agencies be members of a hub in this process."""
    for one in m.directory_statements():
        facts = {name: getattr(one, name) for name in one.__struct_fields__}
        for name in ("v", "id", "by", "kid", "occurred"):
            del facts[name]
        bodies = {one.card: m.card_of(one.agency)} if isinstance(one, s.AgencyRegistered) else {}
        (answer,) = world.send(world.registrar.agency, world.register(type(one), bodies=bodies, **facts))
        assert isinstance(answer, Receipt), answer
    world.clock = m.RECORDED


def test_what_is_right_is_recorded_and_what_is_wrong_refused(world: World) -> None:
    """By the hub's intake on a real database; each wrong submission gets its code, and none hinders the right ones."""
    hub_with_the_agencies(world)
    wrong = [(name, one) for name, one in REFUSED if "submission" in one]
    assert len(wrong) > 25
    told = world.intake.submit([one["submission"].encode() for _, one in wrong], agency=AGENCY)
    codes = [answer.code if isinstance(answer, Refused) else "" for answer in told]
    assert dict(zip((name for name, _ in wrong), codes, strict=True)) == {name: one["code"] for name, one in wrong}
    right = [one["submission"].encode() for one in VECTORS["submission.json"]["submissions"]]
    assert all(isinstance(answer, Receipt) for answer in world.intake.submit(right, agency=AGENCY))


class Door:
    """A hub that takes nothing; what was brought is looked at."""

    brought: d.Arrivals

    def positions(self) -> Mapping[Partition, int]:
        return {}

    def bring(self, arrivals: d.Arrivals) -> int:
        self.brought = arrivals
        return 0


def aside(changes: dict[str, Any]) -> str | None:
    """The code with which the inlet sets the known message aside, changed like this."""
    known = VECTORS["message.json"]["message"]
    changed = {**known, **changes, "headers": {**known["headers"], **changes.get("headers", {})}}
    value = changed["value_base64"]
    one = Incoming(
        at=Partition(changed["topic"], changed["partition"]),
        position=0,
        key=None if changed["key"] is None else changed["key"].encode(),
        value=None if value is None else from_base64(value),
        headers=tuple((name, text.encode()) for name, text in changed["headers"].items() if text is not None),
    )
    inlet = Inlet(
        receiver=MemoryReceiver(MemoryBroker({known["topic"]: topics.PARTITIONS})),
        hub=Door(),
        store=m.store(HUB),
        nodes={AGENCY: (AGENCY, READER)},
    )
    try:
        inlet._read(one)
    except RefusedError as error:
        return error.code
    return None


def test_messages() -> None:
    """The inlet takes the good one and sets each other one aside with its code."""
    wrong = VECTORS["message.json"]["refused"]
    assert len(wrong) > 10
    assert aside({}) is None
    assert {one["name"]: aside(one["changes"]) for one in wrong} == {one["name"]: one["code"] for one in wrong}


def test_every_code_has_words() -> None:
    """Who reads a code finds it said in both languages."""
    assert all(say(one["code"], "vi") != one["code"] != say(one["code"], "en") for _, one in REFUSED)


def incoming(value: object, headers: dict[str, str]) -> Incoming:
    raw = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
    coded = tuple((name, text.encode()) for name, text in headers.items())
    return Incoming(at=Partition("t", 0), position=0, key=b"", value=raw, headers=coded)


def holds(kind: str, one: dict[str, Any], v: dict[str, Any]) -> bool:
    """Whether a node takes what the hub says there."""
    hub_key = from_base64url(v["hub"])
    statement, hash_ = v.get("statement", ""), v.get("hash", "")
    queued = Queued(seq=1, statement_id=statement, hash=hash_, case=None, origin=None, submission=b"")
    try:
        if kind == "day_key":
            kafka_messages.read_day_key(incoming(one[kind], {}), hub_key=hub_key)
        elif kind == "head":
            kafka_messages.read_head(
                incoming(one[kind], {}), agency=AGENCY, partitions=topics.PARTITIONS, hub_key=hub_key
            )
        elif one["type"] == topics.ASIDE:
            kafka_messages.read_aside(incoming(one["value"], {"ce_id": v["statement"]}), hub_key=hub_key)
        else:
            answer = kafka_messages.read_answer(incoming(one["value"], {"ce_id": v["statement"]}))
            answers.check(answer, queued, hub_key=hub_key)
    except (*kafka_messages.NOT_OURS, HubAnswerError):
        return False
    return True


def test_what_the_hub_says() -> None:
    """Nodes take exactly what is said to hold."""
    said = {"day-key.json": ("day_keys", "day_key"), "answer.json": ("answers", ""), "feed.json": ("heads", "head")}
    for name, (several, kind) in said.items():
        found = {one["name"]: holds(kind, one, VECTORS[name]) for one in VECTORS[name][several]}
        assert found == {one["name"]: one["holds"] for one in VECTORS[name][several]}
        assert len(set(found.values())) == 2


def test_feed_and_token() -> None:
    """The chain goes through the entries, and the hub's door takes the token."""
    v = VECTORS["feed.json"]
    for one in v["entries"]:
        chain = chained(START, number=one["number"], index=one["index"], entry=one["entry"].encode())
        assert (chain.hex(), v["heads"][0]["head"]["parts"][one["partition"]]) == (one["chain"], [1, one["chain"]])
    v = VECTORS["token.json"]
    owner = (AGENCY, m.public(AGENCY, "sign"))
    claims = verify(v["token"], kind=Kind.AGENCY, audience=v["audience"], now=v["now"], key_of={v["kid"]: owner}.get)
    assert claims.token_id == v["token_id"]


def test_published_keys_are_no_members(tmp_path: Path) -> None:
    """Every published key is on the list, and a registrar refuses what is handed out with one."""
    listed = {key["kid"] for keys in VECTORS["keys.json"]["agencies"].values() for key in keys.values()}
    assert listed == PUBLISHED
    assert VECTORS["keys.json"]["private_bytes"] == PRIVATE_LENGTH
    keys = VECTORS["keys.json"]["agencies"][AGENCY]
    given = tuple(PublicKey(keys[use]["kid"], use, keys[use]["suite"], keys[use]["public"]) for use in ("sign", "seal"))
    place = tmp_path / "public" / AGENCY
    place.mkdir(parents=True)
    (place / "keys.json").write_bytes(msgspec.json.encode(PublicKeys(AGENCY, given)))
    with pytest.raises(SettingsError):
        handed(Settings(home=tmp_path, public=tmp_path / "public"), AGENCY)
