"""The log folded once more: what the mechanism says of each entry, and the feeds that come of it.

The same `Mechanism` as the hub's decides and applies; feed numbers follow the rule of `hub/log/appending.py`. Reads
no signature and no body. Cases stay in memory: an audit looks at all of them.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from audit.errors import FindingError
from audit.sources import LogSource
from domain import statements as s
from domain.case import Delivery
from domain.errors import RefusedError
from domain.mechanism import Mechanism
from domain.statements import Statement
from ledger import entry as entries
from ledger.errors import EntryMalformedError
from projections.projector import FeedItem
from sealing.envelope import statement_hash


@dataclass(frozen=True, slots=True)
class Parsed:
    """One entry that could be read: its parts, its statement and that statement's hash."""

    index: int
    entry: entries.Entry
    statement: Statement
    hash: str


def parse(index: int, entry: bytes) -> Parsed:
    """Read one entry and its header, strictly.

    Raises:
        FindingError: `finding_entry_malformed`, `finding_header_refused`.
    """
    try:
        parsed = entries.parse(entry)
    except EntryMalformedError:
        raise FindingError(index, "finding_entry_malformed") from None
    try:
        statement = s.read(parsed.header)
    except RefusedError as error:
        raise FindingError(index, "finding_header_refused", refusal=error.code) from None
    return Parsed(index, parsed, statement, statement_hash(parsed.header))


class Fold:
    """The mechanism and every agency's feed after some entry."""

    def __init__(self) -> None:
        self.mechanism = Mechanism()
        self.feeds: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))  # agency → log indexes
        self._on_feed: defaultdict[str, set[int]] = defaultdict(set)

    def apply(self, one: Parsed) -> Delivery:
        """Fold one entry."""
        delivery = self.mechanism.apply(one.statement, index=one.index, hash=one.hash, recorded=one.entry.recorded)
        for agency in delivery.audience:
            self._put(agency, one.index)
            for earlier in sorted(delivery.backfill.get(agency, ())):
                self._put(agency, earlier)
        return delivery

    def _put(self, agency: str, index: int) -> None:
        if index not in self._on_feed[agency]:
            self._on_feed[agency].add(index)
            self.feeds[agency].append(index)


def feed_of(source: LogSource, agency: str, *, as_of: int | None = None) -> Iterator[FeedItem]:
    """Give one agency's feed as the log makes it, never as the hub keeps it; up to log index `as_of`.

    Raises:
        FindingError: An entry is missing or cannot be read. What is in it is not judged here: verify first.
    """
    fold, seen, number = Fold(), dict[int, Parsed](), 0
    for stored in source.entries():
        if not stored.index or (as_of is not None and stored.index > as_of):
            return
        if stored.index != len(seen) + 1:
            raise FindingError(len(seen) + 1, "finding_index_missing")
        seen[stored.index] = parse(stored.index, stored.entry)
        fold.apply(seen[stored.index])
        for index in fold.feeds[agency][number:]:
            number += 1
            one = seen[index]
            yield FeedItem(
                number=number,
                index=index,
                statement=one.statement,
                hash=one.hash,
                recorded=one.entry.recorded,
            )
