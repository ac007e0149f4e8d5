"""The door into the log: every submission gets a signed receipt, or a signed refusal that is kept."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from uuid import uuid4

import pytest

from domain import statements as s
from domain.errors import RefusedError
from domain.statements import Section
from hub.intake import Refused
from ledger import receipt as receipts
from ledger.receipt import Receipt
from sealing.encoding import ctx, from_base64, to_base64, to_base64url, uint64
from sealing.envelope import pae, verify_bytes
from tests.hub.intake_fixtures import activity, code, edited, hub_dsn, notice, only, resigned, world
from tests.hub.log_fixtures import check_whole
from tests.world import BORDER, LABOUR, OCCURRED, POLICE, REGISTRAR, WOMEN, Member, World, open_case, values

__all__ = ["hub_dsn", "world"]


def test_a_receipt_says_where_and_holds(world: World) -> None:
    """A receipt is the hub's signature over statement, index, leaf and time as the log has them."""
    sent = activity(world[WOMEN])
    receipt = only(world.send(WOMEN, sent))

    receipts.verify(receipt, world.hub_public)
    (stored,) = world.application.reader.entries(receipt.index - 1)
    assert receipt.statement == sent.hash
    assert receipt.recorded == world.clock
    assert world.application.reader.size_and_leaves(receipt.index - 1)[1] == [bytes.fromhex(receipt.leaf)]
    assert json.loads(sent.body)["header"].encode() in stored.entry


def test_the_same_again_gets_the_same_receipt(world: World) -> None:
    """Sent twice, in one batch or later, nothing is recorded twice, and the receipt can be asked for."""
    sent = activity(world[WOMEN])
    size = check_whole(world.dsn)
    first, second = world.send(WOMEN, sent, sent)
    world.clock += 1_000_000
    (third,) = world.send(WOMEN, sent)

    assert first == second == third == world.intake.receipt(sent.statement.id, agency=WOMEN)
    assert check_whole(world.dsn) == size + 1


def test_a_receipt_is_its_author_s(world: World) -> None:
    """Another agency gets the answer of an unknown statement."""
    sent = activity(world[WOMEN])
    world.send(WOMEN, sent)
    for statement_id, agency in ((sent.statement.id, POLICE), ("0" * 32, WOMEN)):
        with pytest.raises(RefusedError, match="not_found"):
            world.intake.receipt(statement_id, agency=agency)


def test_the_same_id_with_other_bytes_is_refused(world: World) -> None:
    """An id stands for one statement for ever."""
    women = world[WOMEN]
    sent = activity(women)
    world.send(WOMEN, sent)
    assert code(world.send(WOMEN, resigned(women, sent, headcount=6))) == "statement_id_taken"


def test_a_refusal_is_signed_and_kept(world: World) -> None:
    """The refusal's signature is over id, hash, code and time; a restart does not lose it."""
    sent = resigned(world[WOMEN], activity(world[WOMEN]), activity="no_such_activity")
    (answer,) = world.send(WOMEN, sent)
    assert isinstance(answer, Refused)

    assert answer.code == "code_unknown"
    fields = (answer.statement_id or "").encode(), (answer.hash or "").encode(), answer.code.encode()
    signed = ctx("caunoi/1/refusal", *fields, uint64(answer.recorded))
    verify_bytes(signed, signature=answer.signature, public=world.hub_public)
    ((number, kept),) = world.application.refusals.after(WOMEN)
    assert (number, kept.statement_id, kept.code) == (1, sent.statement.id, "code_unknown")
    assert (kept.statement_hash.hex(), kept.signature) == (answer.hash, answer.signature)


def test_what_cannot_be_read_is_refused_too(world: World) -> None:
    """Noise gets a signed refusal; there is no statement to keep it under."""
    for raw in (b"", b"{}", b"[1]", b'{"header":"x"}', b"\xff", b'{"header":"{}","signatures":[]}'):
        (answer,) = world.intake.submit([raw], agency=WOMEN)
        assert isinstance(answer, Refused)
        assert answer.statement_id is None
    assert world.application.refusals.after(WOMEN) == []


def test_a_batch_is_decided_one_after_the_other(world: World) -> None:
    """Each statement builds on the one before it; a refused one in the middle stops nobody else."""
    police, case = world[POLICE], uuid4().hex
    opened = police.compose(s.CaseNotified, case, facts={"code": "HS-23456-7892F", "pathway": "rescued"})
    wrong = resigned(police, activity(police), activity="no_such_activity")
    more = police.compose(s.SectionAppended, case, contents={Section.ACCOUNT: values(route="giả định")})
    answers = world.send(POLICE, opened, wrong, more)

    assert [type(answer) for answer in answers] == [Receipt, Refused, Receipt]
    assert answers[2].index == answers[0].index + 1  # type: ignore[union-attr]
    assert check_whole(world.dsn) == world.intake.head.frontier.size


def test_a_key_counts_from_its_entry_on(world: World) -> None:
    """A new agency's statement is good after its key's entry and not before, also within one batch."""
    made = world.add_agency("pn-xa-gia-dinh", s.AgencyKind.WOMEN_UNION)
    member = world["pn-xa-gia-dinh"]
    assert code(world.send(member.agency, activity(member))) == "key_unknown"
    assert all(isinstance(answer, Receipt) for answer in world.send(REGISTRAR, *made))
    only(world.send(member.agency, activity(member)))


def test_a_revoked_key_signs_nothing_more(world: World) -> None:
    """From the revocation on, what the key signs is refused; receipts of before stay."""
    women = world[WOMEN]
    before = activity(women)
    receipt = only(world.send(WOMEN, before))
    kid = women.keystore.kids("sign")[-1]
    only(world.send(REGISTRAR, world.register(s.KeyRevoked, agency=WOMEN, key=kid, reason="compromised")))

    assert code(world.send(WOMEN, activity(women))) == "key_revoked"
    assert only(world.send(WOMEN, before)) == receipt


def test_a_second_signature_must_hold_too(world: World) -> None:
    """Whoever else signs does so with a key in force; nothing unproved is put in an entry."""
    women, police = world[WOMEN], world[POLICE]
    sent = activity(women)
    own = json.loads(sent.body)["signatures"]
    kid = police.keystore.kids("sign")[-1]
    line = json.loads(sent.body)["header"].encode()
    good = {"kid": kid, "sig": to_base64(police.keystore.sign(kid, pae(line)))}
    bad = {"kid": kid, "sig": to_base64(bytes(64))}

    assert code(world.send(WOMEN, edited(sent, signatures=[*own, bad]))) == "signature_wrong"
    assert code(world.send(WOMEN, edited(sent, signatures=[*own, {**good, "kid": "0" * 32}]))) == "key_unknown"
    only(world.send(WOMEN, edited(sent, signatures=[*own, good])))


def test_a_wrong_signature_is_refused(world: World) -> None:
    """One changed byte, a missing signature, too many of them: each has its code."""
    women = world[WOMEN]
    sent = activity(women)
    (own,) = json.loads(sent.body)["signatures"]
    other = from_base64(own["sig"])
    flipped = to_base64(bytes([other[0] ^ 1]) + other[1:])
    many = [own, *({"kid": f"{n:032x}", "sig": own["sig"]} for n in range(16))]

    assert code(world.send(WOMEN, edited(sent, signatures=[{**own, "sig": flipped}]))) == "signature_wrong"
    assert code(world.send(WOMEN, edited(sent, signatures=[]))) == "signature_missing"
    assert code(world.send(WOMEN, edited(sent, signatures=[own, own]))) == "submission_malformed"
    assert code(world.send(WOMEN, edited(sent, signatures=many))) == "submission_malformed"
    only(world.send(WOMEN, sent))


def test_bodies_are_those_the_header_names(world: World) -> None:
    """A body that is missing, changed, of another length, or more than named is refused, and the refusal is kept."""
    police = world[POLICE]
    sent = notice(police)
    parts = json.loads(sent.body)
    ((name, content),) = parts["bodies"].items()
    longer = to_base64(from_base64(content) + b"\0")
    (sealed,) = json.loads(parts["header"])["sealed"]
    short = os.urandom(100)
    unpadded = {**sealed, "length": 100, "hash": sha256(short).hexdigest()}
    tries = {
        "body_missing": edited(sent, bodies={}),
        "body_wrong": edited(sent, bodies={name: longer}),
        "body_unexpected": edited(sent, bodies={name: content, "0" * 64: content}),
    }
    for expected, submission in tries.items():
        assert code(world.send(POLICE, submission)) == expected
    unpadded_submission = resigned(police, edited(sent, bodies={unpadded["hash"]: to_base64(short)}), sealed=[unpadded])
    assert code(world.send(POLICE, unpadded_submission)) == "body_wrong"
    assert [refusal.statement_id for _, refusal in world.application.refusals.after(POLICE)] == [sent.statement.id] * 4
    only(world.send(POLICE, sent))


def test_grants_are_those_the_header_names(world: World) -> None:
    """A wrapped grant that is missing, cut short or not named is refused."""
    sent = notice(world[POLICE])
    ((name, wrapped),) = json.loads(sent.body)["grants"].items()
    assert code(world.send(POLICE, edited(sent, grants={}))) == "body_missing"
    cut = to_base64(from_base64(wrapped)[:-1])
    assert code(world.send(POLICE, edited(sent, grants={name: cut}))) == "grant_body_wrong"
    assert code(world.send(POLICE, edited(sent, grants={name: wrapped, "0" * 64: wrapped}))) == "body_unexpected"


def test_the_table_decides_what_may_be_granted(world: World) -> None:
    """The Women's Union never gets `account`, and Labour gets nothing without a ground."""
    police, case = world[POLICE], open_case(world)
    account = {Section.ACCOUNT: values(statement="lời khai giả định")}
    tries = [
        (WOMEN, {"law": "l53_art28"}, "grant_forbidden"),
        (LABOUR, {"law": "l53_art28"}, "grant_forbidden"),
        (BORDER, {"law": "jc01_2014_art4"}, "grant_forbidden"),
    ]
    for to, ground, expected in tries:
        sent = police.compose(
            s.SectionAppended,
            case,
            contents=account,
            share=lambda keys, to=to, ground=ground: [police.share(to, keys[Section.ACCOUNT], **ground)],
        )
        assert code(world.send(POLICE, sent)) == expected
        police.file(case).take_back(sent.hash)


def test_a_grant_lies_beside_one_entry_only(world: World) -> None:
    """A wrapped grant used in a second case is refused: dropping it there would take it from the first."""
    police = world[POLICE]
    first, second = notice(police), notice(police)
    only(world.send(POLICE, first))
    (grant,) = json.loads(json.loads(first.body)["header"])["grants"]
    again = resigned(
        police, edited(second, grants=json.loads(first.body)["grants"]), grants=[grant], code="HS-AAAAA-AAAAM"
    )
    assert code(world.send(POLICE, again)) == "grant_repeated"


def test_a_key_of_small_order_is_not_registered(world: World) -> None:
    """Under such a key one signature fits many messages."""
    public = bytes(32)
    sent = world.register(
        s.KeyRegistered,
        agency=WOMEN,
        key=sha256(public).hexdigest()[:32],
        use=s.KeyUse.SIGN,
        suite="ed25519",
        public=to_base64url(public),
    )
    assert code(world.send(REGISTRAR, sent)) == "key_malformed"


def test_nobody_speaks_for_another(world: World) -> None:
    """A statement by another agency than the caller is answered as an unknown case."""
    assert code(world.send(POLICE, activity(world[WOMEN]))) == "case_unknown"


def test_an_unknown_agency_is_refused(world: World) -> None:
    """A stranger's well-signed statement has no key here."""
    stranger = Member(world, "ai-do")
    assert code(world.send("ai-do", activity(stranger))) == "key_unknown"


def test_somebody_else_s_case_is_as_an_unknown_one(world: World) -> None:
    """What is answered to a stranger is, byte for byte, what is answered where there is no case."""
    case = open_case(world, by=BORDER)
    women = world[WOMEN]
    answers = []
    for target in (case, os.urandom(16).hex()):
        statement = s.SectionAppended(
            v=1,
            id=os.urandom(16).hex(),
            by=WOMEN,
            kid=women.keystore.kids("sign")[-1],
            occurred=OCCURRED,
            case=target,
            prev="0" * 64,
        )
        (answer,) = world.send(WOMEN, women.composer.sign(statement, bodies={}, wrapped={}))
        assert isinstance(answer, Refused)
        answers.append((answer.code, answer.params))
    assert answers == [("case_unknown", {})] * 2
