"""Rebuilding one agency's views from the first entry with the live code, and comparing them with those it keeps.

The feed is computed from the log, not read from the hub's table; contents open with the agency's own key store and
what it was granted. The result is personal data: it stays in memory, and a comparison names rows, never values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from audit.folding import feed_of
from audit.sources import LogSource
from projections.opening import Materials, Opening
from projections.projector import FeedItem, Projector
from projections.rows import MemoryRows, Row, Rows, canonical
from sealing.errors import CannotOpenError
from sealing.grants import GrantOpener

PAGE = 500  # feed entries folded at once


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not as the log makes it. *missing* is from what is kept, *extra* in it, *changed* in both."""

    view: str
    key: str
    kind: Literal["missing", "extra", "changed"]


def replay(
    source: LogSource,
    *,
    agency: str,
    keystore: GrantOpener,
    materials: Materials,
    tag_key: bytes,
    as_of: int | None = None,
    position: int | None = None,
) -> MemoryRows:
    """Rebuild an agency's views.

    Args:
        as_of: Last log index to take in; all by default.
        position: Last feed number to take in: how far the kept views have come, if they are to be compared.

    Raises:
        FindingError: An entry is missing or cannot be read. Verify says what else is wrong.
        SourceUnavailableError: The log cannot be read.
    """
    rows = MemoryRows()
    opening = Opening(agency=agency, keystore=keystore, materials=materials)
    projector = Projector(rows=rows, opening=opening, tag_key=tag_key)
    for page in _pages(islice(feed_of(source, agency, as_of=as_of), position)):
        projector.apply(page)
    return rows


def compare(rebuilt: Rows, kept: Rows) -> list[Difference]:
    """Compare two sets of views row by row, in order of view and key."""
    found: list[Difference] = []
    for view in sorted({*rebuilt.views(), *kept.views()}):
        expected = {row.key: row for row in rebuilt.all(view)}
        found += sorted(_compare_view(view, expected, kept), key=lambda one: one.key)
    return found


def _compare_view(view: str, expected: dict[str, Row], kept: Rows) -> Iterator[Difference]:
    missing = set(expected)
    try:
        for row in kept.all(view):
            missing.discard(row.key)
            if row.key not in expected:
                yield Difference(view, row.key, "extra")
            elif _line(row) != _line(expected[row.key]):
                yield Difference(view, row.key, "changed")
        yield from (Difference(view, key, "missing") for key in missing)
    except CannotOpenError:
        # A sealed column was changed. `all` stops there, so what it did not reach is looked at one by one.
        for key in missing:
            yield from _compare_row(view, expected[key], kept)


def _compare_row(view: str, expected: Row, kept: Rows) -> Iterator[Difference]:
    try:
        row = kept.get(view, expected.key)
    except CannotOpenError:
        yield Difference(view, expected.key, "changed")
        return
    if row is None:
        yield Difference(view, expected.key, "missing")
    elif _line(row) != _line(expected):
        yield Difference(view, expected.key, "changed")


def _line(row: Row) -> str:
    return canonical({"case": row.case, "facts": row.facts, "content": row.content})


def _pages(items: Iterable[FeedItem]) -> Iterator[list[FeedItem]]:
    feed = iter(items)
    while page := list(islice(feed, PAGE)):
        yield page
