"""A row of the list as a worklist gives it: what is known of a person, in words that the form reads as the same.

What cannot be said so is left out: an empty cell of such a row says nothing (see `Act.adds`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from adapters.contract import Where
from adapters.generic.choices import COUNTRIES, EXPLOITATION, PAPER, PROVINCES, SEX
from adapters.generic.papers import PAPERS
from adapters.generic.person import draft_of
from adapters.values import places
from adapters.values.fields import Fields
from adapters.values.maps import table
from domain.errors import RefusedError
from domain.statements import Section

Told = Mapping[Section, Mapping[str, Any]]
"""Normalised values of a person by section and field (`domain.contents`)."""

_TEXTS: Final = (
    *((Section.IDENTITY, name) for name in ("full_name", "ethnicity", "residence")),
    *((Section.CONTACT, name) for name in ("address", "safe_contact", "householder")),
)
_ALWAYS: Final = frozenset({"code", "reported_on"})


def filled(told: Told, *, code: str, on: date, today: date) -> dict[str, str]:
    """The cells of one person's row by field key: mã hồ sơ, day of reception, nhân thân, liên hệ, papers, profile.

    Account, health and what was supported stay open: they are added to, and need not lie in one more file.
    """
    cells = {"code": code, "reported_on": f"{on:%d/%m/%Y}"} | {key: text for key, text in _cells(told) if text}
    values = {**told.get(Section.IDENTITY, {}), **told.get(Section.CONTACT, {})}
    while wrong := _misread(cells, values, today):
        if not wrong <= cells.keys() - _ALWAYS:
            return {key: cells[key] for key in cells.keys() & _ALWAYS}
        cells = {key: text for key, text in cells.items() if key not in wrong}
    return cells


def birth_text(born: object) -> str:
    """A birth in words that the readers of tables read again; '' where nothing is known."""
    if not isinstance(born, Mapping):
        return ""
    if "age" in born:
        said = _day(born.get("said_on"))
        return f"{born['age']} tuổi" + (f" (khai {said})" if said else "")
    parts = [str(born[name]).zfill(2) for name in ("day", "month") if born.get(name)]
    lunar = " ÂL " if born.get("calendar") == "lunar" else "/"
    return "/".join(parts) + (lunar if parts else "") + str(born["year"]) if born.get("year") else ""


def reference(paper: Mapping[str, object]) -> str:
    """A paper as "number, day"; '' without one of them."""
    day = _day(paper.get("date"))
    return f"{paper['number']}, {day}" if day and "number" in paper else ""


def _day(text: object) -> str:
    try:
        return f"{date.fromisoformat(str(text)):%d/%m/%Y}"
    except ValueError:
        return ""


def _misread(cells: Mapping[str, str], values: Mapping[str, Any], today: date) -> set[str]:
    """The cells that the form would refuse, or read as something else than what is told."""
    try:
        draft = draft_of(Fields(cells, ""), where=Where(row=1), key=("",), today=today)
    except RefusedError as error:
        return {str(error.params.get("column"))}
    read = [item for act in draft.acts for facts in act.sections.values() for item in facts.items()]
    return {name for name, fact in read if name in cells and name in values and fact.value != values[name]}


def _cells(told: Told) -> Iterator[tuple[str, str]]:
    identity, contact, profile = (told.get(one, {}) for one in (Section.IDENTITY, Section.CONTACT, Section.PROFILE))
    for section, name in _TEXTS:
        yield name, str(told.get(section, {}).get(name, ""))
    others = identity.get("other_names")
    yield "other_names", "; ".join(map(str, others)) if isinstance(others, list) else ""
    yield "birth", birth_text(identity.get("birth"))
    yield "sex", SEX.get(str(identity.get("sex")), {"vi": ""})["vi"]
    yield "nationality", _names()[0].get(str(identity.get("nationality")), "")
    yield "residence_province", _names()[1].get(str(identity.get("residence_province")), "")
    yield from _papers(_parts(identity.get("papers")))
    numbers = (f"{one.get('number', '')}{_owner(one.get('owner'))}" for one in _parts(contact.get("phones")))
    yield "phones", "; ".join(numbers)
    yield "destination", _names()[0].get(str(profile.get("destination")), "")
    yield "purpose", EXPLOITATION.get(str(profile.get("purpose")), {"vi": ""})["vi"]


def _parts(value: object) -> list[Mapping[str, object]]:
    """A list of objects; whoever typed something else is not read back."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _papers(listed: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    own = next((paper for paper in listed if paper.get("kind") in [*PAPER] and "number" in paper), None)
    if own is not None:
        yield "paper_kind", PAPER[str(own["kind"])]["vi"]
        yield "paper_number", str(own["number"])
    for kind in PAPERS:
        yield kind, next((reference(paper) for paper in listed if paper.get("kind") == kind), "")


def _owner(code: object) -> str:
    spellings = table("phones.toml")["owners"].get(str(code), {}).get("spellings", ())
    return f" ({spellings[0]})" if spellings else ""


@cache
def _names() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Names of countries and provinces by their codes."""
    countries = {str(places.country(name, at="").value): name for name in (*COUNTRIES, "chưa xác định")}
    return countries, {str(places.province(name, at="").value): name for name in PROVINCES}
