"""What every body of `projections.opening.Materials` promises, run on the hub over HTTP and on the hub in this process.

The first is the only one the program has, a node's and that of a replay; the second is what the tests of views use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from domain.statements import CaseStatement, Section, read
from hub.documents import MAX_HASHES
from ledger.entry import parse
from node.hub_client import HASHES, HubClient
from projections.opening import Materials
from tests import world as of_tests
from tests.contracts.fixtures import STRANGER, Served, served
from tests.world import LABOUR, POLICE, WOMEN

__all__ = ["served"]

For = Callable[[str], Materials]
UNKNOWN = [sha256(b"%d" % number).hexdigest() for number in range(2 * MAX_HASHES + 1)]


@pytest.fixture(params=["over HTTP", "in this process"])
def materials(served: Served, request: pytest.FixtureRequest) -> Iterator[For]:
    """Materials for an agency."""
    world = served.world
    if request.param == "in this process":
        yield lambda agency: of_tests.Materials(world.sharing, agency)
        return
    with TestClient(served.hub_app, base_url="http://hub") as client:
        yield lambda agency: HubClient(
            client, agency=agency, keystore=served.keys(agency), now=lambda: world.now() // 1_000_000
        )


def said(served: Served) -> list[CaseStatement]:
    """Every statement of a case in the log."""
    stored = (read(parse(one.entry).header) for one in served.world.application.reader.stream())
    return [one for one in stored if isinstance(one, CaseStatement)]


def bodies(served: Served, *, by: str, section: Section) -> list[str]:
    """Hashes of what one agency sealed in one section."""
    return [body.hash for one in said(served) if one.by == by for body in one.sealed if body.section is section]


def grants(served: Served, *, to: str, ground: str | None = None) -> list[str]:
    """Hashes of what was granted to an agency, on one ground."""
    every = [grant for one in said(served) for grant in one.grants if grant.to == to]
    return [grant.hash for grant in every if ground in {None, grant.law}]


def test_bodies_come_by_hash(served: Served, materials: For) -> None:
    """A body of an own entry is what the hash says, whole."""
    wanted = bodies(served, by=POLICE, section=Section.ACCOUNT)
    found = materials(POLICE).bodies(wanted)
    assert wanted
    assert {sha256(body).hexdigest() for body in found.values()} == found.keys() == set(wanted)


def test_grants_come_by_hash(served: Served, materials: For) -> None:
    """What was granted by law and is in force comes without the hub's lock, whose hash is the header's."""
    wanted = grants(served, to=LABOUR, ground="l53_art28")
    found = materials(LABOUR).grants(wanted)
    assert wanted
    assert {sha256(wrapped).hexdigest() for wrapped in found.values()} == found.keys() == set(wanted)


def test_unknown_is_absent(served: Served, materials: For) -> None:
    """What does not exist is left out, beside what does."""
    body, grant = bodies(served, by=POLICE, section=Section.ACCOUNT)[0], grants(served, to=POLICE)[0]
    assert materials(POLICE).bodies([UNKNOWN[0], body, UNKNOWN[1]]).keys() == {body}
    assert materials(POLICE).grants([UNKNOWN[0], grant, UNKNOWN[1]]).keys() == {grant}
    assert materials(POLICE).bodies([grant]) == materials(POLICE).grants([body]) == {}


def test_not_addressed_is_absent(served: Served, materials: For) -> None:
    """Others' grants, and bodies of entries that are not on the own feed, are as if they did not exist."""
    account, to_labour = bodies(served, by=POLICE, section=Section.ACCOUNT), grants(served, to=LABOUR)
    assert materials(WOMEN).bodies(account) == materials(STRANGER).bodies(account) == {}
    assert materials(POLICE).grants(to_labour) == materials(STRANGER).grants(to_labour) == {}


def test_withdrawn_is_absent(served: Served, materials: For) -> None:
    """A grant that stood on a consent since withdrawn no longer comes; the words of the referral still do."""
    found = materials(WOMEN).grants(grants(served, to=WOMEN))
    assert found.keys() == set(grants(served, to=WOMEN, ground="referral_words")) | _own(served, WOMEN)
    assert found.keys() < set(grants(served, to=WOMEN))


def _own(served: Served, agency: str) -> set[str]:
    return {grant.hash for one in said(served) if one.by == agency for grant in one.grants if grant.to == agency}


def test_more_than_the_hub_answers_at_once(served: Served, materials: For) -> None:
    """Twice what one request may ask for, from any iterable, and what exists is found at both ends."""
    body, grant = bodies(served, by=POLICE, section=Section.ACCOUNT)[0], grants(served, to=POLICE)[0]
    asked = [body, grant, *UNKNOWN, *bodies(served, by=POLICE, section=Section.CONTACT)]
    assert len(asked) > 2 * MAX_HASHES >= 2 * HASHES
    assert materials(POLICE).bodies(iter(asked)).keys() == {body, *asked[2 + len(UNKNOWN) :]}
    assert materials(POLICE).grants(iter(asked)).keys() == {grant}


def test_nothing_asked(materials: For) -> None:
    """Nothing is found of nothing."""
    assert materials(POLICE).bodies([]) == materials(POLICE).grants([]) == {}
