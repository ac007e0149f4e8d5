"""The views as they may be looked at today: what has run out by date is left out, though it is still in its row.

`Projector.turn` makes such rows anew, but needs the hub for what stays open; until then this stands between the rows
and whoever looks at them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.statements import Section
from projections.casefile import CaseFile
from projections.papers import VIEW as PAPERS
from projections.papers import papers_left
from projections.projector import Projector
from projections.rows import Row
from projections.views import opened_by


@dataclass(frozen=True, slots=True)
class Current:
    """Reads the rows of a projector. `today` gives the day in Viet Nam."""

    projector: Projector
    agency: str
    today: Callable[[], str]

    def get(self, view: str, key: str) -> Row | None:
        """One row, its content opened."""
        row = self.projector.rows.get(view, key)
        return None if row is None else self._shown(row)

    def all(self, view: str) -> Iterator[Row]:
        """All rows of a view in key order, contents opened."""
        return (self._shown(row) for row in self.projector.rows.all(view))

    def _shown(self, row: Row) -> Row:
        file = self.projector.files.get(row.case or "")
        day = self.today()
        if row.content is None or file is None or not file.turns(after=self.projector.day_of(file), by=day):
            return row
        held = _held(file, self.agency, day)
        if row.view == "inbox":
            words = [text for text in row.content["words"] if Section.MESSAGE.value in held.get(text["index"], ())]
            return replace(row, content={"words": words} if words else None)
        if row.view == PAPERS:
            return replace(row, content=papers_left(row, held))
        content = {name: some for name, authors in row.content.items() if (some := left(authors, held, name))}
        facts = row.facts if "open" not in row.facts else {**row.facts, "open": opened_by(content)}
        return replace(row, facts=facts, content=content or None)


def _held(file: CaseFile, agency: str, day: str) -> Mapping[int, set[str]]:
    """The sections of each entry (by log index) that are open to the agency on a day."""
    return {
        entry.index: {
            sealed.section.value for sealed in entry.statement.sealed if file.case.holds(agency, sealed.key, day)
        }
        for entry in file.seen
    }


def left(authors: Mapping[str, Any], held: Mapping[int, set[str]], section: str) -> dict[str, Any]:
    """What is left of one section: author → record or items. What was corrected is open with its correction."""

    def open_(item: Mapping[str, Any]) -> bool:
        entries = [item["index"], *([item["corrected"]["index"]] if "corrected" in item else [])]
        return all(section in held.get(index, ()) for index in entries)

    some: dict[str, Any] = {}
    for author, found in authors.items():
        if isinstance(found, list):
            if items := [item for item in found if open_(item)]:
                some[author] = items
        elif open_(found):
            some[author] = found
    return some
