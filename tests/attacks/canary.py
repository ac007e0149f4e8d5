"""Canary words, files that carry them in every field, and the search for them in every form. Not a test.

Nobody here is real: DỮ LIỆU GIẢ ĐỊNH.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import xlsxwriter
from psycopg import sql

from adapters.generic.choices import PATHWAY
from adapters.generic.fields import FIELDS as GENERIC_FIELDS
from adapters.generic.templates import template
from adapters.labour_department import LAYOUTS as LABOUR_LAYOUTS
from adapters.tables.worklist import WorklistRow, write_worklist
from adapters.women_union import LAYOUTS as WOMEN_LAYOUTS
from caunoi.demo import people
from caunoi.demo.people import Cast, Person
from caunoi.demo.searching import forms
from domain.folding import fold
from tests.adapters import generic_records, workbooks

NAME = "Giàng Thị Hoàng Yến"
CITIZEN = "999199887766"
PHONE = "0918273645"
WORDS = "Sầu riêng chín rụng đầu ngõ"
ALL = f"{NAME} {CITIZEN} {PHONE} {WORDS}"
AS_CODE = fold(NAME).replace(" ", "_")
AS_AGENCY = AS_CODE.replace("_", "-")
CANARIES = (NAME, CITIZEN, PHONE, PHONE[1:], WORDS, AS_CODE, AS_AGENCY)
LEAK = "Quàng Văn Lẩu Bê"  # planted on purpose, to see that the search finds it


def needles(text: str) -> set[bytes]:
    """Every form of a text that is looked for; escapes as JSON and Python write them too."""
    escaped = {json.dumps(text)[1:-1].encode(), ascii(text)[1:-1].encode(), text.replace(" ", "_").encode()}
    return set(forms(text)) | escaped


def found(blob: bytes, wanted: Iterable[bytes]) -> set[bytes]:
    """Which of these are in it."""
    return {needle for needle in wanted if needle in blob}


def tables(dsn: str) -> Iterator[tuple[str, bytes]]:
    """Every table of the database, as binary COPY gives it."""
    listed = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    with psycopg.connect(dsn) as connection:
        for schema, table in connection.execute(listed).fetchall():
            command = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(schema, table))
            with connection.cursor().copy(command) as copy:
                yield f"{schema}.{table}", b"".join(bytes(piece) for piece in copy)


def files(root: Path, *, since: float = 0.0) -> Iterator[tuple[str, bytes]]:
    """Every file below a directory that was written since then."""
    for directory, _, names in os.walk(root):
        for name in names:
            path = Path(directory, name)
            if path.is_file() and path.stat().st_mtime >= since:
                yield path.relative_to(root).as_posix(), path.read_bytes()


def cast() -> Cast:
    """The worked example's people, everybody with the canary's name and numbers, and its words in every text field."""
    drawn = people.cast(seed=1, outside=17, inside=2)

    def marked(group: Sequence[Person]) -> tuple[Person, ...]:
        # Sex and year of birth as the citizen number has them, or the rows are to be mended.
        return tuple(
            replace(one, name=NAME, citizen=CITIZEN, phone=PHONE, sex="f", born=one.born.replace(year=1999, day=1))
            for one in group
        )

    return Cast(marked(drawn.victims), marked(drawn.returned), marked(drawn.handed_over), remark=ALL)


# -- police ----------------------------------------------------------------------------------------------------------

POLICE_FIELDS = (
    "STT", "MaHoSo", "HoTen", "TenKhac", "NgaySinh", "NgayKhai", "GT", "DanToc", "QuocTich", "LoaiGT", "SoGT", "HKTT",
    "TinhHKTT", "TinhNgoai", "KQXM", "NgayKQ", "SoGXN", "NgayGXN", "BienBanGN", "SDT", "LoiKhai", "DiCungSTT", "DoMat",
    "CanCuXM", "GhiChuKhac",
)  # fmt: skip
POLICE_HEADER = ("SoVuAn", "NgayKT", "DieuLuat", "DoMat", "DonVi", "TinhDonVi", "MaGT", "SoBiHai", "ChuThich", "BiHai")


def victim(number: int, **fields: object) -> dict[str, object]:
    """A row of the police that is taken, with a paper of its own."""
    return {
        "STT": str(number), "HoTen": "Lò Thị Giả", "NgaySinh": "02/03/1999", "GT": "nữ", "DanToc": "Mông",
        "QuocTich": "Việt Nam", "HKTT": "xã G., tỉnh Sơn La", "TinhHKTT": "14", "TinhNgoai": True, "KQXM": "1",
        "NgayKQ": "21/03/2024", "SoGXN": f"{number}/GXN-CN", "NgayGXN": "21/03/2024", **fields,
    }  # fmt: skip


def police_document(number: str, victims: list[dict[str, object]], **header: object) -> str:
    """A criminal case file."""
    return json.dumps(
        {
            "ChuThich": ALL, "SoVuAn": number, "NgayKT": "11/03/2024", "DieuLuat": "150", "DoMat": "", "DonVi": ALL,
            "TinhDonVi": "38", "SoBiHai": len(victims), "BiHai": victims, **header,
        },
        ensure_ascii=False,
    )  # fmt: skip


def police_files(to: Path) -> Iterator[Path]:
    """Rows that are taken; a row for each field with a canary in it; a file for each field of the header; rubbish."""
    good = victim(1, HoTen=NAME, TenKhac=NAME, SoGT=CITIZEN, LoaiGT="CCCD", SDT=f"{PHONE} ({NAME})", LoiKhai=ALL,
                  HKTT=f"bản {WORDS}, tỉnh Sơn La", CanCuXM=ALL)  # fmt: skip
    single = [victim(number, **{field: text}) for number, (field, text) in
              enumerate(((one, text) for one in POLICE_FIELDS for text in (NAME, CITIZEN, ALL)), start=2)]  # fmt: skip
    yield written(to / "taken.json", police_document("01/CN", [good]))
    # A person marked secret refuses what is marked, so those rows stand alone.
    yield written(to / "fields.json", police_document("02/CN", [row for row in single if not row.get("DoMat")]))
    for number, field in enumerate(POLICE_HEADER):
        header: dict[str, Any] = {field: {NAME: ALL} if field == "MaGT" else ALL}
        yield written(
            to / f"header-{number}.json", police_document(f"{number + 3:02d}/CN", [victim(700 + number)], **header)
        )
    yield written(to / "cut.json", police_document("90/CN", [good])[:-20])
    yield written(to / "unknown.json", json.dumps({NAME: ALL}, ensure_ascii=False))
    (to / "utf16.json").write_bytes(police_document("91/CN", [good]).encode("utf-16"))
    yield to / "utf16.json"
    (to / "repeated.json").write_bytes(f'{{"SoVuAn": "{ALL}", "SoVuAn": "{ALL}"}}'.encode())
    yield to / "repeated.json"


# -- border guard ----------------------------------------------------------------------------------------------------

BORDER_FIELDS = (
    "stt", "conCua", "MaHoSo", "HoTen", "TenKhac", "NgaySinh", "NamSinh", "GT", "DanToc", "QuocTich", "GiayTo", "NoiO",
    "TinhNoiO", "NuocGiao", "TaiSan", "DoMat",
)  # fmt: skip
BORDER_HEADER = ("so", "mau", "ngay", "soNguoi", "cuaKhau", "DonVi", "TinhDonVi", "NuocGiao", "DoMat")


def border_document(number: str, people: Sequence[Mapping[str, str]], **header: str) -> bytes:
    """A hand-over record."""
    plain = {"so": number, "mau": "PL4", "ngay": "29/02/2024", "cuaKhau": ALL, "DonVi": ALL, "TinhDonVi": "38"}
    root = ET.Element("BienBanGiaoNhan", {**plain, **header})
    root.append(ET.Comment(ALL))
    for place, person in enumerate(people, start=1):
        one = ET.SubElement(root, "Nguoi", stt=person.get("stt", str(place)))
        fields = {"HoTen": "Lò Thị Giả", "NgaySinh": "02/03/1999", "GT": "Nữ", **person}
        for name, text in fields.items():
            if name != "stt":
                ET.SubElement(one, name).text = text
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def border_files(to: Path) -> Iterator[Path]:
    """As of the police: taken, field by field, header by header, rubbish."""
    good = {"HoTen": NAME, "TenKhac": NAME, "GiayTo": f"CCCD {CITIZEN}", "NoiO": WORDS, "TaiSan": ALL}
    single = [{field: text} for field in BORDER_FIELDS if field != "DoMat" for text in (NAME, ALL)]
    documents = [border_document("01/CN", [good]), border_document("02/CN", single)]
    documents += [border_document("03/CN", [{"DoMat": ALL}])]
    documents += [border_document(f"{n:02d}/CN", [good], **{f: ALL}) for n, f in enumerate(BORDER_HEADER, start=4)]
    documents += [documents[0][:-30], f"<{AS_CODE}>{ALL}</{AS_CODE}>".encode(),
                  f'<!DOCTYPE a [<!ENTITY b "{ALL}">]><a>&b;</a>'.encode()]  # fmt: skip
    for number, document in enumerate(documents):
        file = to / f"record-{number}.xml"
        file.write_bytes(document)
        yield file


# -- Labour department, Women's Union --------------------------------------------------------------------------------


def labour_files(to: Path, codes: list[str]) -> Iterator[Path]:
    """A worklist with a canary in each column of both sheets, by codes that join; a book whose titles carry one."""
    cases, returned = LABOUR_LAYOUTS
    person = {"full_name": "Lò Thị Giả", "birth_female": "02/03/1999", "ethnicity": "Mông", "psychological": "x"}
    joined = [{**person, "code": code, "full_name": NAME, "note": ALL, "householder": f"{NAME} {PHONE}",
               "identity_paper": CITIZEN, "residence": WORDS} for code in codes]  # fmt: skip
    alone = [
        {**person, "declaration": f"{place}/TK-CN, 10/5/2024", column.key: text}
        for place, (column, text) in enumerate(((c, t) for c in returned.columns for t in (NAME, ALL)), start=1)
        if column.key != "position"
    ]
    other = [{**person, column.key: ALL} for column in cases.columns if column.key != "position"]
    file = to / "danh-sach.xlsx"
    rows = [[WorklistRow(cells=cells) for cells in sheet] for sheet in (joined + other, alone)]
    write_worklist(file, [(cases, rows[0]), (returned, rows[1])])
    yield file
    titled = to / "titles.xlsx"
    with xlsxwriter.Workbook(titled) as book:
        title = f"DANH SÁCH NẠN NHÂN QUA CÁC VỤ ÁN {ALL}"
        body = [[f"I. NẠN NHÂN NGOÀI TỈNH {ALL}"], ["1", "", NAME], [ALL], ["Tổng cộng", ALL, ALL], [ALL]]
        workbooks.table(book, NAME, title, (*workbooks.HEADINGS, (ALL, "")), body)
    yield titled
    yield written(to / "rubbish.xlsx", ALL)


def women_files(to: Path, codes: list[str]) -> Iterator[Path]:
    """A list with a canary in each column, a group's row, a header and titles that carry one; bytes of no encoding."""
    plain = {"code": codes[0], "name": "Chị G.", "village": "bản G.", "content": "thăm hỏi", "time": "14/5/2024"}
    taken = {**plain, "name": NAME, "village": WORDS, "given": ALL, "note": ALL}
    group = {
        "name": f"Nhóm {NAME}",
        "village": ALL,
        "content": "sinh hoạt nhóm",
        "time": "15/5/2024",
        "headcount": "14",
    }
    single = [
        {**plain, "time": f"{day}/6/2024", column.key: text}
        for day, (column, text) in enumerate(((c, t) for c in WOMEN_LAYOUTS[0].columns for t in (NAME, ALL)), start=1)
        if column.key != "position"
    ]
    file = to / "thang.csv"
    write_worklist(file, [(WOMEN_LAYOUTS[0], [WorklistRow(cells=cells) for cells in (taken, group, *single)])])
    yield file
    rows = [["1", codes[0], NAME, ALL, "học nghề", "14/7/2024", ALL, "", ALL]]
    text = workbooks.women_csv(rows, header=(*workbooks.WOMEN[:-1], ALL)).replace(workbooks.MADE_UP, ALL)
    yield written(to / "titles.csv", text)
    (to / "latin.csv").write_bytes(ALL.encode("utf-8") + b"\xff\xfe\x80" + ALL.encode("utf-16"))
    yield to / "latin.csv"


def written(file: Path, text: str) -> Path:
    """A text file."""
    file.write_text(text, "utf-8")
    return file


# -- forms for anybody -----------------------------------------------------------------------------------------------


def generic_files(to: Path) -> Iterator[Path]:
    """Records that are taken and records with a canary in each field: upright, as a list, as events; rubbish."""
    plain = {"reported_on": "12/11/2026", "pathway": PATHWAY["hotline"]["vi"], "birth": "02/03/1999", "note": NAME}
    taken = {**plain, "number": "1/2026", "full_name": NAME, "phones": f"{PHONE} ({NAME})", "residence": WORDS}
    keys = [one.key for one in GENERIC_FIELDS]
    single = [{**plain, "full_name": "Lò Thị Giả", "number": f"{number}/2026", key: text}
              for number, (key, text) in enumerate(((k, t) for k in keys for t in (NAME, ALL)), start=2)]  # fmt: skip
    for number in range(0, len(single), 40):
        upright = to / f"mot-nguoi-{number}.xlsx"
        upright.write_bytes(template("person", filled=single[number : number + 40]))
        yield upright
    listed = to / "danh-sach-chung.xlsx"
    listed.write_bytes(template("list", filled=[taken, *single]))
    yield listed
    dated = {"reported_on": "2026-11-12", "birth": "02/03/1999", "note": NAME}
    events = [generic_records.notice(f"n-{number}", **{**dated, key: text})
              for number, (key, text) in enumerate((k, t) for k in keys[1:] for t in (NAME, ALL))]  # fmt: skip
    events += [{**generic_records.notice(NAME), name: ALL} for name in ("type", "time", "data", AS_CODE)]
    events += [generic_records.notice(f"x-{NAME}", **{name: NAME}) for name in (AS_CODE, NAME)]
    yield written(to / "su-kien.json", json.dumps(events, ensure_ascii=False))
    yield written(to / "su-kien-cut.json", json.dumps(events, ensure_ascii=False)[:-20])
