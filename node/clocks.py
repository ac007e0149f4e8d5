"""Time limits as this agency's people look at them: those of one case, and its own duties over all cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.clocks import Clock, ClockState, Missing, clocks
from domain.directory import Directory
from domain.rules import Rules, Unit
from domain.statements import AgencyKind
from projections.casefile import CaseFile

DONE = frozenset({ClockState.STOPPED, ClockState.EXPIRED})
"""What asks nothing of anybody any more; the inbox says which offers have expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClock:
    """A time limit as it stands today, whose duty it is, and its source in law; days are local.

    `missing` says why `due` is not known; `days_over` is in working days where `unit` is, None where not known.
    """

    code: str
    duty: AgencyKind | None
    holder: str | None
    entry: int
    since: str
    due: str | None
    missing: Missing | None
    amount: int | None
    unit: Unit
    state: ClockState
    days_over: int | None
    stopped: str | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A time limit that runs for this agency in one case; `code` is the mã hồ sơ."""

    case: str
    code: str | None
    clock: CaseClock


def case_clocks(file: CaseFile, *, directory: Directory, rules: Rules, today: str) -> list[CaseClock]:
    """Every time limit of one case as it stands today, as far as this agency has seen the case."""
    kinds = {agency.id: agency.kind for agency in directory.agencies.values()}
    return [_shown(clock, today) for clock in clocks(file.seen, kinds=kinds, rules=rules)]


def duties(files: Iterable[CaseFile], *, agency: str, directory: Directory, rules: Rules, today: str) -> list[Duty]:
    """What runs for this agency in all its cases: soonest due first, then what is to be done at once, then no day."""
    found = [
        Duty(case=file.case.id, code=file.case.code, clock=clock)
        for file in files
        for clock in case_clocks(file, directory=directory, rules=rules, today=today)
        if clock.holder == agency and clock.state not in DONE
    ]
    return sorted(found, key=lambda one: (_order(one.clock), one.code or "", one.case, one.clock.code))


def _order(clock: CaseClock) -> tuple[int, str]:
    if clock.due is not None:
        return 0, clock.due
    return (1 if clock.state is ClockState.AT_ONCE else 2), clock.since


def _shown(clock: Clock, today: str) -> CaseClock:
    return CaseClock(
        code=clock.code,
        duty=clock.duty,
        holder=clock.holder,
        entry=clock.entry,
        since=clock.since,
        due=clock.due,
        missing=clock.missing,
        amount=clock.amount,
        unit=clock.unit,
        state=clock.state(today),
        days_over=clock.days_over(today),
        stopped=clock.stopped,
        source=clock.source,
    )
