"""What is given to the log and what comes back from it: plain values, bytes as they are stored.

Hashes are 32 raw bytes; times are microseconds since 1970 UTC; log indexes and feed numbers count from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from ledger.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry as the library's domain event: `topic` is the statement's type, never a Python path."""

    originator_id: UUID
    originator_version: int
    topic: str
    entry: bytes


@dataclass(frozen=True, slots=True)
class LockedGrant:
    """One wrapped grant under the hub's outer lock; `hash` is of the wrapped bytes inside."""

    hash: bytes
    locked: bytes
    grantee: str


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One entry to append, with what lies beside it.

    `audience` are the agencies that get a feed number for this entry. `backfill` gives, for an agency of the
    audience, earlier log indexes it has now become entitled to; those it does not have yet follow this entry on its
    feed, in log order.
    """

    originator_id: UUID
    originator_version: int
    type: str
    entry: bytes
    statement_id: str
    statement_hash: bytes
    author: str
    kid: str
    bodies: Mapping[bytes, bytes] = field(default_factory=dict)
    attached: tuple[bytes, ...] = ()  # hashes of uploaded files that it names
    grants: tuple[LockedGrant, ...] = ()
    audience: tuple[str, ...] = ()
    backfill: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """One entry at its place in the log."""

    index: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry at its place on one agency's feed."""

    number: int
    index: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """Where a statement already stands: what its receipt says, and the hub's signature over that by its key `kid`."""

    hash: bytes
    index: int
    leaf: bytes
    recorded: int
    kid: str | None = None
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """One locked grant as it lies beside the log."""

    locked: bytes
    index: int
    grantee: str
    originator_id: UUID


@dataclass(frozen=True, slots=True)
class Refusal:
    """One signed refusal; `code` is a stable code, `signature` is by the hub's key `kid`."""

    agency: str
    statement_id: str
    statement_hash: bytes
    code: str
    recorded: int
    kid: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One uploaded file; `hash` (hex) and `length` are of its sealed bytes."""

    hash: str
    agency: str
    length: int
    received: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many files, of how many bytes."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far one partition of a Kafka topic was taken in: the position after the last message."""

    topic: str
    partition: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A message of a Kafka topic that was no submission; `hash` is of its value, `agency` whom to tell if known."""

    topic: str
    partition: int
    position: int
    code: str
    hash: bytes
    agency: str | None = None
    statement_id: str | None = None
