"""The fields of a hand-over record by name, its own and a person's; docs/forms/border_guard.md has their meaning."""

from __future__ import annotations

from typing import Final

HEADER_FIELDS: Final = ("so", "mau", "ngay", "soNguoi", "cuaKhau", "DonVi", "TinhDonVi", "NuocGiao", "DoMat")
PERSON_FIELDS: Final = (
    *("stt", "conCua", "MaHoSo", "HoTen", "TenKhac", "NgaySinh", "NamSinh", "GT", "DanToc", "QuocTich", "GiayTo"),
    *("NoiO", "TinhNoiO", "NuocGiao"),
)
LETTERED: Final = ("HoTen", "TenKhac", "DanToc", "NoiO")
"""Fields of words, which may be in an old font."""
NAMES: Final = ("HoTen", "TenKhac")
"""Fields of names: Mật is one, and no stamp."""
