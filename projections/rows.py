"""Where views are kept: rows by (view, key), with facts in the clear and content sealed at rest.

`Rows` is the port; `MemoryRows` is the body for rebuilds and tests, `projections.postgres.PostgresRows` the one on
disk. `dump` writes either as the same lines, so that a rebuilt view can be compared with the kept one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Facts = Mapping[str, Any]
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a view. `content` is None where nothing personal belongs to it, or nothing could be opened."""

    view: str
    key: str
    case: str | None
    facts: Facts
    content: Content | None = None


class Rows(Protocol):
    """Keeps the rows of one agency's views, and how far they follow its feed."""

    def position(self) -> int:
        """The feed number up to which the rows are true; 0 when empty."""

    def day(self) -> str:
        """The day (Viet Nam, ISO) up to which what runs out by date was closed; empty before the first."""

    def write(self, rows: Iterable[Row], *, position: int, day: str | None = None) -> None:
        """Put rows (a later one with the same view and key replaces), position and day, together or not at all."""

    def get(self, view: str, key: str) -> Row | None:
        """One row, its content opened."""

    def all(self, view: str) -> Iterator[Row]:
        """All rows of a view in key order, contents opened."""

    def tagged(self, view: str, tags: Collection[str]) -> Iterator[Row]:
        """The rows of a view, in key order, whose facts have one of these `tags`."""

    def views(self) -> tuple[str, ...]:
        """Names of the views that have rows, sorted."""


class MemoryRows:
    """Rows in memory, contents in the clear: for a rebuild that is thrown away, and for tests."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._position = 0
        self._day = ""

    def position(self) -> int:
        """See `Rows`."""
        return self._position

    def day(self) -> str:
        """See `Rows`."""
        return self._day

    def write(self, rows: Iterable[Row], *, position: int, day: str | None = None) -> None:
        """See `Rows`."""
        for row in rows:
            self._rows[row.view, row.key] = row
        self._position = position
        self._day = self._day if day is None else day

    def get(self, view: str, key: str) -> Row | None:
        """See `Rows`."""
        return self._rows.get((view, key))

    def all(self, view: str) -> Iterator[Row]:
        """See `Rows`."""
        return iter([row for (name, _), row in sorted(self._rows.items()) if name == view])

    def tagged(self, view: str, tags: Collection[str]) -> Iterator[Row]:
        """See `Rows`."""
        wanted = frozenset(tags)
        return (row for row in self.all(view) if not wanted.isdisjoint(row.facts["tags"]))

    def views(self) -> tuple[str, ...]:
        """See `Rows`."""
        return tuple(sorted({view for view, _ in self._rows}))


def canonical(value: object) -> str:
    """Canonical JSON: sorted names, no spaces, UTF-8 as it is."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def dump(rows: Rows) -> Iterator[str]:
    """All rows in primary-key order as lines of canonical JSON, contents opened. Holds personal data."""
    for view in rows.views():
        for row in rows.all(view):
            yield canonical(
                {"view": row.view, "key": row.key, "case": row.case, "facts": row.facts, "content": row.content}
            )
