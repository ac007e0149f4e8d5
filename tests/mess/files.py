"""Offices' files of made-up rows, written as the offices write them; workbooks are in `books`."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

from tests.adapters.workbooks import MADE_UP, WOMEN, women_csv
from tests.mess import books
from tests.mess.lettering import tcvn3, viscii, vni
from tests.mess.mess import Row
from tests.mess.people import OPENED, OWN, RECORDED

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
SUFFIXES = {"police": ".json", "border": ".xml", "women": ".csv"} | dict.fromkeys(books.WRITERS, ".xlsx")
OLD = {"tcvn3": tcvn3, "vni": vni, "viscii": viscii}


def write(to: Path, rows: Sequence[Row], random: Random, *, variant: str = "") -> None:
    """Write rows of one form to a file, and tell each row where it stands.

    variant: what is wrong with the file as a whole, or another way its office may have it; see the writers.
    """
    writers = {"police": police, "border": border, "women": women, **books.WRITERS}
    writers[rows[0].form](to, rows, random, variant)


def police(to: Path, rows: Sequence[Row], random: Random, variant: str = "") -> None:
    """A vendor's export: with or without a byte order mark, .NET dates, a lone victim as an object; or 'secret'."""
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
        "DoMat": "Mật" if variant == "secret" else "",
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


def border(to: Path, rows: Sequence[Row], random: Random, variant: str = "") -> None:
    """A gate's record; fields as attributes or elements; 'utf-16 in name' says so and is UTF-8."""
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
    encoding = "utf-8" if variant else random.choice(("utf-8", "utf-16"))
    written = ET.tostring(root, encoding=encoding, xml_declaration=True)
    to.write_bytes(written.replace(b"utf-8", b"utf-16", 1) if variant == "utf-16 in name" else written)


# -- the Women's Union -----------------------------------------------------------------------------------------------


def women(to: Path, rows: Sequence[Row], random: Random, variant: str = "") -> None:
    """A CSV in one of the encodings and with one of the delimiters that programs write; or in an old encoding."""
    body, place = list[Sequence[str]](), 3
    for cells, row in books.women_lines(rows, random):
        place += 1
        body.append(cells)
        if row is not None:
            row.place = (to.name, None, place)
    text = women_csv(body, delimiter=random.choice(";,\t"), header=WOMEN)
    if variant:
        to.write_bytes(OLD[variant](text).encode("latin-1", "replace"))
        return
    plain = not any(name.startswith("note_") for row in rows for name in row.messes)  # cp1258 has no old letters
    to.write_bytes(encoded(text, random.choice(("utf-8", "utf-8-sig", "utf-16", *(["cp1258"] if plain else [])))))


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
