"""Who may identify, when, and what the answer does to the status."""

from __future__ import annotations

import pytest

from domain.statements import Status
from tests.domain.acts import answered, closed, notified, requested, supported, to_labour
from tests.domain.story import BORDER, HOME_POLICE, LABOUR, POLICE, WOMEN, Story


def opened_case(status: str = "suspected") -> Story:
    """A case that the Labour department, the Women's Union, the border guard and another police know of."""
    return Story().given(notified(status=status, to=[LABOUR, WOMEN, BORDER, HOME_POLICE], shares=[to_labour()]))


@pytest.mark.parametrize("status", ["suspected", "not_yet_rescued", "in_identification"])
def test_request(status: str) -> None:
    """Identification may be asked for before it is answered, again too."""
    opened_case(status).when(requested(law="l53_art27")).then(status=Status.IN_IDENTIFICATION)


@pytest.mark.parametrize("outcome", ["victim", "not_victim"])
def test_no_request_after_the_answer(outcome: str) -> None:
    """What is answered is not asked again."""
    opened_case().given(answered(outcome)).when(requested()).refused("status_does_not_allow")


def test_request_goes_to_the_competent() -> None:
    """Police and border guard identify; nobody else is asked."""
    story = opened_case()
    story.when(requested(to=WOMEN)).refused("not_competent")
    story.when(requested(force={"to": ()})).refused("not_competent")
    story.when(requested(force={"to": (POLICE, WOMEN)})).refused("not_competent")
    story.when(requested(law="invented")).refused("code_unknown", list="ground")
    story.when(requested(to=BORDER)).then(status=Status.IN_IDENTIFICATION)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("victim", Status.IDENTIFIED),
        ("not_victim", Status.NOT_A_VICTIM),
        ("longer", Status.IN_IDENTIFICATION),
    ],
)
def test_answer(outcome: str, status: Status) -> None:
    """The answer is the status; needing longer is none, and holders of a section hear of it."""
    story = opened_case().given(requested())
    story.when(answered(outcome, paper="confirmation")).then(status=status, told={POLICE, LABOUR})


@pytest.mark.parametrize("by", [LABOUR, WOMEN])
def test_answer_of_the_incompetent(by: str) -> None:
    """Labour and Women's Union never identify."""
    opened_case().given(requested()).when(answered(by=by)).refused("not_competent")


@pytest.mark.parametrize("by", [POLICE, BORDER, HOME_POLICE])
def test_answer_without_request(by: str) -> None:
    """A competent party may identify unasked, as when it rescued the person itself."""
    opened_case().when(answered(by=by)).then(status=Status.IDENTIFIED)


def test_identified_once() -> None:
    """A victim is not identified again, in support neither; a refusal may be reconsidered, and an identification."""
    story = opened_case().given(answered())
    story.when(answered(name="again")).refused("already_identified")
    story.given(supported(LABOUR)).when(answered(name="again")).refused("already_identified")
    story.when(answered("not_victim", name="reconsidered")).then(status=Status.NOT_A_VICTIM)
    story.when(answered(name="victim after all")).then(status=Status.IDENTIFIED)


def test_answer_has_a_date_and_a_paper() -> None:
    """The legal date is today or before, in Viet Nam; the paper is of the list."""
    story = opened_case()
    story.on("2026-11-02", "00:30")  # 17:30 UTC the day before
    story.when(answered(legal_date="2026-11-03")).refused("date_in_future")
    story.when(answered(paper="napkin")).refused("code_unknown", list="paper")
    story.when(answered(legal_date="2026-11-02")).then(status=Status.IDENTIFIED)


def test_two_answers_conflict() -> None:
    """Of two authorities who answer at once the second comes too late."""
    story = opened_case().given(answered("longer", to=[HOME_POLICE]))
    story.when(answered(by=HOME_POLICE, name="other", after="notified")).refused("decision_late")


def test_unseen_answer_does_not_bar_for_ever() -> None:
    """An answer that never came to an authority's feed does not make that authority's own answer late."""
    story = opened_case().given(requested(), answered("longer"))
    story.when(answered(by=HOME_POLICE, name="other")).then(status=Status.IDENTIFIED)


def test_support_follows_identification() -> None:
    """The first support after identification puts the case in support; support before it does not count."""
    story = opened_case().given(supported(LABOUR, name="early"))
    story.when(answered()).then(status=Status.IDENTIFIED)
    story.when(supported(LABOUR)).then(status=Status.IN_SUPPORT)
    story.when(closed(reason="reintegrated")).then(status=Status.CLOSED)
