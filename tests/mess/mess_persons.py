"""Messes of names, of old fonts, of births, of peoples and places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from tests.mess.lettering import tcvn3, telex, viqr, viscii, vni
from tests.mess.mess import GENERIC, PERSONAL, Mess, Row, add, back, means, nothing, one_of, same
from tests.mess.people import HOMES, OPENED, RECORDED, TODAY

FIELDED = ("police", "border", *GENERIC)

# -- names -----------------------------------------------------------------------------------------------------------


def _eth(row: Row, _: Random) -> str | None:
    return row.person.name.replace("Đ", "Ð").replace("đ", "ð") if "đ" in row.person.name.lower() else None


same(
    "name",
    name_in_capitals=lambda r, _: r.person.name.upper(),
    name_decomposed=lambda r, _: unicodedata.normalize("NFD", r.person.name),
    name_no_break_space=lambda r, _: r.person.name.replace(" ", "\u00a0"),
    name_zero_width=lambda r, _: f"\u200b{r.person.name}\ufeff",
    name_two_spaces=lambda r, _: f"  {r.person.name.replace(' ', '  ')} ",
    name_eth_for_d=_eth,
)
means(
    "name",
    "other_names",
    name_tuc_in_brackets=(lambda r, _: f"{r.person.name} (tức Máy)", lambda _: ["Máy"]),
    name_tuc=(lambda r, x: f"{r.person.name}{x.choice((' tức ', ', tức là '))}Máy", lambda _: ["Máy"]),
    name_tuc_after_dash=(lambda r, _: f"{r.person.name} - tức Máy", lambda _: ["Máy"]),
    name_tuc_in_capitals=(lambda r, _: f"{r.person.name.upper()} (TỨC MÁY)", lambda _: ["Máy"]),
    name_other_name=(lambda r, x: f"{r.person.name} ({x.choice(('tên khác: ', 'tên gọi khác ', 'bí danh '))}Máy)",
                     lambda _: ["Máy"]),
    name_two_others=(lambda r, _: f"{r.person.name} (tức Máy, Mẩy)", lambda _: ["Máy", "Mẩy"]),
)  # fmt: skip
means(
    "other",
    "other_names",
    FIELDED,
    other_in_chinese=(lambda _, __: "王小红 (Wang Xiaohong)", lambda _: ["王小红 (Wang Xiaohong)"]),
    other_two=(one_of("Máy; Mẩy", "Máy, Mẩy", "Máy / Mẩy"), lambda _: ["Máy", "Mẩy"]),
    other_none=(one_of("không", "không có", "–", "chưa khai thác"), nothing),
)
means(
    "name",
    "full_name",
    name_described=(lambda _, __: "cháu A (không rõ họ)", lambda _: "cháu A (không rõ họ)"),
    name_in_brackets=(lambda _, __: "(cháu bé, chưa khai sinh)", lambda _: "(cháu bé, chưa khai sinh)"),
    name_initials=(one_of("N.T.H.", "L. T. M."), lambda r: r.cells["name"]),
    name_one_word=(one_of("Dúa", "PÀ", "Ỏn"), lambda r: r.cells["name"].title()),
)
back(
    "name",
    name_of_another=one_of("vợ ông Lò Văn Giả", "Con bà Giàng Thị Giả", "mẹ của chị Dúa"),
    name_of_a_childs_mother=one_of("mẹ của cháu Dúa", "mẹ cháu Giả"),
    name_unknown=one_of("không rõ", "chưa khai thác", "–", ""),
    name_ditto=one_of("-nt-", "nt", "như trên", '"', "//"),
    name_with_number=lambda r, _: f"{r.person.name} 1999",
    name_of_two=lambda r, x: f"{r.person.name}{x.choice((', ', ' và ', ' + ', ' – ', chr(10)))}Giàng Thị Giả",
    name_and_child=lambda r, x: f"{r.person.name} {x.choice(('và', 'cùng', '+'))} con",
    name_failed=one_of("#N/A", "#REF!"),
    name_control=lambda r, _: f"{r.person.name}\u202e",
)

# -- fonts -----------------------------------------------------------------------------------------------------------


OF_OTHER_SPELLING = frozenset({"Ê-đê", "Cơ-ho", "Khơ-me"})
"""Peoples of whose names nobody can tell that Niee or Soo is wrong."""


def _lettered(how: Callable[[str], str], cell: str) -> Callable[[Row, Random], str | None]:
    def text(row: Row, _: Random) -> str | None:
        if cell == "name" and how in {telex, viqr} and row.person.ethnicity in OF_OTHER_SPELLING:
            return None
        old = how(row.cells[cell])
        return old if old != row.cells[cell] else None

    return text


def _whole_row(how: Callable[[str], str]) -> Callable[[Row, Random], str | None]:
    def text(row: Row, _: Random) -> str | None:
        foreign = how in {telex, viqr} and row.person.ethnicity in OF_OTHER_SPELLING
        if how(row.person.name) == row.person.name or foreign:
            return None
        for cell in ("residence", "ethnicity", "householder", "note"):
            if cell in row.cells:
                row.cells[cell] = how(row.cells[cell])
        return how(row.person.name)

    return text


ROWWIDE = ("residence", "ethnicity", "householder", "note", "phones", "other_names", "full_name")
for _name, _how in (("tcvn3", tcvn3), ("vni", vni), ("telex", telex), ("viqr", viqr), ("viscii", viscii)):
    add(Mess(name=f"font_{_name}_row", forms=PERSONAL, cell="name", text=_whole_row(_how), returned=True,
             touches=ROWWIDE))  # fmt: skip
    back("name", PERSONAL, **{f"font_{_name}_name": _lettered(_how, "name")})
    back("residence", PERSONAL, **{f"font_{_name}_place": _lettered(_how, "residence")})

# -- births ----------------------------------------------------------------------------------------------------------


def _born(shape: str) -> Callable[[Row, Random], str]:
    return lambda row, _: shape.format(d=row.person.born.day, m=row.person.born.month, y=row.person.born.year)


def _parts(*names: str) -> Callable[[Row], object]:
    return lambda row: {name: getattr(row.person.born, name) for name in names}


same(
    "birth",
    birth_dashes=_born("{d}-{m}-{y}"),
    birth_dots=_born("{d:02}.{m:02}.{y}"),
    birth_short=_born("{d}/{m}/{y}"),
    birth_worded=_born("ngày {d} tháng {m} năm {y}"),
    birth_iso=_born("{y}-{m:02}-{d:02}"),
    birth_spaces=_born(" {d:02} / {m:02} / {y} "),
)
means(
    "birth",
    "birth",
    birth_year=(_born("{y}"), _parts("year")),
    birth_in_the_year=(_born("sinh năm {y}"), _parts("year")),
    birth_month=(_born("{m}/{y}"), _parts("month", "year")),
    birth_month_worded=(_born("tháng {m} năm {y}"), _parts("month", "year")),
    birth_zeros=(_born("00/00/{y}"), _parts("year")),
    birth_zero_day=(_born("00/{m:02}/{y}"), _parts("month", "year")),
    birth_can_chi=(one_of("Ất Hợi", "Canh Ngọ", "năm Tân Tỵ", "Quý Mão"), lambda _: {"calendar": "sexagenary"}),
)
_UNTOLD = one_of("không rõ", "chưa khai thác", "từ chối khai", "không nhớ", "–", "")
means("birth", "birth", FIELDED, birth_unknown=(_UNTOLD, nothing))
add(Mess(name="birth_unknown_in_its_column", forms=("labour",), cell="birth", text=_UNTOLD,
         truth={"birth": nothing, "sex": nothing}))  # fmt: skip


def _lunar(row: Row, random: Random) -> str | None:
    born = row.person.born
    if born.month > 9 or born.day > 28:
        return None
    shapes = ("{d}/{m} ÂL {y}", "{d}/{m}/{y} ÂL", "{d:02}/{m:02}/{y} (âm lịch)", "{d}/{m}/{y} al")
    # The lunar day is about a month behind; here it is just another day of the same year.
    return random.choice(shapes).format(d=born.day, m=born.month, y=born.year)


means(
    "birth",
    "birth",
    birth_lunar=(_lunar, lambda r: {**_as_dict(_parts("day", "month", "year")(r)), "calendar": "lunar"}),
    birth_lunar_30=(lambda r, _: f"30/02/{r.person.born.year} ÂL" if r.person.born.month in {3, 4} else None,
                    lambda r: {"day": 30, "month": 2, "year": r.person.born.year, "calendar": "lunar"}),
)  # fmt: skip


def _as_dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def _said_on(row: Row) -> date:
    return {"border": RECORDED, "police": OPENED}.get(row.form, row.person.confirmed)


def _age(row: Row, random: Random) -> str | None:
    """As it is true on the day; 'khoảng' and tuổi mụ may be one more."""
    age = row.person.age(_said_on(row)) + random.choice((0, 0, 1))
    if not 2 <= age <= 60:
        return None
    if row.form == "police":
        row.cells["said_on"] = f"{OPENED:%d/%m/%Y}"
    said = f" (khai ngày {_said_on(row):%d/%m/%Y})" if row.form == "labour" else ""
    return random.choice(("khoảng {} tuổi", "{} tuổi", "chừng {} tuổi")).format(age) + said


def _age_meant(row: Row) -> object:
    found = re.search(r"[0-9]+", row.cells["birth"])
    return {"age": int(found[0]) if found else None, "said_on": _said_on(row).isoformat()}


means("birth", "birth", birth_age=(_age, _age_meant))
back("birth", ("police", "labour"), birth_age_without_day=one_of("khoảng 15 tuổi", "17 tuổi"))
back(
    "birth",
    birth_two_digits=lambda r, _: f"{r.person.born:%d/%m/%y}",
    birth_buddhist=lambda r, _: f"{r.person.born:%d/%m/}{r.person.born.year + 543}",
    birth_serial=lambda r, _: str((r.person.born - date(1899, 12, 30)).days) if r.person.born.year > 1980 else None,
    birth_impossible=one_of("31/02/1999", "30/02/2002", "32/01/2001", "15/13/2003"),
    birth_american=lambda r, _: f"{r.person.born:%m/%d/%Y}" if r.person.born.day > 12 else None,
    birth_future=lambda _, __: f"{TODAY + timedelta(days=40):%d/%m/%Y}",
    birth_ditto=one_of("nt", "-nt-", "như trên"),
    birth_words=one_of("tuổi Ngọ", "sinh trước Tết", "1999?", "1998 hoặc 1999"),
)
add(Mess(name="birth_in_both_columns", forms=("labour",), cell="birth_other", text=_born("{y}"), returned=True))

# -- sex, peoples ----------------------------------------------------------------------------------------------------

same("sex", FIELDED, sex_in_capitals=lambda r, _: {"f": "NỮ", "m": "NAM"}[r.person.sex])
same("sex", ("police",), sex_by_declared_code=lambda r, _: {"f": "0", "m": "1"}[r.person.sex])
means("sex", "sex", FIELDED, sex_not_told=(one_of("", "không rõ"), nothing))
back("sex", FIELDED, sex_by_unknown_code=one_of("2", "7"))

_SPELLINGS = {"Mông": ("H'Mông", "Mèo", "MÔNG", "Mông hoa"), "Thái": ("Thái đen", "THÁI", " Thái trắng"),
              "Dao": ("Dao đỏ", "dao tiền"), "Ê-đê": ("Êđê", "Ê Đê"), "Khơ-me": ("Khmer",), "Kinh": ("KINH", "Việt"),
              "Khơ-mú": ("Khơ Mú",), "Cơ-ho": ("Cơ Ho", "K'ho")}  # fmt: skip
same(
    "ethnicity",
    people_spelled_otherwise=lambda r, x: (
        x.choice(_SPELLINGS[r.person.ethnicity]) if r.person.ethnicity in _SPELLINGS else None
    ),
)
means("ethnicity", "ethnicity", people_not_told=(one_of("không rõ", "", "chưa khai thác", "–"), nothing))
back("ethnicity", people_unknown=one_of("Xá Giả", "thiểu số", "Khác"), people_ditto=one_of("nt", "-nt-", '"'))

# -- places ----------------------------------------------------------------------------------------------------------


def _before(row: Row, _: Random) -> str | None:
    """The province as it was called before 07-2025."""
    old = HOMES[row.person.province][1]
    return None if old is None else f"xã Giả Định, huyện Giả, tỉnh {old}"


means(
    "residence",
    "residence",
    place_before_2025=(_before, lambda r: r.cells["residence"]),
    place_abbreviated=(
        lambda r, _: f"xã G., h. Đ., {HOMES[r.person.province][0]}",
        lambda r: r.cells["residence"],
    ),
    place_with_old=(
        lambda r, _: f"xã Giả (cũ), huyện Định (cũ), tỉnh {HOMES[r.person.province][0]} (cũ)",
        lambda r: r.cells["residence"],
    ),
    place_old_tones=(
        lambda r, _: "xã Giả, tỉnh Thanh Hoá" if r.person.province == "38" else None,
        lambda r: r.cells["residence"],
    ),
)
add(Mess(name="place_unknown", forms=("labour",), cell="residence", text=one_of("không rõ", "chưa xác minh", ""),
         truth={"residence": nothing, "residence_province": nothing}))  # fmt: skip
add(Mess(name="place_without_province", forms=("labour",), cell="residence", text=one_of("bản Giả, xã Định"),
         truth={"residence": lambda r: r.cells["residence"], "residence_province": nothing}))  # fmt: skip
back("residence", place_ditto=one_of("-nt-", "nt", "như trên"))
same(
    "province",
    FIELDED,
    province_by_name=lambda r, x: x.choice(("", "tỉnh ", "T. ")) + HOMES[r.person.province][0],
)
back(
    "province",
    FIELDED,
    province_lost_zero=lambda r, _: r.person.province[1:] if r.person.province[0] == "0" else None,
    province_unknown=one_of("tỉnh Giả Định", "00"),
)
back(
    "outside",
    ("police",),
    place_contradicts=lambda r, _: "false" if r.cells["outside"] == "true" else "true",
)
