"""Asked for and not answered, granted and not opened: nobody waits unseen, and nothing is said twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain import statements as s
from domain.statements import DataKey, KeyUse, Section
from hub.intake import Refused
from node import composer as composing
from node.access import Waiting, waiting
from sealing.encoding import to_base64url
from sealing.errors import KeyStoreError
from sealing.grants import wrap
from sealing.sections import seal
from tests.node.province import (
    LABOUR,
    POLICE,
    POLICE_14,
    WOMEN,
    Office,
    Province,
    case_of,
    facts,
    notice,
    opened,
    person,
)
from tests.node.test_api import Desk

CONTACT = {Section.IDENTITY: person(), Section.CONTACT: facts(address="thôn Giả")}


def listed(office: Office) -> list[Waiting]:
    """What waits, as this office sees it."""
    node = office.node
    return waiting(
        node.projector.files.values(),
        agency=office.agency,
        directory=node.projector.directory,
        rules=node.rules,
        day=node.today(),
    )


def failures(office: Office) -> list[s.AccessFailed]:
    """What was said not to open, on an office's feed."""
    return [item.statement for item in office.feed() if isinstance(item.statement, s.AccessFailed)]


def keys_of(one: s.AccessFailed) -> list[DataKey]:
    """The data keys it names."""
    return list(one.keys)


def garbled(patch: pytest.MonkeyPatch) -> None:
    """What is wrapped for others from now on is of the right length and opens nowhere."""

    def spoil(keys: dict[Any, bytes], *, grantor: str, grantee: str, **where: Any) -> bytes:
        made = wrap(keys, grantor=grantor, grantee=grantee, **where)
        return made if grantor == grantee else made[:1] + os.urandom(len(made) - 1)

    patch.setattr(composing, "wrap", spoil)


def untrue(patch: pytest.MonkeyPatch) -> None:
    """What is wrapped for others from now on is another key than the one that seals."""

    def lie(keys: dict[Any, bytes], *, grantor: str, grantee: str, **where: Any) -> bytes:
        told = keys if grantor == grantee else {name: os.urandom(32) for name in keys}
        return wrap(told, grantor=grantor, grantee=grantee, **where)

    patch.setattr(composing, "wrap", lie)


def nonsense(patch: pytest.MonkeyPatch) -> None:
    """What is sealed from now on is no JSON."""
    patch.setattr(composing, "seal", lambda _plain, **where: seal(b"\xff nonsense", **where))


def destroyed(office: Office) -> None:
    """The hub has the bodies no more."""
    office.line.change = lambda path, body: b"{}" if path == "/v1/bodies" else body


# -- what does not open ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", [garbled, untrue, nonsense])
def test_what_does_not_open_is_said_once(
    province: Province, monkeypatch: pytest.MonkeyPatch, attack: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """By the node, to who granted it, naming the data key; not again when the case moves, nor after a restart."""
    police, labour = province[POLICE], province[LABOUR]
    with monkeypatch.context() as patch:
        attack(patch)
        code = opened(police)
    province.sync()
    (said,) = failures(police)
    assert (said.by, said.to, keys_of(said)) == (LABOUR, (POLICE,), [DataKey(Section.IDENTITY, POLICE, 1)])
    police.officer.append(code, section="identity", values={"sex": "f"})
    province.sync()
    labour.start()
    police.officer.append(code, section="identity", values={"sex": "f"})
    province.check()
    assert len(failures(police)) == len(failures(labour)) == 1


def test_a_destroyed_body_is_said(province: Province) -> None:
    """The hub answers, and has nothing; when it has it again, the view opens all the same."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    destroyed(labour)
    labour.node.sync()
    labour.line.change = lambda _path, body: body
    province.sync()
    assert [one.keys for one in failures(police)] == [(DataKey(Section.IDENTITY, POLICE, 1),)]
    police.officer.append(code, section="identity", values={"sex": "f"})
    province.check()
    assert "values" in labour.content(case_of(labour, code))["identity"][POLICE]


def test_nothing_is_said_while_the_hub_is_away(province: Province) -> None:
    """Who gets no answer knows nothing yet."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    labour.line.cut_after = lambda path: path in {"/v1/bodies", "/v1/grants"}
    assert not labour.node.try_sync()
    labour.line.cut_after = lambda _path: False
    province.check()
    assert "values" in labour.content(case_of(labour, code))["identity"][POLICE]
    assert failures(police) == []


def test_nothing_is_said_while_the_key_store_is_away(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key store that does not answer has lost nothing."""
    police, labour = province[POLICE], province[LABOUR]

    def away(*_: object) -> bytes:
        raise KeyStoreError("away")

    code = opened(police)
    with monkeypatch.context() as patch:
        patch.setattr(labour.node.keystore, "open_grant", away, raising=False)
        labour.node.sync()
    assert labour.content(case_of(labour, code))["identity"][POLICE]["unreadable"] is True
    province.sync()
    assert failures(police) == []


def test_nothing_is_said_of_what_is_lodged(province: Province) -> None:
    """An offer's sections are closed until it is accepted: that is no failure, and a withdrawn one is none either."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    consent = police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"])
    province.sync()
    police.officer.withdraw_consent(code, consent=consent.statement)
    province.check()
    assert failures(police) == failures(women) == []


def test_the_grantor_grants_again(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees who cannot open what; the same keys, wrapped again, open, and the list is empty on both sides."""
    police, labour = province[POLICE], province[LABOUR]
    with monkeypatch.context() as patch:
        untrue(patch)
        code = opened(police)
    province.sync()
    (ours,), (theirs,) = listed(police), listed(labour)
    assert (ours.kind, ours.turn, ours.by, ours.code) == ("failed", "ours", LABOUR, code)
    assert [(one.section, one.code) for one in ours.sections] == [(Section.IDENTITY, "access_grant_again")]
    assert (theirs.kind, theirs.turn, theirs.to) == ("failed", "theirs", (POLICE,))
    police.officer.grant_access(code, to=LABOUR, sections=["identity"])
    province.check()
    assert labour.content(case_of(labour, code))["identity"][POLICE]["values"]["full_name"]
    assert listed(police) == listed(labour) == []
    assert len(failures(police)) == 1


def test_what_fails_again_is_said_again(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for each grant: a sender of nonsense hears of each, and no more often than it sends."""
    police = province[POLICE]
    with monkeypatch.context() as patch:
        untrue(patch)
        code = opened(police)
        province[LABOUR].node.sync()
        for times in (2, 3):
            police.node.sync()
            police.officer.grant_access(code, to=LABOUR, sections=["identity"])
            province.sync()
            assert len(failures(police)) == times


def test_an_untrue_grant_hides_no_true_one(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another holder grants another key in its name: what opened goes on opening, and nothing failed."""
    police, labour, home = province[POLICE], province[LABOUR], province[POLICE_14]
    code = opened(police, notice({Section.IDENTITY: person(residence_province="14")}))
    province.sync()
    key = DataKey(Section.IDENTITY, POLICE, 1)
    case = case_of(home, code)
    with monkeypatch.context() as patch:
        untrue(patch)
        made = home.node.composer.compose(
            s.AccessGranted,
            home.node.file(case),
            occurred="2026-11-02T01:00Z",
            to=(LABOUR,),
            share=lambda _: [composing.Share(to=LABOUR, keys=(key,), law="l53_art28")],
        )
        home.node.queue([made])
        home.node.sync()
    assert home.node.store.refusal(made.statement.id) is None
    province.check()
    assert "values" in labour.content(case)["identity"][POLICE]
    assert failures(labour) == []


def test_a_lost_key_is_mended_by_a_new_one(province: Province) -> None:
    """The department lost its key, registers another, and says what it cannot open; granted again it reads on."""
    police, labour, world = province[POLICE], province[LABOUR], province.world
    store = world[LABOUR].keystore
    lost = store.kids("seal")[-1]
    store._pairs.pop(lost)  # what a lost file leaves
    kid = store.add_key(use="seal", suite="x25519")
    made = world.register(
        s.KeyRegistered,
        agency=LABOUR,
        key=kid,
        use=KeyUse.SEAL,
        suite=store.suite(kid),
        public=to_base64url(store.public(kid)),
    )
    code = opened(police)
    assert not [one for one in world.send("so-danh-ba", made) if isinstance(one, Refused)]
    province.sync()
    assert [one.keys for one in failures(police)] == [(DataKey(Section.IDENTITY, POLICE, 1),)]
    police.officer.grant_access(code, to=LABOUR, sections=["identity"])
    province.check()
    assert "values" in labour.content(case_of(labour, code))["identity"][POLICE]


def test_words_that_do_not_open_go_with_another_offer(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody grants the words of an offer again, and the list does not ask it."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    with monkeypatch.context() as patch:
        nonsense(patch)
        police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=[])
    province.sync()
    (ours,) = listed(police)
    assert [(one.section, one.code) for one in ours.sections] == [(Section.MESSAGE, "access_send_anew")]
    assert len(failures(women)) == 1


# -- what is asked for -----------------------------------------------------------------------------------------------


def asking(province: Province, *, sections: tuple[str, ...] = ("contact",)) -> tuple[str, Office, Office]:
    """The Union has accepted a referral and asks for more than it got."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police, notice(CONTACT))
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    done = police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"])
    women.node.sync()
    women.officer.accept(done.id or "")
    women.officer.request_access(code, to=POLICE, sections=list(sections))
    province.sync()
    return code, police, women


def test_an_unanswered_request_is_listed_on_both_sides(province: Province) -> None:
    """Since when, of whom, for which section; and to who was asked, why its node does not answer by itself."""
    code, police, women = asking(province)
    province.world.on("2026-11-09T09:00")
    (ours,), (theirs,) = listed(police), listed(women)
    assert (ours.kind, ours.turn, ours.by, ours.to, ours.code) == ("access", "ours", WOMEN, (POLICE,), code)
    assert (ours.since, ours.days) == ("2026-11-02", 7)
    assert [(one.section, one.code, one.row) for one in ours.sections] == [(Section.CONTACT, "grant_needs_consent", 9)]
    assert replace(theirs, turn="ours", sections=ours.sections) == ours
    assert [(one.section, one.code) for one in theirs.sections] == [(Section.CONTACT, None)]


def test_an_answered_request_is_listed_no_more(province: Province) -> None:
    """Once the person agrees the node answers, and nobody waits."""
    code, police, women = asking(province)
    police.officer.give_consent(code, recipients=[WOMEN], sections=["contact"], given_by="person")
    province.check()
    assert listed(police) == listed(women) == []


def test_an_answer_taken_back_is_listed(province: Province) -> None:
    """The node gives it no second time by itself: the list says so."""
    code, police, _ = asking(province)
    police.officer.give_consent(code, recipients=[WOMEN], sections=["contact"], given_by="person")
    province.sync()
    given = next(i.statement for i in reversed(police.feed()) if isinstance(i.statement, s.AccessGranted))
    police.officer.annul(code, statement=given.id, reason="entered_in_error")
    province.sync()
    (ours,) = listed(police)
    assert [one.code for one in ours.sections] == ["access_taken_back"]


def test_what_the_table_never_shares_is_listed_with_its_row(province: Province) -> None:
    """The officer sees at once that no consent will help."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police, notice({**CONTACT, Section.ACCOUNT: facts(statement="kể")}))
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    done = police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"])
    women.node.sync()
    women.officer.accept(done.id or "")
    women.officer.request_access(code, to=POLICE, sections=["account"])
    province.sync()
    (ours,) = listed(police)
    assert [(one.code, one.row) for one in ours.sections] == [("grant_forbidden", 11)]


def test_others_requests_are_none_of_our_business(province: Province) -> None:
    """A third agency that happens to see the entries lists nothing."""
    asking(province)
    assert listed(province[LABOUR]) == []


def test_a_closed_cell_says_that_it_is_asked_for(province: Province) -> None:
    """Its reader knows since when; once it is open there is nothing to say, and what is never shared says so."""
    code, police, women = asking(province)
    closed = Desk(women).get(f"/v1/cases/{code}")["sections"]
    assert closed["contact"] == {"closed": {"code": "cell_requested", "row": 9, "since": "2026-11-02"}}
    assert closed["support"] == {"closed": {"code": "cell_nothing_shared", "row": 9}}
    assert closed["account"] == {"closed": {"code": "cell_not_shared", "row": 11}}
    police.officer.give_consent(code, recipients=[WOMEN], sections=["contact"], given_by="person")
    province.sync()
    assert "open" in Desk(women).get(f"/v1/cases/{code}")["sections"]["contact"]


def test_the_list_over_http(province: Province) -> None:
    """As the contract says it, without anything of the sections."""
    code, police, _ = asking(province)
    shown = Desk(police).get("/v1/requests")
    assert [(one["kind"], one["turn"], one["code"], one["since"], one["days"]) for one in shown] == [
        ("access", "ours", code, "2026-11-02", 0)
    ]
    assert shown[0]["sections"] == [{"section": "contact", "code": "grant_needs_consent", "row": 9}]
