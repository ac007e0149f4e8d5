"""Where an audit reads a log from: the port, and its body in memory. `audit.postgres` has the one on a database.

A source hands out what is stored and judges nothing. All it gives in its life is of one moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, Self


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry and the columns it is found by. Hashes are 32 raw bytes, `recorded` is in µs since 1970 UTC.

    `index` is 0 for an event that stands in a stream but not in the log; its columns are then empty. `topic` is the
    type as the stream has it, `stream` the stream's UUID in hex, `version` the entry's number there. The receipt that
    the hub keeps with it is named by `receipt_kid` and `receipt_sig`, both empty where none is kept.
    """

    index: int
    entry: bytes
    leaf: bytes
    statement_id: str
    statement_hash: bytes
    author: str
    kid: str
    type: str
    recorded: int
    topic: str
    stream: str
    version: int
    receipt_kid: str = ""
    receipt_sig: bytes = b""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One number of one agency's feed."""

    agency: str
    number: int
    index: int


@dataclass(frozen=True, slots=True)
class StoredBody:
    """One sealed section or card beside the entry `index`; `hash` is what it is filed under."""

    hash: bytes
    body: bytes
    index: int


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """One locked grant beside the entry `index`: not its bytes, only how many. `stream` as in `StoredEntry`."""

    hash: bytes
    length: int
    grantee: str
    stream: str
    index: int


@dataclass(frozen=True, slots=True)
class StoredPiece:
    """One piece of a sealed file; `hash` is what the file is filed under, `length` what it is said to have."""

    hash: bytes
    length: int
    piece: bytes


@dataclass(frozen=True, slots=True)
class AttachedRow:
    """One entry that is kept as naming a file."""

    hash: bytes
    index: int


class LogSource(Protocol):
    """A log as it is stored, with what lies beside it. Everything is streamed."""

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Entries with an index above `after` in log order; after them the events that stand nowhere in the log."""

    def feeds(self) -> Iterator[FeedRow]:
        """All feed rows, by agency and number."""

    def bodies(self) -> Iterator[StoredBody]:
        """All bodies, by entry and hash."""

    def grants(self) -> Iterator[StoredGrant]:
        """All grants, by entry and hash."""

    def pieces(self) -> Iterator[StoredPiece]:
        """All files in their pieces, by hash, each in its order; a file without a piece has one of no bytes."""

    def attached(self) -> Iterator[AttachedRow]:
        """Which entries name which files, by entry and hash."""


@dataclass(slots=True)
class MemoryLogSource:
    """A log in memory: for tests and for small logs taken along. Lists may be changed, as a tamperer would."""

    stored_entries: list[StoredEntry]
    stored_feeds: list[FeedRow]
    stored_bodies: list[StoredBody]
    stored_grants: list[StoredGrant]
    stored_pieces: list[StoredPiece] = field(default_factory=list)
    stored_attached: list[AttachedRow] = field(default_factory=list)

    @classmethod
    def copy_of(cls, source: LogSource) -> Self:
        """Take a copy of another source."""
        return cls(
            list(source.entries()),
            list(source.feeds()),
            list(source.bodies()),
            list(source.grants()),
            list(source.pieces()),
            list(source.attached()),
        )

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """See `LogSource`."""
        kept = (one for one in self.stored_entries if one.index > after or not one.index)
        return iter(sorted(kept, key=lambda one: (not one.index, one.index)))

    def feeds(self) -> Iterator[FeedRow]:
        """See `LogSource`."""
        return iter(sorted(self.stored_feeds, key=lambda row: (row.agency, row.number)))

    def bodies(self) -> Iterator[StoredBody]:
        """See `LogSource`."""
        return iter(sorted(self.stored_bodies, key=lambda row: (row.index, row.hash)))

    def grants(self) -> Iterator[StoredGrant]:
        """See `LogSource`."""
        return iter(sorted(self.stored_grants, key=lambda row: (row.index, row.hash)))

    def pieces(self) -> Iterator[StoredPiece]:
        """See `LogSource`."""
        return iter(sorted(self.stored_pieces, key=lambda row: row.hash))

    def attached(self) -> Iterator[AttachedRow]:
        """See `LogSource`."""
        return iter(sorted(self.stored_attached, key=lambda row: (row.index, row.hash)))
