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

_FROM: Mapping[str, tuple[str, ...]] = {
    "birth": ("birth_year", "minor"),
    "ethnicity": ("ethnic_group",),
    **{name: (name,) for name in ("sex", "nationality", "residence_province")},
}
"""By field of the identity what it decides of the profile."""
_DRAWN = frozenset(drawn for names in _FROM.values() for drawn in names)
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
    """The act with what is new in it alone, beside what the agency itself said in the same section before.

    A value is known where the agency says it itself, or where it says nothing of that field and another does: nobody's
    words are made the agency's own. What only follows from known values is no news: a profile from an identity, a
    commune from a residence.

    Args:
        row: the case on the agency's caseload.
    """
    shown: Mapping[str, Any] = row.content or {}
    sections: dict[Section, Mapping[str, Fact]] = {}
    moved: frozenset[str] = frozenset()  # what follows from the news of the identity
    for section, facts in sorted(act.sections.items(), key=lambda one: one[0] is Section.PROFILE):
        authors = shown.get(section.value, {})
        own = list(_records({name: found for name, found in authors.items() if name == agency.id}))
        others = list(_records({name: found for name, found in authors.items() if name != agency.id}))
        follows: frozenset[str] = frozenset()
        if section is Section.PROFILE:
            follows = _DRAWN - moved
        elif section is Section.IDENTITY:
            follows = _following(facts, [*own, *others], agency)
        news = dict(_news(section, {n: f for n, f in facts.items() if n not in follows}, own, others, agency))
        if section not in RECORD_SECTIONS:
            sections |= {section: facts} if news else {}
            continue
        if section is Section.IDENTITY:
            moved = frozenset(drawn for name in news for drawn in _FROM.get(name, ()))
        gone = moved if section is Section.PROFILE else _placed(news)
        before = own[0] if own else {}
        if news or gone & (before.keys() - facts.keys()):
            kept = {name: facts.get(name) if name in gone else _fact(value) for name, value in before.items()}
            sections[section] = {**{name: fact for name, fact in kept.items() if fact is not None}, **news}
    return replace(act, sections=sections)


def keeping_source(act: Act, row: Row | None, *, agency: str) -> Act:
    """The act with the source of the agency's own profile, where its profile says none: only a notice knows one."""
    profile = act.sections.get(Section.PROFILE)
    if row is None or act.type != "section.appended" or not profile or "source" in profile:
        return act
    for record in _records({agency: (row.content or {}).get(Section.PROFILE.value, {}).get(agency, {})}):
        if "source" in record:
            profile = {**profile, "source": _fact(record["source"])}
    return replace(act, sections={**act.sections, Section.PROFILE: profile})


def _news(
    section: Section, facts: Mapping[str, Fact], own: Sequence[Values], others: Sequence[Values], agency: Agency
) -> Iterator[tuple[str, Fact]]:
    for name, fact in facts.items():
        if section is Section.IDENTITY and name == "papers":
            mine, said = _papers(own), _papers([{name: {"value": fact.value}}])
            if parts := _new_papers(said, mine, _papers(others)):
                yield name, replace(fact, value=_merged(mine, parts, said=said))
        elif not _repeats(section, {name: fact}, own if any(name in record for record in own) else others, agency):
            yield name, fact


def _papers(told: Sequence[Values]) -> list[Mapping[str, Any]]:
    listed = [record["papers"]["value"] for record in told if "papers" in record]
    return [part for one in listed if isinstance(one, list) for part in one if isinstance(part, dict)]


def _new_papers(said: Sequence[Values], own: Sequence[Values], others: Sequence[Values]) -> list[Values]:
    """The papers nobody told of: of a kind the agency tells of itself, those it does not tell of."""
    kinds = {one.get("kind") for one in own}
    return [
        part for part in said if not any(_says(told, part) for told in (own if part.get("kind") in kinds else others))
    ]


def _merged(before: Sequence[Values], parts: Sequence[Values], *, said: Sequence[Values]) -> list[Values]:
    """The agency's papers with new ones: each in the place of the one it was written over, else before all others.

    That is the one of its kind and number, else the first of its kind that the row no longer has: a worklist shows the
    first of each kind alone.
    """
    merged = list(before)
    for part in parts:
        gone = [at for at, one in enumerate(merged) if not any(_says(one, other) for other in said)]
        alike = [at for at in gone if merged[at].get("kind") == part.get("kind")]
        same = [at for at in alike if merged[at].get("number") == part.get("number")]
        if alike:
            merged[(same or alike)[0]] = part
        else:
            merged.insert(0, part)
    return merged


def _following(facts: Mapping[str, Fact], told: Sequence[Values], agency: Agency) -> frozenset[str]:
    """Fields of an identity that follow from its residence, where that is known: the day decides what is read in it."""
    stated = {"residence": facts["residence"]} if "residence" in facts else {}
    if not stated or not _repeats(Section.IDENTITY, stated, told, agency):
        return frozenset()
    said = any("residence_province" in record for record in told)
    return frozenset({"residence_commune"} if said else {"residence_commune", "residence_province"})


def _placed(news: Mapping[str, Fact]) -> frozenset[str]:
    """What a new residence leaves behind of an old one."""
    if "residence" in news:
        return frozenset({"residence_commune", "residence_province"})
    return frozenset({"residence_commune"} if "residence_province" in news else ())


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
