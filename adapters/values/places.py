"""Provinces, countries and places of residence. Names and codes are data: `places.toml`, with its sources.

A province is given by its code of today: the old provinces were merged whole, so nothing is guessed. The commune in a
residence is read by `communes`; the residence itself stays as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from adapters.contract import Fact
from adapters.values.fields import Fields, located
from adapters.values.maps import table
from adapters.values.writing import missing, said
from domain.errors import RefusedError
from domain.folding import fold
from domain.places import List, communes, districts

MAX_PLACE: Final = 300
"""Characters of a place as written."""

_PREFIX: Final = re.compile(r"^(tinh|thanh pho|tp\.?|t\.) ?")
_BEFORE: Final = re.compile(r" ?\((cu|truoc day|moi)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provinces:
    """What `places.toml` says: `today` and `before` are codes by folded name, `now` is today's code by any code.

    names: what each code of today, or of before, is called: by list and code.
    """

    today: Mapping[str, str]
    before: Mapping[str, str]
    now: Mapping[str, str]
    names: Mapping[tuple[List, str], str]


@cache
def provinces() -> Provinces:
    """The provinces of both lists."""
    listed = table("places.toml")
    before = {fold(one["name"]): code for code, one in listed["before"].items()}
    today = {fold(name): code for code, names in listed["provinces"].items() for name in names}
    for written, name in listed["spellings"].items():
        before[fold(written)] = before[fold(name)]
        today[fold(written)] = today[fold(name)]
    now = {code: one["now"] for code, one in listed["before"].items()}
    names = {(List.TODAY, code): spellings[0] for code, spellings in listed["provinces"].items()}
    names |= {(List.BEFORE, code): one["name"] for code, one in listed["before"].items()}
    return Provinces(today=today, before=before, now=now, names=names)


@cache
def _countries() -> Mapping[str, str]:
    """Country by folded name or code."""
    return {
        fold(name): code for code, spellings in table("places.toml")["countries"].items() for name in (code, *spellings)
    }


def province(text: str, *, at: str) -> Fact:
    """Today's two-digit code of a province, from a code or a name.

    Raises:
        RefusedError: `value_province_unknown`, `value_province_lost_zero`, or as `writing.said`.
    """
    written = fold(said(text, limit=MAX_PLACE))
    if re.fullmatch(r"[0-9]", written):
        raise RefusedError("value_province_lost_zero")
    code = provinces().now.get(written) or provinces().today.get(province_name(written))
    if code is None:
        raise RefusedError("value_province_unknown")
    return Fact(code, text, at)


def province_name(folded: str) -> str:
    """A province's bare name: without tỉnh, thành phố and (cũ)."""
    return _PREFIX.sub("", _BEFORE.sub("", folded))


def province_of(residence: str) -> str | None:
    """Today's code of the province that a residence ends with (after its last comma or dash), if it names one."""
    named = parts(residence[:MAX_PLACE])
    return provinces().today.get(province_name(fold(named[-1]))) if named else None


def parts(residence: str) -> list[str]:
    """The parts of an address, by its commas and dashes; a name with a dash (Bà Rịa - Vũng Tàu) is one."""
    found: list[str] = []
    for part in re.split("[,;]", residence.replace("–", "-")):
        folded = fold(part)
        found += [part] if any(name in folded for name in _dashed()) else part.split(" - ")
    return [bare for part in found if (bare := part.strip(" ."))]


@cache
def _dashed() -> frozenset[str]:
    """The names of places with a dash in them, folded."""
    names = {name for names in table("places.toml")["provinces"].values() for name in names} | set(
        table("places.toml")["spellings"]
    )
    listed = {one.name for one in districts().values()} | {one.name for of in List for one in communes(of).values()}
    bare = {re.sub("^(Xã|Phường|Thành phố) ", "", name) for name in listed}
    return frozenset(fold(name) for name in names | bare if " - " in name)


def residence(text: str, *, at: str) -> Fact:
    """A place of residence, as written.

    Raises:
        RefusedError: as `writing.said`.
    """
    return Fact(said(text, limit=MAX_PLACE), text, at)


def country(text: str, *, at: str) -> Fact:
    """ISO 3166-1 alpha-2 code of a country or nationality, or 'unknown' where the file says it is not known.

    Raises:
        RefusedError: `value_country_unknown`, or as `writing.said`.
    """
    if missing(text) in {"not_known", "not_asked", "declined"}:
        return Fact("unknown", text, at)
    code = _countries().get(fold(said(text, limit=MAX_PLACE)))
    if code is None:
        raise RefusedError("value_country_unknown")
    return Fact(code, text, at)


def home(fields: Fields, declared: str, written: str) -> Fact | None:
    """Province of residence: the field that declares it, else the province that the written residence ends with.

    Raises:
        RefusedError: as `province`, with the field as `column`.
    """
    found = fields.fact(declared, province)
    if found is not None:
        return found
    text = fields.text(written)
    code = None if text is None else province_of(text)
    return None if code is None or text is None else Fact(code, text, fields.at(written))


def nationality(fields: Fields, name: str) -> Fact | None:
    """A field with a country; "chưa xác định" is a nationality that is known to be unknown, so it is not left out.

    Raises:
        RefusedError: as `country`, with the field as `column`.
    """
    text = fields.texts.get(name, "")
    return located(name, country, text, at=fields.at(name)) if text.strip() else None
