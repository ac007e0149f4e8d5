"""docs/forms.md says of each kind of mess what happens and which test proves it: the tests and the codes are there."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from domain.wording import catalogue
from tests.tree import ROOT

TABLE = (ROOT / "docs" / "forms.md").read_text("utf-8").split("| kind of mess |")[1].split("\n\n")[0]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines()[2:]]
OUTCOMES = re.compile(r"taken|returned|refused|read|judged|told|seen before|answered|never taken")


@cache
def named_in(file: str) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse((ROOT / "tests" / "adapters" / file).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_table_is_read() -> None:
    """The table has its three columns in every row, and no kind of mess stands there twice."""
    assert len(ROWS) > 20
    assert {len(row) for row in ROWS} == {3}
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2].strip("`"))
def test_each_mess_has_its_test(row: list[str]) -> None:
    """A row says what happens, with codes that have words, and names a test that exists."""
    _, happens, test = row
    assert OUTCOMES.search(happens)
    assert {code for code in re.findall(r"`(\w+)`", happens) if code not in catalogue()} == set()
    file, _, name = test.strip("`").partition("::")
    assert name.startswith("test_")
    assert name in named_in(file)
