"""What every adapter promises, run on each of them with the example file of its form."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Act, Adapter, Draft, Item, Returned, Where
from domain.contents import FIELDS
from domain.errors import RefusedError
from domain.statements import BY_TYPE, AgencyKind, Section, read_facts
from node.forms import ADAPTERS
from tests.attacks import canary


def marked_row(to: Path) -> Iterator[Path]:
    """A case file with a row that bears a secret mark."""
    yield canary.written(to / "marked.json", canary.police_document("80/CN", [canary.victim(1, DoMat="Mật")]))


CODES = ["HS-23456-789AR"]
BROKEN: dict[AgencyKind | None, Callable[[Path], Iterator[Path]]] = {
    AgencyKind.POLICE: lambda to: chain(canary.police_files(to), marked_row(to)),
    AgencyKind.BORDER_GUARD: canary.border_files,
    AgencyKind.LABOUR: lambda to: canary.labour_files(to, CODES),
    AgencyKind.WOMEN_UNION: lambda to: canary.women_files(to, CODES),
    None: canary.generic_files,
}
"""Files in which every field is wrong in some row, for each kind of agency."""
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
    if file.suffix in adapter.form.suffixes and (adapter.form.kind is not None or adapter.reads(file))
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
    """Of the adapters an agency may use exactly one knows the file; of all of them, where the form is for anybody."""
    kind = adapter.form.kind
    assert adapter.reads(file)
    assert [adapter] == [one for one in ADAPTERS if (kind is None or one.form.kind in {kind, None}) and one.reads(file)]


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
def test_a_returned_row_carries_what_was_written(adapter: Adapter, tmp_path: Path) -> None:
    """Every row to mend: whole, for the quarantine, and in no `repr`; nothing where it bears a secret mark.

    The files carry one text after another in each of their fields, so that each is wrong in some row.
    """
    returned = []
    for file in BROKEN[adapter.form.kind](tmp_path):
        with contextlib.suppress(RefusedError):  # as a whole: no rows of it
            returned += [item for item in read(adapter, file) if isinstance(item, Returned)]
    open_: list[Returned] = []
    secret: list[Returned] = []
    for item in returned:
        (secret if item.reason == "row_secret_marked" else open_).append(item)
    assert len({item.reason for item in open_}) > 3
    for item in open_:
        assert all(isinstance(text, str) for pair in item.content.items() for text in pair)
        assert any(mark in text for text in item.content.values() for mark in (canary.NAME, canary.CITIZEN, "1999"))
        assert canary.NAME not in repr(replace(item, where=Where(row=1)))  # a sheet may be named after a person
        assert item.record_key is None or all(item.record_key)
    assert all((item.content, item.record_key, item.where.column) == ({}, None, None) for item in secret)
    assert bool(secret) is (adapter.form.kind is AgencyKind.POLICE)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=named)
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"{", b"<a", b"PK\x03\x04"], ids=repr)
def test_what_is_no_file_of_its_form_is_refused_by_code(adapter: Adapter, content: bytes, tmp_path: Path) -> None:
    """Nothing but `RefusedError` with a `file_…` code comes out."""
    file = tmp_path / f"x{adapter.form.suffixes[0]}"
    file.write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        read(adapter, file)
    assert refused.value.code.startswith("file_")


@pytest.mark.parametrize("adapter", ADAPTERS, ids=named)
def test_a_large_file_is_not_read(adapter: Adapter, tmp_path: Path) -> None:
    """A file of more than 200 MB is refused by its size, whatever its ending."""
    for suffix in adapter.form.suffixes:
        file = tmp_path / f"large{suffix}"
        with file.open("wb") as opened:
            opened.truncate(200 * 1024 * 1024 + 1)
        with pytest.raises(RefusedError, match="file_too_large"):
            read(adapter, file)


@pytest.mark.parametrize(("adapter", "file"), [one for one in FILES if one[1].suffix != ".xlsx"], ids=named)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), cut=st.integers(0, 400), place=st.integers(0, 1500))
def test_any_bytes_are_read_or_refused(
    adapter: Adapter, file: Path, tmp_path: Path, *, content: bytes, cut: int, place: int
) -> None:
    """Bytes out of nowhere, and the example with a piece cut out or overwritten; no refusal holds more than names."""
    example, broken = file.read_bytes(), tmp_path / file.name
    for text in (content, example[:place] + content + example[place + cut :], example[:place]):
        broken.write_bytes(text)
        try:
            read(adapter, broken)
        except RefusedError as error:
            assert error.code.startswith("file_")
            assert error.params.keys() <= {"field", "header", "sheet"}
