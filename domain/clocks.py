"""Legal time limits of a case: they start and stop by statements; what they say follows from a given day.

Days are those of Viet Nam. The day a clock starts is not counted (Civil Code 2015 Art 147(2)); an end on a day off
moves to the next working day (Art 148(5)). A figure or a calendar that is not known to us is shown as not known: it is
never filled in from another regime or year (law.md §2.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Literal

from domain import statements as s
from domain.calendar import Calendar, viet_nam
from domain.case_state import Recorded, local_day
from domain.rules import Deadline, Rules, Trigger, Unit
from domain.statements import AgencyKind, CaseStatement

HOUR = 3_600_000_000  # µs


class ClockState(Enum):
    """What a clock says on a day."""

    STOPPED = "stopped"
    RUNNING = "running"
    DUE_SOON = "due_soon"  # from the last working day before the due day
    OVERDUE = "overdue"  # quá hạn
    EXPIRED = "expired"  # an offer's day to answer has passed: it can no longer be answered
    AT_ONCE = "at_once"  # phải làm ngay: the law gives no number of days
    UNKNOWN = "unknown"  # chưa xác định được thời hạn


Missing = Literal["limit", "calendar"]
"""Why a due day is not known: the law's figure, or which days are worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One time limit as one agency has it: whose duty, since when, due when (None: not known), and its source in law.

    `holder` is None where nobody of the kinds that have this duty was told. `entry` is the log index that started it.
    """

    code: str
    duty: AgencyKind | None
    holder: str | None
    entry: int
    since: str
    due: str | None
    missing: Missing | None
    warn: str | None
    amount: int | None
    unit: Unit
    stopped: str | None
    source: str
    calendar: Calendar = field(repr=False, compare=False)

    def state(self, day: str) -> ClockState:
        """What the clock says on a day."""
        if self.stopped is not None and self.stopped <= day:
            return ClockState.STOPPED
        if self.unit == "at_once":
            return ClockState.AT_ONCE
        if self.due is None:
            return ClockState.UNKNOWN
        if day > self.due:
            return ClockState.EXPIRED if self.unit == "stated" else ClockState.OVERDUE
        return ClockState.DUE_SOON if self.warn is not None and day >= self.warn else ClockState.RUNNING

    def days_over(self, day: str) -> int | None:
        """By how many days it is, or when it stopped was, overdue: working days where the limit is; None: not known."""
        until = min(day, self.stopped or day)
        if self.due is None or until <= self.due:
            return 0
        end, then = date.fromisoformat(self.due), date.fromisoformat(until)
        return self.calendar.between(end, then) if self.unit == "working_days" else (then - end).days


@dataclass(frozen=True, slots=True)
class _Said:
    """One entry that counts, with what triggers ask of it."""

    entry: Recorded
    facts: Mapping[str, frozenset[str]]

    @property
    def statement(self) -> CaseStatement:
        return self.entry.statement

    def meets(self, trigger: Trigger) -> bool:
        """Whether it is what starts or stops a limit, whoever has it."""
        return trigger.type in {"*", self.statement.type} and all(
            not allowed.isdisjoint(self.facts[name]) for name, allowed in trigger.conditions.items()
        )

    def day(self, named: str | None) -> str:
        """The day a field of the statement names, else the day it was recorded."""
        return getattr(self.statement, named or "", None) or local_day(self.entry.recorded)


def clocks(
    entries: Iterable[Recorded], *, kinds: Mapping[str, AgencyKind], rules: Rules, calendar: Calendar | None = None
) -> list[Clock]:
    """The clocks of one case.

    Args:
        entries: of the case, in the log's order; what was annulled does not count.
        kinds: what each agency is.
        calendar: the working days; those of Viet Nam by default.
    """
    known = list(entries)
    annulled = {entry.statement.annuls for entry in known if isinstance(entry.statement, s.StatementAnnulled)}
    said = [_said(entry, kinds) for entry in known if entry.statement.id not in annulled]
    days = calendar or viet_nam()
    return [clock for rule in rules.deadlines for clock in _of(rule, said, kinds=kinds, calendar=days)]


def _of(
    rule: Deadline, said: Sequence[_Said], *, kinds: Mapping[str, AgencyKind], calendar: Calendar
) -> Iterator[Clock]:
    """The clocks of one rule. The first start decides which regime it is under; a later one starts none beside it."""
    ends: dict[object, int | None] = {}
    for place, start in enumerate(said):
        if not start.meets(rule.start):
            continue
        holders = _holders(rule, start, said, kinds)
        per = getattr(start.statement, rule.per) if rule.per else None
        key = (per, holders if rule.again else None)
        end = ends.get(key)
        if key in ends and not (rule.again and end is not None and place > end):
            continue
        stops = {holder: _stop(rule, said, place, per=per, holder=holder) for holder in holders}
        ends[key] = next(iter(stops.values()))
        if not _in_force(rule, start.day(rule.on), said):
            continue
        for holder, stop in stops.items():
            stopped = None if stop is None else said[stop].day(rule.ends)
            yield _clock(rule, start, holder=holder, stopped=stopped, kinds=kinds, calendar=calendar)


def _said(entry: Recorded, kinds: Mapping[str, AgencyKind]) -> _Said:
    st = entry.statement
    by = frozenset({kinds[st.by].value} if st.by in kinds else ())
    to = frozenset(kinds[agency].value for agency in st.to if agency in kinds)
    codes = ((name, getattr(st, name, None)) for name in ("pathway", "outcome", "regime"))
    return _Said(
        entry,
        {
            **{name: frozenset(() if code is None else (getattr(code, "value", code),)) for name, code in codes},
            "by": by,
            "to": to,
            "reaches": by | to,
            "states": frozenset(name for name in ("since", "until") if getattr(st, name, None) is not None),
        },
    )


def _holders(
    rule: Deadline, start: _Said, said: Iterable[_Said], kinds: Mapping[str, AgencyKind]
) -> tuple[str | None, ...]:
    st = start.statement
    match rule.holder:
        case "author":
            found: Iterable[str] = (st.by,)
        case "told":
            found = st.to
        case "reached":
            found = (st.by,) if kinds.get(st.by) in rule.duty else st.to
        case "recipients":
            consent = getattr(st, "consent", None)
            given = (one.statement for one in said if one.statement.id == consent)
            found = sorted(agency for one in given if isinstance(one, s.ConsentGiven) for agency in one.recipients)
    return tuple(agency for agency in found if kinds.get(agency) in rule.duty) or (None,)


def _stop(rule: Deadline, said: Sequence[_Said], place: int, *, per: str | None, holder: str | None) -> int | None:
    """Where the clock that started at `place` stops: what starts it may stop it, as it were at once."""
    for later in range(place, len(said)):
        st = said[later].statement
        if rule.per and getattr(st, rule.per, per) != per:
            continue
        if any(said[later].meets(one) and (not one.own or st.by == holder) for one in rule.stop):
            return later
    return None


def _in_force(rule: Deadline, day: str, said: Iterable[_Said]) -> bool:
    if rule.dated == "identification":
        for one in said:
            st = one.statement
            if isinstance(st, s.IdentificationAnswered) and st.outcome is s.Outcome.VICTIM:
                day = st.legal_date
    return rule.since <= day and (rule.until is None or day <= rule.until)


def _clock(
    rule: Deadline,
    start: _Said,
    *,
    holder: str | None,
    stopped: str | None,
    kinds: Mapping[str, AgencyKind],
    calendar: Calendar,
) -> Clock:
    due, missing = _due(rule, start, calendar)
    warn = None if due is None else calendar.last_worked(due) or due - timedelta(days=1)
    only = next(iter(rule.duty)) if len(rule.duty) == 1 else None
    return Clock(
        code=rule.code,
        duty=kinds.get(holder or "", only),
        holder=holder,
        entry=start.entry.index,
        since=start.day(rule.on),
        due=due.isoformat() if due else None,
        missing=missing,
        warn=warn.isoformat() if warn else None,
        amount=rule.amount,
        unit=rule.unit,
        stopped=stopped,
        source=rule.source,
        calendar=calendar,
    )


def _due(rule: Deadline, start: _Said, calendar: Calendar) -> tuple[date | None, Missing | None]:
    """The last day of the limit, or why it is not known; neither where it has no number."""
    since = date.fromisoformat(start.day(rule.on))
    match rule.unit:
        case "at_once":
            return None, None
        case "stated":
            named = getattr(start.statement, "answer_by", None)
            return (date.fromisoformat(named), None) if named else (None, "limit")
    if rule.amount is None:
        return None, "limit"
    match rule.unit:
        case "hours":
            return date.fromisoformat(local_day(start.entry.recorded + rule.amount * HOUR)), None
        case "calendar_days":
            due = calendar.first_worked(since + timedelta(days=rule.amount))
        case "working_days":
            due = calendar.after(since, rule.amount)
    return due, None if due else "calendar"
