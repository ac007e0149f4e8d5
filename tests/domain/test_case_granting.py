"""Every grant: to whom, by whom, on what ground, for how long; and what may be asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.statements import DataKey, KeyUse, Section
from tests.domain.acts import (
    answered,
    appended,
    asked,
    closed,
    consented,
    failed,
    notified,
    shared,
    to_labour,
    withdrew,
)
from tests.domain.story import (
    ACCOUNT,
    CONTACT,
    FACILITY,
    HEALTH,
    HOME_LABOUR,
    HOME_POLICE,
    IDENTITY,
    LABOUR,
    PLACES,
    POLICE,
    PROFILE,
    STATISTICS,
    SUPPORT,
    WOMEN,
    Share,
    Story,
    digest,
    kid,
    province,
    share,
    uid,
)


def key(section: Section, author: str = POLICE, epoch: int = 1) -> DataKey:
    """A data key's name."""
    return DataKey(section, author, epoch)


@pytest.fixture
def story() -> Story:
    """Police wrote identity, contact, account and profile; Labour reads identity."""
    return Story().given(
        notified(seals=[IDENTITY, CONTACT, ACCOUNT, PROFILE], to=[LABOUR, WOMEN], shares=[to_labour()])
    )


def test_a_grant_opens_what_it_names(story: Story) -> None:
    """Labour reads identity and nothing else; the author reads its own."""
    assert [s for s in (IDENTITY, CONTACT, ACCOUNT, PROFILE) if story.holds(LABOUR, s, POLICE)] == [IDENTITY]
    assert story.holds(POLICE, ACCOUNT, POLICE)
    assert not story.holds(POLICE, HEALTH, POLICE)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (share(LABOUR, CONTACT), "grant_ground_missing"),
        (share(LABOUR, CONTACT, law="l53_art28", consent="c"), "grant_ground_missing"),
        (share(LABOUR, CONTACT, law="invented"), "grant_ground_wrong"),
        (share(LABOUR, CONTACT, law="own"), "grant_ground_wrong"),
        (share(LABOUR, CONTACT, law="statistics"), "grant_ground_wrong"),
        (share(POLICE, CONTACT, law="l53_art28"), "grant_ground_wrong"),
        (share(LABOUR, ACCOUNT, law="l53_art28"), "grant_forbidden"),
        (share(STATISTICS, IDENTITY, law="statistics"), "grant_forbidden"),
        (share(WOMEN, CONTACT, law="l53_art28"), "grant_ground_wrong"),
        (share(LABOUR, HEALTH, law="l53_art28"), "grant_key_not_held"),
        (share(LABOUR, CONTACT, law="l53_art28", epoch=2), "grant_key_not_held"),
        (share(LABOUR, CONTACT, law="l53_art28", until="2026-11-01"), "grant_expired"),
        (share(LABOUR, CONTACT, law="l53_art28", raw={"kid": kid(LABOUR)}), "key_unknown"),
        (share(LABOUR, CONTACT, law="l53_art28", raw={"kid": kid(WOMEN, KeyUse.SEAL)}), "key_unknown"),
        (share(LABOUR, CONTACT, law="l53_art28", raw={"to": "nobody-here"}), "agency_unknown"),
        (share(LABOUR, CONTACT, law="l53_art28", raw={"keys": (key(PROFILE), key(CONTACT))}), "grant_keys_unsorted"),
        (share(LABOUR, CONTACT, law="l53_art28", raw={"keys": (key(CONTACT), key(CONTACT))}), "grant_keys_unsorted"),
        (share(LABOUR, CONTACT, law="l53_art28", raw={"hash": digest("notified own")}), "grant_repeated"),
    ],
)
def test_grants_that_may_not_be(story: Story, wanted: Share, code: str) -> None:
    """Each with its own answer."""
    story.when(shared(wanted, to_labour(PROFILE))).refused(code)


def test_table_row_is_named(story: Story) -> None:
    """Who is refused is told which row of the table."""
    row = story.rules.disclosure[next(k for k in story.rules.disclosure if k[0].value == "labour")[0], ACCOUNT]
    story.when(shared(share(LABOUR, ACCOUNT, law="l53_art28"))).refused("grant_forbidden", row=row.n, section="account")


def test_consent_where_the_table_wants_it() -> None:
    """A law that covers agencies and section is still not enough where the table says consent."""
    story = Story().given(notified(seals=[HEALTH]))
    emergency = replace(story.rules.grounds["emergency"], receivers=frozenset({"labour", "support_facility"}))
    story.rules = replace(story.rules, grounds={**story.rules.grounds, "emergency": emergency})
    story.when(shared(share(LABOUR, HEALTH, law="emergency"))).refused("grant_needs_consent", section="health")
    story.when(shared(share(FACILITY, HEALTH, law="emergency"))).then()


def test_the_same_grant_twice_in_one_statement(story: Story) -> None:
    """A grant's hash names one grant."""
    one = to_labour(CONTACT)
    story.when(shared(one, one)).refused("grant_repeated")


def test_a_holder_grants_on(story: Story) -> None:
    """Who holds a key may pass it on within the table; the author is told. Who lost it may not."""
    on = share(HOME_LABOUR, IDENTITY, author=POLICE, law="home_notice")
    story.when(shared(share(HOME_LABOUR, CONTACT, author=POLICE, law="home_notice"), by=LABOUR)).refused(
        "grant_key_not_held"
    )
    story.when(shared(on, by=LABOUR)).then(told={LABOUR, HOME_LABOUR, POLICE})
    story.when(shared(on, by=WOMEN, name="w")).refused("grant_key_not_held")


def test_nobody_extends_its_own_grant(story: Story) -> None:
    """A grantee does not grant itself what another wrote."""
    longer = share(LABOUR, IDENTITY, author=POLICE, law="own")
    story.when(shared(longer, share(HOME_LABOUR, IDENTITY, author=POLICE, law="home_notice"), by=LABOUR)).refused(
        "grant_ground_wrong"
    )


def test_grant_until(story: Story) -> None:
    """A grant ends with its last day; then its key is stale and its holder grants nothing on."""
    story.given(shared(share(HOME_LABOUR, CONTACT, law="home_notice", until="2026-11-04")))
    assert story.on("2026-11-04").holds(HOME_LABOUR, CONTACT, POLICE)
    assert not story.on("2026-11-05").holds(HOME_LABOUR, CONTACT, POLICE)
    story.when(appended(POLICE, CONTACT, name="next")).then(told={POLICE})
    assert story.case is not None and key(CONTACT, POLICE, 2) in story.case.keys
    on = share(HOME_POLICE, CONTACT, author=POLICE, epoch=1, law="home_notice")
    story.when(shared(on, by=HOME_LABOUR)).refused("grant_key_not_held")


def test_grantee_has_left() -> None:
    """Nothing is granted to an agency, or to a key, that is no longer in force."""
    directory = province()
    story = Story(directory=directory).given(notified())
    seal = kid(LABOUR, KeyUse.SEAL)
    directory.keys[seal] = replace(directory.keys[seal], until=99)
    story.when(shared(to_labour())).refused("key_revoked")
    directory.agencies[LABOUR] = replace(directory.agencies[LABOUR], until=99)
    story.when(shared(to_labour())).refused("agency_revoked")


def test_sharing_shares(story: Story) -> None:
    """`access.granted` carries a grant to somebody else."""
    story.when(shared()).refused("grant_missing")
    story.when(shared(share(POLICE, IDENTITY, law="own"))).refused("grant_missing")


def test_asking_and_answering(story: Story) -> None:
    """A party asks a holder for a key; the holder answers; both and the author are told."""
    story.when(asked(WOMEN, keys=[key(IDENTITY)], purpose="support")).then(told={WOMEN, POLICE})
    story.given(consented([WOMEN], [IDENTITY]))
    story.when(shared(share(WOMEN, IDENTITY, consent="consent"), request=uid("asked"))).then(
        told={POLICE, WOMEN, LABOUR}
    )


def test_asking_what_there_is_not(story: Story) -> None:
    """A key there is not, one the asked does not hold, nobody asked, a purpose of no list."""
    story.when(asked(WOMEN, keys=[key(HEALTH)])).refused("data_key_unknown")
    story.when(asked(WOMEN, to=LABOUR, keys=[key(CONTACT)])).refused("data_key_unknown")
    story.when(asked(WOMEN, keys=[key(IDENTITY)], force={"to": ()})).refused("data_key_unknown")
    story.when(asked(WOMEN, keys=[key(IDENTITY)], purpose="curiosity")).refused("code_unknown", list="purpose")


def test_answering_what_was_not_asked(story: Story) -> None:
    """`request` names a request the author has seen."""
    for request in ("invented", "notified"):
        story.when(shared(to_labour(CONTACT), request=uid(request))).refused("statement_unknown")
    story.given(asked(WOMEN, keys=[key(IDENTITY)]))
    on = share(HOME_LABOUR, IDENTITY, author=POLICE, law="home_notice")
    story.when(shared(on, by=LABOUR, request=uid("asked"))).refused("statement_unknown")


def test_saying_that_it_does_not_open(story: Story) -> None:
    """Who was granted a key may say so, even after its grant has ended; who never was may not."""
    story.when(failed(LABOUR, key(IDENTITY))).then(told={LABOUR, POLICE})
    story.when(failed(LABOUR, key(CONTACT))).refused("data_key_unknown")
    story.given(consented([WOMEN], [CONTACT]), shared(share(WOMEN, CONTACT, consent="consent")), withdrew())
    story.when(failed(WOMEN, key(CONTACT), name="after all", after="shared")).then()


def test_reading_brings_the_status(story: Story) -> None:
    """Whoever may read a section hears where the case stands; writing one's own section does not entitle to that."""
    story.given(appended(WOMEN, SUPPORT))
    story.when(answered()).then(told={POLICE, LABOUR})
    story.when(closed()).then(told={POLICE, LABOUR})


def test_later_reader_gets_what_is_behind_it(story: Story) -> None:
    """Entries sealed under a key gained, and the status, follow in the log's order; nothing else does."""
    story.given(appended(POLICE, CONTACT, name="contact"), appended(POLICE, IDENTITY, name="identity"), answered())
    story.when(shared(share(HOME_LABOUR, CONTACT, law="home_notice")))
    story.then(backfill={HOME_LABOUR: ["case.notified", "section.appended", "identification.answered"]})
    assert story.feed(HOME_LABOUR) == ["access.granted", "case.notified", "section.appended", "identification.answered"]
    assert PLACES[HOME_LABOUR] == "40"
