"""Sex and ethnic group. Ethnic groups are a versioned list (`people.toml`); an unknown spelling is returned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from adapters.contract import Fact
from adapters.values.maps import table
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import spelling

MAX_WORD: Final = 60
"""Characters of one coded word."""
SEX_WORDS: Final[Mapping[str, str]] = {"nam": "m", "nữ": "f", "nu": "f"}


@cache
def _ethnicities() -> dict[str, str]:
    listed = table("people.toml")["ethnicities"]
    return {spelling(written): name for name, others in listed.items() for written in (name, *others)}


def sex(text: str, *, at: str, codes: Mapping[str, str] = SEX_WORDS) -> Fact:
    """'f' or 'm', from words or from codes that the file itself declares; an undeclared code is never guessed.

    Raises:
        RefusedError: `value_sex_unknown`, or as `writing.said`.
    """
    found = codes.get(said(text, limit=MAX_WORD).lower())
    if found not in {"f", "m"}:
        raise RefusedError("value_sex_unknown")
    return Fact(found, text, at)


def ethnicity(text: str, *, at: str) -> Fact:
    """Ethnic group as listed: "H'Mông" and "Mèo" are "Mông".

    Compared with diacritics, without which Thái, Thổ and Tày spellings come too close.

    Raises:
        RefusedError: `value_ethnicity_unknown`, or as `writing.said`.
    """
    written = re.sub("^dân tộc ", "", said(text, limit=MAX_WORD), flags=re.IGNORECASE)
    found = _ethnicities().get(spelling(written))
    if found is None:
        raise RefusedError("value_ethnicity_unknown")
    return Fact(found, text, at)


def ethnic_group(name: str) -> str:
    """Code for statistics: 'kinh' or 'minority'."""
    return "kinh" if name == "Kinh" else "minority"
