"""A person's own paper beside what the row says of sex and birth: another person's number is never taken.

The mother's CCCD on her child's row is the usual case. The kind may stand before the number: ``CCCD 014199001234``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from adapters.contract import Fact
from adapters.values.papers import MAX_PAPER, disagrees, identity_paper, paper_kind
from adapters.values.writing import said
from domain.errors import RefusedError

_KIND_FIRST: Final = re.compile(r"(?P<kind>[^0-9:]+?)[ :]*(?:số)?[ :]*(?P<number>[A-Za-z]{0,3}[0-9][0-9A-Za-z .]*)")
_LOST: Final = 11
"""Digits of a CCCD without its leading zero."""


def own_paper(text: str, *, at: str, kind: str | None, identity: Mapping[str, Fact]) -> Fact:
    """The paper as `{kind, number}`; `identity` has the row's `sex` and `birth`, where they are known.

    Raises:
        RefusedError: `row_paper_disagrees`; `value_paper_…`.
    """
    sex = str(identity["sex"].value) if "sex" in identity else None
    born = identity["birth"].value if "birth" in identity else None
    year = born.get("year") if isinstance(born, dict) and "calendar" not in born else None
    number = text
    found = _KIND_FIRST.fullmatch(said(text, limit=MAX_PAPER)) if kind is None else None
    if found is not None and len(found["kind"]) > 1 and not re.fullmatch("[A-Za-z]{1,3}", found["kind"]):
        kind, number = paper_kind(found["kind"]), found["number"]
    paper = identity_paper(number, at=at, kind=kind, sex=sex, year=year)
    value = paper.value if isinstance(paper.value, dict) else {}
    if value.get("kind") == "cccd" and disagrees(value["number"], sex=sex, year=year):
        raise RefusedError("row_paper_disagrees")
    return Fact(value, text, at)


def completed(text: str) -> bool:
    """Tell of a number that was taken whether it was written without its leading zero: its sender is asked to check."""
    return len(re.sub(r"[^0-9]", "", text)) == _LOST and re.search(r"[0-9]\D*[A-Za-z]", text) is None
