"""A worklist's row of the generic list: what is known, in words the form reads as the same, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Draft, Item, Returned
from adapters.generic import ADAPTERS
from adapters.generic.filled import filled
from adapters.generic.templates import template
from domain.contents import FIELDS
from domain.statements import Section
from tests.adapters import generic_records as made

TODAY = date(2026, 11, 22)
ON = date(2026, 11, 5)
CODE = "HS-23456-789AR"
_, LISTED, _ = ADAPTERS


def row(told: Mapping[Section, Mapping[str, Any]]) -> dict[str, str]:
    return filled(told, code=CODE, on=ON, today=TODAY)


def read(to: Path, *rows: Mapping[str, str]) -> list[Item]:
    to.write_bytes(template("list", filled=rows))
    return [item for item in LISTED.read(to, today=TODAY) if isinstance(item, Draft | Returned)]


def known(draft: Draft) -> dict[Section, dict[str, Any]]:
    """All that a draft says of a person, as it is kept."""
    return {
        section: {name: fact.value for name, fact in facts.items()}
        for act in draft.acts for section, facts in act.sections.items() if section is not Section.SUPPORT
    }  # fmt: skip


@pytest.mark.parametrize("record", made.RECORDS, ids=lambda record: record["number"])
def test_what_was_told_is_filled_in_and_read_as_the_same(record: dict[str, str], tmp_path: Path) -> None:
    """Nhân thân and liên hệ whole, destination and purpose of the profile; account and health stay open."""
    if "with_number" in record:
        record = {**record, "with_number": ""}
    (first,) = read(tmp_path / "a.xlsx", record)
    assert isinstance(first, Draft)
    told = known(first)
    (again,) = read(tmp_path / "b.xlsx", row(told))
    assert isinstance(again, Draft)
    assert (again.code, again.record_key) == (CODE, ("book", "code", CODE))
    (act,) = again.acts
    assert (act.name, act.type, act.adds) == ("more", "section.appended", True)
    said = known(again)
    for section in (Section.IDENTITY, Section.CONTACT):
        assert said.get(section, {}) == told.get(section, {})
    assert said[Section.PROFILE].items() <= told[Section.PROFILE].items()
    for name in ("destination", "purpose"):
        assert said[Section.PROFILE].get(name) == told[Section.PROFILE].get(name)
    assert not said.keys() & {Section.ACCOUNT, Section.HEALTH}


@pytest.mark.parametrize(
    ("born", "written"),
    [
        ({"age": 15, "said_on": "2026-11-01"}, "15 tuổi (khai 01/11/2026)"),
        ({"year": 2003, "month": 8}, "08/2003"),
        ({"year": 2003}, "2003"),
        ({"year": 2003, "month": 8, "day": 15, "calendar": "lunar"}, "15/08 ÂL 2003"),
        ({"year": 2003, "month": 2, "day": 31}, None),
        ("mùa xuân", None),
    ],
)
def test_a_birth_is_written_as_far_as_it_is_known(born: object, written: str | None) -> None:
    """No day is invented; what the form would not read is left out."""
    assert row({Section.IDENTITY: {"full_name": "Lò Thị Giả", "birth": born}}).get("birth") == written


def test_what_the_form_returns_is_left_out_and_the_rest_stays() -> None:
    """A place that is ambiguous, a name nobody can read: a worklist's row is never one to be mended."""
    told: dict[Section, dict[str, Any]] = {
        Section.IDENTITY: {"full_name": "Lò Thị Giả", "residence": "xã Tân Thành, tỉnh Tuyên Quang"}
    }
    assert row(told) == {"code": CODE, "reported_on": "05/11/2026", "full_name": "Lò Thị Giả"}
    told[Section.IDENTITY]["full_name"] = "vợ ông P."
    assert row(told) == {"code": CODE, "reported_on": "05/11/2026"}


KEYS = ("kind", "number", "date", "owner", "year", "month", "day", "age", "said_on", "calendar")
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["cccd", "Kinh", "VN", "f"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=6,
)
SHOWN = [
    (section, name) for section in (Section.IDENTITY, Section.CONTACT, Section.PROFILE) for name in FIELDS[section]
]


@settings(max_examples=150, deadline=None)
@given(values=st.dictionaries(st.sampled_from(SHOWN), SHAPES, max_size=8))
def test_whatever_was_typed_a_row_can_be_made(values: dict[tuple[Section, str], Any]) -> None:
    """Fields that officers typed have any shape: what cannot be read back as the same is left out."""
    told: dict[Section, dict[str, Any]] = {}
    for (section, name), value in values.items():
        told.setdefault(section, {})[name] = value
    cells = row(told)
    assert cells["code"] == CODE
    assert row(told) == cells
