"""`caunoi connect check` finds each mistake by its own rule: right submissions are spoilt one way at a time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from caunoi.cli import app
from caunoi.commands import connecting
from caunoi.connect import agency_file, messages
from caunoi.connect import made_up as m
from caunoi.connect.agency_file import AgencyFile, new_own
from caunoi.connect.checking import LAST, RULES, examine
from caunoi.connect.examination import Examination
from caunoi.connect.known import Known
from caunoi.connect.made_up import AGENCY, HUB, READER
from caunoi.connect.sandbox import FILE
from caunoi.connect.vectors import FOLDER
from domain import case_code
from domain import statements as s
from domain.mechanism import Mechanism
from domain.wording import catalogue, say
from door.kafka import topics
from door.kafka.port import Incoming, Partition
from ledger import receipt as receipts
from node.intake_documents import Report
from sealing.encoding import KeyName, from_base64, to_base64
from sealing.envelope import pae
from sealing.grants import wrap
from sealing.keystore import MemoryKeyStore
from sealing.parcels import seal_submission
from sealing.sections import seal
from tests.caunoi.connecting_page import PAGE
from tests.tree import ROOT

OTHER = MemoryKeyStore("other")
OTHER.add_key(use="sign", suite="ed25519")
OTHER.add_key(use="seal", suite="mlkem768x25519")
SEALED = m.fresh()


def opened() -> Mechanism:
    """The mechanism in which the notice is recorded."""
    made, one = m.mechanism(), m.notice(SEALED, id="73" * 16)
    made.apply(one, index=9, hash=m.hash_of(s.write(one)), recorded=m.RECORDED)
    return made


def known(*, sent: bool = False, answer: dict[str, Any] | None = None, after: bool = False) -> Known:
    """The published agencies, everything at hand that a sandbox has."""
    return Known(
        agencies=(AGENCY,),
        hub_key=m.public(HUB, "sign"),
        day_keys=m.store(HUB),
        before=lambda _: opened() if after else m.mechanism(),
        stores={AGENCY: m.store(AGENCY), READER: m.store(READER)},
        answer=lambda _: answer,
        sent=sent,
        now=m.RECORDED,
    )


@dataclass(frozen=True)
class Sent:
    """The notice as it was sent: parts of it may be others, and then only what depends on them is."""

    sealed: m.Sealed = SEALED
    header: dict[str, Any] = field(default_factory=dict)
    line: Callable[[bytes], bytes] = lambda line: line
    parts: dict[str, Any] = field(default_factory=dict)
    raw: Callable[[bytes], bytes] = lambda raw: raw
    headers: dict[str, str | None] = field(default_factory=dict)
    topic: str = messages.TOPIC
    sealed_as: str = m.NOTICE
    public: bytes = m.public(HUB, "seal")
    value: Callable[[bytes], bytes | None] = lambda value: value
    key: str | None = m.CASE
    moved: int = 0
    after: bool = False  # the case is open already

    @property
    def body(self) -> bytes:
        """The submission."""
        line = self.line(s.write(m.notice(self.sealed, **self.header)))
        beside = [self.sealed.own, self.sealed.reader]
        return self.raw(m.submission(line, **{"bodies": [self.sealed.section], "grants": beside, **self.parts}))

    @property
    def message(self) -> Incoming:
        """The message."""
        value = seal_submission(
            self.body, topic=self.topic, statement=self.sealed_as, public=self.public, suite=messages.SUITE
        )
        headers = {**messages.headers(), "ce_id": m.NOTICE, **self.headers}
        at = topics.place(messages.TOPIC, m.CASE)
        return Incoming(
            at=Partition(at.topic, (at.number + self.moved) % topics.PARTITIONS),
            position=0,
            key=None if self.key is None else self.key.encode(),
            value=self.value(value),
            headers=tuple((name, text.encode()) for name, text in headers.items() if text is not None),
        )


def failing(one: Examination) -> list[tuple[str, str]]:
    """The rules that fail, each with its code."""
    return [(finding.rule.id, finding.code) for finding in examine(one) if finding.state == "fails"]


def text(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda line: line.replace(old.encode(), new.encode())


def flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


def by_another(raw: bytes) -> bytes:
    """Signed with a key that is not registered."""
    parts = json.loads(raw)
    signature = OTHER.sign(OTHER.kids("sign")[-1], pae(parts["header"].encode()))
    parts["signatures"][0]["sig"] = to_base64(signature)
    return json.dumps(parts, ensure_ascii=False).encode()


def with_section(body: bytes, **changed: Any) -> m.Sealed:
    return replace(SEALED, section=body, **changed)


def section(content: bytes = m.CONTENT, **place: Any) -> bytes:
    return seal(content, data_key=m.DATA_KEY, **{**m.place_of_section(), "epoch": 1, **place})


def wrapped(**place: Any) -> bytes:
    """The reader's grant, bound to another place."""
    names = {KeyName("identity", AGENCY, 1): m.DATA_KEY}
    return wrap(names, **{**m.place_of_grant(READER), **place}, public=m.public(READER, "seal"), suite="x25519")


OWN, TOLD = m.notice(SEALED).grants
NO_GRANT = Sent(header={"grants": (OWN,)}, parts={"grants": [SEALED.own]})
SPOILT: dict[str, tuple[str, Sent]] = {
    "tombstone": ("value kafka_tombstone", Sent(value=lambda _: None)),
    "no id": ("event kafka_not_event", Sent(headers={"ce_id": None})),
    "another specversion": ("event kafka_not_event", Sent(headers={"ce_specversion": "0.3"})),
    "another type": ("type kafka_type_unknown", Sent(headers={"ce_type": "submission"})),
    "another content type": ("content kafka_content_wrong", Sent(headers={"content-type": "application/json"})),
    "another source": ("source kafka_sender_wrong", Sent(headers={"ce_source": READER})),
    "another day's key": ("day_key kafka_key_expired", Sent(public=OTHER.public(OTHER.kids("seal")[-1]))),
    "another topic": ("parcel kafka_not_opened", Sent(topic="caunoi.statements.other.v1")),
    "sealed under another id": ("parcel kafka_not_opened", Sent(sealed_as=m.ACTIVITY)),
    "a changed byte": ("parcel kafka_not_opened", Sent(value=flipped)),
    "a member too many": ("submission submission_malformed", Sent(raw=lambda raw: raw[:-1] + b',"x":1}')),
    "not JSON": ("submission submission_malformed", Sent(raw=lambda raw: raw[:-1])),
    "version 2": ("version header_malformed", Sent(line=text('"v":1', '"v":2'))),
    "an unknown field": ("header header_malformed", Sent(line=lambda line: line[:-1] + b',"name":"x"}')),
    "two lines": ("header header_malformed", Sent(line=lambda line: line[:-1] + b"\n}")),
    "an unknown type": ("header type_unknown", Sent(line=text("case.notified", "case.heard_of"))),
    "no such minute": ("header date_impossible", Sent(line=text("2026-11-23T01:00Z", "2026-11-31T01:00Z"))),
    "another id in the event": (
        "sender kafka_sender_wrong",
        Sent(headers={"ce_id": m.ACTIVITY}, sealed_as=m.ACTIVITY),
    ),
    "another key": ("key kafka_key_wrong", Sent(key=AGENCY)),
    "no key": ("key kafka_key_wrong", Sent(key=None)),
    "another partition": ("partition kafka_key_wrong", Sent(moved=1)),
    "a key of nobody": ("member key_unknown", Sent(header={"kid": "0" * 32})),
    "a key of another": ("member key_unknown", Sent(header={"kid": m.kid(READER, "sign")})),
    "no signature by it": (
        "signature signature_missing",
        Sent(parts={"signatures": [{"kid": m.kid(READER, "sign"), "sig": "AAAA"}]}),
    ),
    "another's signature": ("signature signature_wrong", Sent(raw=by_another)),
    "signed another spelling": ("signature signature_wrong", Sent(raw=text("rescued", "screened"))),
    "no body": ("beside body_missing", Sent(parts={"bodies": []})),
    "a body too many": ("beside body_unexpected", Sent(parts={"bodies": [SEALED.section, b"more"]})),
    "another length": ("beside body_wrong", Sent(line=text(f'"length":{len(SEALED.section)}', '"length":312'))),
    "no padding": ("padding body_wrong", Sent(sealed=with_section(SEALED.section[:-1]))),
    "another form": ("padding body_wrong", Sent(sealed=with_section(b"\2" + SEALED.section[1:]))),
    "a grant too short": ("wrapped grant_body_wrong", Sent(sealed=replace(SEALED, reader=SEALED.reader[:-1]))),
    "from the future": ("time occurred_in_future", Sent(header={"occurred": "2026-11-24T01:00Z"})),
    "no case code": ("case case_code_missing", Sent(header={"code": None})),
    "a mistyped case code": ("case case_code_wrong", Sent(header={"code": "HS-23456-7892G"})),
    "a case of nobody": ("case case_unknown", Sent(header={"prev": "0" * 64})),
    "a prev of nothing": ("prev prev_unknown", Sent(header={"prev": "0" * 64, "code": None}, after=True)),
    "an unknown way": ("decision code_unknown", Sent(header={"channel": "no_such_channel"})),
    "another's section": (
        "sealed section_author_wrong",
        Sent(line=text(f'"author":"{AGENCY}","epoch":1,"length"', f'"author":"{READER}","epoch":1,"length"')),
    ),
    "no grant to oneself": (
        "sealed own_grant_missing",
        Sent(header={"grants": (TOLD,)}, parts={"grants": [SEALED.reader]}),
    ),
    "another ground": ("grants grant_ground_wrong", Sent(line=text(m.GROUND, "statistics"))),
    "for a key of nobody": ("grants key_unknown", Sent(line=text(m.kid(READER, "seal"), "0" * 32))),
    "a grant bound elsewhere": (
        "opens connect_grant_not_opened",
        Sent(sealed=replace(SEALED, reader=wrapped(case="ab" * 16))),
    ),
    "a section bound elsewhere": (
        "opens connect_section_not_opened",
        Sent(sealed=with_section(section(statement=m.ACTIVITY))),
    ),
    "a section under another key": (
        "opens connect_section_not_opened",
        Sent(sealed=with_section(seal(m.CONTENT, data_key=bytes(32), **m.place_of_section(), epoch=1))),
    ),
    "an unknown field inside": (
        "contents connect_content_wrong",
        Sent(sealed=with_section(section(b'{"values":{"ten":{"value":"x"}}}'))),
    ),
    "no JSON inside": ("contents connect_content_wrong", Sent(sealed=with_section(section(b"x")))),
    "nobody told": ("readers connect_reader_missing", NO_GRANT),
}


@pytest.mark.parametrize("name", SPOILT)
def test_each_mistake_fails_its_own_rule(name: str) -> None:
    """And no other: what rests on it is not reached, everything else holds."""
    expected, sent = SPOILT[name]
    rule, code = expected.split()
    assert failing(Examination(known(after=sent.after), message=sent.message)) == [(rule, code)]
    if not next(one for one in RULES if one.id == rule).kafka:
        assert failing(Examination(known(after=sent.after), raw=sent.body)) == [(rule, code)]


def test_every_rule_can_fail() -> None:
    """No rule is without a mistake that it finds; the receipt's are below."""
    assert {expected.split()[0] for expected, _ in SPOILT.values()} == {rule.id for rule in RULES}


def receipt(**changed: Any) -> dict[str, Any]:
    """The hub's receipt of the notice."""
    made = receipts.issue(
        statement=m.hash_of(s.write(m.notice(SEALED))),
        index=9,
        leaf="0" * 64,
        recorded=m.RECORDED,
        kid=m.kid(HUB, "sign"),
        sign=lambda data: m.store(HUB).sign(m.kid(HUB, "sign"), data),
    )
    return {**json.loads(receipts.write(made)), **changed}


def test_the_receipt() -> None:
    """What was sent has one, by the hub, for this very statement; before it is sent nothing is said of it."""
    message = Sent().message
    assert [f.state for f in examine(Examination(known(), message=message))] == ["holds"] * len(RULES) + ["open"]
    assert [f.state for f in examine(Examination(known(answer=receipt()), message=message))][-1] == "holds"
    refused = {"code": "case_code_taken"}
    for answer, code in (
        (None, "connect_receipt_missing"),
        (refused, "case_code_taken"),
        (receipt(index=10), "connect_receipt_wrong"),
    ):
        assert failing(Examination(known(sent=True, answer=answer), message=message)) == [("receipt", code)]
    other = Sent(header={"occurred": "2026-11-23T00:59Z"}).message
    assert failing(Examination(known(sent=True, answer=receipt()), message=other)) == [
        ("receipt", "statement_id_taken")
    ]


def test_the_published_wrong_ones() -> None:
    """Every wrong submission among the known answers fails one rule, with the code that stands beside it."""
    vectors = [json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))]
    wrong = [one for vector in vectors for one in vector.get("refused", ()) if "submission" in one]
    assert len(wrong) > 25
    for one in wrong:
        found = failing(Examination(known(), raw=one["submission"].encode()))
        assert [code for _, code in found] == [one["code"]], one["name"]


def test_the_known_message_is_right() -> None:
    """The message vendors write against passes every rule."""
    one = json.loads((FOLDER / "message.json").read_text("utf-8"))["message"]
    message = Incoming(
        at=Partition(one["topic"], one["partition"]),
        position=0,
        key=one["key"].encode(),
        value=from_base64(one["value_base64"]),
        headers=tuple((name, said.encode()) for name, said in one["headers"].items()),
    )
    assert failing(Examination(known(), message=message)) == []


def asked(home: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    """A command of this group in a home: the exit status and what it said."""
    done = CliRunner().invoke(app, ["connect", *arguments], env={"CAUNOI_HOME": str(home), **environment})
    return done.exit_code, done.output.splitlines()


def test_nothing_to_check_is_said_as_it_is(tmp_path: Path) -> None:
    """A sandbox without Kafka has no topic to read; a file that cannot be read is named."""
    sign, seal = new_own("sign"), new_own("seal")
    hub = agency_file.Hub(url="http://127.0.0.1:1", kid=sign.kid, public=sign.public)
    home = tmp_path / "home"
    (home / "sandbox").mkdir(mode=0o700, parents=True)
    agency_file.write(home / "sandbox" / FILE, AgencyFile(agency=AGENCY, node=AGENCY, sign=sign, seal=seal, hub=hub))
    assert asked(home, "check") == (2, [say("connect_no_topic", "vi")])
    (tmp_path / "trong.json").touch()
    for name in ("khong-co.json", "trong.json", "home"):  # not there, empty, a folder
        unreadable = say("connect_file_unreadable", "en", file=str(tmp_path / name))
        assert asked(home, "check", str(tmp_path / name), "--lang", "en") == (2, [unreadable])
    for spoilt in (
        b"",
        b"\xff",
        b"[]",
        b"{}",
        (home / "sandbox" / FILE).read_bytes().replace(b'"private": "', b'"private": "x'),
    ):
        (home / "sandbox" / FILE).write_bytes(spoilt)
        assert asked(home, "check", "--lang", "en") == (2, [say("connect_no_agency_file", "en")])


def test_of_another_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements lie there, but none of this id: the topic is not said to be empty."""
    lying = [Examination(known(), message=Sent().message)]
    monkeypatch.setattr(agency_file, "read", lambda _: None)
    monkeypatch.setattr(connecting, "_examinations", lambda *_: nullcontext(lying))
    nobody = say("connect_no_statement", "vi", count=1)
    assert asked(tmp_path, "check", "--statement", m.ACTIVITY) == (1, [f"! {nobody}"])
    assert asked(tmp_path, "check", "--statement", m.NOTICE)[0] == 0
    monkeypatch.setattr(connecting, "_examinations", lambda *_: nullcontext([]))
    assert asked(tmp_path, "check", "--statement", m.NOTICE) == (1, [f"! {say('connect_nothing', 'vi')}"])


def test_a_sandbox_without_java(tmp_path: Path) -> None:
    """It names the way without Kafka."""
    status, lines = asked(tmp_path / "home", "sandbox", PATH=os.devnull)
    assert (status, lines[-1]) == (3, say("connect_no_java", "vi"))
    assert "--http" in lines[-1]


def test_the_answer_on_the_page() -> None:
    """The example of a folder's answer has the fields that an answer has, a right code and a known reason."""
    (example,) = re.findall(r"^```json\n(.+?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    told = json.loads(example)
    assert Report.model_validate(told).model_dump(mode="json") == told
    assert told["rows"][1]["reason"] in catalogue()
    case_code.check(told["rows"][0]["code"])


def test_every_rule_has_words_and_something_to_read() -> None:
    """What to do is said in both languages, and the file that is pointed to is there."""
    for rule in (*RULES, LAST):
        assert f"word_connect_do_{rule.id}" in catalogue()
        assert (ROOT / rule.where).is_file()
    assert len({rule.id for rule in RULES}) == len(RULES)
