"""Offices' files of made-up rows, written as the offices write them: layouts, encodings, looks."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tests.adapters.workbooks import HEADINGS, MADE_UP, WOMEN, women_csv
from tests.mess.mess import CATALOGUE, Row
from tests.mess.people import OPENED, OWN, RECORDED

SHEET = "Nạn nhân qua vụ án"
POLICE = {
    "code": "MaHoSo", "name": "HoTen", "other": "TenKhac", "birth": "NgaySinh", "said_on": "NgayKhai", "sex": "GT",
    "ethnicity": "DanToc", "nationality": "QuocTich", "kind": "LoaiGT", "paper": "SoGT", "residence": "HKTT",
    "province": "TinhHKTT", "outside": "TinhNgoai", "result": "KQXM", "confirmation": "SoGXN",
    "confirmed_on": "NgayGXN", "phones": "SDT", "account": "LoiKhai", "secret": "DoMat",
}  # fmt: skip
BORDER = {
    "code": "MaHoSo", "name": "HoTen", "other": "TenKhac", "birth": "NgaySinh", "sex": "GT", "ethnicity": "DanToc",
    "nationality": "QuocTich", "paper": "GiayTo", "residence": "NoiO", "province": "TinhNoiO",
}  # fmt: skip
LABOUR = (
    "position", "code", "name", "birth_m", "birth_f", "ethnicity", "paper", "residence", "householder", "confirmation",
    "initial_hardship", "psychological", "legal_advice", "medical", "note",
)  # fmt: skip
LIST = ("position", "code", "name", "village", "content", "time", "given", "headcount", "note")
SUFFIXES = {"police": ".json", "border": ".xml", "labour": ".xlsx", "women": ".csv"}


def write(to: Path, rows: Sequence[Row], random: Random) -> None:
    """Write rows of one form to a file, and tell each row where it stands."""
    {"police": police, "border": border, "labour": labour, "women": women}[rows[0].form](to, rows, random)


def police(to: Path, rows: Sequence[Row], random: Random) -> None:
    """A vendor's export: with or without a byte order mark, .NET dates, a lone victim as an object."""
    victims: list[dict[str, object]] = []
    for number, row in enumerate(rows, 1):
        row.place = (to.name, None, number)
        one: dict[str, object] = {"STT": row.cells.get("stt", str(number))}
        one |= {POLICE[cell]: text for cell, text in row.cells.items() if cell in POLICE}
        if one["TinhNgoai"] in {"true", "false"} and random.random() < 0.5:
            one["TinhNgoai"] = one["TinhNgoai"] == "true"
        if "confirmed_on" not in row.touched and random.random() < 0.3:
            one["NgayGXN"] = dotnet(row)
        for name in [name for name, text in one.items() if text == "" and random.random() < 0.5]:
            one[name] = None
        victims.append(one)
    document = {
        "ChuThich": MADE_UP,
        "SoVuAn": f"{to.stem}/VA-GĐ",
        "NgayKT": f"{OPENED:%d/%m/%Y}",
        "DieuLuat": "150; 151",
        "DoMat": "",
        "DonVi": "PC02",
        "TinhDonVi": OWN,
        "MaGT": {"0": "nữ", "1": "nam"},
        "SoBiHai": len(rows),
        "BiHai": victims[0] if len(victims) == 1 else victims,
    }
    encoding = random.choice(("utf-8", "utf-8-sig"))
    to.write_bytes(json.dumps(document, ensure_ascii=random.random() < 0.5).encode(encoding))


def dotnet(row: Row) -> str:
    """The day of the confirmation as .NET writes it: midnight in Hà Nội."""
    day = (row.person.confirmed - date(1970, 1, 1)).days * 86_400_000
    return f"/Date({day - 7 * 3_600_000}+0700)/"


def border(to: Path, rows: Sequence[Row], random: Random) -> None:
    """A gate's record; fields as attributes or elements."""
    root = ET.Element(
        "BienBanGiaoNhan", so=f"{re.sub('[^0-9]', '', to.stem) or 1}/BB-GĐ", mau="PL4", ngay=f"{RECORDED:%d/%m/%Y}",
        soNguoi=str(len(rows)), DonVi="Đồn BPCK Giả Định", TinhDonVi=OWN,
    )  # fmt: skip
    for number, row in enumerate(rows, 1):
        row.place = (to.name, None, number)
        one = ET.SubElement(root, "Nguoi", stt=row.cells.get("stt", str(number)))
        for cell, name in BORDER.items():
            text = row.cells.get(cell, "")
            if random.random() < 0.5:
                one.set(name, text)
            elif text or random.random() < 0.5:
                ET.SubElement(one, name).text = text
    encoding = random.choice(("utf-8", "utf-16"))
    to.write_bytes(ET.tostring(root, encoding=encoding, xml_declaration=True))


# -- the Labour department -------------------------------------------------------------------------------------------


def labour(to: Path, rows: Sequence[Row], random: Random) -> None:
    """Title rows, a merged header of two rows, group rows, the total, signatures; looks cell by cell."""
    groups = [[row for row in rows if (row.person.province == OWN) is inside] for inside in (False, True)]
    with xlsxwriter.Workbook(to) as book:
        page = book.add_worksheet(SHEET)
        _heading(page)
        book_looks = _Looks(book)
        index, number = 6, 0
        for heading, listed in zip(("I. NẠN NHÂN NGOÀI TỈNH", "II. NẠN NHÂN TRONG TỈNH"), groups, strict=True):
            page.write_string(index, 0, f"{heading} ({len(listed)})")
            index += 1
            for row in listed:
                number += 1
                row.place = (to.name, SHEET, index + 1)
                index += _person(page, index, {**row.cells, "position": str(number)}, row, book_looks)
        for cells in ((0, "Tổng cộng", 2, str(len(rows))), (1, "NGƯỜI LẬP BIỂU", 9, "GIÁM ĐỐC")):
            page.write_string(index, cells[0], cells[1])
            page.write_string(index, cells[2], cells[3])
            index += 2


class _Looks:
    """The formats a workbook needs, made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.plain = book.add_format()
        self.struck = book.add_format({"font_strikeout": True})
        self.coloured = book.add_format({"bg_color": "#FFFF00"})
        self.date = book.add_format({"num_format": "dd/mm/yyyy"})
        self.old = book.add_format({"font_name": ".VnTime"})


def _heading(page: Worksheet) -> None:
    last = len(HEADINGS) - 1
    for row, text in enumerate(("SỞ Y TẾ TỈNH GIẢ ĐỊNH", MADE_UP, "NẠN NHÂN QUA CÁC VỤ ÁN")):
        page.merge_range(row, 0, row, last, text)
    for column, (above, below) in enumerate(HEADINGS):
        span = [place for place, heading in enumerate(HEADINGS) if heading[0] == above]
        if not below:
            page.merge_range(4, column, 5, column, above)
            continue
        if column == span[0]:
            page.merge_range(4, span[0], 4, span[-1], above)
        page.write_string(5, column, below)


def _person(page: Worksheet, index: int, cells: Mapping[str, str], row: Row, looks: _Looks) -> int:
    """Write one person; how many rows it took."""
    sex = row.person.sex
    other = {"f": "m", "m": "f"}[sex]
    placed = {**cells, f"birth_{sex}": cells["birth"], f"birth_{other}": cells.get("birth_other", "")}
    form = next((getattr(looks, name) for name in ("struck", "coloured") if name in row.looks), looks.plain)
    if any(mess.startswith("font_tcvn3") for mess in row.messes) and row.person.number % 2:
        form = looks.old
    shift = 1 if "shifted" in row.looks else 0
    for column, key in enumerate(LABOUR):
        text = placed.get(key, "")
        if key == f"birth_{sex}" and "date" in row.looks:
            page.write_datetime(index, column + shift, row.person.born, looks.date)
        elif key == f"birth_{sex}" and "number" in row.looks:
            page.write_number(index, column + shift, int(text))
        elif text:
            page.write_string(index, column + shift, text, form)
    if "hidden" in row.looks:
        page.set_row(index, None, None, {"hidden": True})
    if "merged" in row.looks:
        page.merge_range(index, 14, index + 1, 14, placed["note"])
        return 2
    return 1


# -- the Women's Union -----------------------------------------------------------------------------------------------


def women(to: Path, rows: Sequence[Row], random: Random) -> None:
    """A CSV in one of the encodings and with one of the delimiters that programs write."""
    for number, row in enumerate(rows, 1):
        row.place = (to.name, None, 3 + number)
        for cell, meant in (("content", "regime"), ("time", "on"), ("given", "given_value")):
            if f"above_{cell}" in row.looks:
                _as_above(row, rows[number - 2] if number > 1 else None, cell, meant)
    body = [[str(n), *(row.cells[cell] for cell in LIST[1:])] for n, row in enumerate(rows, 1)]
    text = women_csv(body, delimiter=random.choice(";,\t"), header=WOMEN)
    to.write_bytes(encoded(text, random.choice(("utf-8", "utf-8-sig", "utf-16", "cp1258"))))


def _as_above(row: Row, last: Row | None, cell: str, meant: str) -> None:
    """What "nt" means is what stands above; a row above that says nothing, or nothing sure, gives the row back."""
    wrong = last is None or f"unknown_{cell}" in last.looks or "code_missing" in last.messes
    if last is not None:
        wrong |= meant not in last.truth
        wrong |= any(CATALOGUE[name].cell == cell and CATALOGUE[name].returned for name in last.messes)
    if wrong or last is None:
        row.looks.add(f"unknown_{cell}")
        row.returned = True
    else:
        row.truth[meant] = last.truth[meant]


def encoded(text: str, encoding: str) -> bytes:
    """Bytes of a text; cp1258 has letters with their shape, and tones after them."""
    if encoding != "cp1258":
        return text.encode(encoding)
    out = ""
    for letter in unicodedata.normalize("NFC", text):
        marks = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323")
        out += unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones)) + tones
    return out.encode("cp1258")
