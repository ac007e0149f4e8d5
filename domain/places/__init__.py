"""Districts and communes by dated lists: as they were until 30-06-2025, and the 3,321 communes of today.

Today's are those of Decision 19/2025/QĐ-TTg; the district level ended on 01-07-2025. A commune of before names those
it is part of today.

A code means nothing without its list: 00004 was Trúc Bạch and is Ba Đình. Where the lists come from, and how far two
sources agree, says `domain/places/make.py`. Provinces and the ways to write them are in `adapters/values/places.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Final

CHANGED: Final = date(2025, 7, 1)
"""The day from which the list of today is in force."""


class List(Enum):
    """Which list a code is of."""

    BEFORE = "before-2025-07"
    TODAY = "2025-07"


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district (cấp huyện) of before: three digits, "Huyện Mộc Châu", its province's code of before."""

    code: str
    name: str
    province: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """A commune (cấp xã): five digits, "Phường Ba Đình", its province's code of the same list.

    district: of before; None today.
    now: the codes of today it became (part of), sorted; of today, its own; empty where the sources do not agree.
    """

    code: str
    list: List
    name: str
    province: str
    district: District | None
    now: tuple[str, ...]


def in_force(day: date) -> List:
    """The list in force on a day."""
    return List.TODAY if day >= CHANGED else List.BEFORE


@cache
def districts() -> Mapping[str, District]:
    """The districts of before, by code."""
    rows = _rows("districts_before.tsv")
    return {code: District(code=code, name=name, province=province) for code, name, province in rows}


@cache
def communes(of: List) -> Mapping[str, Commune]:
    """The communes of a list, by code."""
    if of is List.TODAY:
        return {
            code: Commune(code=code, list=of, name=name, province=province, district=None, now=(code,))
            for code, name, province in _rows("communes.tsv")
        }
    found = {}
    for code, name, in_, now in _rows("communes_before.tsv"):
        district = districts()[in_]
        became = tuple(now.split())
        found[code] = Commune(code=code, list=of, name=name, province=district.province, district=district, now=became)
    return found


def commune_of(place: str) -> str | None:
    """The commune of today of a place code: itself, or what a commune of before became, if that is one.

    A code of both lists is one of today's (Decision 19/2025).
    """
    if place in communes(List.TODAY):
        return place
    before = communes(List.BEFORE).get(place)
    return before.now[0] if before is not None and len(before.now) == 1 else None


def province_of(place: str) -> str | None:
    """Today's province of a place code: of a province itself; None where the lists do not tell."""
    if len(place) == 2:
        return place
    before = communes(List.BEFORE).get(place)
    now = (place,) if place in communes(List.TODAY) else before.now if before is not None else ()
    # A commune of before may be part of several, which are of one province: provinces were merged whole.
    return communes(List.TODAY)[now[0]].province if now else None


def _rows(name: str) -> Iterator[tuple[str, ...]]:
    lines = files("domain.places").joinpath(name).read_text("utf-8").splitlines()
    return (tuple(line.split("\t")) for line in lines[1:])
