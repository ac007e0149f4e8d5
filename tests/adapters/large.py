"""Made-up files of any length, for tests and figures of how large files are read. No line is about a real person.

Every row is a good one and a person of its own: DỮ LIỆU GIẢ ĐỊNH.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import xlsxwriter

from tests.tree import ROOT

HEADINGS = (
    ("STT", ""), ("Mã hồ sơ", ""), ("Họ và tên", ""), ("Năm sinh", "Nam"), ("Năm sinh", "Nữ"), ("Dân tộc", ""),
    ("Số CMND/CCCD", ""), ("Nơi cư trú", ""), ("Chủ hộ, SĐT", ""), ("Số, ngày tờ khai", ""),
    ("Hỗ trợ", "KKBĐ (1.000đ)"), ("Hỗ trợ", "Tâm lý"), ("Hỗ trợ", "Pháp lý"), ("Hỗ trợ", "Sức khỏe"),
    ("Hỗ trợ", "Nhu cầu thiết yếu"), ("Hỗ trợ", "Trợ giúp pháp lý"), ("Hỗ trợ", "Học văn hóa"),
    ("Hỗ trợ", "Học nghề"), ("Ngày hỗ trợ", ""), ("Ghi chú", ""),
)  # fmt: skip
"""Twenty columns of the Labour department's list of those who returned alone."""
_FAMILY = ("Lò", "Giàng", "Vàng", "Phạm", "Hà", "Nguyễn", "Trần", "Lê", "Cầm", "Quàng")
_MIDDLE = ("Thị", "Thị Thu", "Thị Minh", "Thị Ngọc")
_GIVEN = ("Mây", "Hạ", "Sương", "Mỷ", "Hoa", "Lan", "Xuân", "Thảo", "Nhung", "Yến", "Bích")
_PEOPLES = ("Thái", "Mông", "Kinh", "Mường", "Tày")


def full_name(number: int) -> str:
    """A name; two persons may have the same."""
    return f"{_FAMILY[number % 10]} {_MIDDLE[number % 4]} {_GIVEN[number % 11]}"


def labour_row(number: int) -> list[str]:
    """One person's row, numbered from 1."""
    year = 1985 + number % 15
    return [
        str(number), "", full_name(number), "", str(year), _PEOPLES[number % 5],
        f"0381{year % 100:02}{number % 1_000_000:06}", f"xã Giả Định {number % 97}, tỉnh Thanh Hóa", "",
        f"{number:02}/TK-UBND, {number % 28 + 1:02}/{number % 12 + 1:02}/2024", "1.000", "x", "", "x", "x", "", "", "x",
        "15/01/2025", "giả định",
    ]  # fmt: skip


def labour(to: Path, rows: int) -> Path:
    """A workbook of the Labour department, its writing in bounded memory."""
    with xlsxwriter.Workbook(to, {"constant_memory": True}) as book:
        page = book.add_worksheet("Tự trở về")
        page.write_string(0, 0, "DANH SÁCH NGƯỜI TỰ TRỞ VỀ – DỮ LIỆU GIẢ ĐỊNH")
        for row in (2, 3):
            for column, heading in enumerate(HEADINGS):
                page.write_string(row, column, heading[row - 2])
        for number in range(1, rows + 1):
            for column, text in enumerate(labour_row(number)):
                if text:
                    page.write_string(number + 3, column, text)
    return to


def women_lines(rows: int, *, wide: int = 0) -> Iterator[str]:
    """Lines of a list of the Women's Union: groups' meetings, which need no case; `wide` characters of notes each."""
    yield "TT;Mã hồ sơ;Họ tên chị em (viết tắt);Thôn/bản;Nội dung hỗ trợ;Thời gian;Số tiền/hiện vật;Số người dự;Ghi chú"
    note = ("giả định " * wide)[:wide]
    for number in range(1, rows + 1):
        day = f"{number % 28 + 1}/{number % 12 + 1}/2024"
        yield f"{number};;Nhóm {number};bản Giả;sinh hoạt nhóm;{day};;{number % 40 + 2};{note}"


def women(to: Path, rows: int, *, wide: int = 0) -> Path:
    """A CSV file of the Women's Union."""
    with to.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(line + "\r\n" for line in women_lines(rows, wide=wide))
    return to


def police(to: Path, rows: int, *, wide: int = 0) -> Path:
    """A criminal case file; `wide` characters of a statement in each person."""
    words = ("lời khai giả định " * wide)[: max(wide - 8, 0)]
    with to.open("w", encoding="utf-8") as stream:
        stream.write('{"SoVuAn": "07/VA-GD", "NgayKT": "15/03/2024", "DonVi": "Phòng PC02 giả định",\n"BiHai": [')
        for number in range(1, rows + 1):
            person = {
                "STT": number, "HoTen": full_name(number), "NgaySinh": str(1985 + number % 15), "GT": "nữ",
                "DanToc": _PEOPLES[number % 5], "HKTT": f"xã Giả Định {number % 97}, tỉnh Thanh Hóa",
            }  # fmt: skip
            if words:
                person["LoiKhai"] = f"{number:07} {words}"
            stream.write(("" if number == 1 else ",\n") + json.dumps(person, ensure_ascii=False))
        stream.write(f'],\n"SoBiHai": {rows}}}\n')
    return to


def border(to: Path, rows: int, *, wide: int = 0) -> Path:
    """A hand-over record; `wide` characters of a field nobody reads in each person."""
    words = ("giả định " * wide)[:wide]
    with to.open("w", encoding="utf-8") as stream:
        stream.write('<?xml version="1.0"?>\n<BienBanGiaoNhan mau="PL3" so="03/BB-GD" ngay="15/03/2024"')
        stream.write(f' soNguoi="{rows}">\n')
        for number in range(1, rows + 1):
            stream.write(
                f'<Nguoi stt="{number}"><HoTen>{full_name(number)}</HoTen><NamSinh>{1985 + number % 15}</NamSinh>'
                f"<GT>nữ</GT><DanToc>{_PEOPLES[number % 5]}</DanToc><Khac>{words}</Khac></Nguoi>\n"
            )
        stream.write("</BienBanGiaoNhan>\n")
    return to


def pictured(to: Path, rows: int, *, megabytes: int) -> Path:
    """A workbook of the Labour department most of which is a picture."""
    labour(to, rows)
    with zipfile.ZipFile(to, "a") as archive, archive.open("xl/media/image1.jpeg", "w", force_zip64=True) as member:
        for _ in range(megabytes):
            member.write(os.urandom(1 << 20))
    return to


WRITERS: Final[dict[str, Callable[..., Path]]] = {
    "labour_department.xlsx": labour, "women_union.csv": women, "police.json": police, "border_guard.xml": border,
}  # fmt: skip
"""By the adapter's package and the file's ending."""

_READ: Final = """
import importlib, re, resource, sys, time
from datetime import date
from pathlib import Path
from adapters.contract import Draft
adapter = importlib.import_module("adapters." + sys.argv[1]).ADAPTER
adapter.reads(Path(sys.argv[2]))
began, rows = time.monotonic(), 0
for item in adapter.read(Path(sys.argv[2]), today=date(2026, 11, 2)):
    rows += isinstance(item, Draft)
seconds = round(time.monotonic() - began, 1)
# Of this program alone; `ru_maxrss` begins with what the one that started it had.
own = re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text("ascii"))[1]
print(rows, own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, seconds)
"""


def read_apart(name: str, file: Path) -> tuple[int, float, float, float]:
    """Read a file in a process of its own: drafts, the most MB that it and its child had in memory, seconds."""
    done = subprocess.run(
        [sys.executable, "-c", _READ, name.partition(".")[0], str(file)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    rows, own, child, seconds = done.stdout.split()
    return int(rows), int(own) / 1024, int(child) / 1024, float(seconds)
