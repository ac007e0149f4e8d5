"""Reading tables: headers and rows, wherever they stand; words for every code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.labour_department.layout import CASES, RETURNED
from adapters.tables.delimited import read_delimited
from adapters.tables.layouts import locate
from adapters.tables.reading import find_tables, read_sheets
from adapters.tables.rows import RowKind, rows_of, stated
from adapters.tables.sheets import Sheet
from adapters.tables.workbook import read_workbook
from adapters.women_union.layout import LAYOUTS as WOMEN
from adapters.women_union.layout import LIST
from domain.errors import RefusedError
from domain.wording import catalogue
from tests.adapters import workbooks
from tests.adapters.workbooks import sheet
from tests.tree import ROOT

# -- headers ---------------------------------------------------------------------------------------------------


def test_the_two_row_header_is_found_below_the_title(tmp_path: Path) -> None:
    """Merged headings over two columns, title rows above, columns by their words."""
    first, second = read_workbook(workbooks.labour(tmp_path / "a.xlsx"))
    header = locate(first, CASES)
    assert (header.first, header.last, header.missing, header.others) == (4, 5, (), ())
    assert (header.columns["birth_male"], header.columns["birth_female"], header.columns["medical"]) == (3, 4, 13)
    assert locate(second, RETURNED).columns["declaration"] == 9


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    """A header with its columns turned round is found with each column in its new place."""
    file = tmp_path / "a.csv"
    turned = workbooks.WOMEN[::-1]
    file.write_text(workbooks.women_csv([], header=turned), "utf-8")
    (read,) = read_delimited(file, WOMEN)
    header = locate(read, LIST)
    assert header.missing == ()
    assert header.columns["position"] == len(turned) - 1


def test_a_header_without_diacritics_is_still_ours() -> None:
    """'Ho ten', 'Thoi gian' are found; 'Năm' is not 'Nam'."""
    plain = ["TT", "Ma ho so", "Ho ten", "Thon/ban", "Noi dung", "Thoi gian", "So tien/hien vat", "So nguoi du"]
    assert locate(sheet(plain), LIST).missing == ()
    assert "birth_male" not in locate(sheet(["Năm", "Nữ"]), CASES).columns
    assert "birth_male" in locate(sheet(["NAM", "NU"]), CASES).columns


@pytest.mark.parametrize("left_out", ["Thời gian", "Nội dung hỗ trợ", "Số người dự"])
def test_a_missing_header_is_named(tmp_path: Path, left_out: str) -> None:
    """The refusal names the header that is not there; nothing is read by position."""
    file = tmp_path / "a.csv"
    header = [word if word != left_out else "Cột khác" for word in workbooks.WOMEN]
    file.write_text(workbooks.women_csv(workbooks.women_rows(), header=header), "utf-8")
    with pytest.raises(RefusedError) as refused:
        find_tables(read_sheets(file, WOMEN), WOMEN)
    assert refused.value.code == "file_header_missing"
    assert refused.value.params["header"] == left_out


def test_a_header_that_stands_twice_is_refused() -> None:
    """Which of two columns is meant is not guessed."""
    with pytest.raises(RefusedError) as refused:
        find_tables((sheet([*workbooks.WOMEN, "Thời gian"]),), WOMEN)
    assert refused.value.code == "file_header_repeated"


def test_hidden_and_other_sheets_and_columns_are_noted() -> None:
    """What is not read is said: a hidden sheet, a sheet of something else, a column we do not know, consent."""
    ours = sheet([*workbooks.WOMEN, "Màu", "Đồng ý"], ["1"])
    hidden = Sheet(name="cũ", rows=(("x",),), hidden=True)
    other = Sheet(name="khác", rows=(("Kế hoạch",),))
    tables, notes = find_tables((ours, hidden, other), WOMEN)
    assert len(tables) == 1
    assert [(note.reason, note.where.sheet, note.where.column) for note in notes] == [
        ("note_column_not_read", "S", "J"),
        ("note_consent_not_taken", "S", "K"),
        ("note_hidden_sheet", "cũ", None),
        ("note_sheet_other", "khác", None),
    ]


# -- rows ------------------------------------------------------------------------------------------------------


def test_rows_are_told_apart(tmp_path: Path) -> None:
    """Group headings, persons, the total and the signatures are each known for what they are; blanks vanish."""
    first, _ = read_workbook(workbooks.labour(tmp_path / "a.xlsx"))
    rows = list(rows_of(first, locate(first, CASES), position="position", decisive=("code", "confirmation")))
    kinds = [row.kind for row in rows]
    assert kinds[:1] == [RowKind.GROUP]
    assert kinds[1:4] == [RowKind.RECORD] * 3
    assert kinds[4:7] == [RowKind.GROUP, RowKind.RECORD, RowKind.TOTAL]
    assert set(kinds[7:]) == {RowKind.SIGNATURE}


def test_the_row_of_column_numbers_is_no_row() -> None:
    """(1) (2) (3) below the header is not a person."""
    numbers = [f"({n})" for n in range(1, 10)]
    found = sheet(workbooks.WOMEN, numbers, ["1", "x"])
    assert [row.index for row in rows_of(found, locate(found, LIST), position="position", decisive=())] == [2]


def test_a_person_below_the_signatures_is_still_a_row() -> None:
    """A numbered row, or one with a paper, is never taken for closing words."""
    found = sheet(workbooks.WOMEN, ["", "NGƯỜI LẬP BIỂU"], ["", "Nguyễn Văn Giả"], ["9", "", "Chị K."])
    kinds = [row.kind for row in rows_of(found, locate(found, LIST), position="position", decisive=("code",))]
    assert kinds == [RowKind.SIGNATURE, RowKind.SIGNATURE, RowKind.RECORD]


def test_a_row_with_a_code_is_a_row_whatever_else_it_says() -> None:
    """Below the signatures and without a number, a mã hồ sơ still makes it a person's row."""
    found = sheet(workbooks.WOMEN, ["", "GIÁM ĐỐC"], ["", workbooks.CODES[0], "Chị K."])
    kinds = [row.kind for row in rows_of(found, locate(found, LIST), position="position", decisive=("code",))]
    assert kinds == [RowKind.SIGNATURE, RowKind.RECORD]


def test_headings_state_their_number() -> None:
    """'… (17)' and 'Tổng cộng: 19' state 17 and 19; a year in a heading states nothing."""
    assert (stated("I. NGOÀI TỈNH (17)"), stated("Tổng cộng: 19")) == (17, 19)
    assert stated("II. Năm 2024") is None


def test_every_code_of_the_tables_has_words() -> None:
    """Each code raised or given in these packages stands in the words, in both languages."""
    root = ROOT / "adapters"
    sources = [f for name in ("tables", "labour_department", "women_union") for f in (root / name).glob("*.py")]
    codes = {c for f in sources for c in re.findall(r'"((?:file|row|note|total)_[a-z_]+)"', f.read_text("utf-8"))}
    assert len(codes) > 30
    assert codes - catalogue().keys() == set()
