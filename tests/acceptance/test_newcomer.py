"""A newcomer mends the three wrong rows of `examples/` and sees them taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.acceptance.looking import Seen
from tests.acceptance.newcomer import AGENCIES, EXAMPLES, MARKED, PROPOSED
from tests.acceptance.newcomer import WRONG as WRONG_ROW

pytestmark = pytest.mark.timeout(300)
WRONG = [
    ("vu-an-07.json", None, 3, "NgaySinh", "value_date_impossible"),
    ("danh-sach-ho-tro-2024.xlsx", "Nạn nhân qua vụ án", 10, "I", "value_phone_lost_zero"),
    ("ho-tro-thang-4-2024.csv", None, 6, "D", "row_legacy_font"),
]


@pytest.fixture(scope="session")
def met(seen: Seen) -> dict[str, Any]:
    """What the newcomer met."""
    return seen.newcomer


def rows(answers: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row of some answers with the name of its file."""
    for answer in answers.values():
        for file in answer["files"]:
            yield from ((file["name"], row) for row in file["rows"])


def test_three_rows_are_wrong_in_all(met: dict[str, Any]) -> None:
    """Every file is taken but for three rows, each with its place and reason; nothing waits, nothing was there before.

    The one row that is as before stands in both templates: upright and in the list.
    """
    found = list(rows(met["first"]))
    wrong = [
        (name, row["sheet"], row["row"], row["column"], row["reason"])
        for name, row in found
        if row["outcome"] == "to_mend"
    ]
    assert wrong == WRONG
    assert {name for name, _ in found} == {file.name for form in AGENCIES for file in (EXAMPLES / form).iterdir()}
    assert Counter(row["outcome"] for _, row in found) == {"new": len(found) - 4, "to_mend": 3, "same": 1}
    statuses = {folder: answer["status"] for folder, answer in met["first"].items()}
    assert statuses == {"police": 1, "border_guard": 0, "labour_department": 1, "women_union": 1, "generic": 0}


def test_mended_and_sent_back_whole_they_are_taken(met: dict[str, Any]) -> None:
    """Of each file sent back the mended row is new and every other one as before; nothing is left to mend."""
    first = dict(Counter(name for name, _ in rows(met["first"])))
    for (name, sheet, row, *_), (sent, answer) in zip(WRONG, met["again"].items(), strict=True):
        taken = [one for one in answer["files"][0]["rows"] if one["outcome"] == "new"]
        assert [(one["sheet"], one["row"]) for one in taken] == [(sheet, row)], sent
        assert Counter(one["outcome"] for one in answer["files"][0]["rows"]) == {"new": 1, "same": first[name] - 1}
        assert answer["status"] == 0
    assert met["waiting"] == []


def test_labour_joins_the_police_s_case(met: dict[str, Any]) -> None:
    """The mended row of the Labour department has the mã hồ sơ of the police's second victim of case 08."""
    codes = {(name, row["row"]): row["code"] for name, row in rows(met["first"])}
    (mended,) = [row["code"] for name, row in rows(met["again"]) if row["outcome"] == "new" and row["sheet"]]
    assert mended == codes["vu-an-08.json", 2]
    assert None not in {code for (name, _), code in codes.items() if name == "vu-an-08.json"}


def test_an_answered_sheet_answered_anew_has_its_columns_once(met: dict[str, Any]) -> None:
    """What was answered before is not given back beside what is answered now."""
    workbook, text = (answer["files"][0]["answers"] for name, answer in met["again"].items() if "tra-loi" in name)
    folder = Path(met["folder"]) / "sua"
    page = openpyxl.load_workbook(folder / workbook).worksheets[0]
    told = [str(cell.value) for line in page.iter_rows() for cell in line]
    for cells in (told, (folder / text).read_text("utf-8-sig").replace("\n", ";").split(";")):
        assert (cells.count(MARKED), cells.count(PROPOSED)) == (1, 0)
        assert [cell for cell in cells if WRONG_ROW in cell] == []


def test_xml_is_mended_in_the_file_itself(met: dict[str, Any]) -> None:
    """The report names person, field and reason; the same record with another day is taken, the others as before."""
    wrong, mended = met["record"]
    last = wrong["files"][0]["rows"][2]
    assert (last["outcome"], last["row"], last["column"]) == ("to_mend", 3, "NgaySinh")
    assert "answers" not in wrong["files"][0]
    assert [row["outcome"] for row in mended["files"][0]["rows"]] == ["same", "same", "new"]
    assert (wrong["status"], mended["status"]) == (1, 0)


def test_the_page_names_these_rows() -> None:
    """examples/README.md names the three rows in both languages, and no other file as wrong."""
    vietnamese, english = (EXAMPLES / "README.md").read_text("utf-8").split("\n## In English\n")
    for text, row, column in ((vietnamese, "dòng", "cột"), (english, "row", "column")):
        table = [line for line in text.splitlines() if line.startswith("| `")]
        assert [re.findall(r"/([\w.-]+)`", line)[0] for line in table] == [name for name, *_ in WRONG]
        for line, (_, _, number, at, _) in zip(table, WRONG, strict=True):
            assert at in line
            assert f"{row} {number}, {column} {at}" in line or number == 3
