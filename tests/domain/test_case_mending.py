"""Đính chính and hủy bỏ: nothing is rewritten, and who saw the first hears of the second."""

from __future__ import annotations

import pytest

from domain.statements import DataKey, Status
from tests.domain.acts import (
    accepted,
    acknowledged,
    annulled,
    answered,
    appended,
    closed,
    consented,
    corrected,
    delivered,
    handover,
    notified,
    offered,
    opened,
    requested,
    shared,
    supported,
    to_labour,
    told_too,
    took_over,
    withdrew,
)
from tests.domain.story import (
    ACCOUNT,
    BORDER,
    CONTACT,
    HOME_LABOUR,
    HOME_POLICE,
    IDENTITY,
    LABOUR,
    POLICE,
    PROFILE,
    SUPPORT,
    WOMEN,
    Act,
    Story,
    share,
    uid,
)


def test_author_corrects() -> None:
    """The author corrects its own statement; everybody who saw it is told."""
    story = Story().given(notified(to=[LABOUR, BORDER], shares=[to_labour()]))
    story.when(corrected("notified")).then(told={POLICE, LABOUR, BORDER}, status=Status.SUSPECTED)


def test_custodian_corrects_another() -> None:
    """The custodian corrects what another agency wrote, under its own key."""
    story = Story().given(notified(to=[BORDER]), told_too(BORDER, seals=[IDENTITY]))
    story.when(corrected("told too")).then(told={POLICE, BORDER})


def test_correction_is_by_author_or_custodian() -> None:
    """Another party may not mend what it did not write."""
    story = Story().given(notified(to=[LABOUR]))
    story.when(corrected("notified", LABOUR)).refused("not_author_or_custodian")
    story.when(annulled("notified", LABOUR)).refused("not_author_or_custodian")


def test_correction_of_the_unseen() -> None:
    """What an agency has not seen, and what there is not, get one answer."""
    story = Story().given(notified(to=[LABOUR]), appended(POLICE, CONTACT, name="private"))
    story.when(corrected("private", LABOUR)).refused("statement_unknown")
    story.when(corrected("never was", LABOUR)).refused("statement_unknown")
    story.when(annulled("never was")).refused("statement_unknown")


def test_correction_replaces_what_was_there() -> None:
    """A correction carries sections, of those the original has, for a reason of the list."""
    story = Story().given(notified())
    story.when(corrected("notified", seals=[])).refused("section_missing")
    story.when(corrected("notified", seals=[CONTACT])).refused("correction_beyond_original")
    story.when(corrected("notified", reason="whim")).refused("code_unknown", list="correction")
    story.given(appended()).when(annulled("appended", reason="whim")).refused("code_unknown", list="annulment")


def test_correction_of_a_correction() -> None:
    """A correction can be corrected; whoever comes later gets all of them, by other hands too."""
    story = Story().given(
        notified(to=[BORDER]),
        told_too(BORDER, seals=[IDENTITY]),
        corrected("told too", POLICE, name="c1"),
        corrected("c1", POLICE, name="c2"),
    )
    story.when(shared(share(LABOUR, IDENTITY, law="jc01_2014_art4"), by=BORDER))
    story.then(
        backfill={LABOUR: ["case.notified", "case.notified", "statement.corrected", "statement.corrected"]},
    )


def test_annulled_once() -> None:
    """What is annulled is neither annulled again nor corrected."""
    story = Story().given(notified(), appended(), annulled("appended"))
    story.when(annulled("appended", name="again")).refused("already_annulled")
    story.when(corrected("appended")).refused("already_annulled")


@pytest.mark.parametrize(
    ("target", "before"),
    [
        ("notified", []),
        ("consent", [consented([WOMEN], [CONTACT])]),
        ("withdrew", [consented([WOMEN], [CONTACT]), withdrew()]),
        ("acknowledged", [consented([WOMEN], [CONTACT]), withdrew(), acknowledged(WOMEN)]),
        ("annulled first", [appended(), annulled("appended", name="annulled first")]),
        ("closed", [closed()]),
        ("delivered", [offered(), delivered()]),
        ("opened", [offered(), opened()]),
    ],
)
def test_what_cannot_be_annulled(target: str, before: list[Act]) -> None:
    """The opening, consents and their end, annulments, closings and what a node saw happen stay as they are."""
    Story().given(notified(), *before).when(annulled(target)).refused("cannot_be_annulled")


def test_custody_is_not_annulled_away() -> None:
    """Neither the acceptance of a transfer nor the offer behind it can be annulled: custody goes back by a transfer."""
    story = Story().given(notified(), handover(), took_over())
    story.when(annulled("took over", LABOUR)).refused("cannot_be_annulled")
    story.when(annulled("handover", POLICE)).refused("cannot_be_annulled")


def test_annulled_identification_restores_the_status() -> None:
    """The status before it counts again, and support given meanwhile does not stand in for it."""
    story = Story().given(notified(to=[LABOUR]), requested(), answered(), supported(LABOUR))
    assert story.case is not None and story.case.status is Status.IN_SUPPORT
    story.when(annulled("answered")).then(status=Status.IN_IDENTIFICATION)
    story.when(annulled("requested", LABOUR, name="also")).then(status=Status.SUSPECTED)
    story.when(answered(name="anew")).then(status=Status.IDENTIFIED)
    story.when(supported(LABOUR, name="more")).then(status=Status.IN_SUPPORT)


def test_annulled_support() -> None:
    """With the only support annulled the person is identified, not in support."""
    story = Story().given(notified(to=[LABOUR]), answered(), supported(LABOUR))
    story.when(annulled("supported", LABOUR)).then(status=Status.IDENTIFIED)


def test_nobody_decides_on_what_was_just_undone() -> None:
    """An annulled decision stands on that decision's topic: who has not seen it comes too late."""
    story = Story().given(notified(to=[HOME_POLICE]), answered(by=HOME_POLICE), annulled("answered", HOME_POLICE))
    story.when(closed(after="answered", reason="reintegrated")).refused("decision_late")
    story = Story().given(notified(), offered(), annulled("offered"))
    story.when(accepted(after="offered")).refused("decision_late")


def test_annulled_sharing_shares_no_more() -> None:
    """A sharing entered in error is taken back: grant dropped, key not used again; own reading stays."""
    story = Story().given(notified(), shared(to_labour()))
    story.when(annulled("shared", reason="wrong_person")).then(dropped=1, told={POLICE, LABOUR})
    assert not story.holds(LABOUR, IDENTITY, POLICE)
    assert story.holds(POLICE, IDENTITY, POLICE)
    assert story.case is not None and story.case.stale(DataKey(IDENTITY, POLICE, 1), story.day)


def test_annulled_section_stays_readable() -> None:
    """Annulling a section takes nobody's key: views show it as annulled."""
    story = Story().given(notified(), appended(POLICE, PROFILE, to=[LABOUR], shares=[to_labour(PROFILE)]))
    story.when(annulled("appended")).then(dropped=0, annulled={uid("appended")}, told={POLICE, LABOUR})
    assert story.holds(LABOUR, PROFILE, POLICE)


def test_mending_after_the_end() -> None:
    """A closed case is still corrected and annulled: they are no decisions."""
    story = Story().given(notified(), appended(POLICE, ACCOUNT), closed())
    story.when(corrected("notified")).then(status=Status.CLOSED)
    story.when(annulled("appended")).then(status=Status.CLOSED)


def test_correction_may_share_on() -> None:
    """A correction under a next epoch carries the grants it needs."""
    story = Story().given(
        notified(to=[LABOUR], shares=[to_labour()], name="notified"),
        appended(LABOUR, SUPPORT, to=[HOME_LABOUR]),
        corrected("notified", shares=[share(HOME_LABOUR, IDENTITY, law="l53_art28")]),
    )
    assert story.holds(HOME_LABOUR, IDENTITY, POLICE)
    assert not story.holds(WOMEN, IDENTITY, POLICE)
