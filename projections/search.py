"""Search by name or number in what is open to this agency: keyed tags in a row of each case, and a second look.

The tags (`domain.matching`) are HMACs under the node's own key, 16 bytes each: a stolen view tells nothing, and no two
nodes have the same. They are made of what is open and made anew with it, so what runs out is found no more. People look
at what was found: no name joins a row to a case, or two cases to one.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.matching import Key, keys, number_key
from domain.statements import Section
from projections.casefile import CaseFile
from projections.rows import Content, Row

TAG: Final = 16
"""Bytes of a tag (crypto.md §4.3)."""
MAX_NAMES: Final = 100
"""Names and numbers of one case that can be searched for: what another agency sealed may have any size."""


def search_row(file: CaseFile, *, tag_key: bytes) -> Row:
    """Keyed tags of the names and numbers of one case that are open to this agency."""
    content = file.sections()
    wanted = {key for name in names(content) for key in keys(name).values()}
    wanted |= {key for number in numbers(content) if (key := number_key(number))}
    tags = sorted(search_tag(key, tag_key=tag_key) for key in wanted)
    return Row(view="search", key=file.case.id, case=file.case.id, facts={"tags": tags})


def search_tag(key: str, *, tag_key: bytes) -> str:
    """HMAC-SHA-256 of a key of `domain.matching` under the node's tag key, its first 16 bytes, hex."""
    return hmac.digest(tag_key, f"search|{key}".encode(), "sha256")[:TAG].hex()


def tags_of(text: str, *, tag_key: bytes) -> frozenset[str]:
    """The tags by which a text is looked up; none where it has no word."""
    number = number_key(text)
    wanted = [*keys(text).values(), *([number] if number else [])]
    return frozenset(search_tag(key, tag_key=tag_key) for key in wanted)


def nearest(text: str, content: Content) -> tuple[str, str] | None:
    """How near what is open of a case comes to the text: ('number' | a `Key`'s value, what it found), or None."""
    number = number_key(text)
    if number is not None:
        found = next((one for one in numbers(content) if number_key(one) == number), None)
        if found is not None:
            return "number", found
    asked, open_ = keys(text), [(name, keys(name)) for name in names(content)]
    for key in Key:
        for name, had in open_:
            if key in asked and had.get(key) == asked[key]:
                return key.value, name
    return None


def names(content: Content) -> Iterator[str]:
    """The names of the person, of whatever author, as far as they are text."""
    for values in _records(content, Section.IDENTITY):
        yield from _texts([_value(values, "full_name"), *_list(values, "other_names")])


def numbers(content: Content) -> Iterator[str]:
    """The numbers of the person's papers and phones."""
    for section, field in ((Section.IDENTITY, "papers"), (Section.CONTACT, "phones")):
        for values in _records(content, section):
            yield from _texts([one.get("number") for one in _list(values, field) if isinstance(one, dict)])


def _records(content: Content, section: Section) -> Iterator[Mapping[str, Any]]:
    authors = content.get(section.value, {})
    for record in authors.values():
        values = record.get("values") if isinstance(record, dict) else None
        if isinstance(values, dict):
            yield values


def _value(values: Mapping[str, Any], field: str) -> object:
    fact = values.get(field)
    return fact.get("value") if isinstance(fact, dict) else None


def _list(values: Mapping[str, Any], field: str) -> list[object]:
    value = _value(values, field)
    return value[:MAX_NAMES] if isinstance(value, list) else []


def _texts(found: list[object]) -> Iterator[str]:
    return (one[:200] for one in found if isinstance(one, str))
