"""What the person agreed, and what ends when the person takes it back."""

from __future__ import annotations

from typing import Any

import pytest

from domain.statements import DataKey, Section, Status
from tests.domain.acts import (
    acknowledged,
    answered,
    appended,
    closed,
    consented,
    notified,
    offered,
    shared,
    supported,
    to_labour,
    withdrew,
)
from tests.domain.story import (
    ACCOUNT,
    CONTACT,
    FACILITY,
    HEALTH,
    IDENTITY,
    LABOUR,
    POLICE,
    STATISTICS,
    SUPPORT,
    WOMEN,
    Share,
    Story,
    sealing,
    share,
    words,
)

OLD = sealing(IDENTITY, POLICE, 1, name="old epoch")


def by_consent(to: str, *sections: Section, consent: str = "consent") -> Share:
    """A grant on the consent."""
    return share(to, *sections, consent=consent)


def test_consent_is_told_to_its_recipients() -> None:
    """Recipients and custodian hear of it; it opens nothing by itself."""
    story = Story().given(notified())
    story.when(consented([WOMEN, FACILITY], [IDENTITY])).then(told={POLICE, WOMEN, FACILITY}, backfill={})
    assert not story.holds(WOMEN, IDENTITY, POLICE)


def test_grant_on_consent() -> None:
    """On a consent in force the Women's Union may be let read, and gets the entries behind it."""
    story = Story().given(notified(), consented([WOMEN], [IDENTITY]))
    story.when(shared(by_consent(WOMEN, IDENTITY))).then(backfill={WOMEN: ["case.notified"]})
    assert story.holds(WOMEN, IDENTITY, POLICE)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"purpose": "curiosity"}, "code_unknown"),
        ({"given_by": "neighbour"}, "code_unknown"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "period_reversed"),
        ({"force": {"recipients": ("nobody-here",)}}, "agency_unknown"),
        ({"force": {"sections": (IDENTITY, ACCOUNT)}}, "grant_forbidden"),
    ],
)
def test_consents_that_may_not_be(facts: dict[str, Any], code: str) -> None:
    """Codes of the lists, a period that runs forward, agencies there are, and nothing the table never allows."""
    Story().given(notified()).when(consented([WOMEN], [IDENTITY], **facts)).refused(code)


def test_consent_names_agency_section_and_period() -> None:
    """A consent covers whom and what it names, while it lasts, and no day more."""
    story = Story().given(notified(seals=[IDENTITY, CONTACT]))
    story.given(consented([WOMEN], [IDENTITY], since="2026-11-03", until="2026-11-05"))
    code = "grant_consent_not_in_force"
    story.when(shared(by_consent(WOMEN, IDENTITY))).refused(code, section="identity")
    story.on("2026-11-03").when(shared(by_consent(WOMEN, CONTACT))).refused(code, section="contact")
    story.when(shared(by_consent(FACILITY, IDENTITY))).refused(code)
    story.when(shared(by_consent(WOMEN, IDENTITY, consent="invented"))).refused(code)
    story.given(shared(by_consent(WOMEN, IDENTITY)))
    assert story.on("2026-11-05").holds(WOMEN, IDENTITY, POLICE)
    assert not story.on("2026-11-06").holds(WOMEN, IDENTITY, POLICE)
    story.when(shared(by_consent(WOMEN, IDENTITY), name="too late")).refused(code)


def test_consent_the_grantor_has_not_seen() -> None:
    """Nobody shares on a consent it was never told of."""
    story = Story().given(
        notified(to=[LABOUR], shares=[to_labour()]), appended(LABOUR, SUPPORT), consented([FACILITY], [SUPPORT])
    )
    story.when(shared(by_consent(FACILITY, SUPPORT), by=LABOUR)).refused("grant_consent_not_in_force")


def test_withdrawal() -> None:
    """Grants on it are dropped, keys turn stale, every recipient, grantor and author is told and each acknowledges."""
    story = Story().given(
        notified(to=[LABOUR], shares=[to_labour()]),
        consented([WOMEN, FACILITY], [IDENTITY], to=[LABOUR]),
        shared(by_consent(WOMEN, IDENTITY)),
        shared(share(FACILITY, IDENTITY, author=POLICE, consent="consent"), by=LABOUR, name="by labour"),
    )
    story.when(withdrew()).then(dropped=2, told={POLICE, WOMEN, FACILITY, LABOUR})
    assert not story.holds(WOMEN, IDENTITY, POLICE)
    assert not story.holds(FACILITY, IDENTITY, POLICE)
    assert story.holds(LABOUR, IDENTITY, POLICE)
    assert story.case is not None and story.case.stale(DataKey(IDENTITY, POLICE, 1), story.day)
    story.when(acknowledged(WOMEN)).then(told={WOMEN, POLICE, FACILITY})
    story.when(acknowledged(WOMEN, name="again")).refused("already_acknowledged")
    story.given(acknowledged(FACILITY, name="facility too"))


def test_withdrawal_once_and_of_what_there_is() -> None:
    """Unknown consents, and those the agency was not told of, get one answer; a withdrawn one is withdrawn."""
    story = Story().given(notified(to=[LABOUR]), consented([WOMEN], [IDENTITY]))
    story.when(withdrew("invented")).refused("consent_unknown")
    story.when(withdrew(by=LABOUR)).refused("consent_unknown")
    story.when(acknowledged(WOMEN)).refused("nothing_to_acknowledge")
    story.given(withdrew(by=WOMEN))
    story.when(withdrew(name="again")).refused("consent_already_withdrawn")
    story.when(acknowledged(POLICE)).refused("nothing_to_acknowledge")
    story.when(withdrew(name="late", after="consent")).refused("decision_late")


def test_withdrawal_in_a_closed_case() -> None:
    """A consent can be taken back for ever, even when the case is closed; none is given any more."""
    story = Story().given(notified(), consented([WOMEN], [IDENTITY]), closed())
    story.when(consented([FACILITY], [IDENTITY], name="new")).refused("case_closed")
    story.when(withdrew()).then(status=Status.CLOSED)


def test_lodged_grant_on_a_withdrawn_consent() -> None:
    """What waits for an acceptance is dropped too, and never reaches the receiver."""
    story = Story().given(notified(), consented([WOMEN], [IDENTITY]))
    story.given(offered(shares=[words(WOMEN), by_consent(WOMEN, IDENTITY)]))
    story.when(withdrew()).then(dropped=1)
    assert story.case is not None and not story.case.stale(DataKey(IDENTITY, POLICE, 1), story.day)


def test_stale_epoch_and_the_next() -> None:
    """After a withdrawal nothing is sealed under the old key; the next epoch goes to those still entitled."""
    story = Story().given(
        notified(to=[LABOUR], shares=[to_labour()]),
        consented([WOMEN], [IDENTITY]),
        shared(by_consent(WOMEN, IDENTITY)),
        withdrew(),
    )
    old = appended(POLICE, IDENTITY, seals=[OLD])
    story.when(old).refused("stale_epoch", section="identity")
    story.when(appended(POLICE, IDENTITY, keep_own=False)).refused("own_grant_missing")
    story.when(appended(POLICE, IDENTITY, shares=[to_labour()])).then(told={POLICE, LABOUR})
    assert story.holds(LABOUR, IDENTITY, POLICE, 2)
    assert not story.holds(WOMEN, IDENTITY, POLICE, 2)


def test_expired_consent_makes_the_key_stale() -> None:
    """The end of a period is an end, without any statement."""
    story = Story().given(notified(), consented([WOMEN], [IDENTITY], until="2026-11-03"))
    story.given(shared(by_consent(WOMEN, IDENTITY)))
    story.on("2026-11-04").when(appended(POLICE, IDENTITY, seals=[OLD])).refused("stale_epoch")


def test_health_only_by_name() -> None:
    """The Women's Union reads health only by a consent that names health."""
    story = Story().given(notified(seals=[HEALTH]), consented([WOMEN], [IDENTITY]))
    story.when(shared(by_consent(WOMEN, HEALTH))).refused("grant_consent_not_in_force")
    story.given(consented([WOMEN], [HEALTH], name="named"))
    story.when(shared(by_consent(WOMEN, HEALTH, consent="named"))).then()


def test_statistics_never_by_consent() -> None:
    """No consent opens identity to statistics."""
    Story().given(notified()).when(consented([STATISTICS], [IDENTITY])).refused("grant_forbidden")


def test_regained_access() -> None:
    """With a new consent and the next epoch the recipient gets what it missed: the status, in the log's order."""
    story = Story().given(notified(), consented([WOMEN], [IDENTITY]), shared(by_consent(WOMEN, IDENTITY)), withdrew())
    story.given(supported(POLICE), answered(), appended(POLICE, IDENTITY, name="second epoch"))
    story.given(consented([WOMEN], [IDENTITY], name="c2"))
    story.when(shared(by_consent(WOMEN, IDENTITY, consent="c2"), name="s2"))
    story.then(backfill={WOMEN: ["identification.answered", "section.appended"]})
