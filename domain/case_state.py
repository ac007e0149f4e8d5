"""What a case keeps: entries, offers, consents and grants, as values. How they change is in `domain/case.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from domain import statements as s
from domain.statements import CaseStatement, DataKey, Grant, Section

OPEN_STATES = frozenset({"offered", "delivered", "opened"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """One case statement as the log holds it: its index, its hash, when the hub recorded it (µs since 1970, UTC)."""

    index: int
    statement: CaseStatement
    hash: str
    recorded: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who gets an entry on their feed, and which earlier entries follow it there, in log order."""

    audience: tuple[str, ...]
    backfill: dict[str, tuple[int, ...]]
    dropped: tuple[str, ...]  # hashes of grants that no longer stand and are to be deleted


@dataclass(slots=True)
class Offer:
    """A referral (chuyển gửi) or a transfer (bàn giao) and how far it got.

    `state` is one of `OPEN_STATES`, or closed: accepted, refused, recalled, expired, entered_in_error. Delivered and
    opened come once each, however late, and never reopen what is closed.
    """

    id: str
    kind: Literal["referral", "transfer"]
    sender: str
    receiver: str
    statement: str
    since: int
    service: str | None = None
    parent: str | None = None
    answer_by: str | None = None
    state: str = "offered"
    delivered: bool = False
    opened: bool = False

    def waits(self, day: str) -> bool:
        """Whether it still waits for its answer on that day; past `answer_by` it has expired."""
        return self.state in OPEN_STATES and (self.answer_by is None or day <= self.answer_by)


@dataclass(slots=True)
class Consent:
    """What the person agreed, and whether it still stands."""

    id: str
    recipients: frozenset[str]
    sections: frozenset[Section]
    since: str
    until: str | None
    withdrawn: bool = False
    acknowledged: set[str] = field(default_factory=set)

    def covers(self, agency: str, section: Section, day: str) -> bool:
        """Whether it lets `agency` hold `section` on `day`."""
        in_period = self.since <= day and (self.until is None or day <= self.until)
        return not self.withdrawn and in_period and agency in self.recipients and section in self.sections


@dataclass(slots=True)
class GrantState:
    """A grant that lies beside the log: lodged with an open offer, in force, or dropped."""

    grant: Grant
    grantor: str
    statement: str  # the statement that carries it
    state: Literal["lodged", "in_force", "dropped"]
    offer: str | None = None
    reached: bool = False  # was in force once, so its keys must be taken as known to the grantee


@dataclass(slots=True, eq=False)
class Noted:
    """What a case keeps of one entry: enough to decide later ones and to say who may see it."""

    index: int
    id: str
    hash: str
    by: str
    type: type[CaseStatement]
    topics: frozenset[tuple[str, str]]
    keys: frozenset[DataKey]
    target: str | None  # the statement it corrects or annuls
    offer: str | None  # the referral or transfer it belongs to
    audience: set[str]
    late: bool


def offer_id(statement: CaseStatement) -> str | None:
    """The referral or transfer a statement offers, answers or follows."""
    if isinstance(statement, s.SupportRecorded):
        return None
    return getattr(statement, "referral", None) or getattr(statement, "transfer", None)


def target_id(statement: CaseStatement) -> str | None:
    """The statement a correction or an annulment is about."""
    return getattr(statement, "corrects", None) or getattr(statement, "annuls", None)


def topics(statement: CaseStatement) -> frozenset[tuple[str, str]]:
    """What a decision decides: two decisions on one topic conflict, on different ones they do not."""
    match statement:
        case s.IdentificationRequested() | s.IdentificationAnswered():
            return frozenset({("status", "")})
        case s.CaseClosed():
            return frozenset({("status", ""), ("custody", "")})
        case s.ConsentWithdrawn():
            return frozenset({("consent", statement.consent)})
        case s.ReferralAccepted() | s.ReferralRefused() | s.ReferralRecalled():
            return frozenset({("offer", statement.referral)})
        case s.TransferAccepted() | s.TransferRefused() | s.TransferRecalled():
            return frozenset({("offer", statement.transfer), ("custody", "")})
        case s.TransferOffered():
            return frozenset({("custody", "")})
        case _:
            return frozenset()


def local_day(recorded: int) -> str:
    """The calendar day in Viet Nam (UTC+7, no summer time) of a recorded time in µs."""
    local: date = (datetime.fromtimestamp(recorded // 1_000_000, UTC) + timedelta(hours=7)).date()
    return local.isoformat()
