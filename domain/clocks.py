"""Legal time limits of a case: they start and stop by statements; what they say follows from a given day.

Days count by the calendar in Viet Nam. A limit whose figure is not known to us is shown as not known: it is never
filled in from another regime (law.md §2.6). Which rule applies is decided by the day the clock starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from domain.rules import Deadline, Rules
from domain.statements import AgencyKind

WARN_DAYS = 1  # before the due day


class ClockState(Enum):
    """What a clock says on a day."""

    STOPPED = "stopped"
    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"  # quá hạn
    UNKNOWN = "unknown"  # chưa xác định được thời hạn


@dataclass(frozen=True, slots=True)
class Clock:
    """One running or stopped time limit: whose duty, since when, due when (None: not known), and its source in law."""

    code: str
    duty: AgencyKind
    since: str
    due: str | None
    stopped: str | None
    source: str

    def state(self, day: str) -> ClockState:
        """What the clock says on a day."""
        if self.stopped is not None:
            return ClockState.STOPPED
        if self.due is None:
            return ClockState.UNKNOWN
        if day > self.due:
            return ClockState.OVERDUE
        warn = (date.fromisoformat(self.due) - timedelta(days=WARN_DAYS)).isoformat()
        return ClockState.DUE_SOON if day >= warn else ClockState.RUNNING

    def days_over(self, day: str) -> int:
        """By how many days it is overdue; 0 when it is not."""
        if self.state(day) is not ClockState.OVERDUE or self.due is None:
            return 0
        return (date.fromisoformat(day) - date.fromisoformat(self.due)).days


def clocks(events: Iterable[tuple[str, str]], *, rules: Rules) -> list[Clock]:
    """The clocks of one case.

    Args:
        events: (statement type, recorded day) of the entries that count, in the log's order. Only the first start of
            each rule starts it; the first stop after that stops it.
    """
    seen = list(events)
    found: list[Clock] = []
    for rule in rules.deadlines:
        start = next((place for place, (kind, _) in enumerate(seen) if kind == rule.start), None)
        if start is None or not _applies(rule, seen[start][1]):
            continue
        since = seen[start][1]
        stopped = next((day for kind, day in seen[start:] if kind in rule.stop), None)
        due = None
        if rule.days is not None and rule.counted == "calendar":
            due = (date.fromisoformat(since) + timedelta(days=rule.days)).isoformat()
        found.append(Clock(rule.code, rule.duty, since, due, stopped, rule.source))
    return found


def _applies(rule: Deadline, day: str) -> bool:
    return rule.since <= day and (rule.until is None or day <= rule.until)
