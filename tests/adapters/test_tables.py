"""Reading tables: workbooks, CSV, headers, rows, marks."""

from __future__ import annotations

import unicodedata
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.labour_department.layout import CASES, RETURNED
from adapters.labour_department.layout import LAYOUTS as LABOUR
from adapters.tables import sheets as bounds
from adapters.tables.delimited import decoded, read_delimited
from adapters.tables.layouts import locate
from adapters.tables.marks import amount, check_secret, count, ticked, unit
from adapters.tables.reading import find_tables, read_sheets
from adapters.tables.rows import RowKind, rows_of, stated
from adapters.tables.sheets import Sheet, address
from adapters.tables.workbook import read_workbook
from adapters.women_union.layout import LAYOUTS as WOMEN
from adapters.women_union.layout import LIST
from domain.errors import RefusedError
from domain.wording import catalogue
from tests.adapters import workbooks

ROOT = Path(__file__).resolve().parents[2]


def code_of(refused: pytest.ExceptionInfo[RefusedError]) -> str:
    return refused.value.code


def sheet(*rows: list[str]) -> Sheet:
    return Sheet(name="S", rows=tuple(tuple(row) for row in rows))


def test_cells_have_the_addresses_people_see() -> None:
    """Column 2 of row 11 (from 0) is C12; columns go on after Z."""
    assert address(11, 2) == "C12"
    assert [address(0, column) for column in (0, 25, 26, 701, 702)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1"]


def test_a_workbook_gives_cells_where_they_stand(tmp_path: Path) -> None:
    """Cells keep their place when the sheet does not begin at A1; numbers and dates read as a person sees them."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("Một")
        page.merge_range("B2:D3", "tiêu đề")
        page.write_string("C12", "ở đây")
        page.write_number("D12", 38186000000)
        page.write_datetime("E12", date(2024, 3, 4), book.add_format({"num_format": "dd/mm/yyyy"}))
        page.write_formula("F12", "=1+1", None, 2)
        book.add_worksheet("Ẩn").hide()
    read, hidden = read_workbook(file)

    assert read.text(11, 2) == "ở đây"
    assert [read.text(11, column) for column in (3, 4, 5)] == ["38186000000", "04/03/2024", "2"]
    assert read.dates == {(11, 4)}
    assert [(m.top, m.left, m.bottom, m.right) for m in read.merged] == [(1, 1, 2, 3)]
    assert (read.hidden, hidden.hidden) == (False, True)


def test_a_password_is_named(tmp_path: Path) -> None:
    """A protected workbook is refused as such, not as damaged."""
    with pytest.raises(RefusedError) as refused:
        read_workbook(workbooks.locked(tmp_path / "a.xlsx"))
    assert code_of(refused) == "file_password"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"<html><table></table></html>", "file_not_spreadsheet"),
        (b"PK\x03\x04 no zip", "file_not_spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "file_not_spreadsheet"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    """HTML named .xls, a torn zip, an empty file: refused with a code."""
    file = tmp_path / "a.xls"
    file.write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        read_workbook(file)
    assert code_of(refused) == code


def test_a_word_document_named_xlsx_is_refused(tmp_path: Path) -> None:
    """A zip without a workbook is not a workbook."""
    file = tmp_path / "a.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    with pytest.raises(RefusedError) as refused:
        read_workbook(file)
    assert code_of(refused) == "file_not_spreadsheet"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that is no file is refused, a directory too."""
    for path in (tmp_path / "none.xlsx", tmp_path):
        with pytest.raises(RefusedError) as refused:
            read_workbook(path)
        assert code_of(refused) == "file_unreadable"


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """200 MB are refused by their size alone, workbook or CSV."""
    for name in ("a.xlsx", "a.csv"):
        file = tmp_path / name
        with file.open("wb") as stream:
            stream.truncate(200 * 1024 * 1024)
        with pytest.raises(RefusedError) as refused:
            read_sheets(file, WOMEN)
        assert code_of(refused) == "file_too_large"


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    """A workbook whose sheets hold nothing is empty, not a form without headers."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet()
    with pytest.raises(RefusedError) as refused:
        read_sheets(file, WOMEN)
    assert code_of(refused) == "file_empty"


@settings(max_examples=12, deadline=None)
@given(st.binary(min_size=1, max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, tail: bytes, head: bytes) -> None:
    """Whatever a workbook's bytes, nothing but RefusedError comes out."""
    file = tmp_path_factory.mktemp("any") / "a.xlsx"
    file.write_bytes(head + tail)
    with pytest.raises(RefusedError):
        read_workbook(file)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A workbook with bytes changed gives sheets or RefusedError."""
    file = tmp_path_factory.mktemp("torn") / "a.xlsx"
    content = bytearray((ROOT / "examples/women_union/ho-tro-thang-3-2024.xlsx").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(bytes(content))
    try:
        find_tables(read_sheets(file, WOMEN), WOMEN)
    except RefusedError as error:
        assert error.code.startswith("file_")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_csv_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever a CSV file's bytes, nothing but RefusedError comes out."""
    file = tmp_path_factory.mktemp("csv") / "a.csv"
    file.write_bytes(content)
    try:
        find_tables(read_sheets(file, WOMEN), WOMEN)
    except RefusedError as error:
        assert error.code.startswith("file_")


# -- CSV -------------------------------------------------------------------------------------------------------

TEXT = "Họ tên chị em: Đỗ Thị Hoà, Ngữ, ƯỚC\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_the_encodings_offices_use_are_read(encoding: str) -> None:
    """UTF-8 with and without BOM, UTF-16 with BOM, cp1258 (which writes the tone after its letter) give one text."""
    data = cp1258(TEXT) if encoding == "cp1258" else TEXT.encode(encoding)
    assert decoded(data) == TEXT


def cp1258(text: str) -> bytes:
    """Encode as Windows does: base letters with circumflex, breve or horn are one byte, tones another."""
    out = b""
    for character in text:
        try:
            out += character.encode("cp1258")
        except UnicodeEncodeError:
            parts = list(unicodedata.normalize("NFD", character))
            tone = next(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
            parts.remove(tone)
            out += unicodedata.normalize("NFC", "".join(parts)).encode("cp1258") + tone.encode("cp1258")
    return out


@pytest.mark.parametrize(
    "data",
    [
        b"H\xe4 v\xb5 t\xaan",  # TCVN3
        "Hoï vaø teân".encode("latin-1"),  # VNI
        "Straße über".encode("latin-1"),
        TEXT.encode("utf-16-le"),  # no BOM
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf\xff",
    ],
)
def test_other_encodings_are_refused_never_repaired(data: bytes) -> None:
    """Old fonts, other code pages and UTF-16 without BOM are not guessed at."""
    with pytest.raises(RefusedError) as refused:
        decoded(data)
    assert code_of(refused) == "file_encoding_unknown"


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_header_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    """Semicolon, comma and tab are told apart by which gives the form's headers."""
    file = tmp_path / "a.csv"
    file.write_text(workbooks.women_csv(workbooks.women_rows(), delimiter=delimiter), "utf-8", newline="")
    (read,) = read_delimited(file, WOMEN)
    assert read.delimiter == delimiter
    assert locate(read, LIST).missing == ()
    assert read.text(3, 4) == "thăm hỏi, tặng quà"


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    """It would swallow all rows below as one cell."""
    file = tmp_path / "a.csv"
    file.write_text(workbooks.women_csv([['"1', "", "Chị H."], ["2"], ["3"]]), "utf-8")
    with pytest.raises(RefusedError) as refused:
        read_delimited(file, WOMEN)
    assert code_of(refused) == "file_csv_malformed"


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
    assert code_of(refused) == "file_header_missing"
    assert refused.value.params["header"] == left_out


def test_a_header_that_stands_twice_is_refused() -> None:
    """Which of two columns is meant is not guessed."""
    with pytest.raises(RefusedError) as refused:
        find_tables((sheet([*workbooks.WOMEN, "Thời gian"]),), WOMEN)
    assert code_of(refused) == "file_header_repeated"


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


# -- marks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["x", "X", "✓", "v", "V", "có", "Có", "1"])
def test_ticks_are_read(mark: str) -> None:
    """Every usual tick says given."""
    assert ticked(mark)


def test_an_empty_cell_is_no_tick_and_words_are_unclear() -> None:
    """Empty says not given; anything else is returned, not guessed."""
    assert not ticked("")
    for text in ("3/2024", "không", "xx", "0", "?", "TRUE"):
        with pytest.raises(RefusedError) as refused:
            ticked(text)
        assert code_of(refused) == "row_tick_unclear"


def test_money_is_multiplied_only_by_a_declared_unit() -> None:
    """'1.000' is a million under ĐVT: 1.000 đồng, 1.000 under ĐVT: đồng, and returned without a unit."""
    assert (amount("1.000", 1000), amount("1.000", 1), amount("500.000 đ", None)) == (1_000_000, 1000, 500_000)
    assert amount("2 triệu", 1000) == 2_000_000
    for text, declared, code in (
        ("1.000", None, "row_unit_undeclared"),
        ("500 + 20kg gạo", 1000, "row_amount_unclear"),
        ("1,000", 1000, "row_amount_unclear"),
        ("999999999999", 1000, "row_amount_too_large"),
    ):
        with pytest.raises(RefusedError) as refused:
            amount(text, declared)
        assert code_of(refused) == code


def test_the_unit_is_read_where_it_is_declared() -> None:
    """In the column's own header or above the table; two different ones are refused."""
    own = sheet([*workbooks.WOMEN[:6], "Số tiền/hiện vật (1.000đ)", *workbooks.WOMEN[7:]])
    above = sheet(["", "ĐVT: 1.000 đồng"], workbooks.WOMEN)
    none = sheet(["", "Năm 2024"], workbooks.WOMEN)
    twice = sheet(["ĐVT: 1.000 đồng", "ĐVT: đồng"], workbooks.WOMEN)
    assert [unit(s, locate(s, LIST), 6) for s in (own, above, none)] == [1000, 1000, None]
    with pytest.raises(RefusedError) as refused:
        unit(twice, locate(twice, LIST), 6)
    assert code_of(refused) == "file_unit_twice"


def test_heads_are_counted_only_from_a_number() -> None:
    """'14' is 14; '14 (vắng 2)' is returned."""
    assert count("14") == 14
    for text in ("14 (vắng 2)", "", "-1", "1e3", "999999"):
        with pytest.raises(RefusedError):
            count(text)


@pytest.mark.parametrize(
    "cells",
    [["MẬT"], ["Độ mật: Tối mật"], ["DANH SÁCH (MẬT)"], ["Tài liệu tuyệt mật"], ["", "Tuyệt mật"]],
)
def test_a_secret_mark_anywhere_refuses_the_file(cells: list[str]) -> None:
    """A stamp in any cell of any sheet, hidden ones included."""
    with pytest.raises(RefusedError) as refused:
        check_secret((sheet(["ok"]), Sheet(name="ẩn", rows=(tuple(cells),), hidden=True)))
    assert code_of(refused) == "file_secret_marked"


def test_a_level_under_its_header_refuses_the_file() -> None:
    """Below Độ mật, everything but a word for none counts; 'mất giấy tờ' and 'bảo mật' elsewhere do not."""
    with pytest.raises(RefusedError):
        check_secret((sheet(["Độ mật"], ["A"]),))
    check_secret((sheet(["Độ mật", "Ghi chú"], ["", "mất giấy tờ"], ["không", "bảo mật thông tin"]),))


def test_a_secret_file_is_refused_before_its_header_is_looked_for(tmp_path: Path) -> None:
    """Even a file that is none of ours is refused as secret."""
    file = tmp_path / "a.csv"
    file.write_text("MẬT\nmột;hai\n", "utf-8")
    with pytest.raises(RefusedError) as refused:
        read_sheets(file, LABOUR)
    assert code_of(refused) == "file_secret_marked"


def test_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound holds over all sheets together, for workbooks and CSV."""
    book = workbooks.labour(tmp_path / "a.xlsx")
    text = tmp_path / "a.csv"
    text.write_text(workbooks.women_csv(workbooks.women_rows()), "utf-8")
    for module in ("workbook", "delimited"):
        monkeypatch.setattr(f"adapters.tables.{module}.MAX_CELLS", 20)
    assert bounds.MAX_CELLS > 20
    for file in (book, text):
        with pytest.raises(RefusedError) as refused:
            read_sheets(file, WOMEN)
        assert code_of(refused) == "file_too_large"


def test_every_code_of_the_tables_has_words() -> None:
    """Each code raised or given in these packages stands in the words, in both languages."""
    import re  # noqa: PLC0415

    root = ROOT / "adapters"
    sources = [f for name in ("tables", "labour_department", "women_union") for f in (root / name).glob("*.py")]
    codes = {c for f in sources for c in re.findall(r'"((?:file|row|note|total)_[a-z_]+)"', f.read_text("utf-8"))}
    assert len(codes) > 30
    assert codes - catalogue().keys() == set()
