"""What an agency knows by its feed: entries in order, and the mechanism as it stood before one of them."""

from __future__ import annotations

from collections.abc import Iterable

from domain import statements as s
from domain.mechanism import Mechanism
from ledger import entry as entries
from node.hub_client import FeedLine, HubClient
from sealing.envelope import statement_hash

PAGE = 500


def followed(hub: HubClient) -> list[FeedLine]:
    """The whole feed of an agency.

    Raises:
        HubUnavailableError, HubAnswerError.
    """
    lines: list[FeedLine] = []
    while page := hub.feed(lines[-1].number if lines else 0, limit=PAGE):
        lines += page
    return lines


def mechanism_of(lines: Iterable[FeedLine], *, before: str | None = None) -> Mechanism:
    """What the entries make, up to the statement of an id."""
    made = Mechanism()
    for line in lines:
        entry = entries.parse(line.entry)
        statement = s.read(entry.header)
        if statement.id == before:
            break
        made.apply(statement, index=line.index, hash=statement_hash(entry.header), recorded=entry.recorded)
    return made
