"""The answered sheet and the worklist: given back as they were, safe to open, readable by the adapter again."""

from __future__ import annotations

import csv
import stat
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from adapters.contract import Draft, Total
from adapters.labour_department import ADAPTER as LABOUR
from adapters.labour_department import LAYOUTS as LABOUR_LAYOUTS
from adapters.tables.answered import Answers, answered_path, is_answered, write_answered
from adapters.tables.reading import read_sheets
from adapters.tables.workbook import read_workbook
from adapters.tables.worklist import WorklistRow, write_worklist
from adapters.tables.writing import escaped, unescaped
from adapters.women_union import ADAPTER as WOMEN
from adapters.women_union import LAYOUTS as WOMEN_LAYOUTS
from domain.errors import RefusedError
from tests.adapters import workbooks

TODAY = date(2024, 12, 1)
SHEET = "Nạn nhân qua vụ án"


def test_the_answered_workbook_has_all_cells_and_the_answers(tmp_path: Path) -> None:
    """Every cell stands where it stood, merged titles stay merged, the answers stand beside their rows."""
    file = workbooks.labour(tmp_path / "a.xlsx")
    to = answered_path(file)
    write_answered(file, LABOUR_LAYOUTS, {(SHEET, 9): "Dòng 9: ngày không có"}, to=to)

    before, after = read_workbook(file), read_workbook(to)
    assert [s.name for s in after] == [s.name for s in before]
    for old, new in zip(before, after, strict=True):
        assert [row[: len(old.rows[0])] for row in new.rows] == list(old.rows)
        assert set(old.merged) <= set(new.merged)
    assert after[0].text(8, 15) == "Dòng 9: ngày không có"
    assert after[0].text(4, 15) == "Kết quả ghi nhận"


def test_the_answered_workbook_is_read_again_without_the_answers(tmp_path: Path) -> None:
    """Mended and sent back, the sheet gives the same records; our own column is not read."""
    file = workbooks.labour(tmp_path / "a.xlsx")
    to = answered_path(file, "en")
    write_answered(file, LABOUR_LAYOUTS, {(SHEET, 9): "Row 9: taken"}, to=to, language="en")
    assert list(LABOUR.read(to, today=TODAY)) == list(LABOUR.read(file, today=TODAY))


def test_the_row_to_mend_is_marked(tmp_path: Path) -> None:
    """Amber beside the row that was not taken, green beside the others, a red frame round the cell, even an empty one.

    The office's own cells get no colour, so nothing is told of colours when the sheet comes back.
    """
    file = workbooks.labour(tmp_path / "a.xlsx")
    to = answered_path(file)
    answers: dict[tuple[str | None, int], str] = {(SHEET, 8): "Mới", (SHEET, 9): "Cột B: thiếu", (SHEET, 10): "Chờ"}
    wrong: dict[tuple[str | None, int], str | None] = {(SHEET, 9): "B", (SHEET, 10): None}
    write_answered(file, LABOUR_LAYOUTS, answers, to=to, wrong=wrong)
    page = openpyxl.load_workbook(to)[SHEET]
    colours = [page.cell(row, 16).fill.fgColor.rgb[2:] for row in (8, 9, 10)]
    assert colours == ["E2EFDA", "FFD966", "FFD966"]
    framed = [cell.coordinate for line in page.iter_rows() for cell in line if cell.border.left.style == "thick"]
    assert framed == ["B9"]
    assert page["B9"].border.left.color.rgb == "FFC00000"
    assert list(LABOUR.read(to, today=TODAY)) == list(LABOUR.read(file, today=TODAY))


def test_an_answer_is_not_answered_beside_the_last_one(tmp_path: Path) -> None:
    """The answered sheet sent back is answered in the same columns, in a workbook and in a CSV file."""
    workbook, text = workbooks.women(tmp_path / "a.xlsx", workbooks.women_rows()), tmp_path / "a.csv"
    text.write_text(workbooks.women_csv(workbooks.women_rows()), "utf-8", newline="")
    for file, sheet in ((workbook, "Tháng 3-2024"), (text, None)):
        once, twice = answered_path(file), answered_path(answered_path(file))
        write_answered(file, WOMEN_LAYOUTS, {(sheet, 4): "sai"}, to=once, proposals={(sheet, 4): "F: x"})
        write_answered(once, WOMEN_LAYOUTS, {(sheet, 4): "mới"}, to=twice)
        rows = read_sheets(twice, WOMEN_LAYOUTS)[0].rows
        assert max(len(row) for row in rows) == 10
        assert rows[3][9] == "mới"


def test_no_cell_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    """Formulas and addresses in names come back as text, in every cell and in the answers."""
    rows = [["1", "", '=HYPERLINK("http://x")', "http://y", "@SUM(A1)", "+84912345678", "-1", "", ""]]
    file = workbooks.women(tmp_path / "a.xlsx", rows)
    to = answered_path(file)
    write_answered(file, WOMEN_LAYOUTS, {("Tháng 3-2024", 4): "=1+1"}, to=to)
    page = openpyxl.load_workbook(to).active
    cells = [cell for line in page.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert page["C4"].value == '=HYPERLINK("http://x")'
    assert [cell for cell in cells if cell.hyperlink] == []


def test_the_answered_csv_is_safe_to_open_and_read_again(tmp_path: Path) -> None:
    """UTF-8 with BOM, the same delimiter, formula signs escaped; the adapter takes the apostrophe off again."""
    file = tmp_path / "a.csv"
    rows = [["1", workbooks.CODES[0], "Chị H.", "", "thăm hỏi", "tháng 3/2024", "+1 con lợn", "", "=1+1"]]
    file.write_text(workbooks.women_csv(rows), "utf-8", newline="")
    to = answered_path(file)
    write_answered(file, WOMEN_LAYOUTS, {(None, 4): "-đã ghi nhận"}, to=to)

    assert to.read_bytes().startswith(b"\xef\xbb\xbf")
    with to.open(encoding="utf-8-sig", newline="") as stream:
        line = list(csv.reader(stream, delimiter=";"))[3]
    assert line[6:10] == ["'+1 con lợn", "", "'=1+1", "'-đã ghi nhận"]
    assert list(WOMEN.read(to, today=TODAY)) == list(WOMEN.read(file, today=TODAY))


def test_what_we_escape_we_take_back() -> None:
    """Only our own apostrophe is taken off."""
    for cell in ("=1", "+84", "-nt-", "@a", "Chị H'", "'quoted'", ""):
        assert unescaped(escaped(cell)) == cell


def test_answered_files_are_for_their_office_alone(tmp_path: Path) -> None:
    """Mode 0600, nothing left beside it, and known again so that a folder is not taken in twice."""
    file = workbooks.women(tmp_path / "a.xlsx", workbooks.women_rows())
    to = answered_path(file)
    write_answered(file, WOMEN_LAYOUTS, {}, to=to)
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.tra-loi.xlsx", "a.xlsx"]
    assert is_answered(to)
    assert not is_answered(file)


def test_hidden_sheets_stay_hidden(tmp_path: Path) -> None:
    """A hidden sheet is given back hidden."""
    file = workbooks.labour(tmp_path / "a.xlsx", also=lambda book: book.add_worksheet("cũ").hide())
    to = answered_path(file)
    write_answered(file, LABOUR_LAYOUTS, {}, to=to)
    assert [sheet.hidden for sheet in read_workbook(to)] == [False, False, True]


def test_a_secret_file_is_not_copied(tmp_path: Path) -> None:
    """No answered sheet is written of a file with a secret mark."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_string("A1", "TUYỆT MẬT")
    with pytest.raises(RefusedError):
        write_answered(file, LABOUR_LAYOUTS, {}, to=answered_path(file))
    assert not answered_path(file).exists()


def test_the_labour_worklist_is_read_by_its_adapter(tmp_path: Path) -> None:
    """What we print as the office's own sheet its adapter reads: codes, groups, papers, no ticks yet."""
    cells = {"code": workbooks.CODES[0], "full_name": "Lò Thị Mây", "confirmation": "12/GXN-PC02, 21/3/2024"}
    home = {"code": workbooks.CODES[1], "full_name": "Phạm Thị Hạ", "confirmation": "15/GXN-PC02, 02/4/2024"}
    back = {"code": "HS-23456-789AR", "full_name": "Hà Sương", "declaration": "3/TK-UBND, 10/5/2024"}
    to = tmp_path / "w.xlsx"
    cases, returned = LABOUR_LAYOUTS
    rows = [WorklistRow(cells=home, group="inside"), WorklistRow(cells=cells, group="outside")]
    write_worklist(to, [(cases, rows), (returned, [])])

    items = list(LABOUR.read(to, today=TODAY))
    drafts = [item for item in items if isinstance(item, Draft)]
    assert [draft.code for draft in drafts] == [workbooks.CODES[0], workbooks.CODES[1]]
    assert next(draft.record_key for draft in drafts) == ("paper", "12/gxn-pc02", "2024-03-21")
    assert [len(draft.acts) for draft in drafts] == [1, 1]
    assert {(item.written, item.counted) for item in items if isinstance(item, Total)} == {(1, 1)}

    write_worklist(to, [(returned, [WorklistRow(cells=back)])])
    (draft,) = LABOUR.read(to, today=TODAY)
    assert isinstance(draft, Draft)
    assert draft.opens


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_the_women_union_worklist_is_read_by_its_adapter(tmp_path: Path, suffix: str) -> None:
    """The list with mã hồ sơ filled in, as workbook or CSV, is found again with all its headers."""
    to = tmp_path / f"w{suffix}"
    cells = {"code": workbooks.CODES[0], "name": "=Chị H.", "content": "thăm hỏi", "time": "3/2024"}
    write_worklist(to, [(WOMEN_LAYOUTS[0], [WorklistRow(cells=cells)])])
    (draft,) = WOMEN.read(to, today=TODAY)
    assert isinstance(draft, Draft)
    assert draft.record_key == (workbooks.CODES[0], "2024-03", "visit_gift")


def test_a_worklist_with_an_unknown_column_is_a_mistake_of_ours(tmp_path: Path) -> None:
    """Nothing is dropped in silence."""
    with pytest.raises(KeyError):
        write_worklist(tmp_path / "w.xlsx", [(WOMEN_LAYOUTS[0], [WorklistRow(cells={"phone": "x"})])])


def test_proposals_stand_in_a_column_of_their_own(tmp_path: Path) -> None:
    """What to write instead stands beside the answer, escaped as all cells are, and is not read when sent back."""
    book = workbooks.women(tmp_path / "a.xlsx", workbooks.women_rows())
    sheet = "Tháng 3-2024"
    to = answered_path(book)
    answers: Answers = {(sheet, 4): "cột C: chữ gõ bằng phông cũ"}
    proposals: Answers = {(sheet, 4): "C: =Lường"}
    write_answered(book, WOMEN_LAYOUTS, answers, to=to, proposals=proposals)
    (after,) = read_workbook(to)
    assert [after.text(row, 9) for row in (2, 3)] == ["Kết quả ghi nhận", "cột C: chữ gõ bằng phông cũ"]
    assert [after.text(row, 10) for row in (2, 3)] == ["Đề nghị sửa thành", "C: =Lường"]
    assert list(WOMEN.read(to, today=TODAY)) == list(WOMEN.read(book, today=TODAY))

    file = tmp_path / "a.csv"
    file.write_text(workbooks.women_csv(workbooks.women_rows()), "utf-8", newline="")
    to = answered_path(file, "en")
    write_answered(file, WOMEN_LAYOUTS, {}, to=to, language="en", proposals={(None, 4): "C: Lường"})
    assert "Result;Proposed" in to.read_text("utf-8-sig")
    assert list(WOMEN.read(to, today=TODAY)) == list(WOMEN.read(file, today=TODAY))


def test_without_proposals_there_is_no_column_for_them(tmp_path: Path) -> None:
    """A file whose rows need none gets the answers alone."""
    book = workbooks.women(tmp_path / "a.xlsx", workbooks.women_rows())
    to = answered_path(book)
    write_answered(book, WOMEN_LAYOUTS, {("Tháng 3-2024", 4): "mới"}, to=to, proposals={})
    assert "Đề nghị sửa thành" not in {cell for row in read_workbook(to)[0].rows for cell in row}


def test_what_was_struck_out_or_in_an_old_font_stays_so(tmp_path: Path) -> None:
    """Sent back whole, the answered sheet is answered as the office's own: no struck-out row comes back to life."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        workbooks.table(book, SHEET, "DANH SÁCH QUA CÁC VỤ ÁN", workbooks.HEADINGS, workbooks.OUTSIDE)
        page = book.get_worksheet_by_name(SHEET)
        page.write_string(6, 2, "Vàng Thị Mỷ", book.add_format({"font_strikeout": True}))
        page.write_string(7, 2, "Thò Lan", book.add_format({"font_name": "VNI-Times"}))
    to = answered_path(file)
    write_answered(file, LABOUR_LAYOUTS, {(SHEET, 8): "cần sửa"}, to=to, proposals={(SHEET, 8): "C: Thị Lan"})
    items = list(LABOUR.read(to, today=TODAY))
    assert items == list(LABOUR.read(file, today=TODAY))
    assert len([item for item in items if isinstance(item, Draft)]) == 1
