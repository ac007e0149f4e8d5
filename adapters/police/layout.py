"""The fields of a case file by name, its own and a person's; docs/forms/police.md has their meaning."""

from __future__ import annotations

from typing import Final

LISTED: Final = ("BiHai", "MaGT")
"""Fields of the header that hold more than a text."""
NOT_READ: Final = ("ChuThich",)
"""Known to the form and of no use here: not told as a field that was not read."""
HEADER_FIELDS: Final = (
    *("SoVuAn", "NgayKT", "DieuLuat", "DoMat", "DonVi", "TinhDonVi", "SoBiHai"),
    *NOT_READ,
    *LISTED,
)
PERSON_FIELDS: Final = (
    *("STT", "MaHoSo", "HoTen", "TenKhac", "NgaySinh", "NgayKhai", "GT", "DanToc", "QuocTich", "LoaiGT", "SoGT"),
    *("HKTT", "TinhHKTT", "TinhNgoai", "KQXM", "NgayKQ", "SoGXN", "NgayGXN", "SDT", "BienBanGN"),
    *("LoiKhai", "DiCungSTT", "DoMat"),
)
FLAGS: Final = ("TinhNgoai",)
"""Fields in which true and false say something."""
LETTERED: Final = ("HoTen", "TenKhac", "DanToc", "HKTT", "LoiKhai")
"""Fields of words, which may be in an old font."""
NAMES: Final = ("HoTen", "TenKhac")
"""Fields of names: Mật is one, and no stamp."""
