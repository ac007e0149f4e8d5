"""Large files: read in memory that does not grow with them, looked over whole before the first row, seen to move."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from adapters.border_guard import ADAPTER as BORDER
from adapters.contract import Adapter, Draft
from adapters.labour_department import ADAPTER as LABOUR
from adapters.labour_department import LAYOUTS
from adapters.police import ADAPTER as POLICE
from adapters.progress import heard
from adapters.tables.answered import write_answered
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import Cells
from adapters.tables.spool import PAGE_ROWS, RowsWriter, Spool, SpooledRows
from adapters.values.hashed import Hashed
from adapters.values.json_members import MAX_VALUE
from adapters.women_union import ADAPTER as WOMEN
from domain.errors import RefusedError
from tests.adapters import large

TODAY = date(2026, 11, 2)
ADAPTERS: dict[str, Adapter] = {
    "labour_department.xlsx": LABOUR,
    "women_union.csv": WOMEN,
    "police.json": POLICE,
    "border_guard.xml": BORDER,
}
SIZES = {
    "labour_department.xlsx": (100, 0),
    "women_union.csv": (40, 50_000),
    "police.json": (100, 15_000),
    "border_guard.xml": (100, 20_000),
}
"""Rows, and characters of each besides; four times as many rows are some 10 MB, or 400 rows of a workbook."""
SLOPE = 6.0
"""MB that reading four times as much may take more."""


@pytest.mark.parametrize("name", large.WRITERS)
def test_memory_does_not_grow_with_the_file(name: str, tmp_path: Path) -> None:
    """A file four times as long takes no more memory but some bytes a row; every row of it is read."""
    rows, wide = SIZES[name]
    settings = {"wide": wide} if wide else {}
    found = []
    for times in (1, 4):
        file = large.WRITERS[name](tmp_path / f"{times}{Path(name).suffix}", times * rows, **settings)
        found.append(large.read_apart(name, file))
    assert [one[0] for one in found] == [rows, 4 * rows]
    assert found[1][1] - found[0][1] < SLOPE


def test_pictures_cost_no_memory(tmp_path: Path) -> None:
    """A workbook of 30 MB that is a picture is read as one of its rows alone."""
    file = large.pictured(tmp_path / "a.xlsx", 20, megabytes=30)
    rows, own, child, _ = large.read_apart("labour_department.xlsx", file)
    assert rows == 20
    assert max(own, child) < 90


def test_nothing_of_a_file_stays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put aside while a file is read has no name, while it is read and after."""
    place = tmp_path / "aside"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    for name, adapter in ADAPTERS.items():
        file = large.WRITERS[name](tmp_path / f"a{Path(name).suffix}", 3)
        for item in adapter.read(file, today=TODAY):
            assert (item is None, list(place.iterdir())) == (False, [])


@pytest.mark.parametrize("name", large.WRITERS)
def test_a_mark_on_the_last_row_refuses_the_file_before_the_first(name: str, tmp_path: Path) -> None:
    """The whole file is looked over first: nothing comes out of one whose end bears a secret mark."""
    file = large.WRITERS[name](tmp_path / f"a{Path(name).suffix}", 200)
    marks = {
        ".csv": ("giả định", "x"),
        ".json": ('"SoBiHai"', '"DoMat": "Mật", "SoBiHai"'),
        ".xml": ("</BienBan", "<DoMat>Mật</DoMat></BienBan"),
    }
    if name.endswith(".xlsx"):
        with xlsxwriter.Workbook(file) as book:
            page = book.add_worksheet("Tự trở về")
            for column, (above, below) in enumerate(large.HEADINGS):
                page.write_string(0, column, above)
                page.write_string(1, column, below)
            for number in range(1, 200):
                page.write_row(number + 1, 0, large.labour_row(number))
            page.write_string(300, 0, "ĐỘ MẬT: TỐI MẬT")
    elif name.endswith(".csv"):
        with file.open("a", encoding="utf-8") as stream:
            stream.write("MẬT;;;;;;;;\r\n")
    else:
        before, after = marks[file.suffix]
        file.write_text(file.read_text("utf-8").replace(before, after), "utf-8")
    with pytest.raises(RefusedError, match="file_secret_marked"):
        next(iter(ADAPTERS[name].read(file, today=TODAY)))


@pytest.mark.parametrize("name", large.WRITERS)
def test_it_is_told_how_far_the_looking_over_is(name: str, tmp_path: Path) -> None:
    """Before the first row comes out, whoever listens has heard of the reading, and never of more than there is."""
    file = large.WRITERS[name](tmp_path / f"a{Path(name).suffix}", 300)
    told: list[tuple[int, int]] = []
    with heard(lambda done, of: told.append((done, of))):
        next(iter(ADAPTERS[name].read(file, today=TODAY)))
    assert told
    assert all(done <= of for done, of in told if of)


def test_rows_are_found_wherever_they_lie(tmp_path: Path) -> None:
    """Rows in a file are a sequence like any other, over pages full of rows and pages of one."""
    stream = (tmp_path / "rows").open("w+b")
    writer = RowsWriter(stream)
    rows = [(str(number), "dòng\n\u2028", "x" * (2_000_000 if number == 100 else 1)) for number in range(3 * PAGE_ROWS)]
    for row in rows:
        writer.write(row)
    spooled = SpooledRows(Spool(stream), first=writer.first, ends=writer.ends(), height=writer.height)
    assert len(spooled) == len(rows)
    assert list(spooled) == rows
    assert [spooled[place] for place in (150, 3, -1)] == [rows[150], rows[3], rows[-1]]
    assert spooled[60:70] == tuple(rows[60:70])
    with pytest.raises(IndexError):
        spooled[len(rows)]


def test_cells_and_hashes_are_small_and_right() -> None:
    """A set of cells and a table of hashes hold what was put in, and nothing else."""
    cells = {(row, row % 7) for row in range(0, 3_000, 3)}
    assert set(Cells(cells)) == cells
    assert (1, 1) not in Cells(cells)
    table = Hashed()
    for number in range(5_000):
        table[f"số {number}", "x"] = number
    assert [table.get((f"số {number}", "x"), -1) for number in (0, 4_999, 5_000)] == [0, 4_999, -1]


def test_the_answered_sheet_of_a_long_list(tmp_path: Path) -> None:
    """It is written row by row, every cell where it stood, with merged cells over rows and over columns."""
    file, to = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("Tự trở về")
        for column, (above, below) in enumerate(large.HEADINGS):
            if below:
                page.write_string(1, column, above)
                page.write_string(2, column, below)
            else:
                page.merge_range(1, column, 2, column, above)
        page.merge_range(0, 0, 0, 19, "DANH SÁCH")
        for number in range(1, 400):
            page.write_row(number + 2, 0, large.labour_row(number))
    write_answered(file, LAYOUTS, {("Tự trở về", 400): "cần sửa"}, to=to)
    (before,), (after,) = read_sheets(file, LAYOUTS), read_sheets(to, LAYOUTS)
    assert [row[:20] for row in after.rows] == [tuple(row) for row in before.rows]
    assert set(after.merged) == set(before.merged)
    assert after.text(399, 20) == "cần sửa"


# -- hostile -----------------------------------------------------------------------------------------------------


HEAD = '{"SoVuAn": "07/VA-GD", "NgayKT": "15/03/2024", '


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + '"BiHai": [{"STT": 1}', "file_not_json"),
        (HEAD + '"BiHai": [{"STT": 1},]}', "file_not_json"),
        (HEAD + '"BiHai": [{"STT": 1}]} {}', "file_not_json"),
        (HEAD + '"BiHai": [], "BiHai": []}', "file_repeated_field"),
        (HEAD + '"BiHai": [{"STT": 1, "STT": 2}]}', "file_repeated_field"),
        (HEAD + '"BiHai": [NaN]}', "file_not_json"),
        (HEAD + '"BiHai": 7}', "file_form_unknown"),
        ("[" * 100_000, "file_not_json"),
        (HEAD + '"BiHai": [{"x": ' + "[" * 100_000, "file_not_json"),
        (HEAD + '"BiHai": [{"x": "' + "x" * (2 * MAX_VALUE) + '"}]}', "file_too_large"),
        (HEAD + '"x": "' + "x" * (2 * MAX_VALUE) + '", "BiHai": []}', "file_too_large"),
        (HEAD + '"BiHai": [{"x": "' + "x" * (MAX_VALUE // 2), "file_not_json"),
        (HEAD + " " * (2 * MAX_VALUE) + '"DoMat"' + " " * 5_000 + ': "Mật", "BiHai": [', "file_secret_marked"),
    ],
)
def test_json_is_read_strictly_in_pieces(text: str, code: str, tmp_path: Path) -> None:
    """What is torn, twice, too deep or too long is refused, wherever in the file it stands."""
    file = tmp_path / "a.json"
    file.write_text(text, "utf-8")
    with pytest.raises(RefusedError) as refused:
        list(POLICE.read(file, today=TODAY))
    assert refused.value.code == code


def test_values_over_the_edge_of_a_piece(tmp_path: Path) -> None:
    """Numbers, words and letters of several bytes are whole wherever the pieces of the file end."""
    names = []
    for shift in range(40):
        file = tmp_path / f"{shift}.json"
        persons = [
            {"STT": 1, "HoTen": "Lò Thị Mỷ", "Khac": "đ" * (524_200 + shift)},
            {"STT": 2, "HoTen": "Vàng Thị Hạ"},
        ]
        file.write_text(HEAD + '"BiHai": ' + json.dumps(persons, ensure_ascii=False) + "}", "utf-8")
        names.append([item.record_key for item in POLICE.read(file, today=TODAY) if isinstance(item, Draft)])
    assert all(found == names[0] for found in names)
    assert len(names[0]) == 2


@pytest.mark.parametrize(
    "inside",
    [
        "<HoTen>" + "x" * 9_000_000 + "</HoTen>",
        '<Nguoi a="' + "x" * 9_000_000 + '"/>',
        "<!--" + "x" * 9_000_000 + "-->",
    ],
    ids=["text", "attribute", "comment"],
)
def test_no_part_of_xml_is_endless(inside: str, tmp_path: Path) -> None:
    """A text, an attribute or a comment of megabytes is refused before it is all in memory."""
    file = tmp_path / "a.xml"
    file.write_text(f'<BienBanGiaoNhan mau="PL3" so="1/BB" ngay="15/03/2024">{inside}</BienBanGiaoNhan>', "utf-8")
    with pytest.raises(RefusedError, match="file_too_large"):
        list(BORDER.read(file, today=TODAY))


@pytest.mark.parametrize("line", ["x" * 3_000_000, '"a\n' * 600_000, '"a\nb";' * 600_000], ids=["line", "quote", "row"])
def test_no_row_of_csv_is_endless(line: str, tmp_path: Path) -> None:
    """A line, a quote or a row without an end is refused before it is all in memory."""
    file = tmp_path / "a.csv"
    file.write_text("\r\n".join(large.women_lines(2)) + "\r\n" + line, "utf-8")
    with pytest.raises(RefusedError) as refused:
        read_sheets(file, LAYOUTS)
    assert refused.value.code in {"file_too_large", "file_csv_malformed"}
