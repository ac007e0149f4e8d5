"""Every statement there is: the header that one agency signs, in the clear.

One statement is one line of UTF-8 JSON; `read` is its only reader. It is strict: unknown field, unknown type,
duplicate key, a string that is not an id, hash, code or date: all refused. Nothing here is ever re-serialised
to be verified; what counts are the bytes as they came.

A header names nobody but is about somebody, and it stays after erasure: personal data is only in the sealed
sections it names by hash (DESIGN, *Statements and entries*).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from domain.case_statements import (
    AccessFailed,
    AccessGranted,
    AccessRequested,
    CaseClosed,
    CaseNotified,
    ConsentGiven,
    ConsentWithdrawn,
    IdentificationAnswered,
    IdentificationRequested,
    ReferralAccepted,
    ReferralDelivered,
    ReferralOffered,
    ReferralOpened,
    ReferralRecalled,
    ReferralRefused,
    SectionAppended,
    StatementAnnulled,
    StatementCorrected,
    SupportRecorded,
    TransferAccepted,
    TransferOffered,
    TransferRecalled,
    TransferRefused,
    WithdrawalAcknowledged,
)
from domain.directory_statements import (
    ActivityRecorded,
    AgencyRegistered,
    AgencyRevoked,
    Genesis,
    KeyRegistered,
    KeyRevoked,
)
from domain.errors import RefusedError
from domain.header import (
    RECORD_SECTIONS,
    AgencyKind,
    Attached,
    CaseStatement,
    DataKey,
    Epoch,
    Grant,
    KeyUse,
    Outcome,
    Paper,
    Pathway,
    SealedSection,
    Section,
    Statement,
    Status,
)

__all__ = [
    "AGENCY_STATEMENTS",
    "BY_TYPE",
    "CASE_STATEMENTS",
    "DIRECTORY_STATEMENTS",
    "MAX_HEADER",
    "RECORD_SECTIONS",
    "STATEMENTS",
    "AccessFailed",
    "AccessGranted",
    "AccessRequested",
    "ActivityRecorded",
    "AgencyKind",
    "AgencyRegistered",
    "AgencyRevoked",
    "Attached",
    "CaseClosed",
    "CaseNotified",
    "CaseStatement",
    "ConsentGiven",
    "ConsentWithdrawn",
    "DataKey",
    "Epoch",
    "Genesis",
    "Grant",
    "IdentificationAnswered",
    "IdentificationRequested",
    "KeyRegistered",
    "KeyRevoked",
    "KeyUse",
    "Outcome",
    "Paper",
    "Pathway",
    "ReferralAccepted",
    "ReferralDelivered",
    "ReferralOffered",
    "ReferralOpened",
    "ReferralRecalled",
    "ReferralRefused",
    "SealedSection",
    "Section",
    "SectionAppended",
    "Statement",
    "StatementAnnulled",
    "StatementCorrected",
    "Status",
    "SupportRecorded",
    "TransferAccepted",
    "TransferOffered",
    "TransferRecalled",
    "TransferRefused",
    "WithdrawalAcknowledged",
    "check_dates",
    "minute",
    "read",
    "write",
]

MAX_HEADER = 16 * 1024  # bytes; an entry stays far below the 65,535 of a C2SP tile bundle
DAY_FIELDS = ("since", "until", "legal_date", "answer_by", "day")
"""Fields of statements that hold a `Day`; a test compares them with the schemas."""

DIRECTORY_STATEMENTS = (Genesis, AgencyRegistered, AgencyRevoked, KeyRegistered, KeyRevoked)
CASE_STATEMENTS = (
    CaseNotified,
    SectionAppended,
    StatementCorrected,
    StatementAnnulled,
    ConsentGiven,
    ConsentWithdrawn,
    WithdrawalAcknowledged,
    IdentificationRequested,
    IdentificationAnswered,
    ReferralOffered,
    ReferralDelivered,
    ReferralOpened,
    ReferralAccepted,
    ReferralRefused,
    ReferralRecalled,
    TransferOffered,
    TransferAccepted,
    TransferRefused,
    TransferRecalled,
    AccessRequested,
    AccessGranted,
    AccessFailed,
    SupportRecorded,
    CaseClosed,
)
AGENCY_STATEMENTS = (ActivityRecorded,)
STATEMENTS = DIRECTORY_STATEMENTS + AGENCY_STATEMENTS + CASE_STATEMENTS
BY_TYPE: dict[str, type[Statement]] = {str(cls.__struct_config__.tag): cls for cls in STATEMENTS}


class _Tag(Struct, forbid_unknown_fields=False):
    type: str


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise RefusedError("header_malformed")
    return dict(pairs)


def read(line: bytes) -> Statement:
    """Read one header line, strictly.

    Raises:
        RefusedError: `header_malformed`, `header_too_long`, `type_unknown`, `date_impossible`. The message never
            quotes the input.
    """
    if len(line) > MAX_HEADER:
        raise RefusedError("header_too_long")
    if b"\n" in line or b"\r" in line:
        raise RefusedError("header_malformed")
    try:
        tag = msgspec.json.decode(line, type=_Tag).type
        cls = BY_TYPE.get(tag)
        if cls is None:
            raise RefusedError("type_unknown")
        statement = msgspec.json.decode(line, type=cls, strict=True)
        _refuse_duplicate_keys(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise RefusedError("header_malformed") from None
    check_dates(statement)
    return statement


def _refuse_duplicate_keys(line: bytes) -> None:
    json.loads(line, object_pairs_hook=_no_duplicates)


def write(statement: Statement) -> bytes:
    """Write a header as one line of UTF-8 JSON; called once, before signing."""
    return msgspec.json.encode(statement)


def check_dates(statement: Statement) -> None:
    """Refuse a date that no calendar has (31/02).

    Raises:
        RefusedError: `date_impossible`.
    """
    try:
        minute(statement.occurred)
        for name in DAY_FIELDS:
            day = getattr(statement, name, None)
            if day is not None:
                date.fromisoformat(day)
        for grant in getattr(statement, "grants", ()):
            if grant.until is not None:
                date.fromisoformat(grant.until)
        for paper in getattr(statement, "papers", ()):
            date.fromisoformat(paper.date)
    except ValueError:
        raise RefusedError("date_impossible") from None


def minute(text: str) -> datetime:
    """Read `Minute` text as an aware UTC datetime.

    Raises:
        ValueError: no such minute; 24:00 is none either, whatever the Python.
    """
    return datetime(int(text[:4]), int(text[5:7]), int(text[8:10]), int(text[11:13]), int(text[14:16]), tzinfo=UTC)


def read_facts(kind: type[Statement], facts: Mapping[str, object]) -> dict[str, Any]:
    """Convert header fields from their JSON forms ('rescued', '2024-03-21') to what *kind* holds.

    Raises:
        RefusedError: `fact_wrong`: no such field, or not of its form.
    """
    hints = _hints(kind)
    try:
        return {name: msgspec.convert(value, hints[name]) for name, value in facts.items()}
    except (KeyError, msgspec.ValidationError):
        raise RefusedError("fact_wrong") from None


@cache
def _hints(kind: type[Statement]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)
