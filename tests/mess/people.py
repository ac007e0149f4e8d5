"""Made-up persons with their whole truth, the same for the same seed. DỮ LIỆU GIẢ ĐỊNH, KHÔNG CÓ NGƯỜI THẬT.

Citizen numbers begin with 099 and phones with 09000, which nobody has; villages are called Giả and Định.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from domain.case_code import new as new_case_code

TODAY = date(2024, 12, 1)
RECORDED = date(2024, 2, 29)
"""The day of the border guard's records, on which ages are said."""
OPENED = date(2024, 3, 11)
"""The day the police opened the cases."""
OWN = "38"
"""Province of the offices that write the files."""

MADE_UP = "GIẢ ĐỊNH"
PEOPLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # ethnic group as listed: (names, middle names and given names of women, of men)
    "Kinh": (
        ("Nguyễn", "Trần", "Phạm", "Đỗ", "Hồ", "Lý"),
        ("Thị Mai", "Thị Thúy", "Thị Ánh Tuyết", "Ngọc", "Thị Thơ", "Thịnh", "Hoà", "Thị Đào"),
        ("Văn Giả", "Đức", "Sơn", "Lộc"),
    ),
    "Thái": (
        ("Lò", "Lường", "Quàng", "Cà", "Tòng", "Vi"),
        ("Thị Xuân", "Thị Pà", "Thị Dọn", "Thị Đôi"),
        ("Văn Định", "Văn Ín"),
    ),
    "Mông": (
        ("Giàng", "Vàng", "Sùng", "Thào", "Mùa"),
        ("Thị Dúa", "Thị Mỷ", "Sua"),
        ("A Páo", "A Dế", "Seo Phử", "A Thò", "A Phó"),
    ),
    "Dao": (("Chảo", "Tẩn", "Phàn"), ("Mùi Mẩy", "Tả Mẩy"), ("Láo Tả", "Duần Phẩu")),
    "Mường": (("Bùi", "Quách", "Hà"), ("Thị Ươm", "Thị Ỏn"), ("Văn Ừng",)),
    "Khơ-mú": (("Cụt", "Moong", "Lữ"), ("Thị May",), ("Văn Phỏm",)),
    "Ê-đê": (("H'Mai", "H'Bia", "H’Wen"), ("Niê", "Êban", "Kpă"), ()),
    "Cơ-ho": (("K'Brếp", "Ka Nhàm", "K' Srai"), ("", "Mul"), ()),
    "Khơ-me": (("Thạch", "Kim", "Sơn"), ("Thị Sa Rươn", "Sô Phia"), ("Sa Oanh",)),
}
HOMES = {
    # today's code: (province as it is written now, one that went up in it)
    "14": ("Sơn La", None),
    "40": ("Nghệ An", None),
    "11": ("Điện Biên", None),
    "38": ("Thanh Hóa", None),
    "15": ("Lào Cai", "Yên Bái"),
    "08": ("Tuyên Quang", "Hà Giang"),
    "66": ("Đắk Lắk", "Phú Yên"),
    "25": ("Phú Thọ", "Hòa Bình"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One made-up person: what is true, whatever an office writes of it."""

    number: int  # which of all; makes papers and phones distinct
    name: str
    sex: str  # 'f' | 'm'
    born: date
    ethnicity: str
    citizen: str  # CCCD of 12 digits, or "" for one who never had any
    province: str  # today's code
    residence: str
    phone: str
    householder: str
    confirmed: date  # day of the confirmation paper, of the declaration
    code: str  # mã hồ sơ
    account: str = field(default="Được rủ đi làm rồi bị bán (giả định).")

    @property
    def confirmation(self) -> str:
        """Number of the confirmation paper."""
        return f"{self.number}/GXN-GĐ"

    def age(self, on: date) -> int:
        """Whole years lived on a day."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


def person(random: Random, number: int) -> Person:
    """Draw a person; most are grown women, some children without papers."""
    ethnicity = random.choice(list(PEOPLES))
    families, women, men = PEOPLES[ethnicity]
    sex = "m" if men and random.random() < 0.2 else "f"
    given = random.choice(women if sex == "f" else men)
    # One of twelve children in a hundred, so that the bounds of 18 years are met again and again.
    latest = date(2023, 1, 1) if random.random() < 0.2 else date(2007, 12, 31)
    born = date(1975, 1, 1) + timedelta(days=random.randrange((latest - date(1975, 1, 1)).days))
    province = random.choice(list(HOMES))
    village = f"bản {random.choice(('Giả', 'Định', 'Tày Giả', 'Ươm Giả'))} {random.randrange(1, 9)}"
    return Person(
        number=number,
        name=f"{random.choice(families)} {given}".strip(),
        sex=sex,
        born=born,
        ethnicity=ethnicity,
        citizen=citizen(sex, born, number),
        province=province,
        residence=f"{village}, xã Giả Định, tỉnh {HOMES[province][0]}",
        phone=f"09000{number % 100_000:05d}",
        householder=f"{random.choice(('Lò Văn', 'Trần', 'Giàng A'))} Chủ",
        confirmed=date(2024, 1, 2) + timedelta(days=random.randrange(300)),
        code=new_case_code(random.randbytes(16)),
    )


def citizen(sex: str, born: date, number: int) -> str:
    """A citizen number as the law builds it: place, sex and century, year, six digits."""
    mark = (born.year - 1900) // 100 * 2 + (sex == "f")
    return f"099{mark}{born.year % 100:02d}{number % 1_000_000:06d}"
