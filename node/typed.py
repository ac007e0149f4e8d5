"""What an officer typed, as a statement takes it: facts that were said, words and fields to be sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.contents import FIELDS
from domain.errors import RefusedError
from domain.statements import Section
from node.papers import Contents


def words(message: str) -> Contents:
    """The words of an offer or a refusal."""
    return {Section.MESSAGE: {"values": {"text": typed(message)}}}


def typed(value: object) -> dict[str, object]:
    """A value an officer typed: what is written is what was meant."""
    return {"value": value}


def said(**facts: str | None) -> dict[str, str]:
    """Only what was said."""
    return {name: value for name, value in facts.items() if value is not None}


def sections_of(names: Sequence[str]) -> list[Section]:
    """Sections by name.

    Raises:
        RefusedError: `fact_wrong`: there is none of a name.
    """
    try:
        return [Section(name) for name in names]
    except ValueError:
        raise RefusedError("fact_wrong") from None


def written(section: str, values: Mapping[str, Any]) -> Contents:
    """What an officer typed into one section.

    Raises:
        RefusedError: `fact_wrong`: a field that the section has not, or none.
    """
    (found,) = sections_of([section])
    if not values or not values.keys() <= FIELDS[found].keys():
        raise RefusedError("fact_wrong")
    return {found: {"values": {name: typed(value) for name, value in values.items()}}}
