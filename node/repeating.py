"""What a row only repeats of what is known: a worklist sent back is not news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.contract import Act, Fact
from domain.directory import Agency
from domain.places import province_of
from domain.statements import RECORD_SECTIONS, Section
from node.quarantine import plain
from projections.rows import Row

_DRAWN = frozenset({"birth_year", "minor", "ethnic_group", "sex", "nationality", "residence_province"})
"""Fields of the profile that follow from the identity."""
Values = Mapping[str, Any]
"""Fields of one record: `{value, written, at}` by name."""


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
        if agency.id in shown.get(section.value, {})
        or not _repeats(section, facts, list(_records(shown.get(section.value, {}))), agency)
    }
    return replace(act, sections=sections)


def added(act: Act, row: Row, *, agency: Agency) -> Act:
    """The act without the sections that say nothing new, the others with the rest of the agency's own record.

    A value is known where the agency says it itself, or where it says nothing of that field and another does. What only
    follows from known values is no news: a profile from an identity, a commune from a residence.

    Args:
        row: the case on the agency's caseload.
    """
    shown: Mapping[str, Any] = row.content or {}
    sections: dict[Section, Mapping[str, Fact]] = {}
    for section, facts in sorted(act.sections.items(), key=lambda one: one[0] is Section.PROFILE):
        authors = shown.get(section.value, {})
        own = list(_records({name: found for name, found in authors.items() if name == agency.id}))
        others = list(_records({name: found for name, found in authors.items() if name != agency.id}))
        follows = _DRAWN if section is Section.PROFILE and Section.IDENTITY not in sections else frozenset()
        if section is Section.IDENTITY:
            follows = _following(facts, [*own, *others], agency)
        said = {name: fact for name, fact in facts.items() if name not in follows}
        by_own = {name: fact for name, fact in said.items() if any(name in record for record in own)}
        by_others = {name: fact for name, fact in said.items() if name not in by_own}
        if not (_repeats(section, by_own, own, agency) and _repeats(section, by_others, others, agency)):
            before = own[0] if own and section in RECORD_SECTIONS else {}
            sections[section] = {**{name: _fact(value) for name, value in before.items()}, **facts}
    return replace(act, sections=sections)


def _following(facts: Mapping[str, Fact], told: Sequence[Values], agency: Agency) -> frozenset[str]:
    """Fields of an identity that follow from its residence, where that is known: the day decides what is read in it."""
    stated = {"residence": facts["residence"]} if "residence" in facts else {}
    if not stated or not _repeats(Section.IDENTITY, stated, told, agency):
        return frozenset()
    said = any("residence_province" in record for record in told)
    return frozenset({"residence_commune"} if said else {"residence_commune", "residence_province"})


def _fact(value: Values) -> Fact:
    return Fact(value["value"], str(value.get("written", value["value"])), str(value.get("at", "")))


def _repeats(section: Section, facts: Mapping[str, Fact], told: Sequence[Values], agency: Agency) -> bool:
    for name, fact in facts.items():
        values = [record[name]["value"] for record in told if name in record]
        if section is Section.PROFILE and name == "residence" and agency.place is not None:
            # Inside or outside is seen from the author's own province; the province itself is the same for all.
            here = province_of(agency.place)
            provinces = [record["residence_province"]["value"] for record in told if "residence_province" in record]
            values = ["inside" if province == here else "outside" for province in provinces]
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
