"""A record that was one person's and now says another: a list renumbered by position, or two rows exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.contract import Draft, Fact
from domain.errors import RefusedError
from domain.folding import fold
from domain.statements import Section
from node.quarantine import plain
from projections.rows import Row

TELLING = ("full_name", "birth", "sex")
"""Facts of an identity that hardly change at once: one is a typing mistake, two are another person."""


def check_same_person(draft: Draft, row: Row | None, *, agency: str) -> None:
    """Refuse a row whose identity is another one than what is known of the case.

    That is this agency's own record; of a row that names its case by the mã hồ sơ also what others shared, where the
    agency says nothing itself.

    Args:
        row: the case on the agency's caseload.

    Raises:
        RefusedError: `row_other_person`: only the office can tell which of them is meant.
    """
    content: Mapping[str, Any] = (row.content if row else None) or {}
    authors = {name: one.get("values", {}) for name, one in content.get(Section.IDENTITY.value, {}).items()}
    own = authors.pop(agency, {})
    shared = [{**other, **own} for other in authors.values()] if draft.code is not None else []
    for act in draft.acts:
        said = act.sections.get(Section.IDENTITY, {})
        if all(sum(_differs(name, said, known) for name in TELLING) > 1 for known in shared or [own]):
            raise RefusedError("row_other_person")


def _differs(name: str, said: Mapping[str, Fact], known: Mapping[str, Any]) -> bool:
    if name not in said or name not in known:
        return False
    now, before = plain(said[name].value), known[name]["value"]
    if isinstance(now, str) and isinstance(before, str):
        return fold(now) != fold(before)
    return bool(now != before)
