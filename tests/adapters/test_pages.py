"""The pages of the forms say what the adapters read: fields and columns, which are required, keys, the law's form."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import generic, labour_department, women_union
from adapters.border_guard import layout as record
from adapters.contract import Adapter, Draft
from adapters.police import layout as case_file
from adapters.tables.layouts import Column, Layout
from adapters.tables.sheets import fold
from node.forms import ADAPTERS
from tests.adapters import workbooks
from tests.adapters.test_contract import FILES, read
from tests.tree import ROOT, modules

FIELDS = [
    ("police", "Header", case_file.HEADER_FIELDS),
    ("police", "A person", case_file.PERSON_FIELDS),
    ("border_guard", "`BienBanGiaoNhan`", record.HEADER_FIELDS),
    ("border_guard", "`Nguoi`", record.PERSON_FIELDS),
]
READERS = {"at", "fact", "home", "located", "nationality", "need", "text", "_stt"}
RECORDS = {"document", "person", "fields.texts"}
SEARCHED = {"DoMat", "BiHai"}  # a level of secrecy is looked for everywhere, the list of persons is streamed
INSIDE = {"So", "Ngay"}  # of the object BienBanGN
TABLES = [
    ("labour_department", labour_department.LAYOUTS),
    ("women_union", women_union.LAYOUTS),
    ("generic", (generic.LIST,)),
]
KEYED = {
    "police": "(`SoVuAn`, `STT`)",
    "border_guard": "(`so`, `ngay`, `stt`)",
    "labour_department": '`("paper", number folded, ISO date)`',
    "women_union": "`(mã hồ sơ, yyyy-mm, regime)`",
    "generic": '`("book" | source, number)`',
}


def page(agency: str) -> str:
    """The text of a form's page."""
    return (ROOT / "docs" / "forms" / f"{agency}.md").read_text("utf-8")


def rows(text: str) -> Iterator[list[str]]:
    """The rows of the tables in a text, without their heads."""
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if line[:1] == "|"]
    heads = [number - 1 for number, row in enumerate(cells) if set("".join(row)) <= set("-| ")]
    yield from (row for number, row in enumerate(cells) if number not in {*heads, *(head + 1 for head in heads)})


@pytest.mark.parametrize(("agency", "section", "fields"), FIELDS)
def test_fields_are_those_of_the_page(agency: str, section: str, fields: tuple[str, ...]) -> None:
    """A page lists each field the adapter knows, once, and no other."""
    part = page(agency).split(f"## {section}\n")[1].split("\n## ")[0]
    listed = [name for row in rows(part) for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(listed) == sorted(fields)


@pytest.mark.parametrize("agency", ["police", "border_guard"])
def test_fields_are_read(agency: str) -> None:
    """What the adapter's code asks for by name is what its layout declares, but for what is known and of no use."""
    asked = {name for module, text in modules() if module.startswith(f"adapters/{agency}/") for name in _asked(text)}
    declared = {name for one, _, fields in FIELDS if one == agency for name in fields}
    assert asked - INSIDE == declared - SEARCHED - (set(case_file.NOT_READ) if agency == "police" else set())


def _asked(text: str) -> Iterator[str]:
    """Names given to what takes a field's name, and names that records are asked for by `[…]` or `.get(…)`."""
    for node in ast.walk(ast.parse(text)):
        found: list[ast.expr] = []
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in RECORDS:
            found = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = node.func.attr == "get" and ast.unparse(node.func.value) in RECORDS
            found = node.args[:1] if asked else node.args if node.func.attr in READERS else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READERS:
            found = node.args
        yield from (one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str))


@pytest.mark.parametrize(("agency", "layouts"), TABLES)
def test_columns_are_those_of_the_page(agency: str, layouts: tuple[Layout, ...]) -> None:
    """A page lists each column of the form by a header the reader knows, and says where it is required."""
    part = page(agency).split("| column |")[1].split("\n\n")[0]
    listed = [(words, row[1]) for row in rows(f"| column |{part}") for words in row[0].split(" · ")]
    known = {column.key: column for layout in layouts for column in layout.columns}
    found = [(_column(words, known), required) for words, required in listed]
    assert sorted(key for key, _ in found) == sorted(known)
    assert dict(found) == {key: _required(key, layouts) for key in known}


def _column(words: str, known: dict[str, Column]) -> str:
    above, _, own = words.rpartition(": ")
    keys = [
        column.key
        for column in known.values()
        if fold(own) in map(fold, column.words) and (not above or fold(above) in map(fold, column.under))
    ]
    assert len(keys) == 1, words
    return keys[0]


def _required(key: str, layouts: tuple[Layout, ...]) -> str:
    """As the pages write it: everywhere, on one kind of sheet, nowhere."""
    where = [layout.sheet for layout in layouts for column in layout.columns if column.key == key and column.required]
    return "–" if not where else "yes" if len(where) == len(layouts) else f"yes on *{where[0]}*"


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.form.id)
def test_pages_name_form_and_law(adapter: Adapter) -> None:
    """A page gives the form's id, its file endings, the record key, and every law and annex the form stands for."""
    agency = adapter.form.id.partition(".")[0]
    text = page(agency)
    assert f"`{adapter.form.id}`" in text
    assert all(suffix in text or suffix[1:].upper() in text for suffix in adapter.form.suffixes)
    cited = set(re.findall(r"\d+/\d{4}|PL\d", adapter.form.stands_for))
    assert cited
    assert {one for one in cited if one not in text} == set()
    assert f"**Record key**: {KEYED.get(agency, '')}" in text


@pytest.mark.parametrize("agency", KEYED)
def test_record_keys_have_that_many_parts(agency: str, tmp_path: Path) -> None:
    """The drafts of the examples, and of a list with mã hồ sơ, have keys of the parts the page names."""
    parts = KEYED[agency].count(",") + 1
    coded = (women_union.ADAPTER, workbooks.women(tmp_path / "a.xlsx", workbooks.women_rows()))
    keys = [
        item.record_key
        for adapter, file in (*FILES, coded)
        if adapter.form.id.startswith(f"{agency}.")
        for item in read(adapter, file)
        if isinstance(item, Draft) and item.record_key[0] not in {"group", "code"}
    ]
    assert {len(key) for key in keys} == {parts}


def test_every_form_has_its_page() -> None:
    """Pages and adapters are the same set, and docs/forms.md leads to each."""
    overview = (ROOT / "docs" / "forms.md").read_text("utf-8")
    agencies = {adapter.form.id.partition(".")[0] for adapter in ADAPTERS}
    assert {file.stem for file in (ROOT / "docs" / "forms").iterdir()} == agencies >= set(KEYED)
    assert set(re.findall(r"\(forms/(\w+)\.md\)", overview)) == agencies
