"""The answered sheet of a report: proposals are read from the office's own file and stand in that sheet alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.tables.workbook import read_workbook
from caunoi.printing import Printer
from caunoi.reporting import files_in, write_answers
from tests.adapters import workbooks

SHEET = "Tháng 3-2024"


def report(reason: str | None) -> dict[str, object]:
    """A report of one row, as the node gives it: place, outcome and code, no value."""
    row = {"sheet": SHEET, "row": 4, "column": "C", "outcome": "to_mend", "reason": reason, "params": {}, "code": None}
    return {"form": "women_union.monthly_support/1", "rows": [row]}


def test_a_proposal_stands_in_the_answered_sheet_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text meant goes from the file to its answered sheet; what is printed names the cell and the reason."""
    rows = workbooks.women_rows()
    rows[0][2] = "ChÞ H\u00f5ng L\u00adêng"
    file = workbooks.women(tmp_path / "a.xlsx", rows)
    to = write_answers(file, report("row_legacy_font"), Printer("vi"))
    assert to is not None
    (sheet,) = read_workbook(to)
    assert sheet.text(2, 10) == "Đề nghị sửa thành"
    assert sheet.text(3, 10) == "C: Chị Hừng Lường"
    assert "phông" in sheet.text(3, 9)
    assert "Lường" not in sheet.text(3, 9)
    assert capsys.readouterr() == ("", "")


def test_other_reasons_read_the_file_once(tmp_path: Path) -> None:
    """Without a row in an old font there is nothing to propose and no column for it."""
    file = workbooks.women(tmp_path / "a.xlsx", workbooks.women_rows())
    to = write_answers(file, report("row_no_case_key"), Printer("vi"))
    assert to is not None
    assert max(len(row) for row in read_workbook(to)[0].rows) == 10


def test_a_folder_gives_its_files_and_nothing_of_ours_or_of_excel(tmp_path: Path) -> None:
    """Hidden files, answered sheets and what Excel lays beside an open workbook are left out."""
    for name in ("b.xlsx", "a.csv", "b.tra-loi.xlsx", "~$b.xlsx", ".c.csv"):
        (tmp_path / name).write_bytes(b"x")
    assert [file.name for file in files_in([tmp_path])] == ["a.csv", "b.xlsx"]
