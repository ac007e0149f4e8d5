"""What a row only repeats of what other agencies shared: a worklist sent back is not news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.contract import Act, Fact
from domain.directory import Agency
from domain.statements import Section
from node.quarantine import plain
from projections.rows import Row


def without_repeated(act: Act, row: Row, *, agency: Agency) -> Act:
    """The act without the sections whose every value others have shared with this agency.

    Where it has a record of its own, what it says now counts.

    Args:
        row: the case on the agency's caseload.
    """
    shown: Mapping[str, Any] = row.content or {}
    sections = {
        section: facts
        for section, facts in act.sections.items()
        if agency.id in shown.get(section.value, {}) or not _repeats(section, facts, shown, agency)
    }
    return replace(act, sections=sections)


def _repeats(section: Section, facts: Mapping[str, Fact], shown: Mapping[str, Any], agency: Agency) -> bool:
    told = list(_records(shown.get(section.value, {})))
    for name, fact in facts.items():
        values = [record[name]["value"] for record in told if name in record]
        if section is Section.PROFILE and name == "residence":
            # Inside or outside is seen from the author's own province; the province itself is the same for all.
            provinces = [record["residence_province"]["value"] for record in told if "residence_province" in record]
            values = ["inside" if province == agency.place else "outside" for province in provinces]
        if not _among(plain(fact.value), values):
            return False
    return True


def _records(authors: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for found in authors.values():
        for record in found if isinstance(found, list) else [found]:
            yield record.get("values", {})


def _among(value: object, told: Sequence[object]) -> bool:
    """Whether a value was told; of a list each part, of a part (a paper) all that is said of it."""
    if not isinstance(value, list):
        return value in told
    parts = [part for one in told if isinstance(one, list) for part in one]
    return all(any(_says(other, part) for other in parts) for part in value)


def _says(told: object, part: object) -> bool:
    if isinstance(told, dict) and isinstance(part, dict):
        return part.items() <= told.items()
    return told == part
