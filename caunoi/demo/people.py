"""Made-up people of the worked example, the same for the same seed. KHÔNG CÓ NGƯỜI THẬT.

Names are drawn from common parts; citizen numbers begin with 999, which no province has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

FAMILY = ("Lò", "Giàng", "Vàng", "Hà", "Lường", "Quàng", "Cà", "Nguyễn", "Trần", "Phạm", "Vi", "Lang", "Thào")
MIDDLE_F, MIDDLE_M = ("Thị",), ("Văn", "Đình", "A")
GIVEN_F = ("Mai", "Dúa", "Mỷ", "Hoa", "Xuân", "Lan", "Pà", "Sua", "Hương", "Bích", "Thắm", "Chía")
GIVEN_M = ("Páo", "Sùng", "Hùng", "Tâm", "Dơ", "Lâm", "Quân")
ETHNIC = ("Thái", "Mông", "Mường", "Kinh", "Khơ Mú", "Dao")
HOMES = (("14", "Sơn La"), ("40", "Nghệ An"))  # provinces that have agencies in the example
OTHERS = (("11", "Điện Biên"), ("12", "Lai Châu"))  # provinces that have not joined yet
OWN = ("38", "Thanh Hóa")
ROUTES = (
    "Được người quen rủ đi làm ở nước ngoài rồi bị bán.",
    "Bị lừa qua mạng xã hội, hứa việc nhẹ lương cao.",
    "Bị môi giới kết hôn với người nước ngoài rồi bị ép buộc.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One made-up person and the papers offices hold of them."""

    name: str
    sex: str  # 'f' | 'm'
    born: date
    ethnic: str
    citizen: str
    province: str  # 2-digit code of residence
    residence: str
    phone: str
    account: str
    confirmation: str  # number of the confirmation paper
    confirmed: date


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody in the example: victims of the criminal cases, returned alone, handed over at the gate.

    remark: words that every office writes into each of its fields of free text, also those it else leaves empty; so
        that what must not leak can be planted everywhere at once.
    """

    victims: tuple[Person, ...]
    returned: tuple[Person, ...]
    handed_over: tuple[Person, ...]
    remark: str = ""


def cast(*, seed: int, outside: int, inside: int) -> Cast:
    """Draw the cast: `outside` victims of other provinces first, then `inside` of the province itself."""
    random = Random(seed)  # noqa: S311 - made-up people, not keys
    homes = [*HOMES, *HOMES, *OTHERS]
    victims = [_person(random, number, homes[number % len(homes)]) for number in range(outside)]
    victims += [_person(random, outside + number, OWN) for number in range(inside)]
    returned = tuple(_person(random, 500 + number, OWN) for number in range(2))
    handed_over = (_person(random, 600, HOMES[0]),)
    return Cast(tuple(victims), returned, handed_over)


def _person(random: Random, number: int, home: tuple[str, str]) -> Person:
    sex = "f" if random.random() < 0.8 else "m"
    middle, given = (MIDDLE_F, GIVEN_F) if sex == "f" else (MIDDLE_M, GIVEN_M)
    born = date(1985, 1, 1) + timedelta(days=random.randrange(20 * 365))
    century = {"f": "1", "m": "0"} if born.year < 2000 else {"f": "3", "m": "2"}
    code, name = home
    commune = random.choice("ABCĐHKLMNPQSTVX")
    return Person(
        name=f"{random.choice(FAMILY)} {random.choice(middle)} {random.choice(given)}",
        sex=sex,
        born=born,
        ethnic=random.choice(ETHNIC),
        citizen=f"999{century[sex]}{born.year % 100:02d}{100_000 + number * 37:06d}",
        province=code,
        residence=f"bản {random.choice('PTNH')}., xã {commune}., tỉnh {name}",
        phone=f"09{random.randrange(10**8):08d}",
        account=random.choice(ROUTES),
        confirmation=f"{number + 11}/GXN-PC02",
        confirmed=date(2024, 3, 21) + timedelta(days=(number * 5) % 120),
    )
