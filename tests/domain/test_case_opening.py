"""How a case opens, who may speak in it, and what an author must have seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.statements import AgencyKind, KeyUse, Pathway, SealedSection, Status
from tests.domain.acts import accepted, appended, closed, handover, notified, offered, supported, to_labour, told_too
from tests.domain.story import (
    ACCOUNT,
    AUDITOR,
    BANK,
    BORDER,
    CASE,
    CODE,
    CONTACT,
    IDENTITY,
    LABOUR,
    POLICE,
    REGISTRAR,
    STATISTICS,
    SUPPORT,
    WOMEN,
    Act,
    Story,
    act,
    digest,
    kid,
    province,
    sealing,
    uid,
)


def test_notice_opens_the_case() -> None:
    """The first notice sets code, pathway, status and custody."""
    told = Story().when(notified(status="not_yet_rescued", channel="online", received="hotline", law="l53_art28"))
    told.then(
        code=CODE, pathway=Pathway.RESCUED, status=Status.NOT_YET_RESCUED, custodian=POLICE, told={POLICE}, late=False
    )


@pytest.mark.parametrize("pathway", list(Pathway))
def test_every_pathway_opens_a_case(pathway: Pathway) -> None:
    """Each pathway is a way in."""
    Story().when(notified(pathway=pathway)).then(pathway=pathway)


def test_second_notice_changes_nothing_of_the_first() -> None:
    """A second notice is a fact beside the first: custody, pathway, status stay."""
    story = Story().given(notified(to=[BORDER]))
    story.when(told_too(BORDER, pathway=Pathway.HANDED_OVER, seals=[ACCOUNT], status="in_identification", code=CODE))
    story.then(custodian=POLICE, pathway=Pathway.RESCUED, status=Status.SUSPECTED)


def test_opening_needs_a_code() -> None:
    """A case opens with its mã hồ sơ."""
    Story().when(notified(code=None)).refused("case_code_missing")


@pytest.mark.parametrize("code", ["HS-23456-7892G", "HS-23456-7982F"])
def test_wrong_check_symbol(code: str) -> None:
    """A mistyped mã hồ sơ does not open a case."""
    Story().when(notified(code=code)).refused("case_code_wrong")


def test_second_notice_with_another_code() -> None:
    """A second notice does not give the case another code."""
    Story().given(notified()).when(told_too(POLICE, code="HS-99999-9999L")).refused("case_code_wrong")


def test_case_opens_once() -> None:
    """A notice with no `prev` of a case that is there gets the answer of a stranger."""
    Story().given(notified()).when(notified(name="again", force={"prev": None})).refused("case_unknown")


def test_only_a_notice_opens() -> None:
    """Nothing else opens a case."""
    Story().when(closed()).refused("case_unknown")


def test_case_accompanies_another() -> None:
    """A minor's case names the adult's, never itself."""
    Story().when(notified(accompanies=uid("adult"))).then(accompanies=uid("adult"))
    Story().when(notified(accompanies=CASE)).refused("case_unknown")


@pytest.mark.parametrize(
    "attempt",
    [
        appended(WOMEN, SUPPORT),
        closed(WOMEN),
        told_too(WOMEN),
        offered(LABOUR, by=WOMEN),
        accepted(WOMEN),
        supported(WOMEN),
    ],
    ids=lambda attempt: attempt.name,
)
def test_unknown_and_forbidden_case_get_one_answer(attempt: Act) -> None:
    """A stranger learns nothing: same code, no parameters, whether there is such a case or not."""
    known = Story().given(notified()).when(attempt).refused("case_unknown").refusal
    unknown = Story().when(_with_prev(attempt)).refused("case_unknown").refusal
    assert known is not None and unknown is not None
    assert known.params == unknown.params == {}


def _with_prev(attempt: Act) -> Act:
    return replace(attempt, force={"prev": digest("anything")})


@pytest.mark.parametrize("agency", [BANK, STATISTICS, AUDITOR, REGISTRAR])
def test_kinds_that_open_nothing(agency: str) -> None:
    """Bank, statistics, auditor and registrar never open a case."""
    Story().when(notified(agency)).refused("kind_not_author")


def test_author_is_in_the_directory() -> None:
    """Agency and key of the author are in force here."""
    story = Story()
    story.when(notified(force={"by": "nobody-here"})).refused("agency_unknown")
    story.when(notified(force={"kid": kid(LABOUR)})).refused("key_unknown")
    story.when(notified(force={"kid": kid(POLICE, KeyUse.SEAL)})).refused("key_unknown")


def test_addressee_is_in_the_directory() -> None:
    """Nothing is addressed to nobody."""
    Story().when(notified(to=["nobody-here"])).refused("agency_unknown")


def test_nothing_from_the_future() -> None:
    """`occurred` may be five minutes ahead of the hub's clock, not six."""
    story = Story().on("2026-11-02", "09:00")  # 02:00 UTC
    story.when(notified(force={"occurred": "2026-11-02T02:06Z"})).refused("occurred_in_future")
    story.when(notified(force={"occurred": "2026-11-02T02:05Z"})).then(custodian=POLICE)


def test_prev_must_be_on_the_authors_feed() -> None:
    """An invented `prev`, and one the author cannot have seen, are refused alike."""
    story = Story().given(notified(to=[WOMEN]), appended(POLICE, CONTACT, name="private"))
    story.when(appended(WOMEN, SUPPORT, after="private")).refused("prev_unknown")
    story.when(appended(WOMEN, SUPPORT, force={"prev": digest("invented")})).refused("prev_unknown")


def test_late_fact_is_recorded_and_marked() -> None:
    """A fact whose author had not yet seen the newest entry on its feed is accepted and marked late."""
    story = Story().given(notified(to=[LABOUR]), appended(POLICE, CONTACT, to=[LABOUR]))
    story.when(supported(LABOUR, after="notified")).then(late=True)
    story.when(supported(LABOUR, name="next")).then(late=False)


def test_what_the_author_could_not_see_does_not_make_it_late() -> None:
    """An entry that is not on the author's feed does not make its next fact late."""
    story = Story().given(notified(to=[LABOUR]), appended(POLICE, CONTACT))
    story.when(supported(LABOUR)).then(late=False)


def test_facts_come_after_the_end() -> None:
    """A closed case takes facts, and stays closed."""
    story = Story().given(notified(to=[LABOUR]), closed())
    story.when(supported(LABOUR)).then(status=Status.CLOSED)
    story.when(appended(LABOUR, IDENTITY)).then(status=Status.CLOSED)
    story.when(told_too(LABOUR)).then(status=Status.CLOSED)


def test_appending_nothing() -> None:
    """`section.appended` carries a section."""
    Story().given(notified()).when(appended(seals=[])).refused("section_missing")


@pytest.mark.parametrize(
    ("facts", "of"),
    [
        *(({"channel": "rumour"}, "channel"), ({"law": "my_own_law"}, "ground")),
        *(({"received": "marriage"}, "received"), ({"channel": "hotline"}, "channel")),
    ],
)
def test_codes_of_a_notice(facts: dict[str, str], of: str) -> None:
    """Codes come from the lists of the rules."""
    Story().when(notified(**facts)).refused("code_unknown", list=of)


def test_support_was_given() -> None:
    """Support began today or before, in Viet Nam; it may go on."""
    story = Story().given(notified(to=[LABOUR], shares=[to_labour()])).on("2026-11-02", "00:30")  # 17:30 UTC before
    story.when(supported(LABOUR, since="2026-11-03")).refused("date_in_future")
    story.when(supported(LABOUR, since="2026-11-02", until="2026-12-01")).then()


def test_support() -> None:
    """Support is a fact of any party, under a regime of the list, perhaps for a referral it stands on a side of."""
    story = Story().given(notified(to=[LABOUR, BORDER], shares=[to_labour()]), offered())
    story.when(supported(LABOUR, regime="gold")).refused("code_unknown", list="regime")
    story.when(supported(LABOUR, since="2026-11-02", until="2026-11-01")).refused("period_reversed")
    story.when(supported(LABOUR, referral=uid("other"))).refused("referral_unknown")
    story.when(supported(BORDER, referral=uid("referral"))).refused("referral_unknown")
    story.given(accepted(WOMEN)).when(supported(WOMEN, referral=uid("referral"))).then(status=Status.SUSPECTED)


def test_sections_are_sealed_under_the_authors_keys() -> None:
    """Own keys, one section each, epochs one after the other, the author's grant to itself along."""
    foreign = SealedSection(IDENTITY, LABOUR, 1, 280, digest("x"))
    Story().when(notified(seals=[foreign], keep_own=False)).refused("section_author_wrong")
    twice = [sealing(IDENTITY, POLICE, 1, name="a"), sealing(IDENTITY, POLICE, 1, name="b")]
    Story().when(notified(seals=twice)).refused("section_twice")
    Story().when(notified(seals=[sealing(IDENTITY, POLICE, 2)])).refused("epoch_wrong", section="identity")
    Story().when(notified(keep_own=False)).refused("own_grant_missing", section="identity")


def test_custody_has_no_gap() -> None:
    """From the first notice on there is one custodian, whatever is offered."""
    Story().given(notified()).when(handover()).then(custodian=POLICE)


def test_directory_matters_now() -> None:
    """An agency that has left records nothing more, and is addressed no more."""
    directory = province()
    story = Story(directory=directory).given(notified(to=[LABOUR]))
    directory.agencies[LABOUR] = replace(directory.agencies[LABOUR], until=99)
    story.when(supported(LABOUR)).refused("agency_revoked")
    story.when(handover(LABOUR)).refused("agency_revoked")
    directory.keys[kid(POLICE)] = replace(directory.keys[kid(POLICE)], until=99)
    story.when(closed()).refused("key_revoked")


def test_story_itself() -> None:
    """The made-up province has every kind, and an act without its type's field fails loudly."""
    assert {agency.kind for agency in province().agencies.values()} == set(AgencyKind)
    with pytest.raises(TypeError):
        Story().when(act(type(Story().build(closed())), POLICE, "no reason"))
