"""Provinces, countries and places of residence. Names and codes are data: `places.toml`, with its sources.

A province is given by its code of today: the old provinces were merged whole, so nothing is guessed. A commune is
never guessed: one name stands twice in many merged provinces, and residence stays as written.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from adapters.contract import Fact
from adapters.values.fields import Fields, located
from adapters.values.writing import missing, said
from domain.errors import RefusedError
from domain.folding import fold

MAX_PLACE: Final = 300
"""Characters of a place as written."""

_PREFIX: Final = re.compile(r"^(tinh|thanh pho|tp\.?|t\.) ?")
_BEFORE: Final = re.compile(r" ?\((cu|truoc day|moi)\)$")


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Province by folded name, today's code by any code, country by folded name or code."""
    table = tomllib.loads(files("adapters.values").joinpath("places.toml").read_text("utf-8"))
    names = {fold(name): code for code, spellings in table["provinces"].items() for name in spellings}
    codes = {code: code for code in table["provinces"]} | table["ended"]
    countries = {fold(name): code for code, spellings in table["countries"].items() for name in (code, *spellings)}
    return names, codes, countries


def province(text: str, *, at: str) -> Fact:
    """Today's two-digit code of a province, from a code or a name.

    Raises:
        RefusedError: `value_province_unknown`, `value_province_lost_zero`, or as `writing.said`.
    """
    written = fold(said(text, limit=MAX_PLACE))
    names, codes, _ = _tables()
    if re.fullmatch(r"[0-9]", written):
        raise RefusedError("value_province_lost_zero")
    code = codes.get(written) or names.get(_PREFIX.sub("", _BEFORE.sub("", written)))
    if code is None:
        raise RefusedError("value_province_unknown")
    return Fact(code, text, at)


def province_of(residence: str) -> str | None:
    """Today's code of the province that a residence ends with (after its last comma or dash), if it names one."""
    last = re.split(r",| - | – ", fold(residence[:MAX_PLACE]))[-1].strip(" .")
    return _tables()[0].get(_PREFIX.sub("", _BEFORE.sub("", last)))


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
    code = _tables()[2].get(fold(said(text, limit=MAX_PLACE)))
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
