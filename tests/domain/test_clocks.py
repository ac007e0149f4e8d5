"""Time limits: started and stopped by statements, judged on a given day, never guessed."""

from __future__ import annotations

import pytest

from domain.clocks import Clock, ClockState, clocks
from domain.rules import current
from domain.statements import AgencyKind

RULES = current()


def by_code(*events: tuple[str, str]) -> dict[str, Clock]:
    """The clocks of a case by their code."""
    return {clock.code: clock for clock in clocks(events, rules=RULES)}


def test_three_days_for_the_first_verification() -> None:
    """A notice starts the Labour department's three calendar days (Law 53/2024 Art 27(2))."""
    clock = by_code(("case.notified", "2026-11-20"))["D03"]

    assert (AgencyKind.LABOUR, "2026-11-23") == (clock.duty, clock.due)


@pytest.mark.parametrize(
    ("day", "state", "over"),
    [
        ("2026-11-21", ClockState.RUNNING, 0),
        ("2026-11-22", ClockState.DUE_SOON, 0),
        ("2026-11-23", ClockState.DUE_SOON, 0),
        ("2026-11-24", ClockState.OVERDUE, 1),
        ("2026-12-01", ClockState.OVERDUE, 8),
    ],
)
def test_what_a_clock_says_depends_on_the_day_alone(day: str, state: ClockState, over: int) -> None:
    """Running, due soon, overdue by n days: computed from entries and a day, stored nowhere."""
    clock = by_code(("case.notified", "2026-11-20"))["D03"]

    assert (state, over) == (clock.state(day), clock.days_over(day))


def test_a_request_stops_the_first_clock_and_starts_the_next() -> None:
    """Duty passes from the Labour department to the police."""
    found = by_code(("case.notified", "2026-11-20"), ("identification.requested", "2026-11-21"))

    assert "2026-11-21" == found["D03"].stopped
    assert ClockState.STOPPED is found["D03"].state("2027-01-01")
    assert AgencyKind.POLICE is found["D06"].duty


def test_an_unknown_limit_stays_unknown() -> None:
    """The new regime's answer time is not known to us; the old twenty days are not put in its place."""
    found = by_code(("identification.requested", "2025-07-01"))

    assert "D04" not in found
    assert (None, ClockState.UNKNOWN) == (found["D06"].due, found["D06"].state("2099-01-01"))


def test_the_old_regime_keeps_its_twenty_days() -> None:
    """A request of June 2025 is answered within twenty days (JC 01/2014 Art 6(3))."""
    found = by_code(("identification.requested", "2025-06-30"))

    assert {"D04": "2025-07-20"} == {code: clock.due for code, clock in found.items()}


def test_without_a_start_there_is_no_clock() -> None:
    """An answer alone starts nothing."""
    assert {} == by_code(("identification.answered", "2026-11-20"))
