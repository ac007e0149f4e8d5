"""What an xlsx shows and calamine drops: struck out, coloured, hidden, filtered, in an old font, dates in part."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter.worksheet import Worksheet

from adapters.contract import Draft, Item, Note, Proposal, Returned
from adapters.labour_department import ADAPTER as LABOUR
from adapters.tables import styles
from adapters.tables.sheets import Looks
from adapters.tables.styles import looks_of
from adapters.tables.workbook import read_workbook
from adapters.values.encodings import TABLES, Encoding
from adapters.women_union import ADAPTER as WOMEN
from domain.wording import catalogue
from tests.adapters import workbooks
from tests.adapters.workbooks import HEADINGS, OUTSIDE, table

TODAY = date(2024, 12, 1)
NAME, BORN, PAPER = 2, 4, 6  # columns of the Labour department's sheet
SHEET = "Nạn nhân qua vụ án"
ROOT = Path(__file__).resolve().parents[2]

Touch = Callable[[xlsxwriter.Workbook, Worksheet], None]


def labour(to: Path, touch: Touch, *rows: list[str]) -> list[Item]:
    """Read a Labour department's sheet whose rows (from row 7 on, index 6) were touched up."""
    with xlsxwriter.Workbook(to) as book:
        table(book, SHEET, "DANH SÁCH QUA CÁC VỤ ÁN", HEADINGS, rows or OUTSIDE)
        touch(book, book.get_worksheet_by_name(SHEET))
    return list(LABOUR.read(to, today=TODAY))


def drafts(items: list[Item]) -> list[int]:
    return [item.where.row for item in items if isinstance(item, Draft)]


def returned(items: list[Item]) -> list[tuple[int, str, str | None]]:
    return [(i.where.row, i.reason, i.where.column) for i in items if isinstance(i, Returned)]


def notes(items: list[Item]) -> list[tuple[str, int, str | None, dict[str, str | int]]]:
    return [(i.reason, i.where.row, i.where.column, dict(i.params)) for i in items if isinstance(i, Note)]


def test_the_looks_of_a_sheet(tmp_path: Path) -> None:
    """Positions of what is struck out, in an old font, coloured or hidden, and the filter; empty cells do not count."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("Một")
        page = book.add_worksheet("Hai")
        page.write_string("B2", "x", book.add_format({"font_strikeout": True}))
        page.write_blank("C2", None, book.add_format({"font_strikeout": True, "bg_color": "yellow"}))
        page.write_string("D3", "x", book.add_format({"font_name": ".VnTime"}))
        page.write_number("E3", 1, book.add_format({"font_name": "VNI-Times", "bg_color": "#FFFF00"}))
        page.write_string("A5", "x", book.add_format({"bg_color": "#FF0000"}))
        page.write_string("B5", "x", book.add_format({"bg_color": "#FFFFFF"}))
        page.write_string("B6", "x", book.add_format({"bg_color": "#FFFFFF"}))
        page.set_row(5, None, None, {"hidden": True})
        page.set_row(6, None, None, {"hidden": True})
        page.set_column("C:D", None, None, {"hidden": True})
        page.autofilter("A1:E6")
    plain, looks = (sheet.looks for sheet in read_workbook(file))
    assert plain is not None and looks is not None
    assert plain == Looks()
    assert looks.struck == {(1, 1)}
    assert looks.fonts == {(2, 3): ".VnTime", (2, 4): "VNI-Times"}
    assert set(looks.coloured) == {(2, 4), (4, 0)}
    assert len(set(looks.coloured.values())) == 2
    assert set(looks.hidden_rows) == {5}
    assert set(looks.hidden_columns) == {2, 3}
    assert looks.filtered == "A1:E6"


def test_the_filter_of_a_table_in_the_sheet_is_told(tmp_path: Path) -> None:
    """What Excel calls a table has a filter of its own, in a part of its own; one without is not told."""

    def table_over(*, filtered: bool) -> list[Item]:
        def touch(_: xlsxwriter.Workbook, page: Worksheet) -> None:
            page.add_table("A20:C24", {"autofilter": filtered})

        return labour(tmp_path / f"{filtered}.xlsx", touch)

    assert [reason for reason, *_ in notes(table_over(filtered=True))] == ["note_filter"]
    assert notes(table_over(filtered=False)) == []


def test_a_part_of_a_cell_may_be_struck_out(tmp_path: Path) -> None:
    """Rich text with a line through some of its words counts as struck out, whatever else uses the same words."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_string("A1", "Lò Thị Mây")
        page.write_rich_string("A2", "Lò Thị ", book.add_format({"font_strikeout": True}), "Mây")
        page.write_rich_string("A3", "Lò Thị ", book.add_format({"font_name": ".VnTime"}), "M©y")
    looks = read_workbook(file)[0].looks
    assert looks is not None
    assert set(looks.struck) == {(1, 0)}
    assert looks.fonts == {(2, 0): ".VnTime"}


def test_what_a_date_does_not_show_is_not_read(tmp_path: Path) -> None:
    """Excel makes 5/2002 the first of May: shown as May-02, it is read as month and year; both calendars (1904)."""
    for number, epoch in enumerate((False, True)):
        file = tmp_path / f"{number}.xlsx"
        with xlsxwriter.Workbook(file, {"date_1904": epoch}) as book:
            page = book.add_worksheet()
            formats = ("dd/mm/yyyy", "mmm-yy", 'mm"/"yyyy', "yyyy", "d-mmm", "[$-42A]dd mmmm yyyy", "mmm-yy;@")
            for row, code in enumerate(formats):
                page.write_datetime(row, 0, date(2002, 5, 1), book.add_format({"num_format": code}))
            page.write_datetime(len(formats), 0, date(2002, 5, 1), book.add_format({"num_format": 17}))
        (sheet,) = read_workbook(file)
        assert [row[0] for row in sheet.rows] == [
            "01/05/2002", "05/2002", "05/2002", "2002", "01/05", "01/05/2002", "05/2002", "05/2002",
        ]  # fmt: skip


def test_a_date_of_the_1904_calendar_is_the_day_it_shows(tmp_path: Path) -> None:
    """A workbook made on an old Mac counts days from 1904: births come out as typed."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file, {"date_1904": True}) as book:
        table(book, SHEET, "DANH SÁCH QUA CÁC VỤ ÁN", HEADINGS, [OUTSIDE[0]])
        shown = book.add_format({"num_format": "dd/mm/yyyy"})
        book.get_worksheet_by_name(SHEET).write_datetime(6, BORN, date(1999, 8, 15), shown)
    (draft,) = [item for item in LABOUR.read(file, today=TODAY) if isinstance(item, Draft)]
    identity = next(act for act in draft.acts if act.name == "profile").sections
    assert next(f["birth"].value for f in identity.values() if "birth" in f) == {"year": 1999, "month": 8, "day": 15}


def test_a_struck_out_row_is_returned(tmp_path: Path) -> None:
    """Struck out whole or in one cell: nobody can tell whether it still counts; the other rows are taken."""

    def strike(book: xlsxwriter.Workbook, page: Worksheet) -> None:
        line = book.add_format({"font_strikeout": True})
        page.write_string(7, NAME, OUTSIDE[1][NAME], line)
        page.write_blank(8, NAME + 3, None, line)

    items = labour(tmp_path / "a.xlsx", strike)
    assert returned(items) == [(8, "row_struck_out", "C")]
    assert drafts(items) == [7, 9]


def test_hidden_rows_and_filters_are_read_and_told(tmp_path: Path) -> None:
    """A row that a filter hides is a person like the others; how many, and that there is a filter, is said once."""

    def hide(book: xlsxwriter.Workbook, page: Worksheet) -> None:
        page.autofilter(5, 0, 8, 14)
        page.filter_column(5, "x == Thái")
        page.set_row(7, None, None, {"hidden": True})
        page.set_row(8, None, None, {"hidden": True})

    items = labour(tmp_path / "a.xlsx", hide)
    assert drafts(items) == [7, 8, 9]
    assert notes(items) == [("note_hidden_rows", 8, None, {"count": 2}), ("note_filter", 6, None, {})]


def test_a_hidden_column_is_read_and_told(tmp_path: Path) -> None:
    """A hidden column of the form is read; it is said which."""
    items = labour(tmp_path / "a.xlsx", lambda _book, page: page.set_column(5, 5, None, None, {"hidden": True}))
    assert drafts(items) == [7, 8, 9]
    assert notes(items) == [("note_hidden_column", 6, "F", {})]


def test_colours_are_told_once(tmp_path: Path) -> None:
    """Yellow for "chờ xác minh" says nothing to us: one note for the sheet, with how many rows and colours."""

    def paint(book: xlsxwriter.Workbook, page: Worksheet) -> None:
        for row, colour in ((6, "yellow"), (8, "red")):
            page.write_string(row, NAME, OUTSIDE[row - 6][NAME], book.add_format({"bg_color": colour}))

    items = labour(tmp_path / "a.xlsx", paint)
    assert drafts(items) == [7, 8, 9]
    assert notes(items) == [("note_colours", 7, None, {"count": 2, "colours": 2})]


def test_an_old_font_is_returned_with_the_text_meant(tmp_path: Path) -> None:
    """TCVN3 in a Unicode cell: the row comes back with a proposal for each such cell, which no report shows."""
    old = list(OUTSIDE[1])
    old[NAME], old[7] = "Vò ThÞ L\u00adêng", "x· S., tØnh §iÖn Biªn"
    items = labour(tmp_path / "a.xlsx", lambda _book, _page: None, OUTSIDE[0], old, OUTSIDE[2])
    assert returned(items) == [(8, "row_legacy_font", "C")]
    (row,) = [item for item in items if isinstance(item, Returned)]
    assert row.proposals == (
        Proposal(column="C", text="Vũ Thị Lường"), Proposal(column="H", text="xã S., tỉnh Điện Biên"),
    )  # fmt: skip
    assert "Lường" not in repr(row)
    assert drafts(items) == [7, 9]


def test_the_name_of_the_font_is_enough(tmp_path: Path) -> None:
    """A name that is good Unicode as well is of the old font its cell has: .VnTimeH shows capitals."""

    def font(book: xlsxwriter.Workbook, page: Worksheet) -> None:
        page.write_string(6, NAME, "vò lan", book.add_format({"font_name": ".VnTimeH"}))
        page.write_string(7, NAME, "Thò Lan", book.add_format({"font_name": "VNI-Times"}))
        page.write_string(8, NAME, "Vàng Thị Mỷ", book.add_format({"font_name": ".VnTime"}))

    items = labour(tmp_path / "a.xlsx", font)
    found = [item.proposals for item in items if isinstance(item, Returned)]
    assert found == [(Proposal(column="C", text="VŨ LAN"),), (Proposal(column="C", text="Thị Lan"),)]
    assert drafts(items) == [9]


def test_a_sheet_wholly_in_an_old_font_is_answered_row_by_row(tmp_path: Path) -> None:
    """Header, headings and names in TCVN3: the header is found, every person is returned with what was meant."""
    codes = {letter: code for code, letter in TABLES[Encoding.TCVN3].items()}

    def old(text: str) -> str:
        return "".join(codes.get(letter, codes.get(letter.lower(), letter)) for letter in text)

    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        headings = [(old(above), old(below)) for above, below in HEADINGS]
        table(book, "DS 2024", old("DANH SÁCH"), headings, [[old(cell) for cell in cells] for cells in OUTSIDE])
    items = list(LABOUR.read(file, today=TODAY))
    assert drafts(items) == []
    assert [(row, reason) for row, reason, _ in returned(items)] == [(n, "row_legacy_font") for n in (7, 8, 9)]
    names = [p.text for item in items if isinstance(item, Returned) for p in item.proposals if p.column == "C"]
    assert names == ["Lò THỊ MÂY (tức Máy)", "Giàng A Páo", "Vàng Thị Mỷ"]  # .VnTime itself has no capital Ò


def test_the_women_union_is_answered_alike(tmp_path: Path) -> None:
    """Struck out and old fonts in the Women's Union's list; a CSV file has no looks, an old font it may have."""
    rows = workbooks.women_rows()
    rows[1][8] = "häc nghÒ ®· xong"
    file = tmp_path / "a.csv"
    file.write_text(workbooks.women_csv(rows), "utf-8", newline="")
    items = list(WOMEN.read(file, today=TODAY))
    assert (5, "row_legacy_font", "I") in returned(items)
    assert notes(items) == []


def test_a_file_whose_looks_are_not_known_says_so(tmp_path: Path) -> None:
    """An xlsx whose styles cannot be read: rows are taken, and that nothing was looked at is said."""
    file, broken = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    workbooks.labour(file, returned=())
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/styles.xml":
                content = content.replace(b"<styleSheet", b"<!DOCTYPE x [<!ENTITY e 'x'>]><styleSheet", 1)
            new.writestr(name, content)
    assert looks_of(str(broken)) == {}
    items = list(LABOUR.read(broken, today=TODAY))
    assert len(drafts(items)) == 4
    assert ("note_looks_unknown", 1, None, {}) in notes(items)


def test_an_open_document_has_no_looks(tmp_path: Path) -> None:
    """Of an .ods calamine gives the cells, and we look no further: its looks are not known."""
    cell = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="S"><table:table-row>{cell}</table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    file = tmp_path / "a.ods"
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        package.writestr("content.xml", content)
    (sheet,) = read_workbook(file)
    assert (tuple(sheet.rows), sheet.looks) == ((("x",),), None)


def test_an_entity_is_never_expanded(tmp_path: Path) -> None:
    """A billion laughs in any part the looks are read from costs nothing: a document type ends the reading."""
    laughs = b'<!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    )
    source = ROOT / "examples/women_union/ho-tro-thang-3-2024.xlsx"
    for part in ("xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
        file = tmp_path / "a.xlsx"
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w") as new:
            for name in old.namelist():
                new.writestr(name, laughs + b"]><x>&j;</x>" if name == part else old.read(name))
        assert looks_of(str(file)) == {}


def test_looks_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that names cells without end, the same one again too, is given up; hidden columns end where Excel's do."""
    source, file = ROOT / "examples/women_union/ho-tro-thang-3-2024.xlsx", tmp_path / "a.xlsx"
    cells = b'<row r="1" hidden="1">' + b'<c r="A1" s="1"><v>1</v></c>' * 9 + b"</row>"
    columns = b'<cols><col min="1" max="999999999" hidden="1"/></cols>'
    part = b"<worksheet>" + columns + b"<sheetData>" + cells + b"</sheetData></worksheet>"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, part if name == "xl/worksheets/sheet1.xml" else old.read(name))
    (looks,) = looks_of(str(file)).values()
    assert looks["hidden_rows"] == [0]
    assert looks["hidden_columns"] == list(range(16_384))
    monkeypatch.setattr(styles, "_MOST", 8)
    assert looks_of(str(file)) == {}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_damage_gives_looks_or_none(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever stands in a part, looks are told or not known; nothing is raised."""
    file = tmp_path_factory.mktemp("torn") / "a.xlsx"
    source = ROOT / "examples/women_union/ho-tro-thang-3-2024.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w") as new:
        names = old.namelist()
        hit = data.draw(st.sampled_from([name for name in names if name.startswith("xl/")]))
        for name in names:
            content = bytearray(old.read(name))
            if name == hit:
                for _ in range(data.draw(st.integers(1, 6))):
                    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
            new.writestr(name, bytes(content))
    assert isinstance(looks_of(str(file)), dict)


def test_every_code_has_words() -> None:
    """What looks are answered with can be said in both languages."""
    codes = {
        "row_struck_out", "row_legacy_font", "note_hidden_rows", "note_hidden_column", "note_filter", "note_colours",
        "note_looks_unknown", "note_paper_zero_added",
    }  # fmt: skip
    assert {code for code in codes if not catalogue()[code]} == set()
