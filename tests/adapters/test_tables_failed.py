"""Cells whose formula failed, or whose program stored no result: never read as blank. Everything is made up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from adapters.contract import Draft, Item, Returned
from adapters.generic.adapter import LISTED
from adapters.generic.templates import write_template
from adapters.labour_department import ADAPTER as LABOUR
from adapters.labour_department import LAYOUTS
from adapters.tables.answered import answered_path, write_answered
from adapters.women_union import ADAPTER as WOMEN
from tests.adapters import workbooks

TODAY = date(2026, 11, 2)
FIRST = 8  # the first person's row, as a person counts


def answers(items: list[Item]) -> list[tuple[int, str | None, str | None]]:
    """Row, column and reason of each; None for what was taken."""
    return [
        (one.where.row, one.where.column, one.reason) if isinstance(one, Returned) else (one.where.row, None, None)
        for one in items
        if isinstance(one, Draft | Returned) and one.where.sheet != "Tự trở về"
    ]


def labour(tmp_path: Path, **cells: str) -> Path:
    """A Labour department's workbook with formulas written into some cells, of which no program stored a result."""
    file = workbooks.labour(tmp_path / "danh-sach.xlsx")
    book = openpyxl.load_workbook(file)
    for address, text in cells.items():
        cell = book.worksheets[0][address]
        cell.value = text
        if text.startswith("#"):
            cell.data_type = "e"
    book.save(file)
    return file


@pytest.mark.parametrize(("cell", "text"), [("C8", "#N/A"), ("H8", "#REF!"), ("K8", "=500*2"), ("O8", "#VALUE!")])
def test_a_failed_formula_is_returned_with_its_cell(tmp_path: Path, cell: str, text: str) -> None:
    """In a name, a home, an amount and a note: blank would say less than the office saw."""
    file = labour(tmp_path, **{cell: text})
    found = answers(list(LABOUR.read(file, today=TODAY)))
    assert found[0] == (FIRST, cell[0], "value_formula_failed")
    assert [reason for _, _, reason in found[1:]] == [None] * 3


def test_a_formula_with_its_result_is_read_and_a_count_of_rows_may_fail(tmp_path: Path) -> None:
    """A stored result is what the office saw; the running number is nobody's word."""
    file = tmp_path / "co-ket-qua.xlsx"

    def also(book: xlsxwriter.Workbook) -> None:
        page = book.worksheets()[0]
        page.write_formula("C8", '=PROPER("lò thị mây")', None, "Lò Thị Mây")
        page.write_formula("K8", "=500*2", None, 1000)
        page.write_formula("A8", "=#REF!+1", None, "#REF!")

    workbooks.labour(file, also=also)
    found = list(LABOUR.read(file, today=TODAY))
    assert [reason for _, _, reason in answers(found)] == [None] * 4


def test_formulas_drawn_down_beside_the_list_return_nobody(tmp_path: Path) -> None:
    """Over a group's heading, into blank rows, under a header the form does not know or under none."""
    drawn = {f"R{row}": "#N/A" for row in range(8, 30)} | {f"F{row}": "#N/A" for row in (7, 11)}
    found = list(LABOUR.read(labour(tmp_path, P5="Tuổi", P11="#VALUE!", **drawn), today=TODAY))
    assert [reason for _, _, reason in answers(found)] == [None] * 4
    plain = list(LABOUR.read(workbooks.labour(tmp_path / "nhu-cu.xlsx"), today=TODAY))
    assert [one for one in found if isinstance(one, Draft)] == [one for one in plain if isinstance(one, Draft)]


def test_a_row_of_nothing_but_failed_formulas_is_returned(tmp_path: Path) -> None:
    """Somebody's name may have been linked there from another file."""
    found = answers(list(LABOUR.read(labour(tmp_path, C9="#REF!", D9="#REF!", H9="#REF!"), today=TODAY)))
    assert found[1] == (9, "C", "value_formula_failed")


def test_the_answered_sheet_sent_back_unmended_is_returned_again(tmp_path: Path) -> None:
    """The cell keeps a word for it, so that nobody's blank is taken on the second day."""
    file = labour(tmp_path, O8="#N/A", K9="=1+1")
    again = answered_path(file)
    write_answered(file, LAYOUTS, {}, to=again)
    reasons = [reason for _, _, reason in answers(list(LABOUR.read(again, today=TODAY)))]
    assert reasons == ["value_formula_failed", "value_formula_failed", None, None]


def test_a_failed_formula_in_a_csv_is_returned(tmp_path: Path) -> None:
    """There it is text, as its program wrote it."""
    rows = workbooks.women_rows()
    rows[0][8] = "#N/A"
    file = tmp_path / "ho-tro.csv"
    file.write_text(workbooks.women_csv(rows), "utf-8")
    first = next(iter(WOMEN.read(file, today=TODAY)))
    assert isinstance(first, Returned)
    assert (first.reason, first.where.column) == ("value_formula_failed", "I")


def test_a_failed_formula_in_the_generic_list_is_returned(tmp_path: Path) -> None:
    """In the list as in the form for one person."""
    file = tmp_path / "danh-sach.xlsx"
    write_template(file, "list")
    book = openpyxl.load_workbook(file)
    page = book.worksheets[0]
    header = next(row for row in page.iter_rows() if row[0].value == "STT")
    columns = {str(cell.value): cell.column for cell in header}
    filled = {"Số hồ sơ tại cơ quan (*)": "05/2026", "Ngày tiếp nhận (*)": "02/11/2026", "Họ và tên": "=A1"}
    for label, text in {**filled, "Diện tiếp nhận": "trình báo tại xã"}.items():
        page.cell(header[0].row + 2, columns[label], text)
    book.save(file)
    (found,) = (one for one in LISTED.read(file, today=TODAY) if isinstance(one, Draft | Returned))
    assert isinstance(found, Returned)
    assert found.reason == "value_formula_failed"
