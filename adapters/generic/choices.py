"""What the lists of the templates offer: words of the rules' code lists, and names of groups, provinces, countries."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from adapters.contract import Fact
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.rules import current
from domain.statements import Pathway
from domain.wording import Language, say

MAX_WORD: Final = 120
"""Characters of a chosen word."""

Words = Mapping[Language, str]
Choices = Mapping[str, Words]
"""Code → its words."""


def _said(of: str, codes: tuple[str, ...]) -> Choices:
    return {code: {"vi": say(f"word_{of}_{code}", "vi"), "en": say(f"word_{of}_{code}", "en")} for code in codes}


def _listed(name: str) -> Choices:
    return {code: {"vi": words["vi"], "en": words["en"]} for code, words in current().lists[name].items()}


def _names(file: str, table: str) -> tuple[str, ...]:
    """The first spelling of each name in a table of `adapters.values`; the code itself where the names are the keys."""
    names = tomllib.loads(files("adapters.values").joinpath(file).read_text("utf-8"))[table]
    return tuple(name if table == "ethnicities" else spellings[0] for name, spellings in names.items())


PATHWAY: Final = _said("pathway", tuple(pathway.value for pathway in Pathway))
STATUS: Final = _said("status", ("suspected", "not_yet_rescued", "in_identification"))
CHANNEL: Final = _listed("channel")
OLD_CHANNELS: Final = frozenset(CHANNEL.keys() - current().offered("channel").keys())
"""Read, and no longer offered."""
RECEIVED: Final = _listed("received")
EXPLOITATION: Final = _listed("exploitation")
ISSUER: Final = _listed("issuer")
REGIME: Final = _listed("regime")
SEX: Final[Choices] = {"f": {"vi": "nữ", "en": "female"}, "m": {"vi": "nam", "en": "male"}}
PAPER: Final[Choices] = {
    "cccd": {"vi": "căn cước, căn cước công dân", "en": "citizen's identity card"},
    "cmnd": {"vi": "chứng minh nhân dân", "en": "old identity card"},
    "passport": {"vi": "hộ chiếu", "en": "passport"},
    "travel_paper": {"vi": "giấy thông hành", "en": "travel paper"},
    "identity_certificate": {"vi": "giấy chứng nhận căn cước", "en": "identity certificate"},
    "birth_certificate": {"vi": "giấy khai sinh", "en": "birth certificate"},
}
ETHNICITIES: Final = _names("people.toml", "ethnicities")
PROVINCES: Final = _names("places.toml", "provinces")
COUNTRIES: Final = _names("places.toml", "countries")


def chosen(text: str, *, at: str, choices: Choices) -> Fact:
    """The code of a word that the list offers, in either language, or of the code itself.

    Raises:
        RefusedError: `row_code_unknown`, or as `writing.said`.
    """
    word = _same(said(text, limit=MAX_WORD))
    for code, words in choices.items():
        if word in {code, _same(words["vi"]), _same(words["en"])}:
            return Fact(code, text, at)
    raise RefusedError("row_code_unknown")


def _same(word: str) -> str:
    return " ".join(word.casefold().split())
