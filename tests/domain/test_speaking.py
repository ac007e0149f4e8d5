"""Who may say what, for every agency kind and every statement; and that whoever may be asked may answer."""

from __future__ import annotations

from typing import Any

import pytest

from domain import statements as s
from domain.errors import RefusedError
from domain.rules import every
from domain.speaking import check_receiver
from domain.statements import STATEMENTS, AgencyKind, CaseStatement, DataKey, Section
from tests.domain.acts import (
    accepted,
    acknowledged,
    appended,
    consented,
    delivered,
    failed,
    handover,
    notified,
    offered,
    opened,
    refused,
    shared,
    supported,
    withdrew,
)
from tests.domain.story import (
    AUDITOR,
    BANK,
    IDENTITY,
    KINDS,
    LABOUR,
    MESSAGE,
    POLICE,
    REGISTRAR,
    STATISTICS,
    SUPPORT,
    WOMEN,
    Story,
    share,
    uid,
    words,
)

ANYTHING = frozenset(str(cls.__struct_config__.tag) for cls in STATEMENTS if issubclass(cls, CaseStatement))
LOAN: dict[str, Any] = {"service": "loan", "seals": [MESSAGE], "shares": [words(BANK)]}
STOPPED = {"consent.withdrawal_acknowledged", "access.failed"}
ANSWERS = {"referral.delivered", "referral.opened", "referral.accepted", "referral.refused", "support.recorded"}

# What each kind may say of cases.
SAYS: dict[AgencyKind, frozenset[str]] = {
    AgencyKind.POLICE: ANYTHING,
    AgencyKind.BORDER_GUARD: ANYTHING,
    AgencyKind.LABOUR: ANYTHING,
    AgencyKind.WOMEN_UNION: ANYTHING,
    AgencyKind.SUPPORT_FACILITY: ANYTHING,
    AgencyKind.LEGAL_AID: ANYTHING,
    AgencyKind.POLICY_BANK: frozenset(STOPPED | ANSWERS),
    AgencyKind.STATISTICS: frozenset(STOPPED),
    AgencyKind.AUDITOR: frozenset(),
    AgencyKind.REGISTRAR: frozenset(),
    AgencyKind.COMMUNE: ANYTHING,
    AgencyKind.COAST_GUARD: ANYTHING,
    AgencyKind.MISSION: ANYTHING,
}


def lending() -> Story:
    """A referral to the bank for a loan, with the identity by consent."""
    identity = share(BANK, IDENTITY, consent="consent")
    return Story().given(
        notified(), consented([BANK], [IDENTITY]), offered(BANK, **{**LOAN, "shares": [words(BANK), identity]})
    )


@pytest.mark.parametrize("kind", AgencyKind)
def test_what_each_kind_may_say(kind: AgencyKind) -> None:
    """Every statement of a case, of no list, refused for its author's kind or for another reason."""
    rules = Story().rules
    said = ANYTHING if kind in rules.authors else getattr(rules.answering.get(kind), "statements", frozenset())
    assert said == SAYS[kind]


@pytest.mark.parametrize("kind", AgencyKind)
def test_whoever_may_receive_may_answer(kind: AgencyKind) -> None:
    """A kind that may be sent a section says when it stops and when it cannot open; one asked for a service answers."""
    rules = Story().rules
    if any(rules.disclosure[kind, one].mode != "never" for one in Section if one is not MESSAGE):
        assert SAYS[kind] >= STOPPED
    for service in rules.lists["service"]:
        try:
            check_receiver(kind, _referral(service), rules=rules)
        except RefusedError as refusal:
            assert refusal.code == ("service_not_given" if kind is AgencyKind.POLICY_BANK else "kind_not_author")
        else:
            assert SAYS[kind] >= ANSWERS


def _referral(service: str) -> s.ReferralOffered:
    made = Story().given(notified()).build(offered(BANK, **{**LOAN, "service": service}))
    assert isinstance(made, s.ReferralOffered)
    return made


def test_the_bank_answers_a_referral() -> None:
    """Delivered, opened, accepted with what was lodged, and the loan recorded."""
    story = lending().given(delivered(BANK), opened(BANK))
    assert not story.holds(BANK, IDENTITY, POLICE)
    story.given(accepted(BANK))
    assert story.holds(BANK, IDENTITY, POLICE)
    story.when(supported(BANK, regime="loan_support")).then(told={BANK, POLICE})
    story.given(failed(BANK, DataKey(IDENTITY, POLICE, 1), to=[POLICE]))


def test_the_bank_refuses_with_words() -> None:
    """A coded reason, and words to the sender; what was lodged is gone."""
    story = lending().given(refused(BANK))
    assert story.state("referral") == "refused"
    assert not story.holds(BANK, IDENTITY, POLICE)


def test_the_bank_stops_when_the_consent_ends() -> None:
    """It acknowledges; before 2026-11-22 it could not."""
    story = lending().given(accepted(BANK), withdrew(), acknowledged(BANK))
    assert not story.holds(BANK, IDENTITY, POLICE)


def test_the_bank_does_no_more() -> None:
    """No case of its own, no other section, no other regime, nothing before it accepted, nothing passed on."""
    story = lending()
    loan: dict[str, Any] = {"regime": "loan_support"}
    story.when(supported(BANK, **loan)).refused("referral_unknown")
    story.given(accepted(BANK))
    for attempt in (
        notified(BANK, "again"),
        appended(BANK, SUPPORT),
        consented([LABOUR], [IDENTITY], by=BANK, name="its own"),
        shared(share(LABOUR, IDENTITY, author=POLICE, law="l53_art37"), by=BANK),
        offered(WOMEN, by=BANK, name="onward", referral="onward", parent=uid("referral")),
        supported(BANK),
        supported(BANK, **loan, seals=[SUPPORT, IDENTITY]),
        supported(BANK, **loan, shares=[share(LABOUR, IDENTITY, author=POLICE, law="l53_art37")]),
    ):
        story.when(attempt).refused("kind_not_author")


def test_whom_a_referral_may_be_offered() -> None:
    """The bank for a loan and nothing else, never custody; statistics, auditor and registrar nothing."""
    story = Story().given(notified())
    plain: dict[str, Any] = {"seals": [], "shares": []}
    story.when(offered(BANK, **plain, service="shelter")).refused("service_not_given")
    story.when(handover(BANK, **plain)).refused("kind_not_author")
    for agency in (STATISTICS, AUDITOR, REGISTRAR):
        story.when(offered(agency, **plain, service="loan")).refused("kind_not_author")
    story.given(offered(BANK, **plain, service="loan"))


def test_older_entries_are_decided_as_they_were() -> None:
    """Under the rule set of 2026-11 the bank was asked for nothing and said nothing."""
    (older,) = [rules for rules in every().values() if rules.name == "2026-11"]
    assert older.answering == {}
    with pytest.raises(RefusedError, match="kind_not_author"):
        check_receiver(AgencyKind.POLICY_BANK, _referral("loan"), rules=older)


def test_every_kind_is_written_out() -> None:
    """No kind of agency is forgotten above, nor in the story's directory."""
    assert SAYS.keys() == set(AgencyKind) == set(KINDS.values())
