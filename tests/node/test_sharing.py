"""Who can open what, through the nodes and the hub's own door: data keys, lodged grants, consent, requests."""

from __future__ import annotations

import pytest

from domain import statements as s
from domain.errors import RefusedError
from domain.statements import DataKey, Section
from node import reading
from node.composer import Share
from node.telling import compose_told
from projections.plaintext import UNREADABLE
from tests.node.province import (
    BORDER,
    FACILITY,
    LABOUR,
    LABOUR_14,
    POLICE,
    POLICE_14,
    WOMEN,
    Office,
    Province,
    answer,
    case_of,
    facts,
    notice,
    opened,
    person,
    row,
    support,
)

HOME = {Section.IDENTITY: person(residence_province="14"), Section.CONTACT: facts(address="thôn Giả")}


def consented(police: Office, code: str, *, to: str = WOMEN, sections: tuple[str, ...] = ("identity",)) -> str:
    """The person agrees; give the consent."""
    done = police.officer.give_consent(code, recipients=[to], sections=list(sections), given_by="person")
    return done.statement


def referred(police: Office, code: str, *, to: str = WOMEN, words: str = "nhờ giúp") -> str:
    """A referral with identity; give its id."""
    done = police.officer.refer(code, to=to, service="reintegration", message=words, sections=["identity"])
    assert done.id is not None
    return done.id


def keys(office: Office, code: str, section: Section) -> dict[int, set[str]]:
    """Epoch → holders of this agency's data keys in a section."""
    case = office.node.projector.files[case_of(office, code)].case
    day = office.node.today()
    own = [k for k in case.keys if k.section is section and k.author == office.agency]
    return {k.epoch: set(case.holders(k, day)) for k in own}


def grant_to(office: Office, case: str, agency: str, section: Section) -> str:
    """The hash of the newest grant of a section to an agency, as one who sees it all knows it."""
    grants = office.node.projector.files[case].case.grants.values()
    return [h.grant.hash for h in grants if h.grant.to == agency and any(k.section is section for k in h.grant.keys)][
        -1
    ]


def open_in(office: Office, case: str, section: str) -> bool:
    """Whether a section of police is open in an office's view."""
    return POLICE in office.content(case).get(section, {})


# -- data keys -------------------------------------------------------------------------------------------------------


def test_a_second_section_reuses_the_epoch(province: Province) -> None:
    """One data key for each case, section and author, until somebody is no longer entitled."""
    police = province[POLICE]
    code = opened(police)
    police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
    assert keys(police, code, Section.IDENTITY) == {1: {POLICE, LABOUR}}


def test_after_a_withdrawal_the_next_epoch_goes_to_those_still_entitled(province: Province) -> None:
    """Who had it by law keeps reading; who had it by the consent does not read what comes."""
    police, women, labour = province[POLICE], province[WOMEN], province[LABOUR]
    code = opened(police)
    consent = consented(police, code)
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    province.sync()
    case = case_of(police, code)
    assert open_in(women, case, "identity")
    police.officer.withdraw_consent(code, consent=consent)
    police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
    province.check()
    assert keys(police, code, Section.IDENTITY) == {1: {POLICE, LABOUR}, 2: {POLICE, LABOUR}}
    assert labour.content(case)["identity"][POLICE]["values"]["full_name"]["value"] == "Tên Mới"
    assert not open_in(women, case, "identity")


def test_a_holder_with_two_grants_keeps_reading(province: Province) -> None:
    """A later grant of other keys does not hide the one that holds the old epoch."""
    police, women, labour = province[POLICE], province[WOMEN], province[LABOUR]
    code = opened(police)
    consent = consented(police, code)
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    # A second grant to the Labour department, of another section, stands behind the first.
    police.officer.append(code, section="contact", values={"address": "thôn Giả"})
    police.officer.grant_access(code, to=LABOUR, sections=["contact"])
    police.officer.grant_access(code, to=BORDER, sections=["contact"])  # and who holds another section gets only that
    police.officer.withdraw_consent(code, consent=consent)
    police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
    province.check()
    assert keys(police, code, Section.IDENTITY)[2] == {POLICE, LABOUR}
    assert labour.content(case_of(labour, code))["identity"][POLICE]["values"]["full_name"]["value"] == "Tên Mới"
    assert women.content(case_of(police, code)) == {}


def test_the_words_of_one_referral_are_closed_to_the_receiver_of_the_next(province: Province) -> None:
    """Each has a key of its own."""
    police, border, women = province[POLICE], province[BORDER], province[WOMEN]
    code = opened(police)
    police.officer.refer(code, to=BORDER, service="reintegration", message="lời thứ nhất", sections=[])
    police.officer.refer(code, to=WOMEN, service="reintegration", message="lời thứ hai", sections=[])
    province.check()
    seen = {
        o.agency: [w["values"]["text"]["value"] for r in o.inbox() for w in (r.content or {})["words"]]
        for o in (border, women)
    }
    assert seen == {BORDER: ["lời thứ nhất"], WOMEN: ["lời thứ hai"]}
    assert [len(row.facts["steps"]) for row in police.inbox()] == [2, 2]  # offered, delivered


# -- lodged with an offer --------------------------------------------------------------------------------------------


def test_lodged_sections_open_with_the_acceptance(province: Province) -> None:
    """Before it neither the view nor the hub's door gives them; after it both do."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    consented(police, code)
    offer = referred(police, code)
    province.sync()
    case = case_of(police, code)
    grant = grant_to(police, case, WOMEN, Section.IDENTITY)
    assert women.node.hub.grants([grant]) == {}
    assert not open_in(women, case, "identity")
    women.officer.accept(offer)
    province.check()
    assert list(women.node.hub.grants([grant])) == [grant]
    assert open_in(women, case, "identity")


@pytest.mark.parametrize("way", ["refused", "recalled", "expired"])
def test_lodged_sections_are_gone_with_the_offer(province: Province, way: str) -> None:
    """Refused, taken back, or not answered in time: the hub has deleted what was lodged."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    consented(police, code)
    done = police.officer.refer(
        code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"], answer_by="2026-11-05"
    )
    assert done.id is not None
    province.sync()
    case = case_of(police, code)
    grant = grant_to(police, case, WOMEN, Section.IDENTITY)
    if way == "refused":
        women.officer.refuse(done.id, reason="no_capacity", message="hết chỗ")
    elif way == "recalled":
        police.officer.recall(done.id, reason="no_longer_needed")
    else:
        province.world.on("2026-11-06T09:00")
        police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
        with pytest.raises(RefusedError, match=r"already_answered|offer_expired"):
            women.officer.accept(done.id)
    province.check()
    assert women.node.hub.grants([grant]) == {}
    assert not open_in(women, case, "identity")
    assert {row.facts["state"] for row in police.inbox()} == {way}
    if way != "expired":
        assert [step["type"] for step in women.inbox()[0].facts["steps"]][-1] == f"referral.{way}"


def test_a_refusal_s_words_reach_the_sender(province: Province) -> None:
    """Circular 35/2013 Art 16(3)."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    offer = referred(police, opened(police, key="2"), to=BORDER)
    assert offer
    consented(police, code)
    women.node.sync()
    second = referred(police, code)
    women.node.sync()
    women.officer.refuse(second, reason="no_capacity", message="hết chỗ")
    province.check()
    words = next(row for row in police.inbox() if row.key == second).content
    assert words is not None
    assert [one["values"]["text"]["value"] for one in words["words"]] == ["nhờ giúp", "hết chỗ"]


# -- consent taken back ----------------------------------------------------------------------------------------------


def test_a_withdrawal_closes_and_is_acknowledged(province: Province) -> None:
    """The receiver's views drop the sections, its node says so once, and everybody sees it."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    consent = consented(police, code)
    offer = referred(police, code)
    women.node.sync()
    women.officer.accept(offer)
    case = case_of(police, code)
    assert open_in(women, case, "identity")
    police.officer.withdraw_consent(code, consent=consent)
    province.check()
    assert women.content(case).keys() == {"message"}
    shown = police.node.rows.get("caseload", case)
    assert shown is not None
    assert shown.facts["consents"][0]["withdrawn"] is True
    assert shown.facts["consents"][0]["acknowledged"] == [WOMEN]
    said = [i for i in police.feed() if isinstance(i.statement, s.WithdrawalAcknowledged)]
    assert len(said) == 1


def test_an_annulled_sharing_is_closed_and_not_given_again(province: Province) -> None:
    """What an officer took back the node does not give a second time by itself."""
    police, border = province[POLICE], province[BORDER]
    code = opened(police)
    referred(police, code, to=BORDER)
    border.node.sync()
    case = case_of(police, code)
    shared = police.officer.grant_access(code, to=BORDER, sections=["identity"])
    province.sync()
    assert open_in(border, case, "identity")
    police.officer.annul(code, statement=shared.statement, reason="entered_in_error")
    province.check()
    assert not open_in(border, case, "identity")


def test_a_consent_later_than_what_it_opens_opens_it(province: Province) -> None:
    """What was written days before the consent is open, though its entry comes after on the receiver's feed."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    province.world.on("2026-11-09T09:00")
    consented(police, code)
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    province.check()
    assert open_in(women, case_of(police, code), "identity")
    women.start()
    assert open_in(women, case_of(police, code), "identity")


# -- asked for -------------------------------------------------------------------------------------------------------


def test_a_request_the_law_allows_is_answered_by_the_node(province: Province) -> None:
    """The home province's police asks for the account, which no notice brought it."""
    police, home = province[POLICE], province[POLICE_14]
    code = opened(police, notice({**HOME, Section.ACCOUNT: facts(statement="kể")}))
    province.sync()
    case = case_of(police, code)
    police.officer.transfer(code, to=POLICE_14, message="bàn giao", sections=["identity"])
    province.sync()
    home.officer.accept(home.inbox()[0].key)
    province.sync()
    assert not open_in(home, case, "account")
    home.officer.request_access(code, to=POLICE, sections=["account"])
    province.check()
    assert open_in(home, case, "account")
    assert len([i for i in police.feed() if isinstance(i.statement, s.AccessGranted)]) == 1


def test_a_request_that_needs_consent_waits_for_an_officer(province: Province) -> None:
    """Nothing goes by itself; with the consent it goes, by itself."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police, notice({Section.IDENTITY: person(), Section.CONTACT: facts(address="thôn Giả")}))
    consented(police, code)
    offer = referred(police, code)
    women.node.sync()
    women.officer.accept(offer)
    province.sync()
    police.officer.append(code, section="contact", values={"address": "nơi khác"})
    case = case_of(police, code)
    police_file = police.node.projector.files[case]
    contact = [k for k in police_file.case.keys if k.section is Section.CONTACT]
    women_file = women.node.file(case)
    made = compose_told(
        women.node.composer,
        s.AccessRequested,
        women_file,
        occurred="2026-11-02T01:00Z",
        to=(POLICE,),
        facts={
            "purpose": "support",
            "keys": [{"section": k.section.value, "author": k.author, "epoch": k.epoch} for k in contact],
        },
    )
    women.node.queue([made])
    province.check()
    assert women.node.store.refusal(made.statement.id) is None
    assert not open_in(women, case, "contact")
    consented(police, code, sections=("contact",))
    province.check()
    assert open_in(women, case, "contact")


def test_an_annulled_answer_is_not_given_again(province: Province) -> None:
    """A request is answered by itself once."""
    police, home = province[POLICE], province[POLICE_14]
    code = opened(police, notice({**HOME, Section.ACCOUNT: facts(statement="kể")}))
    police.officer.transfer(code, to=POLICE_14, message="bàn giao", sections=["identity"])
    home.node.sync()
    home.officer.accept(home.inbox()[0].key)
    home.officer.request_access(code, to=POLICE, sections=["account"])
    province.sync()
    given = next(i.statement for i in police.feed() if isinstance(i.statement, s.AccessGranted))
    police.officer.annul(code, statement=given.id, reason="entered_in_error")
    province.check()
    assert not open_in(home, case_of(police, code), "account")


def test_the_table_decides_with_its_row(province: Province) -> None:
    """What is never shared is refused before anything is made."""
    police = province[POLICE]
    code = opened(police, notice({Section.ACCOUNT: facts(statement="kể"), Section.IDENTITY: person()}))
    with pytest.raises(RefusedError) as refused:
        police.officer.grant_access(code, to=WOMEN, sections=["account"])
    assert (refused.value.code, refused.value.params["row"]) == ("grant_forbidden", 11)
    with pytest.raises(RefusedError) as refused:
        police.officer.grant_access(code, to=FACILITY, sections=["identity"])
    assert (refused.value.code, refused.value.params["row"]) == ("grant_needs_consent", 12)
    with pytest.raises(RefusedError) as refused:
        police.officer.grant_access(code, to=LABOUR, sections=["support"])
    assert refused.value.code == "section_not_held"


# -- what cannot be opened -------------------------------------------------------------------------------------------


def test_a_granted_section_that_does_not_open_is_shown_as_unreadable(province: Province) -> None:
    """Not blank, not closed, and no reason to stop: a body that is not what was sealed."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    labour.line.change = lambda path, body: b"{}" if path == "/v1/bodies" else body
    labour.node.sync()
    case = case_of(labour, code)
    record = labour.content(case)["identity"][POLICE]
    assert record == {**UNREADABLE, "index": record["index"], "statement": record["statement"]}
    kind = labour.node.projector.directory.agency(LABOUR).kind
    shown = reading.one_case(labour.node.views, case, kind=kind, rules=labour.node.rules, clocks=[])
    assert shown["sections"]["identity"]["open"][POLICE]["unreadable"] is True
    labour.line.change = lambda _path, body: body
    police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
    province.check()
    assert labour.content(case)["identity"][POLICE]["values"]["full_name"]["value"] == "Tên Mới"


def test_closed_cells_name_their_row(province: Province) -> None:
    """Never blank: not shared by the table, or nothing shared yet."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police, notice({Section.IDENTITY: person(), Section.ACCOUNT: facts(statement="kể")}))
    province.sync()
    kind = labour.node.projector.directory.agency(LABOUR).kind
    shown = reading.one_case(labour.node.views, case_of(labour, code), kind=kind, rules=labour.node.rules, clocks=[])
    closed = {name: cell["closed"] for name, cell in shown["sections"].items() if "closed" in cell}
    assert closed["account"] == {"code": "cell_not_shared", "row": 8}
    assert closed["health"] == {"code": "cell_nothing_shared", "row": 7}
    assert set(shown["sections"]) == {section.value for section in Section} - {"message"}


def test_an_officer_s_acts_each_once(province: Province) -> None:
    """Every act an officer has leads to one entry; a second officer's answer comes too late."""
    police, labour, women, home = (province[a] for a in (POLICE, LABOUR, WOMEN, LABOUR_14))
    code = opened(police, notice(HOME))
    police.officer.answer_identification(code, outcome="victim", legal_date="2026-11-01")
    police.officer.transfer(code, to=LABOUR, message="bàn giao", sections=["identity", "contact"])
    labour.node.sync()
    (moved,) = labour.inbox()
    labour.officer.accept(moved.key)
    with pytest.raises(RefusedError, match="already_answered"):
        labour.officer.accept(moved.key)
    given = labour.officer.record_support(code, regime="medical", given="khám")
    labour.officer.correct(
        code, statement=given.statement, section="support", values={"given": "khám bệnh"}, reason="source_corrected"
    )
    consent = labour.officer.give_consent(
        code, recipients=[WOMEN], sections=["identity", "support"], given_by="person", until="2027-01-01"
    )
    one = labour.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"])
    two = labour.officer.refer(code, to=LABOUR_14, service="reintegration", message="nhờ", sections=["identity"])
    women.node.sync()
    home.node.sync()
    assert one.id is not None
    assert two.id is not None
    assert women.officer.open(one.id) is not None
    assert women.officer.open(one.id) is None
    women.officer.accept(one.id)
    labour.officer.recall(two.id, reason="no_longer_needed")
    with pytest.raises(RefusedError, match="decision_late"):
        home.officer.accept(two.id)
    labour.officer.withdraw_consent(code, consent=consent.statement)
    labour.officer.annul(code, statement=given.statement, reason="entered_in_error")
    province.sync()
    labour.officer.close(code, reason="support_ended")
    province.check()
    assert labour.node.projector.files[case_of(labour, code)].case.status is s.Status.CLOSED


def test_what_an_officer_types_must_be_a_field_of_its_section(province: Province) -> None:
    """An unknown section, an unknown field, or nothing at all."""
    police = province[POLICE]
    code = opened(police)
    for section, values in (("nothing", {"x": 1}), ("identity", {"x": 1}), ("identity", {})):
        with pytest.raises(RefusedError, match="fact_wrong"):
            police.officer.append(code, section=section, values=values)
    with pytest.raises(RefusedError, match="referral_unknown"):
        police.officer.accept("00" * 16)
    with pytest.raises(RefusedError, match="case_unknown"):
        police.officer.close("HS-22222-22222", reason="support_ended")


def test_a_key_granted_on_another_s_ground_is_not_renewed_on_it(province: Province) -> None:
    """The author may write on, though a holder passed its key on by a ground that the author does not have."""
    police, labour, border = province[POLICE], province[LABOUR], province[BORDER]
    code = opened(border, notice(pathway="handed_over"))
    province.sync()
    case = case_of(border, code)
    key = DataKey(Section.IDENTITY, BORDER, 1)
    made = labour.node.composer.compose(
        s.AccessGranted,
        labour.node.file(case),
        occurred="2026-11-02T01:00Z",
        to=(POLICE_14,),
        share=lambda _: [Share(to=POLICE_14, keys=(key,), law="home_notice")],
    )
    labour.node.queue([made])
    consent = consented(border, code, to=FACILITY)
    border.officer.grant_access(code, to=FACILITY, sections=["identity"])
    province.sync()
    assert labour.node.store.refusal(made.statement.id) is None
    border.officer.withdraw_consent(code, consent=consent)
    assert border.officer.append(code, section="identity", values={"full_name": "Tên Mới"}).index is not None
    province.check()
    assert police.content(case)["identity"][BORDER]["values"]["full_name"]["value"] == "Tên Mới"


def test_support_is_answered_to_the_labour_department(province: Province) -> None:
    """What the Union gives is told to the department by law, and shown beside its own."""
    police, labour, women = province[POLICE], province[LABOUR], province[WOMEN]
    code = opened(police, notice(), answer())
    offer_consent = consented(police, code)
    assert offer_consent
    offer = referred(police, code)
    women.node.sync()
    women.officer.accept(offer)
    labour.node.sync()
    labour.take(row(support(given="thuốc"), code=code, opens=False))
    women.take(row(support("psychological", given="thăm hỏi"), code=code, opens=False))
    province.check()
    shown = labour.content(case_of(labour, code))["support"]
    assert {author: [i["values"]["given"]["value"] for i in items] for author, items in shown.items()} == {
        LABOUR: ["thuốc"],
        WOMEN: ["thăm hỏi"],
    }
