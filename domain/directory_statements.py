"""Statements about who is there: agencies, their keys, and what an agency did that is nobody's case."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from domain.header import AgencyKind, KeyUse, Statement
from domain.ids import (
    AgencyId,
    Code,
    Day,
    Hash,
    KeyId,
    PlaceCode,
    PublicKey,
    StatementId,
)


class Genesis(Statement, frozen=True, kw_only=True, tag="genesis"):
    """The first entry: the registrar's signing key, pinned in every settings and auditor's key file."""

    log: Hash
    public: PublicKey


class AgencyRegistered(Statement, frozen=True, kw_only=True, tag="agency.registered"):
    """An agency joins; `card` is the hash of its public card (dated names), which lies beside the entry."""

    agency: AgencyId
    kind: AgencyKind
    place: PlaceCode | None = None
    parent: AgencyId | None = None
    succeeds: tuple[AgencyId, ...] = ()
    card: Hash


class AgencyRevoked(Statement, frozen=True, kw_only=True, tag="agency.revoked"):
    """An agency leaves; its old signatures stay valid history."""

    agency: AgencyId
    reason: Code


class KeyRegistered(Statement, frozen=True, kw_only=True, tag="key.registered"):
    """A public key of an agency, valid from the entry that carries this statement."""

    agency: AgencyId
    key: KeyId
    use: KeyUse
    suite: Literal["ed25519", "x25519", "mlkem768x25519"]
    public: PublicKey


class KeyRevoked(Statement, frozen=True, kw_only=True, tag="key.revoked"):
    """A key ends at this position; what it signed before stays valid."""

    agency: AgencyId
    key: KeyId
    reason: Code


class ActivityRecorded(Statement, frozen=True, kw_only=True, tag="activity.recorded"):
    """Group activity of an agency (sinh hoạt nhóm, tuyên truyền): counted heads, nobody's case, nobody's name."""

    activity: Code
    day: Day
    place: PlaceCode | None = None
    headcount: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    replaces: StatementId | None = None
