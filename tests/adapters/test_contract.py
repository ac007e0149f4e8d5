"""What every adapter promises, run on each of them with the example file of its form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from adapters.contract import Act, Adapter, Draft, Item
from domain.contents import FIELDS
from domain.errors import RefusedError
from domain.statements import BY_TYPE, Section, read_facts
from node.forms import ADAPTERS

EXAMPLES = Path(__file__).parents[2] / "examples"
TODAY = date(2026, 11, 22)
IMPORTABLE = {
    "case.notified",
    "section.appended",
    "identification.answered",
    "support.recorded",
    "activity.recorded",
}
"""What a file may lead to. Consent is not among it."""

FILES = [
    (adapter, file)
    for adapter in ADAPTERS
    for file in sorted((EXAMPLES / adapter.form.id.partition(".")[0]).iterdir())
    if file.suffix in adapter.form.suffixes
]


def named(value: object) -> str:
    """A readable name of a parameter."""
    return value.name if isinstance(value, Path) else value.form.id if hasattr(value, "form") else str(value)


def read(adapter: Adapter, file: Path) -> list[Item]:
    """Everything an adapter yields of a file."""
    return list(adapter.read(file, today=TODAY))


def acts(adapter: Adapter, file: Path) -> Iterator[Act]:
    """Every act of every draft."""
    for item in read(adapter, file):
        if isinstance(item, Draft):
            yield from item.acts


def test_every_adapter_has_an_example() -> None:
    """No form is left out, and each id names a version."""
    assert {adapter.form.id for adapter in ADAPTERS} == {adapter.form.id for adapter, _ in FILES}
    assert all(adapter.form.id.rpartition("/")[2].isdigit() for adapter in ADAPTERS)


@pytest.mark.parametrize(("adapter", "file"), FILES, ids=named)
def test_it_knows_its_own_form_only(adapter: Adapter, file: Path) -> None:
    """Exactly one adapter of the kind of agency knows the file."""
    assert adapter.reads(file)
    assert [adapter] == [one for one in ADAPTERS if one.form.kind is adapter.form.kind and one.reads(file)]


@pytest.mark.parametrize(("adapter", "file"), FILES, ids=named)
def test_acts_are_statements_that_a_file_may_lead_to(adapter: Adapter, file: Path) -> None:
    """Types are importable, facts are those of the type, sections hold only known fields with their cell."""
    found = list(acts(adapter, file))
    assert found
    for act in found:
        assert act.type in IMPORTABLE
        read_facts(BY_TYPE[act.type], act.facts)
        for section, values in act.sections.items():
            assert values.keys() <= FIELDS[section].keys()
            # Codes for statistics may follow from the form itself, which is no cell.
            assert section is Section.PROFILE or all(fact.at for fact in values.values())


@pytest.mark.parametrize(("adapter", "file"), FILES, ids=named)
def test_twice_is_the_same(adapter: Adapter, file: Path) -> None:
    """The same file read again gives the same items; record keys tell the rows apart."""
    first = read(adapter, file)
    keys = [item.record_key for item in first if isinstance(item, Draft)]
    assert first == read(adapter, file)
    assert len(set(keys)) == len(keys)
    assert all(keys)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=named)
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"{", b"<a", b"PK\x03\x04"], ids=repr)
def test_what_is_no_file_of_its_form_is_refused_by_code(adapter: Adapter, content: bytes, tmp_path: Path) -> None:
    """Nothing but `RefusedError` with a `file_…` code comes out."""
    file = tmp_path / f"x{adapter.form.suffixes[0]}"
    file.write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        read(adapter, file)
    assert refused.value.code.startswith("file_")
