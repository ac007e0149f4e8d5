"""The next page of an agency's feed: what was kept before a stop first, then what the hub has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from domain import statements as s
from domain.errors import RefusedError
from domain.statements import Statement
from ledger import entry as entries
from ledger.errors import LedgerError
from node.errors import HubAnswerError
from node.hub_client import FeedLine
from node.store import Store
from projections.projector import FeedItem
from sealing.envelope import statement_hash

PAGE = 500  # feed entries folded in one transaction


class Source(Protocol):
    """Where a feed comes from: the hub over HTTP, or the way over Kafka."""

    def feed(self, after: int, *, limit: int) -> Sequence[FeedLine]:
        """The next entries.

        Raises:
            HubUnavailableError, HubAnswerError.
        """


def next_page(store: Store, source: Source, *, after: int) -> list[FeedItem]:
    """The entries that follow a feed number. Those from the source are kept verbatim before they are given.

    Raises:
        HubUnavailableError: the hub is away.
        HubAnswerError: the feed has a gap, or an entry that is none.
    """
    kept = store.feed(after=after, limit=PAGE)
    lines = kept or source.feed(after, limit=PAGE)
    if [line.number for line in lines] != list(range(after + 1, after + 1 + len(lines))):
        raise HubAnswerError("the feed has a gap")
    try:
        items = [feed_item(line) for line in lines]
    except (LedgerError, RefusedError):
        raise HubAnswerError("the feed has an entry that cannot be read") from None
    if not kept:
        store.put_feed(lines)
    return items


def written(store: Store, *, position: int) -> Iterator[FeedItem]:
    """The kept entries whose rows are written: those up to a position."""
    number = 0
    while page := store.feed(after=number, limit=PAGE):
        for line in page:
            number = line.number
            if number > position:
                return
            yield feed_item(line)


def feed_item(line: FeedLine) -> FeedItem:
    """Read one line of the feed: the entry strictly, then its header."""
    entry = entries.parse(line.entry)
    statement: Statement = s.read(entry.header)
    return FeedItem(
        number=line.number,
        index=line.index,
        statement=statement,
        hash=statement_hash(entry.header),
        recorded=entry.recorded,
    )
