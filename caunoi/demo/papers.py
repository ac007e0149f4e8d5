"""The offices' files of the worked example, in each agency's own form. DỮ LIỆU GIẢ ĐỊNH."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from adapters.labour_department import LAYOUTS as LABOUR_LAYOUTS
from adapters.tables.worklist import WorklistRow, write_worklist
from adapters.women_union import LAYOUTS as WOMEN_LAYOUTS
from caunoi.demo.people import OWN, Cast, Person

MADE_UP = "DỮ LIỆU GIẢ ĐỊNH – KHÔNG CÓ NGƯỜI THẬT"
HANDOVER = "03/BB-ĐBPCK"  # number of the hand-over record
IN_ONE_CASE = 7  # victims in one criminal case
REGIMES = ("initial_hardship", "psychological", "legal_advice", "medical")


def police_files(directory: Path, cast: Cast) -> list[Path]:
    """One JSON file for each criminal case; the last is that of the person handed over at the gate."""
    files = []
    starts = range(0, len(cast.victims), IN_ONE_CASE)
    groups = [cast.victims[start : start + IN_ONE_CASE] for start in starts]
    for number, victims in enumerate([*groups, cast.handed_over], start=1):
        case: dict[str, Any] = {
            "ChuThich": f"{MADE_UP} {cast.remark}".strip(),
            "SoVuAn": f"{number:02d}/VA-PC02",
            "NgayKT": "11/03/2024",
            "DieuLuat": "150",
            "DoMat": "",
            "DonVi": f"PC02 {cast.remark}".strip(),
            "TinhDonVi": OWN[0],
            "MaGT": {"0": "nữ", "1": "nam"},
            "SoBiHai": len(victims),
            "BiHai": [_victim(place, person, cast.remark) for place, person in enumerate(victims, start=1)],
        }
        if victims is cast.handed_over:
            # The paper both offices hold: it joins this row to the border guard's case, and no name does.
            case["BiHai"][0]["BienBanGN"] = {"So": HANDOVER, "STT": "1", "Ngay": "29/02/2024"}
        files.append(directory / f"cong-an-vu-an-{number:02d}.json")
        files[-1].write_text(json.dumps(case, ensure_ascii=False, indent=1), "utf-8")
    return files


def _victim(place: int, person: Person, remark: str) -> dict[str, object]:
    day = f"{person.confirmed:%d/%m/%Y}"
    return {
        "STT": str(place),
        "HoTen": person.name.upper(),
        "NgaySinh": f"{person.born:%d/%m/%Y}",
        "GT": "0" if person.sex == "f" else "1",
        "DanToc": person.ethnic,
        "QuocTich": "Việt Nam",
        "LoaiGT": "CCCD",
        "SoGT": person.citizen,
        "HKTT": f"{person.residence} {remark}".strip(),
        "TinhHKTT": person.province,
        "TinhNgoai": person.province != OWN[0],
        "KQXM": "1",
        "NgayKQ": day,
        "SoGXN": person.confirmation,
        "NgayGXN": day,
        "SDT": person.phone,
        "LoiKhai": f"{person.account} {remark}".strip(),
        **(dict.fromkeys(("TenKhac", "CanCuXM", "GhiChuKhac"), remark) if remark else {}),
    }


def border_file(directory: Path, cast: Cast) -> Path:
    """One hand-over record, written at the gate, delivered later."""
    root = ET.Element(
        "BienBanGiaoNhan",
        so=HANDOVER,
        mau="PL4",
        ngay="29/02/2024",
        soNguoi=str(len(cast.handed_over)),
        cuaKhau=f"N. {cast.remark}".strip(),
        DonVi=f"Đồn BPCK N. {cast.remark}".strip(),
        TinhDonVi=OWN[0],
        NuocGiao="Lào",
    )
    root.append(ET.Comment(f"{MADE_UP} {cast.remark}".strip()))
    for place, person in enumerate(cast.handed_over, start=1):
        one = ET.SubElement(root, "Nguoi", stt=str(place))
        fields = {
            "HoTen": person.name,
            "NgaySinh": f"{person.born:%d/%m/%Y}",
            "GT": "Nữ" if person.sex == "f" else "Nam",
            "DanToc": person.ethnic,
            "QuocTich": "Việt Nam",
            "GiayTo": f"CCCD {person.citizen}",
            "NoiO": f"{person.residence} {cast.remark}".strip(),
            "TinhNoiO": person.province,
            **(dict.fromkeys(("TenKhac", "TaiSan"), cast.remark) if cast.remark else {}),
        }
        for name, text in fields.items():
            ET.SubElement(one, name).text = text
    file = directory / "bien-phong-ban-giao.xml"
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
    return file


def labour_file(directory: Path, cast: Cast, codes: Mapping[str, str], *, without_row: int | None = None) -> Path:
    """The department's workbook: every victim of the cases with all four supports; and who returned alone.

    Args:
        codes: mã hồ sơ by confirmation number, as the department's own worklist gives them; every third row has it
            filled in, the others are joined by the confirmation paper.
        without_row: leaves one victim out (1 is the first), to see the figures change.
    """
    cases, returned = LABOUR_LAYOUTS
    listed = [p for place, p in enumerate(cast.victims, start=1) if place != without_row]
    coded = [codes.get(person.confirmation) if place % 3 == 0 else None for place, person in enumerate(listed)]
    rows = [_supported(person, code, cast.remark) for person, code in zip(listed, coded, strict=True)]
    alone = [_alone(person, place, cast.remark) for place, person in enumerate(cast.returned, start=1)]
    file = directory / "so-y-te-danh-sach-2024.xlsx"
    write_worklist(file, [(cases, rows), (returned, alone)], totals=True)
    return file


def _supported(person: Person, code: str | None, remark: str) -> WorklistRow:
    cells = {
        **_person_cells(person, remark),
        "confirmation": f"{person.confirmation}, {person.confirmed:%d/%m/%Y}",
        **dict.fromkeys(REGIMES, "x"),
        **({"code": code} if code else {}),
    }
    return WorklistRow(cells=cells, group="inside" if person.province == OWN[0] else "outside")


def _alone(person: Person, place: int, remark: str) -> WorklistRow:
    cells = {**_person_cells(person, remark), "declaration": f"{place:02d}/TK, 0{place}/04/2024", "psychological": "x"}
    return WorklistRow(cells=cells)


def _person_cells(person: Person, remark: str) -> dict[str, str]:
    born = f"{person.born:%d/%m/%Y}"
    return {
        "full_name": person.name,
        "birth_female" if person.sex == "f" else "birth_male": born,
        "ethnicity": person.ethnic,
        "identity_paper": person.citizen,
        "residence": f"{person.residence} {remark}".strip(),
        **({"householder": f"{person.name}, {person.phone}", "note": remark} if remark else {}),
    }


def women_file(directory: Path, codes: Sequence[str], *, remark: str = "") -> Path:
    """The Union's list of one month: a row for each woman it supports, by mã hồ sơ, and its peer group."""
    rows = [
        WorklistRow(
            cells={
                "code": code,
                "name": f"Chị {'HMLTN'[place % 5]}. {remark}".strip(),
                "village": f"bản {'PTNH'[place % 4]}. {remark}".strip(),
                "content": "thăm hỏi, tặng quà",
                "time": "14/5/2024",
                "given": f"2.000.000 đ {remark}".strip(),
                **({"note": remark} if remark else {}),
            }
        )
        for place, code in enumerate(codes)
    ]
    group = {"name": f"Nhóm đồng đẳng xã Đ. {remark}".strip(), "content": "sinh hoạt nhóm", "time": "14/5/2024"}
    group |= {"headcount": "14", **(dict.fromkeys(("village", "given", "note"), remark) if remark else {})}
    file = directory / "hoi-phu-nu-thang-5.csv"
    write_worklist(file, [(WOMEN_LAYOUTS[0], [*rows, WorklistRow(cells=group)])])
    return file
