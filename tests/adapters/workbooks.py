"""Made-up spreadsheets for the tests and the examples. No line of them is about a real person.

``python -m tests.adapters.workbooks`` writes the committed example files anew.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import xlsxwriter

from adapters.tables.sheets import Sheet

MADE_UP = "DỮ LIỆU GIẢ ĐỊNH – KHÔNG CÓ NGƯỜI THẬT"
CODES = ("HS-23456-789AR", "HS-BCDEF-GHJKT")

HEADINGS = (
    ("STT", ""), ("Mã hồ sơ", ""), ("Họ và tên", ""), ("Năm sinh", "Nam"), ("Năm sinh", "Nữ"), ("Dân tộc", ""),
    ("Số CMND/CCCD", ""), ("Nơi cư trú", ""), ("Chủ hộ, SĐT", ""), ("Số QĐ/Giấy XN", ""), ("Hỗ trợ", "KKBĐ (1.000đ)"),
    ("Hỗ trợ", "Tâm lý"), ("Hỗ trợ", "Pháp lý"), ("Hỗ trợ", "Sức khỏe"), ("Ghi chú", ""),
)  # fmt: skip
RETURNED_HEADINGS = tuple(("Số, ngày tờ khai", "") if h == ("Số QĐ/Giấy XN", "") else h for h in HEADINGS)
WOMEN = [
    "TT", "Mã hồ sơ", "Họ tên chị em (viết tắt)", "Thôn/bản", "Nội dung hỗ trợ", "Thời gian", "Số tiền/hiện vật",
    "Số người dự", "Ghi chú",
]  # fmt: skip

OUTSIDE = (
    ["1", "", "LÒ THỊ MÂY (tức Máy)", "", "1999", "Thái", "014199001234", "bản Co M., xã T., tỉnh Sơn La",
     "Lò Văn P. 0912345678 (bố)", "12/GXN-PC02, 21/3/2024", "1.000", "x", "X", "✓", "đã về địa phương"],
    ["2", "", "Giàng A Páo", "2001", "", "Mông", "", "xã S., tỉnh Điện Biên", "", "13/GXN-PC02, 21/3/2024", "1.000",
     "x", "x", "", ""],
    ["3", "", "Vàng Thị Mỷ", "", "5/2002", "Mông", "", "", "", "14/GXN-PC02 ngày 02/4/2024", "", "có", "", "v", ""],
)  # fmt: skip
INSIDE = (
    ["4", "", "Phạm Thị Hạ", "", "15/08/2003", "Kinh", "", "xã H., tỉnh Thanh Hóa", "", "15/GXN-PC02, 02/4/2024",
     "1.000", "x", "x", "x", ""],
)  # fmt: skip
RETURNED = (
    ["1", "", "Hà Thị Sương", "", "2000", "Mường", "", "xã L., tỉnh Thanh Hóa", "", "03/TK-UBND, 10/5/2024", "x", "",
     "", "x", "tự về qua cửa khẩu"],
)  # fmt: skip


def labour(
    to: Path,
    *,
    outside: Sequence[Sequence[str]] = OUTSIDE,
    inside: Sequence[Sequence[str]] = INSIDE,
    returned: Sequence[Sequence[str]] = RETURNED,
    total: int | None = None,
    also: Callable[[xlsxwriter.Workbook], None] | None = None,
) -> Path:
    """Write a workbook of the Labour department: title rows, two-row header, groups, total, signatures, two sheets."""
    with xlsxwriter.Workbook(to) as book:
        count = len(outside) + len(inside)
        body: list[Sequence[str]] = [
            [f"I. NẠN NHÂN NGOÀI TỈNH ({len(outside)})"], *outside,
            [f"II. NẠN NHÂN TRONG TỈNH ({len(inside)})"], *inside,
            ["Tổng cộng", "", str(count if total is None else total)],
            ["", "", "", "", "", "", "", "", "", "Thanh Hóa, ngày 05 tháng 6 năm 2024"],
            ["", "NGƯỜI LẬP BIỂU", "", "", "", "", "", "", "", "GIÁM ĐỐC"],
            ["", "Nguyễn Văn Giả", "", "", "", "", "", "", "", "Trần Thị Định"],
        ]  # fmt: skip
        title = "DANH SÁCH NẠN NHÂN BỊ MUA BÁN PHÁT HIỆN QUA CÁC VỤ ÁN NĂM 2024"
        table(book, "Nạn nhân qua vụ án", title, HEADINGS, body)
        if returned:
            table(book, "Tự trở về", "DANH SÁCH NGƯỜI TỰ TRỞ VỀ", RETURNED_HEADINGS, returned)
        if also is not None:
            also(book)
    return to


def table(
    book: xlsxwriter.Workbook,
    name: str,
    title: str,
    headings: Sequence[tuple[str, str]],
    body: Iterable[Sequence[str]],
) -> None:
    """Write one sheet: three title rows, a merged two-row header (rows 5 and 6), then the body from row 7."""
    page = book.add_worksheet(name)
    last = len(headings) - 1
    for row, text in enumerate(("SỞ LĐTBXH TỈNH GIẢ ĐỊNH", MADE_UP, title)):
        page.merge_range(row, 0, row, last, text)
    for column, (above, below) in enumerate(headings):
        if not below:
            page.merge_range(4, column, 5, column, above)
            continue
        span = [place for place, heading in enumerate(headings) if heading[0] == above]
        if column == span[0]:
            page.merge_range(4, span[0], 4, span[-1], above)
        page.write_string(5, column, below)
    for row, cells in enumerate(body, start=6):
        for column, text in enumerate(cells):
            if text:
                page.write_string(row, column, text)
    page.set_column(0, 0, 6)
    page.set_column(1, last, 18)


def sheet(*rows: list[str]) -> Sheet:
    """A sheet as the reader gives it."""
    return Sheet(name="S", rows=tuple(tuple(row) for row in rows))


def women_rows() -> list[list[str]]:
    """Give the body of a list of the Women's Union: a gift, a course, a group's meeting, a row without code."""
    return [
        ["1", CODES[0], "Chị H.", "bản Pa", "thăm hỏi, tặng quà", "tháng 3/2024", "2 triệu", "", ""],
        ["2", CODES[1], "Chị Th.", "bản Pa", "học nghề", "14/3/2024", "01 máy may", "", "lớp 3 tháng"],
        ["", "", "Nhóm đồng đẳng xã Đ.", "", "sinh hoạt tháng, tuyên truyền", "14/3/2024", "", "14", ""],
        ["3", "", "Chị M.", "bản Na", "thăm hỏi", "tháng 3/2024", "500.000 đ", "", ""],
    ]


def women_csv(rows: Iterable[Sequence[str]], *, delimiter: str = ";", header: Sequence[str] = WOMEN) -> str:
    """Lay a list of the Women's Union out as CSV text."""
    lines = [["HỘI LHPN XÃ GIẢ ĐỊNH"], [MADE_UP], list(header), *rows]
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in line] for line in lines]
    return "".join(delimiter.join(line) + "\r\n" for line in quoted)


def women(to: Path, rows: Iterable[Sequence[str]]) -> Path:
    """Write a list of the Women's Union as a workbook."""
    with xlsxwriter.Workbook(to) as book:
        page = book.add_worksheet("Tháng 3-2024")
        for row, cells in enumerate([["HỘI LHPN XÃ GIẢ ĐỊNH"], [MADE_UP], WOMEN, *rows]):
            for column, text in enumerate(cells):
                if text:
                    page.write_string(row, column, text)
        page.set_column(1, len(WOMEN) - 1, 18)
    return to


def groups(month: str, *, village: str = "bản Nà Mường") -> list[list[str]]:
    """Give the body of a list of groups alone: what needs no mã hồ sơ."""
    return [
        ["1", "", "Nhóm đồng đẳng xã Đ.", "bản Na", "sinh hoạt tháng, tuyên truyền", f"14/{month}", "", "14", ""],
        ["2", "", "Nhóm Hoa ban", "bản Pa", "tập huấn", f"20/{month}", "", "22", "mời cán bộ y tế xã"],
        ["3", "", "Nhóm đồng đẳng xã H.", village, "sinh hoạt nhóm", f"21/{month}", "", "9", ""],
    ]


def bomb(to: Path, *, megabytes: int) -> Path:
    """Write a small zip that unpacks to this much."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(megabytes):
                member.write(b"\0" * 1024 * 1024)
    return to


def locked(to: Path) -> Path:
    """Write the outside of a password-protected workbook: a compound file with an EncryptedPackage ([MS-OFFCRYPTO])."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII109I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\0" * 16, 0x3E, 3, 0xFFFE, 9, 6, b"\0" * 6,
        0, 1, 1, 0, 4096, end, 0, end, 0, 0, *[free] * 108,
    )  # fmt: skip
    sectors = struct.pack("<128I", 0xFFFFFFFD, end, *(range(3, 10)), end, *[free] * 118)
    entries = _entry("Root Entry", 5, end, 0, child=1) + _entry("EncryptedPackage", 2, 2, 4096)
    directory = entries + _entry("", 0, 0, 0) * 2
    to.write_bytes(header + sectors + directory + b"\0" * 4096)
    return to


def _entry(name: str, kind: int, start: int, size: int, *, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    none = 0xFFFFFFFF
    return struct.pack("<64sHBBIII16sIQQIQ", text, length, kind, 1, none, none, child, b"\0" * 16, 0, 0, 0, start, size)


def examples(root: Path) -> None:
    """Write the example files below `root` (examples/): in each form's one row is wrong (examples/README.md)."""
    outside = [list(row) for row in OUTSIDE]
    outside[2][8] = "912345678"  # a phone typed as a number: the zero is lost
    labour(root / "labour_department" / "danh-sach-ho-tro-2024.xlsx", outside=outside)
    women(root / "women_union" / "ho-tro-thang-3-2024.xlsx", groups("3/2024"))
    half_typed = women_csv(groups("4/2024", village="bản Nà Muwowngf"))
    (root / "women_union" / "ho-tro-thang-4-2024.csv").write_bytes(b"\xef\xbb\xbf" + half_typed.encode())


if __name__ == "__main__":
    examples(Path(__file__).resolve().parents[2] / "examples")
