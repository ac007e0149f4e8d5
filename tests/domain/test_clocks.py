"""Time limits: started and stopped by statements, judged on a given day, never guessed."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain import statements as s
from domain.calendar import Calendar, viet_nam
from domain.case import Recorded
from domain.clocks import Clock, ClockState, clocks
from domain.rules import Rules, current, every, load
from domain.statements import BY_TYPE, AgencyKind, Outcome, Pathway
from tests.domain.story import (
    BORDER,
    CASE,
    COMMUNE,
    FACILITY,
    HOME_POLICE,
    KINDS,
    LABOUR,
    POLICE,
    WOMEN,
    digest,
    micros,
    uid,
)

RULES = current()
OLDEST = next(rules for rules in every().values() if rules.name == "2026-11")
SELF = Pathway.SELF_REPORTED


def said(day: str, type_: type[s.CaseStatement], by: str, *to: str, name: str = "", **facts: Any) -> Recorded:
    """An entry recorded at nine on a local day."""
    name = name or f"{type_.__name__} {day} {by}"
    statement = type_(
        v=1, id=uid(name), by=by, kid="0" * 32, occurred="2020-01-01T08:00Z", to=to, case=CASE, prev=None, **facts
    )
    return Recorded(micros(day) // 60_000_000, statement, digest(name), micros(day))


def notice(day: str, pathway: Pathway = SELF, by: str = LABOUR, *to: str, **more: Any) -> Recorded:
    """A notice."""
    return said(day, s.CaseNotified, by, *to, pathway=pathway, **more)


def request(day: str, *to: str, **more: Any) -> Recorded:
    """The Labour department asks police."""
    return said(day, s.IdentificationRequested, LABOUR, *(to or (POLICE,)), **more)


def answer(day: str, outcome: str = "victim", legal: str | None = None, by: str = POLICE) -> Recorded:
    """Police answer."""
    return said(day, s.IdentificationAnswered, by, outcome=Outcome(outcome), legal_date=legal or day)


def needs(day: str, *, since: str | None = None, until: str | None = None, by: str = FACILITY) -> Recorded:
    """A facility records a stay."""
    return said(day, s.SupportRecorded, by, regime="essential_needs", since=since, until=until)


def all_of(*entries: Recorded, rules: Rules = RULES, calendar: Calendar | None = None) -> list[Clock]:
    """The clocks of a case."""
    return clocks(entries, kinds=KINDS, rules=rules, calendar=calendar)


def by_code(*entries: Recorded, **more: Any) -> dict[str, Clock]:
    """The clocks of a case by their code, of which there is one each."""
    found = all_of(*entries, **more)
    assert len({clock.code for clock in found}) == len(found)
    return {clock.code: clock for clock in found}


def dues(*entries: Recorded, **more: Any) -> dict[str, str | None]:
    """Code → due day."""
    return {code: clock.due for code, clock in by_code(*entries, **more).items()}


# -- the first verification, whose it is and what it says on a day


@pytest.mark.parametrize(("day", "due"), [("2025-06-30", "2025-07-03"), ("2025-07-01", "2025-07-04")])
def test_three_days_for_the_first_verification(day: str, due: str) -> None:
    """Under both laws; each has its own article."""
    clock = by_code(notice(day))["D03"]
    assert (clock.duty, clock.holder, clock.due) == (AgencyKind.LABOUR, LABOUR, due)
    assert clock.source.startswith("Law 66/2011" if day < "2025-07-01" else "Law 53/2024")


@pytest.mark.parametrize(
    ("day", "state", "over"),
    [
        ("2026-11-05", ClockState.RUNNING, 0),
        ("2026-11-06", ClockState.DUE_SOON, 0),  # Friday; the third day is a Sunday
        ("2026-11-09", ClockState.DUE_SOON, 0),
        ("2026-11-10", ClockState.OVERDUE, 1),
        ("2026-11-17", ClockState.OVERDUE, 8),
    ],
)
def test_what_a_clock_says_depends_on_the_day_alone(day: str, state: ClockState, over: int) -> None:
    """Running, due soon, overdue by n days; an end on a Sunday moves to Monday (Civil Code Art 148(5))."""
    clock = by_code(notice("2026-11-05"))["D03"]
    assert (clock.due, clock.state(day), clock.days_over(day)) == ("2026-11-09", state, over)


def test_a_late_evening_counts_for_the_local_day() -> None:
    """23:30 in Viet Nam on 30 June is 16:30 UTC; half past midnight is 1 July and the new law."""
    entry = request("2025-06-30")
    evening = Recorded(entry.index, entry.statement, entry.hash, micros("2025-06-30", "23:30"))
    night = Recorded(entry.index, entry.statement, entry.hash, micros("2025-07-01", "00:30"))
    assert [list(by_code(one)) for one in (evening, night)] == [["D04"], ["D06"]]


def test_a_request_stops_the_first_clock_and_starts_the_next() -> None:
    """Duty passes from the Labour department to the police that was asked, not to another."""
    found = by_code(notice("2026-11-02"), request("2026-11-03", HOME_POLICE))
    assert found["D03"].stopped == "2026-11-03"
    assert found["D03"].state("2026-11-02") is not ClockState.STOPPED is found["D03"].state("2027-01-01")
    assert (found["D06"].duty, found["D06"].holder) == (AgencyKind.POLICE, HOME_POLICE)


def test_a_duty_done_late_stays_late() -> None:
    """A stopped clock says by how much it was late, not how long ago that was."""
    clock = by_code(notice("2026-11-02"), request("2026-11-12"))["D03"]
    assert (clock.state("2026-11-20"), clock.days_over("2026-11-20")) == (ClockState.STOPPED, 7)


# -- regimes


def test_an_unknown_limit_stays_unknown() -> None:
    """The new law's answer time is not known to us; the old twenty days are not put in its place."""
    found = by_code(request("2025-07-01"))
    clock = found["D06"]
    assert "D04" not in found
    assert (clock.due, clock.missing, clock.state("2099-01-01")) == (None, "limit", ClockState.UNKNOWN)


def test_the_old_regime_keeps_its_twenty_days() -> None:
    """A request of June 2025 is answered within twenty days; the twentieth is a Sunday."""
    assert dues(request("2025-06-30")) == {"D04": "2025-07-21"}


def test_the_first_start_decides_the_regime() -> None:
    """A reminder in July starts no clock of the new law beside that of a request of June; a new request does."""
    june, july = request("2025-06-30"), request("2025-07-02")
    assert list(by_code(june, july)) == ["D04"]
    again = by_code(june, answer("2025-07-10", "not_victim"), request("2025-08-01"))
    assert (again["D04"].stopped, again["D06"].since, again["D06"].stopped) == ("2025-07-10", "2025-08-01", None)


def test_a_complex_case_is_no_silence() -> None:
    """An answer that it takes longer stops the first limit and starts one whose length the two texts dispute."""
    found = by_code(request("2025-06-20"), answer("2025-07-05", "longer"))
    assert (found["D04"].stopped, found["D05"].since, found["D05"].missing) == ("2025-07-05", "2025-07-05", "limit")
    later = by_code(request("2025-06-20"), answer("2025-07-05", "longer"), answer("2025-08-05"))
    assert later["D05"].stopped == "2025-08-05"


def test_the_stay_follows_the_day_of_the_identification() -> None:
    """Identified before 01-07-2025: sixty days, whenever the stay began; else a hundred and twenty (Art 63)."""
    stay = needs("2025-07-05", since="2025-07-04")
    assert dues(answer("2025-07-02", legal="2025-06-30"), stay)["D16"] == "2025-09-03"  # 2 September is a holiday
    assert dues(answer("2025-07-02", legal="2025-07-01"), stay)["D17"] == "2025-11-03"  # 1 November is a Saturday
    assert list(dues(stay)) == ["D17"]
    assert dues(needs("2025-07-05")) == dues(needs("2025-07-05", since="2025-07-05", by=LABOUR)) == {}


def test_a_stay_ends_on_the_day_that_is_named() -> None:
    """By the facility's own word, not another's; a second stay has a clock of its own."""
    first = (needs("2025-08-05", since="2025-08-01"), needs("2025-10-01", until="2025-09-30"))
    found = all_of(*first, needs("2025-12-01", since="2025-11-28"))
    assert [(clock.since, clock.stopped) for clock in found] == [("2025-08-01", "2025-09-30"), ("2025-11-28", None)]
    other = by_code(first[0], needs("2025-10-01", until="2025-09-30", by=LABOUR))
    assert other["D17"].stopped is None


# -- at once


def test_at_once_has_no_number() -> None:
    """A notice that reached nobody who must know is never overdue by days, and never silent."""
    clock = by_code(notice("2026-11-02", SELF, WOMEN))["D01"]
    assert (clock.holder, clock.due, clock.missing, clock.days_over("2026-12-01")) == (WOMEN, None, None, 0)
    assert clock.state("2026-11-02") is clock.state("2027-05-01") is ClockState.AT_ONCE
    told = by_code(notice("2026-11-02", SELF, WOMEN), notice("2026-11-04", SELF, WOMEN, LABOUR))
    assert (told["D01"].stopped, told["D03"].since, told["D03"].holder) == ("2026-11-04", "2026-11-04", LABOUR)


def test_a_notice_that_tells_at_once_stops_as_it_starts() -> None:
    """Who found somebody and told the Labour department in the same statement has done it."""
    clock = by_code(notice("2026-11-02", Pathway.RETURNED_ALONE, BORDER, LABOUR))["D01"]
    assert clock.stopped == clock.since == "2026-11-02"


def test_the_chain_of_who_came_forward() -> None:
    """Who was approached tells the commune, the commune the Labour department, which has three days."""
    found = by_code(
        notice("2026-11-02", SELF, WOMEN, COMMUNE),
        said("2026-11-03", s.CaseNotified, COMMUNE, LABOUR, pathway=SELF),
    )
    shown = [(found[code].holder, found[code].since, found[code].stopped) for code in ("D01", "D02", "D03")]
    assert shown == [
        (WOMEN, "2026-11-02", "2026-11-02"),
        (COMMUNE, "2026-11-02", "2026-11-03"),
        (LABOUR, "2026-11-03", None),
    ]


@pytest.mark.parametrize(
    ("pathway", "by", "before", "after"),
    [
        (Pathway.SELF_REPORTED, LABOUR, {"D03"}, {"D03", "D26"}),
        (Pathway.RESCUED, POLICE, {"D24"}, {"D24", "D27"}),
        (Pathway.HANDED_OVER, BORDER, {"D25"}, {"D25", "D28"}),
        (Pathway.SCREENED, LABOUR, set(), set()),
    ],
)
def test_each_pathway_has_its_own_limits(pathway: Pathway, by: str, before: set[str], after: set[str]) -> None:
    """Three days are for who came forward; what the new law gives the others was not seen, and is shown so."""
    assert set(by_code(notice("2025-06-30", pathway, by, LABOUR))) == before
    found = by_code(notice("2025-07-01", pathway, by, LABOUR))
    assert set(found) == after
    if pathway is not SELF:
        assert {clock.due for clock in found.values()} <= {None}


# -- between agencies, and the person's own wish


def test_every_hand_over_has_a_clock() -> None:
    """Until the day that was asked for; without one, not known. Each offer has its own, and its own answer stops it."""
    day, entries = "2026-11-04", []
    for name, by_ in (("one", "2026-11-10"), ("two", None)):
        facts: dict[str, Any] = {"referral": uid(name), "service": "shelter", "answer_by": by_, "name": name}
        entries.append(said("2026-11-02", s.ReferralOffered, POLICE, WOMEN, **facts))
    entries.append(said("2026-11-02", s.TransferOffered, POLICE, LABOUR, transfer=uid("three")))
    entries.append(said(day, s.ReferralAccepted, WOMEN, referral=uid("two")))
    found = all_of(*entries)
    assert [(clock.code, clock.holder, clock.due, clock.missing, clock.stopped) for clock in found] == [
        ("A01", WOMEN, "2026-11-10", None, None),
        ("A01", WOMEN, None, "limit", day),
        ("A02", LABOUR, None, "limit", None),
    ]
    states = [found[0].state(one) for one in ("2026-11-04", "2026-11-10", "2026-11-11")]
    assert states == [ClockState.RUNNING, ClockState.DUE_SOON, ClockState.EXPIRED]


def withdrawal(day: str, *acknowledged: tuple[str, str]) -> list[Clock]:
    """A consent for two agencies taken back on a day, and who said when that it stopped."""
    consent = {"purpose": "support", "recipients": (WOMEN, FACILITY), "sections": (s.Section.IDENTITY,)}
    entries = [
        said("2025-01-02", s.ConsentGiven, POLICE, name="consent", since="2025-01-02", given_by="person", **consent),
        said(day, s.ConsentWithdrawn, POLICE, consent=uid("consent")),
    ]
    entries += [said(on, s.WithdrawalAcknowledged, by, consent=uid("consent")) for by, on in acknowledged]
    return all_of(*entries)


def test_each_recipient_has_its_own_clock() -> None:
    """Two working days since 2026, over a weekend and a swapped Saturday; one agency's word does not stop another's."""
    found = {clock.holder: clock for clock in withdrawal("2026-08-28", (WOMEN, "2026-09-04"))}
    assert {clock.due for clock in found.values()} == {"2026-09-04"}
    assert (found[WOMEN].stopped, found[FACILITY].stopped) == ("2026-09-04", None)
    late = found[FACILITY]
    assert (late.unit, late.state("2026-09-08"), late.days_over("2026-09-08")) == (
        "working_days",
        ClockState.OVERDUE,
        2,  # Monday and Tuesday; four days by the calendar
    )


def test_hours_under_the_old_decree() -> None:
    """Seventy-two hours until the end of 2025, to the local day on which they end, holidays or not."""
    assert {(clock.unit, clock.due) for clock in withdrawal("2025-12-31")} == {("hours", "2026-01-03")}
    assert {(clock.unit, clock.due) for clock in withdrawal("2026-01-02")} == {("working_days", "2026-01-06")}


# -- what does not count, what is not known


def test_without_a_start_there_is_no_clock() -> None:
    """An answer alone starts nothing."""
    assert by_code(answer("2026-11-20")) == {}


def test_what_was_annulled_neither_starts_nor_stops() -> None:
    """A request entered in error stops nothing and starts nothing."""
    mistaken = request("2026-11-03", name="mistaken")
    annulled = said("2026-11-04", s.StatementAnnulled, LABOUR, annuls=uid("mistaken"), reason="entered_in_error")
    found = by_code(notice("2026-11-02"), mistaken, annulled)
    assert found["D03"].stopped is None
    assert "D06" not in found


def test_a_calendar_that_is_not_known_makes_no_due_day() -> None:
    """An end in a year without data, or on a day that may have become a holiday, is not guessed."""
    for day in ("2026-12-30", "2026-11-21"):
        clock = by_code(notice(day))["D03"]
        assert (clock.due, clock.missing, clock.state("2027-06-01")) == (None, "calendar", ClockState.UNKNOWN)
        assert clock.days_over("2027-06-01") == 0


def test_days_over_that_cannot_be_counted_are_not_known() -> None:
    """Working days over a year without a calendar."""
    assert {clock.days_over("2027-01-05") for clock in withdrawal("2026-11-02")} == {None}


def test_a_duty_nobody_was_told_of_names_its_kind() -> None:
    """An agency we do not know is nobody; the kind still is."""
    found = clocks([request("2025-06-30", "not-known")], kinds=KINDS, rules=RULES)
    assert [(clock.holder, clock.duty) for clock in found] == [(None, AgencyKind.POLICE)]


def test_the_oldest_rule_set_is_still_read() -> None:
    """What it says with fewer words: any pathway, days, one stop of a list."""
    found = by_code(notice("2026-11-02", Pathway.RESCUED, POLICE, LABOUR), request("2026-11-09"), rules=OLDEST)
    assert (found["D03"].due, found["D03"].holder, found["D03"].stopped) == ("2026-11-05", LABOUR, "2026-11-09")
    assert (found["D06"].missing, len(found)) == ("limit", 2)


# -- in general


@given(some.dates(date(2024, 1, 1), date(2026, 10, 31)), some.integers(0, 60), some.integers(1, 60))
def test_a_clock_never_runs_back(start: date, later: int, more: int) -> None:
    """The due day is a worked day no earlier than the figure; a state never returns, days over only grow."""
    clock = by_code(notice(start.isoformat()))["D03"]
    assert clock.due is not None
    due = date.fromisoformat(clock.due)
    assert viet_nam().works(due)
    assert start + timedelta(days=3) <= due <= start + timedelta(days=14)
    order = [ClockState.RUNNING, ClockState.DUE_SOON, ClockState.OVERDUE]
    days = [(start + timedelta(days=passed)).isoformat() for passed in (later, later + more)]
    states = [order.index(clock.state(day)) for day in days]
    over = [clock.days_over(day) for day in days]
    assert (states, over) == (sorted(states), sorted(over, key=lambda n: n or 0))
    assert [state == 2 for state in states] == [bool(n) for n in over]


def test_every_rule_can_start_and_says_where_it_is_from() -> None:
    """Types and codes exist, each has a source, and no code is twice in force."""
    codes = set()
    for rule in RULES.deadlines:
        for trigger in (rule.start, *rule.stop):
            assert trigger.type == "*" or trigger.type in BY_TYPE
            assert trigger.conditions.get("pathway", set()) <= {one.value for one in Pathway}
            assert trigger.conditions.get("outcome", set()) <= {one.value for one in Outcome}
            assert trigger.conditions.get("regime", set()) <= RULES.lists["regime"].keys()
            for name in ("by", "to", "reaches"):
                assert trigger.conditions.get(name, set()) <= {kind.value for kind in AgencyKind}
        assert rule.source
        for day in ("2014-04-01", "2025-06-30", "2025-07-01", "2026-11-22"):
            if rule.since <= day <= (rule.until or day):
                assert (rule.code, day) not in codes
                codes.add((rule.code, day))


@pytest.mark.parametrize(("was", "becomes"), [('unit = "hours"', 'unit = "moons"'), ('reaches = ["labour"]', "x = []")])
def test_a_mistyped_rule_is_refused(was: str, becomes: str) -> None:
    """A unit or a condition nobody understands would be a limit that never counts."""
    text = files("domain.rules").joinpath("2026-11-22.toml").read_text("utf-8")
    changed = text.replace(was, becomes, 1)
    assert tomllib.loads(changed) != tomllib.loads(text)
    with pytest.raises(ValueError, match="deadline"):
        load(changed.encode())
