"""Offices' workbooks of made-up rows: two-row headers, group rows, totals, signatures, looks cell by cell, variants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from random import Random

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from adapters.generic.fields import FIELDS
from adapters.generic.layout import UPRIGHT
from adapters.generic.templates import HEADER_ROW, template
from tests.adapters.workbooks import HEADINGS, MADE_UP, WOMEN
from tests.mess.mess import CATALOGUE, Row
from tests.mess.people import OWN

SHEET, LIST_SHEET, MONTH = "Nạn nhân qua vụ án", "Danh sách", "Tháng 3-2024"
LABOUR = (
    "position", "code", "name", "birth_m", "birth_f", "ethnicity", "paper", "residence", "householder", "confirmation",
    "initial_hardship", "psychological", "legal_advice", "medical", "note",
)  # fmt: skip
LIST = ("position", "code", "name", "village", "content", "time", "given", "headcount", "note")
FIELD = {"name": "full_name", "other": "other_names", "kind": "paper_kind", "paper": "paper_number",
         "province": "residence_province", "account": "statement"}  # fmt: skip
ABOVE = {"content": "regime", "time": "on", "given": "given_value", "psychological": "support.psychological",
         "initial_hardship": "support.initial_hardship", "medical": "support.medical", "note": "note"}  # fmt: skip
UNSURE = frozenset({"struck", "struck_word", "hidden", "shifted", "merged"})
"""Looks of a row out of which nothing is read for the one below."""


class _Book:
    """A workbook and the formats it needs, made once."""

    def __init__(self, book: xlsxwriter.Workbook, name: str) -> None:
        self.book, self.page = book, book.add_worksheet(name)
        self._made: dict[str, xlsxwriter.format.Format] = {}

    def look(self, name: str) -> xlsxwriter.format.Format:
        """A format by its name."""
        settings = {"struck": {"font_strikeout": True}, "coloured": {"bg_color": "#FFFF00"},
                    "date": {"num_format": "dd/mm/yyyy"}, "month": {"num_format": "mmm-yy"},
                    "old": {"font_name": ".VnTime"}}.get(name, {})  # fmt: skip
        if name not in self._made:
            self._made[name] = self.book.add_format(settings)
        return self._made[name]

    def write(self, at: tuple[int, int], text: str, look: str) -> None:
        """Write one cell; of 'struck_word' only its last word is struck out."""
        if look == "struck_word" and len(text) > 1:
            self.page.write_rich_string(*at, text[:-1], self.look("struck"), text[-1])
        elif text:
            self.page.write_string(*at, text, self.look(look))


def exchanged(text: str) -> date | None:
    """What an English Excel makes of a day and month: it takes 3/4 for March, and leaves 13/4 as text."""
    day, month, year = map(int, text.split("/"))
    return date(year, day, month) if day <= 12 else None


def as_above(row: Row, last: Row | None) -> None:
    """What "nt" means is what stands above; a row above that says nothing, or nothing sure, gives the row back."""
    for cell, meant in ((cell, meant) for cell, meant in ABOVE.items() if f"above_{cell}" in row.looks):
        if last is not None and any(name.startswith("font_") for name in last.messes):
            row.cells[cell] = ""  # whether that row can be read at all depends on its letters
            continue
        wrong = last is None or f"unknown_{cell}" in last.looks or bool(last.looks & UNSURE) or meant not in last.truth
        if last is not None and "code" in row.cells and row.form != "labour":
            wrong |= (row.cells["code"] in {"", "–"}) != (last.cells["code"] in {"", "–"})
        for mess in () if last is None else (CATALOGUE[name] for name in last.messes if name in CATALOGUE):
            wrong |= mess.returned and (mess.cell == cell or mess.name.startswith(("font_", "note_")))
        if wrong or last is None:
            row.looks.add(f"unknown_{cell}")
            row.returned = True
        else:
            row.truth[meant] = last.truth[meant]


# -- the Labour department -------------------------------------------------------------------------------------------


def labour(to: Path, rows: Sequence[Row], random: Random, variant: str = "") -> None:
    """Title rows, a merged header of two rows, group rows, the total, signatures; looks cell by cell.

    Variants: 'halves' has the name in two columns, '1904' counts days from 1904, 'exchanged' went through an English
    Excel, 'secret' bears a mark, 'hidden' has a hidden sheet and a column about consent.
    """
    groups = [[row for row in rows if (row.person.province == OWN) is inside] for inside in (False, True)]
    with xlsxwriter.Workbook(to, {"date_1904": variant == "1904"}) as made:
        book = _Book(made, SHEET)
        columns = [key for name in LABOUR for key in (("first", "last") if name == "name" else (name,))
                   ] if variant == "halves" else list(LABOUR)  # fmt: skip
        _heading(book.page, variant)
        index, number = 6, 0
        for heading, listed in zip(("I. NẠN NHÂN NGOÀI TỈNH", "II. NẠN NHÂN TRONG TỈNH"), groups, strict=True):
            book.page.write_string(index, 0, f"{heading} ({len(listed)})")
            index += 1
            last: Row | None = None
            for row in listed:
                number += 1
                row.place = (to.name, SHEET, index + 1)
                as_above(row, last)
                last = row
                index += _person(book, index, row, columns, number=str(number), variant=variant)
        for cells in ((0, "Tổng cộng", 2, str(len(rows))), (1, "NGƯỜI LẬP BIỂU", 9, "GIÁM ĐỐC")):
            book.page.write_string(index, cells[0], cells[1])
            book.page.write_string(index, cells[2], cells[3])
            index += 2
        if variant == "hidden":
            _hidden(made, rows)


def _hidden(made: xlsxwriter.Workbook, rows: Sequence[Row]) -> None:
    """A sheet of names that nobody sees: nothing of it is read."""
    page = made.add_worksheet("Bản cũ")
    page.hide()
    for column, (above, below) in enumerate(HEADINGS):
        page.write_string(0, column, f"{above} {below}".strip())
    for index, row in enumerate(rows[:20], 1):
        page.write_string(index, 2, row.person.name)


def _heading(page: Worksheet, variant: str) -> None:
    headings = [one for heading in HEADINGS
                for one in ([("Họ và tên đệm", ""), ("Tên", "")] if heading[0] == "Họ và tên" else [heading])
                ] if variant == "halves" else list(HEADINGS)  # fmt: skip
    last = len(headings) - 1
    titles = ["SỞ Y TẾ TỈNH GIẢ ĐỊNH", MADE_UP, "NẠN NHÂN QUA CÁC VỤ ÁN"]
    for row, text in enumerate([*titles, *(["(MẬT)"] if variant == "secret" else [])]):
        page.merge_range(row, 0, row, last, text)
    for column, (above, below) in enumerate(headings):
        span = [place for place, heading in enumerate(headings) if heading[0] == above]
        if not below:
            page.merge_range(4, column, 5, column, above)
            continue
        if column == span[0]:
            page.merge_range(4, span[0], 4, span[-1], above)
        page.write_string(5, column, below)
    if variant == "hidden":
        page.merge_range(4, last + 1, 5, last + 1, "Ý kiến đồng ý")


def _person(book: _Book, index: int, row: Row, columns: Sequence[str], *, number: str, variant: str) -> int:
    """Write one person; how many rows it took."""
    sex, cells = row.person.sex, {**row.cells, "position": number}
    birth, other = f"birth_{sex}", "birth_m" if sex == "f" else "birth_f"
    first, _, last = cells["name"].rstrip().rpartition(" ")
    placed = {**cells, birth: cells["birth"], other: cells.get("birth_other", ""), "first": first, "last": last}
    look = next((name for name in ("struck", "coloured") if name in row.looks), "")
    if any(mess.startswith("font_tcvn3") for mess in row.messes) and row.person.number % 2:
        look = "old"
    shift = 1 if "shifted" in row.looks else 0
    for column, key in enumerate(columns):
        here = (index, column + shift)
        if key == birth and (typed := _typed(row, variant)) is not None:
            book.page.write_datetime(*here, typed, book.look("month" if "month" in row.looks else "date"))
        elif key == birth and "number" in row.looks:
            book.page.write_number(*here, int(placed[key]))
        else:
            book.write(here, placed.get(key, ""), "struck_word" if key in {"name", "last"} & _struck(row) else look)
    if variant == "hidden":
        book.page.write_string(index, len(columns), "đồng ý")
    if "hidden" in row.looks:
        book.page.set_row(index, None, None, {"hidden": True})
    if "merged" in row.looks:
        book.page.merge_range(index, len(columns) - 1, index + 1, len(columns) - 1, placed["note"])
        return 2
    return 1


def _struck(row: Row) -> set[str]:
    return {"name", "last"} if "struck_word" in row.looks else set()


def _typed(row: Row, variant: str) -> date | None:
    """The birth as a cell that holds a day; an exchanged one gives its row back."""
    if row.looks & {"date", "month"}:
        return row.person.born.replace(day=1) if "month" in row.looks else row.person.born
    if variant != "exchanged" or row.touched & {"birth"}:
        return None
    typed = exchanged(row.cells["birth"])
    row.returned |= typed is not None
    return typed


# -- the Women's Union -----------------------------------------------------------------------------------------------


def women_lines(rows: Sequence[Row], random: Random) -> Iterator[tuple[list[str], Row | None]]:
    """The lines below the header, each with its row: persons, groups, headings of villages, the total."""
    last: Row | None = None
    for number, row in enumerate(rows, 1):
        if random.random() < 0.02:
            last = None
            yield ["", "II. THÔN GIẢ ĐỊNH"], None
        as_above(row, last)
        last = row
        yield [str(number), *(row.cells[cell] for cell in LIST[1:])], row
    yield ["", "Tổng cộng", str(len(rows))], None


def women_book(to: Path, rows: Sequence[Row], random: Random, variant: str = "") -> None:
    """The list as a workbook; 'exchanged' went through an English Excel."""
    with xlsxwriter.Workbook(to) as made:
        book = _Book(made, MONTH)
        for index, line in enumerate([["HỘI LHPN XÃ GIẢ ĐỊNH"], [MADE_UP], WOMEN]):
            book.page.write_row(index, 0, line)
        index = 2
        for cells, row in women_lines(rows, random):
            index += 1
            look = "" if row is None else next((name for name in ("struck", "coloured") if name in row.looks), "")
            shift = 1 if row is not None and "shifted" in row.looks else 0
            for column, text in enumerate(cells):
                dated = variant == "exchanged" and row is not None and column == LIST.index("time")
                typed = exchanged(text) if dated and row is not None and "time" not in row.touched else None
                if typed is not None and row is not None:
                    book.page.write_datetime(index, column + shift, typed, book.look("date"))
                    row.returned = True
                    row.looks.add("unknown_time")
                else:
                    partly = row is not None and "struck_word" in row.looks and column == LIST.index("name")
                    book.write((index, column + shift), text, "struck_word" if partly else look)
            if row is not None:
                row.place = (to.name, MONTH, index + 1)
                index += _looked(book.page, index, row)


def _looked(page: Worksheet, index: int, row: Row) -> int:
    """Hide a row, or merge its note with the row below; how many rows that takes more."""
    if "hidden" in row.looks:
        page.set_row(index, None, None, {"hidden": True})
    if "merged" in row.looks:
        page.merge_range(index, len(LIST) - 1, index + 1, len(LIST) - 1, row.cells["note"])
        return 1
    return 0


# -- the generic templates -------------------------------------------------------------------------------------------


def _fields(row: Row) -> Mapping[str, str]:
    known = {one.key for one in FIELDS}
    return {FIELD.get(cell, cell): text for cell, text in row.cells.items() if FIELD.get(cell, cell) in known}


def listed(to: Path, rows: Sequence[Row], _: Random, variant: str = "") -> None:
    """The list of the template, filled in."""
    assert not variant
    to.write_bytes(template("list", filled=[_fields(row) for row in rows]))
    for index, row in enumerate(rows, HEADER_ROW + 3):
        row.place = (to.name, LIST_SHEET, index)


def upright(to: Path, rows: Sequence[Row], _: Random, variant: str = "") -> None:
    """The template for one person, a sheet for each; which of its rows is answered depends on what is wrong."""
    assert not variant
    to.write_bytes(template("person", filled=[_fields(row) for row in rows]))
    for number, row in enumerate(rows, 1):
        row.place = (to.name, UPRIGHT.sheet if number == 1 else f"{UPRIGHT.sheet} ({number})", 0)


WRITERS = {"labour": labour, "women_book": women_book, "list": listed, "person": upright}
