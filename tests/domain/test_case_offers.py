"""Every edge of a referral and of a transfer, and who may take it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.statements import DataKey, Status
from tests.domain.acts import (
    accepted,
    annulled,
    closed,
    declined,
    delivered,
    handover,
    kept,
    notified,
    offered,
    opened,
    recalled,
    refused,
    supported,
    to_labour,
    took_over,
)
from tests.domain.story import (
    BORDER,
    CONTACT,
    FACILITY,
    HOME_LABOUR,
    IDENTITY,
    LABOUR,
    MESSAGE,
    POLICE,
    STATISTICS,
    WOMEN,
    Act,
    Story,
    sealing,
    share,
    uid,
    words,
)

STEPS = {"delivered": delivered, "opened": opened, "accepted": accepted, "refused": refused, "recalled": recalled}
TO_STATE: dict[str, list[Act]] = {
    "offered": [],
    "delivered": [delivered(name="d")],
    "opened": [opened(name="o")],
    "accepted": [accepted(name="a")],
    "refused": [refused(name="r")],
    "recalled": [recalled(name="c")],
    "expired": [],
    "entered_in_error": [annulled("offered")],
}
NO = "! already_answered"
EDGES = {  # state → step → state after it, or the refusal
    "offered": ["delivered", "opened", "accepted", "refused", "recalled"],
    "delivered": ["! already_delivered", "opened", "accepted", "refused", "recalled"],
    "opened": ["opened", "! already_opened", "accepted", "refused", "recalled"],
    "accepted": ["accepted", "accepted", NO, NO, NO],
    "refused": ["refused", "refused", NO, NO, NO],
    "recalled": ["recalled", "recalled", NO, NO, NO],
    "expired": ["expired", "expired", "! offer_expired", "! offer_expired", "! offer_expired"],
    "entered_in_error": ["entered_in_error", "entered_in_error", NO, NO, NO],
}


@pytest.mark.parametrize("step", list(STEPS))
@pytest.mark.parametrize("state", list(EDGES))
def test_edges_of_a_referral(state: str, step: str) -> None:
    """Delivered and opened are facts, however late, once each; an answer closes; nothing reopens."""
    story = Story().given(notified(), offered(answer_by="2026-11-02"), *TO_STATE[state])
    if state == "expired":
        story.on("2026-11-03")
    story.when(STEPS[step]())
    expected = EDGES[state][list(STEPS).index(step)]
    if expected.startswith("! "):
        story.refused(expected[2:])
    else:
        story.then()
        assert story.state("referral") == expected


TRANSFER_STEPS = {"accepted": took_over, "refused": declined, "recalled": kept}


@pytest.mark.parametrize("step", list(TRANSFER_STEPS))
@pytest.mark.parametrize("state", ["offered", "accepted", "refused", "recalled", "expired", "entered_in_error"])
def test_edges_of_a_transfer(state: str, step: str) -> None:
    """Custody moves by acceptance alone; an answered transfer is answered."""
    story = Story().given(notified(), handover(answer_by="2026-11-02"))
    if state in TRANSFER_STEPS:
        story.given(TRANSFER_STEPS[state](name="first"))
    elif state == "entered_in_error":
        story.given(annulled("handover"))
    elif state == "expired":
        story.on("2026-11-03")
    before = story.case.custodian if story.case else None
    story.when(TRANSFER_STEPS[step]())
    if state == "offered":
        story.then(custodian=LABOUR if step == "accepted" else POLICE)
        assert story.state("transfer") == step
    else:
        story.refused("offer_expired" if state == "expired" else "already_answered")
        assert story.case is not None and story.case.custodian == before


@pytest.mark.parametrize("by", [POLICE, LABOUR, BORDER])
def test_only_the_receiver_answers(by: str) -> None:
    """The sender cannot answer for the receiver; for a third party there is no such referral."""
    code = "not_your_decision" if by == POLICE else "referral_unknown"
    for step in (delivered, opened, accepted, refused):
        story = Story().given(notified(to=[LABOUR, BORDER]), offered())
        story.when(step(by)).refused(code)


def test_only_the_sender_recalls() -> None:
    """The receiver refuses; it cannot recall."""
    Story().given(notified(), offered()).when(recalled(WOMEN)).refused("not_your_decision")
    Story().given(notified(), handover()).when(kept(LABOUR)).refused("not_your_decision")


def test_referral_is_not_a_transfer() -> None:
    """A referral's id does not answer a transfer, nor the other way."""
    Story().given(notified(), offered()).when(took_over(WOMEN, transfer="referral")).refused("referral_unknown")
    Story().given(notified(), handover()).when(accepted(LABOUR, referral="transfer")).refused("referral_unknown")
    Story().given(notified(to=[WOMEN])).when(accepted()).refused("referral_unknown")


def test_second_acceptance() -> None:
    """A second officer who accepts what was accepted: too late if it had not seen it, answered if it had."""
    story = Story().given(notified(), offered(), accepted())
    story.when(accepted(name="second officer", after="offered")).refused("decision_late")
    story.when(accepted(name="second officer")).refused("already_answered")


def test_late_answer_names_the_newest_entry_of_the_callers_feed() -> None:
    """Who came too late is told where to look: on its own feed, not elsewhere."""
    story = Story().given(notified(), offered(), recalled())
    newest = story.case.entries[-1].hash if story.case else ""
    story.given(supported(POLICE, name="private"))
    story.when(accepted(after="offered")).refused("decision_late", newest=newest)


def test_decisions_on_other_matters_do_not_conflict() -> None:
    """An answer to one referral does not make the answer to another late."""
    story = Story().given(notified(), offered(), offered(LABOUR, name="two", referral="two"))
    story.given(accepted(WOMEN))
    story.when(accepted(LABOUR, referral="two", name="other", after="two")).then(late=False)
    story = Story().given(notified(), offered(), offered(name="two", referral="two"), accepted())
    story.when(accepted(referral="two", name="other", after="two")).then(late=True)


def test_custody_decisions_conflict() -> None:
    """Closing what was handed over meanwhile comes too late."""
    story = Story().given(notified(), handover(), took_over())
    story.when(closed(after="handover")).refused("decision_late")
    story.when(closed()).refused("not_custodian")


def test_refusal_needs_reason_and_words() -> None:
    """Circular 35/2013 Art 16(3): coded reason, and words."""
    story = Story().given(notified(), offered(), handover())
    story.when(refused(seals=[], shares=[])).refused("refusal_words_missing")
    story.when(refused(reason="no_mood")).refused("code_unknown", list="refusal")
    story.when(recalled(reason="no_mood")).refused("code_unknown", list="recall")
    story.when(declined(seals=[])).refused("refusal_words_missing")


@pytest.mark.parametrize("make", [offered, handover])
def test_offer_goes_to_one_other_agency_that_can_answer(make: Callable[..., Act]) -> None:
    """Exactly one receiver, not oneself, of a kind that answers (which for what: `test_speaking`)."""
    plain: dict[str, Any] = {"seals": [], "shares": []}
    story = Story().given(notified())
    for to in ([], [WOMEN, LABOUR], [POLICE]):
        story.when(make(to=WOMEN, **plain, force={"to": tuple(to)})).refused("one_receiver_needed")
    story.when(make(to=STATISTICS, **plain)).refused("kind_not_author")
    story.when(make(to=WOMEN, answer_by="2026-11-01")).refused("date_in_past")


def test_who_may_offer() -> None:
    """The custodian offers; another party only onward, what it has accepted itself."""
    story = Story().given(notified(to=[LABOUR]), offered())
    story.when(handover(WOMEN, by=LABOUR)).refused("not_custodian")
    story.when(offered(FACILITY, by=LABOUR, referral="x", name="x")).refused("not_custodian")
    onward = offered(FACILITY, by=WOMEN, referral="onward", name="onward", parent=uid("referral"))
    story.when(onward).refused("referral_unknown")
    story.given(accepted())
    story.when(offered(FACILITY, by=LABOUR, referral="x", name="x", parent=uid("referral"))).refused("referral_unknown")
    story.given(onward)
    assert story.case is not None and story.case.offers[uid("onward")].parent == uid("referral")


def test_transfer_is_no_parent() -> None:
    """An onward chain goes by referrals."""
    story = Story().given(notified(), handover(), took_over())
    story.when(offered(by=LABOUR, parent=uid("transfer"))).refused("referral_unknown")


def test_ids_of_offers_are_used_once() -> None:
    """One decision for one referral id."""
    story = Story().given(notified(), offered(), recalled(), handover(), kept())
    story.when(offered(name="again")).refused("referral_taken")
    story.when(handover(name="again")).refused("referral_taken")
    story.when(offered(service="magic", name="again", referral="new")).refused("code_unknown", list="service")


def test_one_transfer_at_a_time() -> None:
    """A second transfer waits for the first one's answer, or its end."""
    story = Story().given(notified(), handover(answer_by="2026-11-02"))
    second = handover(WOMEN, name="second", transfer="second")
    story.when(second).refused("transfer_open")
    story.on("2026-11-03").given(second)
    assert story.state("transfer") == "expired"
    assert story.state("second") == "offered"


def test_closing() -> None:
    """The custodian closes, with a reason, when no offer waits."""
    story = Story().given(notified(to=[LABOUR]), offered(answer_by="2026-11-02"))
    story.when(closed(LABOUR)).refused("not_custodian")
    story.when(closed()).refused("offer_open")
    story.on("2026-11-03").when(closed(reason="tired")).refused("code_unknown", list="closing")
    story.when(closed()).then(status=Status.CLOSED)


@pytest.mark.parametrize("late", [closed(name="again"), offered(name="x", referral="x"), handover()])
def test_no_decision_in_a_closed_case(late: Act) -> None:
    """A closed case takes no more decisions."""
    Story().given(notified(), closed()).when(late).refused("case_closed")


def test_grants_are_lodged_and_released() -> None:
    """The words go at once; identity once the receiver has accepted, with the entries behind it."""
    story = Story().given(notified())
    story.when(offered(LABOUR, shares=[words(LABOUR), to_labour()])).then(told={POLICE, LABOUR})
    assert story.holds(LABOUR, MESSAGE, POLICE)
    assert not story.holds(LABOUR, IDENTITY, POLICE)
    story.when(accepted(LABOUR)).then(dropped=0, backfill={LABOUR: ["case.notified"]})
    assert story.holds(LABOUR, IDENTITY, POLICE)


@pytest.mark.parametrize("end", [refused(LABOUR), recalled(), annulled("offered")], ids=lambda end: end.name)
def test_lodged_grants_are_dropped(end: Act) -> None:
    """Refusal, recall, annulment: what was lodged is deleted and never reached the receiver, so its key stays good."""
    story = Story().given(notified(), offered(LABOUR, shares=[words(LABOUR), to_labour()]))
    story.when(end).then(dropped=1, backfill={})
    assert story.case is not None
    assert not story.holds(LABOUR, IDENTITY, POLICE)
    assert not story.case.stale(DataKey(IDENTITY, POLICE, 1), story.day)


def test_lodged_grants_end_with_the_offer() -> None:
    """After `answer_by` the next entry of the case drops what was lodged."""
    story = Story().given(notified(), offered(LABOUR, answer_by="2026-11-02", shares=[words(LABOUR), to_labour()]))
    story.on("2026-11-02", "23:59").when(delivered(LABOUR)).then(dropped=0)
    story.on("2026-11-03", "00:00").when(opened(LABOUR)).then(dropped=1)
    assert story.state("referral") == "expired"


def test_acceptance_entered_in_error() -> None:
    """An annulled acceptance closes the referral and takes back what it released; the key is not used again."""
    story = Story().given(notified(), offered(LABOUR, shares=[words(LABOUR), to_labour()]), accepted(LABOUR))
    story.when(annulled("accepted", LABOUR)).then(dropped=1)
    assert story.state("referral") == "entered_in_error"
    assert not story.holds(LABOUR, IDENTITY, POLICE)
    assert story.case is not None and story.case.stale(DataKey(IDENTITY, POLICE, 1), story.day)


def test_words_of_one_referral_stay_between_its_sides() -> None:
    """Words to the next receiver are under the next key; whom the first words went to neither sees nor hears of it."""
    story = Story().given(notified(), offered(), refused())
    story.when(offered(LABOUR, referral="two", name="two")).then(told={POLICE, LABOUR})
    assert story.holds(LABOUR, MESSAGE, POLICE, 2)
    assert not story.holds(WOMEN, MESSAGE, POLICE, 2)
    reuse = offered(BORDER, referral="three", name="three", seals=[])
    story.when(replace(reuse, seals=(sealing(MESSAGE, POLICE, 1, name="reused"),))).refused("stale_epoch")


def test_words_are_not_passed_on() -> None:
    """Neither side may hand the other's words to a third, nor its own of another referral."""
    story = Story().given(notified(), offered(), accepted())
    onward = offered(
        FACILITY,
        by=WOMEN,
        referral="onward",
        name="onward",
        parent=uid("referral"),
        shares=[share(FACILITY, MESSAGE, author=POLICE, law="referral_words")],
    )
    story.when(onward).refused("grant_forbidden", section="message")
    story.when(offered(LABOUR, referral="two", name="two", shares=[words(BORDER)])).refused("grant_forbidden")
    by_other_law = share(LABOUR, MESSAGE, law="l53_art28")
    story.when(offered(LABOUR, referral="two", name="two", shares=[by_other_law])).refused("grant_ground_wrong")


def test_transfer_hands_over_the_whole_story() -> None:
    """The new custodian gets every entry; the former one keeps seeing status, custody and its own referrals."""
    story = Story().given(notified(seals=[IDENTITY, CONTACT]), supported(POLICE), offered())
    story.given(handover())
    taken = story.when(took_over())
    taken.then(
        custodian=LABOUR,
        former_custodians=frozenset({POLICE}),
        backfill={LABOUR: ["case.notified", "support.recorded", "referral.offered"]},
    )
    story.when(supported(LABOUR, name="s2")).then(told={LABOUR})
    story.when(accepted(WOMEN)).then(told={WOMEN, POLICE, LABOUR})
    story.when(handover(HOME_LABOUR, by=LABOUR, transfer="t2", name="t2")).then(told={LABOUR, HOME_LABOUR, POLICE})
    story.when(kept(LABOUR, transfer="t2", name="k2")).then(told={LABOUR, HOME_LABOUR, POLICE})
    story.when(closed(LABOUR)).then(told={LABOUR, POLICE})


def test_custody_comes_back() -> None:
    """Who takes a case back is its custodian, not a former one."""
    story = Story().given(notified(), handover(), took_over())
    story.given(handover(POLICE, by=LABOUR, transfer="back", name="back"))
    story.when(took_over(POLICE, transfer="back", name="took back"))
    story.then(custodian=POLICE, former_custodians=frozenset({LABOUR}))
