"""Opening tables: workbooks and CSV as files, whatever their bytes; nothing of what they mean."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.tables import sheets as bounds
from adapters.tables.delimited import encoding_of, lines, read_delimited
from adapters.tables.layouts import locate
from adapters.tables.reading import find_tables, read_sheets
from adapters.tables.sheets import address
from adapters.tables.workbook import read_workbook
from adapters.women_union.layout import LAYOUTS as WOMEN
from adapters.women_union.layout import LIST
from domain.errors import RefusedError
from tests.adapters import workbooks
from tests.tree import ROOT


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
    assert refused.value.code == "file_password"


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
    assert refused.value.code == code


def test_a_word_document_named_xlsx_is_refused(tmp_path: Path) -> None:
    """A zip without a workbook is not a workbook."""
    file = tmp_path / "a.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    with pytest.raises(RefusedError) as refused:
        read_workbook(file)
    assert refused.value.code == "file_not_spreadsheet"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that is no file is refused, a directory too."""
    for path in (tmp_path / "none.xlsx", tmp_path):
        with pytest.raises(RefusedError) as refused:
            read_workbook(path)
        assert refused.value.code == "file_unreadable"


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """More than 200 MB are refused by their size alone, workbook or CSV."""
    for name in ("a.xlsx", "a.csv"):
        file = tmp_path / name
        with file.open("wb") as stream:
            stream.truncate(200 * 1024 * 1024 + 1)
        with pytest.raises(RefusedError) as refused:
            read_sheets(file, WOMEN)
        assert refused.value.code == "file_too_large"


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    """A workbook whose sheets hold nothing is empty, not a form without headers."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet()
    with pytest.raises(RefusedError) as refused:
        read_sheets(file, WOMEN)
    assert refused.value.code == "file_empty"


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


def decoded(data: bytes) -> str:
    """The text of a CSV file's bytes."""
    stream = io.BytesIO(data)
    return "".join(lines(stream, encoding_of(stream)))


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
    assert refused.value.code == "file_encoding_unknown"


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
    assert refused.value.code == "file_csv_malformed"


def test_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound holds over all sheets of a workbook together; of a CSV file rows are counted."""
    book = workbooks.labour(tmp_path / "a.xlsx")
    text = tmp_path / "a.csv"
    text.write_text(workbooks.women_csv(workbooks.women_rows()), "utf-8")
    monkeypatch.setattr("adapters.tables.workbook.MAX_CELLS", 20)
    monkeypatch.setattr("adapters.tables.delimited.MAX_ROWS", 3)
    assert bounds.MAX_CELLS > 20
    for file in (book, text):
        with pytest.raises(RefusedError) as refused:
            read_sheets(file, WOMEN)
        assert refused.value.code == "file_too_large"
