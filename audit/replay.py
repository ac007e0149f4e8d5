"""Rebuilding one agency's views from the first entry with the live code, and comparing them with those it keeps.

The feed is computed from the log, not read from the hub's table; contents open with the agency's own key store and
what it was granted. The result is personal data: it stays in memory, and a comparison names rows, never values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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
    """One row that is not as the log makes it. *missing* is from what is kept, *extra* in it, *changed* in both.

    *past_day*: it may be what it was, but holds what has run out since the views were last kept; nobody has run the
    node that would close it.
    """

    view: str
    key: str
    kind: Literal["missing", "extra", "changed", "past_day"]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Views made anew from the log, and what of the kept ones cannot be like them.

    moved: cases and activities of which an entry later than the one rebuilt to is on the feed.
    past_day: cases in which something ran out after the kept views were last looked after.
    """

    rows: MemoryRows
    moved: frozenset[str]
    past_day: frozenset[str]

    def differences(self, kept: Rows) -> list[Difference]:
        """Compare with the views an agency keeps, row by row, in order of view and key; leaves out what has moved."""
        return [
            replace(one, kind="past_day") if one.kind == "changed" and case in self.past_day else one
            for case, one in compare(self.rows, kept)
            if case not in self.moved and one.key not in self.moved
        ]


def replay(
    source: LogSource,
    *,
    agency: str,
    keystore: GrantOpener,
    materials: Materials,
    tag_key: bytes,
    day: str = "",
    as_of: int | None = None,
    position: int | None = None,
    kept_day: str = "",
) -> Rebuilt:
    """Rebuild an agency's views.

    Args:
        day: The day (Viet Nam) they are to be looked at: what has run out by then is closed. That of each case's
            newest entry by default.
        as_of: Last log index to take in; all by default.
        position: Last feed number to take in: how far the kept views have come, if they are to be compared.
        kept_day: The day the kept views were last looked after.

    Raises:
        FindingError: An entry is missing or cannot be read. Verify says what else is wrong.
        SourceUnavailableError: The log cannot be read.
    """
    rows = MemoryRows()
    opening = Opening(agency=agency, keystore=keystore, materials=materials)
    projector = Projector(rows=rows, opening=opening, tag_key=tag_key)
    for page in _pages(islice(feed_of(source, agency, as_of=as_of), position)):
        projector.apply(page)
    projector.turn(kept_day)
    past_day = projector.turn(day)
    later = [] if as_of is None else islice(feed_of(source, agency), projector.number, position)
    moved = frozenset(getattr(item.statement, "case", item.statement.id) for item in later)
    return Rebuilt(rows, moved, past_day)


def compare(rebuilt: Rows, kept: Rows) -> list[tuple[str | None, Difference]]:
    """Compare two sets of views row by row, in order of view and key; each difference with its case."""
    found: list[tuple[str | None, Difference]] = []
    for view in sorted({*rebuilt.views(), *kept.views()}):
        expected = {row.key: row for row in rebuilt.all(view)}
        found += sorted(_compare_view(view, expected, kept), key=lambda one: one[1].key)
    return found


def _compare_view(view: str, expected: dict[str, Row], kept: Rows) -> Iterator[tuple[str | None, Difference]]:
    missing = set(expected)
    try:
        for row in kept.all(view):
            missing.discard(row.key)
            if row.key not in expected:
                yield row.case, Difference(view, row.key, "extra")
            elif _line(row) != _line(expected[row.key]):
                yield expected[row.key].case, Difference(view, row.key, "changed")
        yield from ((expected[key].case, Difference(view, key, "missing")) for key in missing)
    except CannotOpenError:
        # A sealed column was changed. `all` stops there, so what it did not reach is looked at one by one.
        for key in missing:
            yield from _compare_row(view, expected[key], kept)


def _compare_row(view: str, expected: Row, kept: Rows) -> Iterator[tuple[str | None, Difference]]:
    try:
        row = kept.get(view, expected.key)
    except CannotOpenError:
        yield expected.case, Difference(view, expected.key, "changed")
        return
    if row is None:
        yield expected.case, Difference(view, expected.key, "missing")
    elif _line(row) != _line(expected):
        yield expected.case, Difference(view, expected.key, "changed")


def _line(row: Row) -> str:
    return canonical({"case": row.case, "facts": row.facts, "content": row.content})


def _pages(items: Iterable[FeedItem]) -> Iterator[list[FeedItem]]:
    feed = iter(items)
    while page := list(islice(feed, PAGE)):
        yield page
