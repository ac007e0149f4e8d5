"""The whole mechanism: who gets directory entries, whose a mã hồ sơ is, and what belongs to no case."""

from __future__ import annotations

import pytest

from domain import statements as s
from domain.case import Delivery
from domain.errors import RefusedError
from domain.mechanism import Mechanism
from domain.rules import current
from tests.domain.acts import closed, notified
from tests.domain.story import (
    AUDITOR,
    CASE,
    LABOUR,
    POLICE,
    REGISTRAR,
    WOMEN,
    Story,
    digest,
    kid,
    micros,
    registrations,
    uid,
)

NOW = micros("2026-11-02")


@pytest.fixture
def mechanism() -> Mechanism:
    """The province, all of it recorded through the mechanism."""
    made = Mechanism()
    for index, statement in enumerate(registrations(), 1):
        record(made, statement, index)
    return made


def record(mechanism: Mechanism, statement: s.Statement, index: int) -> Delivery:
    """Decide and fold."""
    mechanism.decide(statement, rules=current(), recorded=NOW)
    return mechanism.apply(statement, index=index, hash=digest(statement.id), recorded=NOW)


def activity(by: str = WOMEN, **facts: object) -> s.ActivityRecorded:
    """A group meeting."""
    base = {"v": 1, "id": uid("activity"), "by": by, "kid": kid(by), "occurred": "2026-11-01T00:00Z"}
    return s.ActivityRecorded(**{**base, "activity": "group_meeting", "day": "2026-11-01", "headcount": 20, **facts})  # type: ignore[arg-type]


def code_of(mechanism: Mechanism, statement: s.Statement) -> str:
    """The code a statement is refused with."""
    with pytest.raises(RefusedError) as refusal:
        mechanism.decide(statement, rules=current(), recorded=NOW)
    return refusal.value.code


def test_directory_goes_to_everybody(mechanism: Mechanism) -> None:
    """Directory entries go to all in force; who joins gets the earlier ones behind its own."""
    joins = next(st for st in registrations() if isinstance(st, s.AgencyRegistered))
    card = digest("new")
    new = s.AgencyRegistered(
        v=1, id=uid("new"), by=REGISTRAR, kid=kid(REGISTRAR), occurred=joins.occurred, agency="pn-moi",
        kind=s.AgencyKind.WOMEN_UNION, card=card,
    )  # fmt: skip
    told = record(mechanism, new, 100)
    assert set(told.audience) == set(mechanism.directory.agencies)
    assert told.backfill == {"pn-moi": tuple(range(1, len(registrations()) + 1))}


def test_activity_is_its_authors(mechanism: Mechanism) -> None:
    """Nobody else gets it; codes and kinds are checked."""
    assert record(mechanism, activity(), 100) == Delivery((WOMEN,), {}, ())
    assert code_of(mechanism, activity(activity="party")) == "code_unknown"
    assert code_of(mechanism, activity(day="2031-01-01")) == "date_in_future"
    assert code_of(mechanism, activity(AUDITOR)) == "kind_not_author"
    assert code_of(mechanism, activity(kid=kid(LABOUR))) == "key_unknown"


def test_a_code_is_one_cases(mechanism: Mechanism) -> None:
    """Another case cannot open under a mã hồ sơ that is taken."""
    first = Story().build(notified())
    assert record(mechanism, first, 100).audience == (POLICE,)
    assert mechanism.codes == {first.code: CASE}  # type: ignore[attr-defined]
    other = Story().build(notified(name="other", force={"case": "f" * 32}))
    assert code_of(mechanism, other) == "case_code_taken"


def test_case_statements_reach_their_case(mechanism: Mechanism) -> None:
    """Decided and folded by the case they name."""
    story = Story().given(notified())
    record(mechanism, story.log[0].statement, 100)
    assert code_of(mechanism, story.build(closed(force={"case": "f" * 32}))) == "case_unknown"
    assert mechanism.cases[CASE].custodian == POLICE
