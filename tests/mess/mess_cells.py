"""Messes of papers, phones, confirmations, ticks, money, codes and of a row's looks."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from adapters.generic.choices import PAPER
from tests.mess.mess import ALL, GENERIC, PERSONAL, WOMEN, Mess, Row, add, back, means, nothing, one_of, same
from tests.mess.people import Person, citizen

LABOUR, POLICE, BOOKS = ("labour",), ("police",), ("labour", "women_book")


def _kept(row: Row, number: str) -> str:
    """A number where the form writes it: the border guard's after its kind."""
    return f"CCCD {number}" if row.form == "border" else number


def _citizen(change: Callable[[str], str]) -> Callable[[Row, Random], str | None]:
    return lambda row, _: _kept(row, change(row.person.citizen)) if row.person.citizen else None


# -- papers ----------------------------------------------------------------------------------------------------------


def _lost_zero(row: Row, _: Random) -> str | None:
    """Eleven digits of a row that tells sex and year."""
    plain = {"birth", "sex"}.isdisjoint(row.touched) and row.person.citizen
    return _kept(row, row.person.citizen[1:]) if plain else None


def _of_the_mother(row: Row, _: Random) -> str | None:
    born = row.person.born.replace(year=row.person.born.year - 25, day=1)
    return _kept(row, citizen("f", born, row.person.number + 500_000)) if row.person.born.year > 1995 else None


def _other_sex(row: Row, _: Random) -> str | None:
    other = "m" if row.person.sex == "f" else "f"
    return _kept(row, citizen(other, row.person.born, row.person.number)) if "sex" not in row.touched else None


same(
    "paper",
    paper_spaced=_citizen(lambda n: f"{n[:4]} {n[4:8]} {n[8:]}"),
    paper_dotted=_citizen(lambda n: ".".join((n[:3], n[3:6], n[6:9], n[9:]))),
    paper_no_break_spaces=_citizen(lambda n: f"{n[:6]}\u00a0{n[6:]}"),
)
add(Mess(name="paper_lost_zero", forms=PERSONAL, cell="paper", text=_lost_zero, touches=("birth", "sex")))
same("paper", LABOUR, paper_kind_before=_citizen(lambda n: f"CCCD: {n}"))
back(
    "paper",
    paper_eight_digits=lambda r, _: _kept(r, f"99{r.person.number % 1_000_000:06d}").replace("CCCD", "CMND"),
    paper_rounded=lambda r, x: _kept(r, x.choice(("3,8186E+10", "9,9186E+10", "9.9186E+10", "9,9E10"))),
    paper_ten_digits=lambda r, _: _kept(r, "9919900012"),
    paper_thirteen_digits=_citizen(lambda n: n + "0"),
    paper_ditto=one_of("nt", "-nt-"),
    paper_cut=_citizen(lambda n: f"{n[:8]}..."),
)
for _name, _text in (("paper_of_the_mother", _of_the_mother), ("paper_of_the_other_sex", _other_sex)):
    add(Mess(name=_name, forms=PERSONAL, cell="paper", text=_text, returned=True, touches=("birth", "sex")))
means(
    "paper",
    "own",
    paper_lost=(one_of("mất giấy tờ", "mất", "không có", "không", "–", "chưa có", "NULL"), nothing),
)
_OTHERS = {
    "passport": ("Hộ chiếu", "B99{:05}"),
    "travel_paper": ("Giấy thông hành", "GTH99{:05}"),
    "identity_certificate": ("Giấy chứng nhận căn cước", "0991999{:05}"),
    "cmnd": ("CMND", "9991{:05}"),
}


def _of_kind(kind: str) -> Callable[[Row, Random], str]:
    word, shape = _OTHERS[kind]

    def text(row: Row, _: Random) -> str:
        number = shape.format(row.person.number)
        if row.form in {"police", *GENERIC}:
            row.cells["kind"] = word if row.form == "police" else PAPER[kind]["vi"]
            return number
        return f"{word} {number}"

    return text


def _is_kind(kind: str) -> Callable[[Row], object]:
    return lambda row: {"kind": kind, "number": _OTHERS[kind][1].format(row.person.number)}


for _kind in _OTHERS:
    means("paper", "own", PERSONAL, **{f"paper_{_kind}": (_of_kind(_kind), _is_kind(_kind))})


def _chinese(row: Row, _: Random) -> str:
    row.cells["kind"] = ""
    return f"9901011990{row.person.number:07d}X"


means("paper", "own", ("police", "labour", *GENERIC),
      paper_chinese=(_chinese, lambda r: {"kind": "foreign_id", "number": r.cells["paper"]}))  # fmt: skip

# -- phones ----------------------------------------------------------------------------------------------------------


def _phone(shape: str) -> Callable[[Row, Random], str]:
    def text(row: Row, _: Random) -> str:
        n = row.person.phone
        written = shape.format(n=n, dots=f"{n[:4]}.{n[4:7]}.{n[7:]}", bare=n[1:], spaced=f"{n[:4]} {n[4:7]} {n[7:]}")
        return f"{row.person.householder}, {written}" if row.form == "labour" else written

    return text


def _owned(*owners: str) -> Callable[[Row], object]:
    return lambda row: [
        {"number": n, "owner": o} for n, o in zip((row.person.phone, "0900099999"), owners, strict=False)
    ]


for _form, _cell in (("police", "phones"), ("list", "phones"), ("labour", "householder")):
    same(_cell, (_form,), **{f"phone_{_form}_{name}": _phone(shape) for name, shape in (
        ("dots", "{dots}"), ("spaces", "{spaced}"), ("plus", "+84{bare}"), ("84", "84{bare}"),
        ("plus_spaced", "+84 {bare}"), ("no_owner", "{n}"), ("labelled", "ĐT: {n}"), ("labelled_sdt", "SĐT {n}"),
    )})  # fmt: skip
    means(_cell, "phones", (_form,), **{f"phone_{_form}_{name}": (_phone(shape), _owned(*of)) for name, shape, of in (
        ("of_mother", "{n} (mẹ)", ("mother",)),
        ("two", "{n}/0900099999", ("unknown", "unknown")),
        ("two_owned", "{n} (bản thân); 0900099999 (mẹ)", ("self", "mother")),
        ("two_second_owned", "{n} / 0900099999 (mẹ)", ("unknown", "mother")),
        ("of_somebody", "{n} (bạn của anh)", ("unknown",)),
    )})  # fmt: skip
    back(_cell, (_form,), **{f"phone_{_form}_{name}": _phone(shape) for name, shape in (
        ("old", "01689000111"), ("lost_zero", "{bare}"), ("cut", "{n}/0987...(mẹ)"), ("short", "0900012"),
        ("rounded", "9E+08"),
    )})  # fmt: skip
means("phones", "phones", ("police", *GENERIC), phone_none=(one_of("", "NULL", "không có", "chưa khai thác"), nothing))
add(Mess(name="householder_none", forms=LABOUR, cell="householder", text=one_of("", "không có", "–"),
         truth={"phones": nothing, "householder": nothing}))  # fmt: skip
means("householder", "householder", GENERIC, householder_not_told=(one_of("", "không có", "–"), nothing))

# -- confirmation papers ---------------------------------------------------------------------------------------------


def _paper(shape: str) -> Callable[[Row, Random], str]:
    def text(row: Row, _: Random) -> str:
        p: Person = row.person
        return shape.format(n=p.confirmation, d=p.confirmed.day, m=p.confirmed.month, y=p.confirmed.year,
                            yy=p.confirmed.year % 100)  # fmt: skip

    return text


PAPERS = ("labour", *GENERIC)
same(
    "confirmation",
    PAPERS,
    confirmation_two_digit_year=_paper("{n}, {d}/{m}/{yy}"),
    confirmation_ngay=_paper("{n} ngày {d}/{m}/{y}"),
    confirmation_worded=_paper("{n} ngày {d} tháng {m} năm {y}"),
    confirmation_brackets=_paper("{n} ({d:02}/{m:02}/{y})"),
    confirmation_numbered=_paper("Số {n}, {d}.{m}.{y}"),
    confirmation_semicolon=_paper("{n}; {d}-{m}-{y}"),
    confirmation_spaced=_paper(" {n} ,  {d}/{m}/{y} "),
    confirmation_named=_paper("GXN số {n} ngày {d}/{m}/{y}"),
)
back("confirmation", LABOUR, confirmation_unknown=one_of("", "chưa có", "–"))
means("confirmation", "confirmation", GENERIC, confirmation_none=(one_of("", "chưa có", "–"), nothing))
back(
    "confirmation",
    PAPERS,
    confirmation_pending=one_of("(đang xin)", "chờ cấp", "đang làm"),
    confirmation_without_date=_paper("{n}"),
    confirmation_impossible=_paper("{n}, 31/02/{y}"),
    confirmation_ditto=one_of("nt", "-nt-", '"'),
    confirmation_clock_2002=_paper("{n}, {d:02}/{m:02}/2002"),
    confirmation_future=_paper("{n}, 31/12/2024"),
)
same("confirmed_on", POLICE, answer_two_digit_year=lambda r, _: f"{r.person.confirmed:%d/%m/%y}",
     answer_dashes=lambda r, _: f"{r.person.confirmed:%d-%m-%Y}")  # fmt: skip
back("confirmed_on", POLICE, answer_without_day=one_of("", "chưa rõ"), answer_clock_2002=one_of("01/01/2002"),
     answer_serial=one_of("45372"))  # fmt: skip
back("confirmation", POLICE, answer_pending=one_of("đang xin", "chờ cấp"))
back("result", POLICE, answer_contradicts=one_of("Đang XM", "0"), answer_unknown=one_of("có", "2"))

# -- ticks and money -------------------------------------------------------------------------------------------------


def _tick(regime: str) -> dict[str, tuple[Callable[[Row, Random], str | None], Callable[[Row], object]]]:
    none = nothing

    def given(_: Row) -> object:
        return {}

    return {
        "tick": (one_of("x", "X", "✓", "✔", "v", "có", "Có", "1", " x "), given),
        "tick_not": (one_of("", "–", "không", "-"), none),
        "tick_month": (one_of("3/2024", "03/2024"), lambda _: {"on": {"year": 2024, "month": 3}}),
        "tick_day": (one_of("14/3/2024"), lambda _: {"on": {"year": 2024, "month": 3, "day": 14}}),
    }


for _name, (_write, _is) in _tick("psychological").items():
    means("psychological", "support.psychological", LABOUR, **{_name: (_write, _is)})
back("medical", LABOUR, tick_unclear=one_of("?", "chờ", "1.000.000", "2", "x?"))
means(
    "initial_hardship",
    "support.initial_hardship",
    LABOUR,
    money_by_unit=(one_of("1.000", "1000"), lambda _: {"amount": 1_000_000}),
    money_own_unit=(one_of("500.000 đ", "500.000đ", "500.000 đồng", "500 nghìn"), lambda _: {"amount": 500_000}),
    money_million=(one_of("1tr", "1 triệu", "1 TR"), lambda _: {"amount": 1_000_000}),
    money_million_and_half=(one_of("1,5 triệu", "1,5tr", "1.500.000 đ"), lambda _: {"amount": 1_500_000}),
    money_none=(one_of("", "không", "–"), nothing),
    money_ticked=(one_of("x", "có"), lambda _: {}),
)
back(
    "initial_hardship",
    LABOUR,
    money_and_kind=one_of("500 + 20kg gạo", "500 và gạo"),
    money_one=one_of("1"),
    money_unclear=one_of("1.00", "khoảng 500", "500-1000", "5.00.000"),
    money_too_much=one_of("99.000.000.000", "20 000 triệu"),
)

# -- codes, secrets, the row's looks ---------------------------------------------------------------------------------


def _code(change: Callable[[str], str]) -> Callable[[Row, Random], str]:
    return lambda row, _: change(row.person.code)


def _wrong(code: str) -> str:
    return f"{code[:-1]}{'2' if code[-1] != '2' else '3'}"


means(
    "code",
    "code",
    ALL,
    **{name: (_code(change), lambda row: row.person.code) for name, change in (
        ("code_given", str), ("code_small", str.lower), ("code_spaced", lambda c: c.replace("-", " ")),
        ("code_run_together", lambda c: c.replace("-", "")), ("code_other_dashes", lambda c: c.replace("-", "–")),
    )},
)  # fmt: skip
back("code", ALL, code_mistyped=_code(_wrong), code_short=_code(lambda c: c[:-2]))
back("secret", POLICE, row_secret=one_of("Mật", "Tối mật", "MẬT", "A", "tuyệt mật"))
back("stt", ("police", "border"), number_unreadable=one_of("", "một", "1.2", "-"))

for _look, _is_back in (("struck", True), ("struck_word", True), ("hidden", False), ("coloured", False),
                        ("shifted", True), ("merged", True)):  # fmt: skip
    add(Mess(name=f"row_{_look}", forms=BOOKS, cell="looks", text=one_of(""), returned=_is_back, looks=(_look,)))
add(Mess(name="birth_month_cell", forms=LABOUR, cell="birth", text=lambda r, _: str(r.person.born), looks=("month",),
         truth={"birth": lambda r: {"year": r.person.born.year, "month": r.person.born.month}}))  # fmt: skip
add(Mess(name="birth_date_cell", forms=LABOUR, cell="birth",
         text=lambda r, _: str(r.person.born) if r.person.born.day > 12 else None, looks=("date",)))  # fmt: skip
add(Mess(name="birth_number_cell", forms=LABOUR, cell="birth", text=lambda r, _: str(r.person.born.year),
         truth={"birth": lambda r: {"year": r.person.born.year}}, looks=("number",)))  # fmt: skip

for _cell, _field in (("psychological", "support.psychological"), ("initial_hardship", "support.initial_hardship"),
                      ("medical", "support.medical"), ("note", "note")):  # fmt: skip
    add(
        Mess(
            name=f"{_cell}_as_above",
            forms=LABOUR,
            cell=_cell,
            text=one_of("nt", "-nt-", "như trên", "//"),
            truth={_field: nothing},
            looks=(f"above_{_cell}",),
        )
    )  # the writer knows what is above
back("note", ("labour", *GENERIC), note_old_font=one_of("®· vÒ", "ñaõ veà", "Nguy\u00adn Th¸"))

# -- the generic templates -------------------------------------------------------------------------------------------

back("pathway", GENERIC, pathway_unknown=one_of("đi lạc", "nt"))
back("number", GENERIC, number_of_no_year=one_of("5", "07"), number_not_told=one_of("", "–"))
back("regime", GENERIC, regime_unknown=one_of("làm nhà", "khác"))
back("reported_on", GENERIC, reported_never=one_of("", "31/02/2024"), reported_too_soon=one_of("31/12/2024"))
means("amount", "support.psychological", GENERIC,
      amount_given=(one_of("500.000", "500000", "500.000 đ"), lambda _: {"amount": 500_000}))  # fmt: skip
back("amount", GENERIC, amount_unclear=one_of("500 + 20kg gạo", "khoảng 500", "1.00"))

# -- the Women's Union -----------------------------------------------------------------------------------------------

same("content", WOMEN, content_in_capitals=lambda r, _: r.cells["content"].upper(),
     content_spaced=lambda r, _: f" {r.cells['content'].replace(', ', ' , ')} ")  # fmt: skip
back("content", WOMEN, content_unknown=one_of("hỗ trợ khác", "làm nhà", "thăm hỏi, học nghề"))
means(
    "time", "on", WOMEN,
    time_month=(one_of("tháng 3/2024", "3/2024", "03/2024", "tháng 3 năm 2024"), lambda _: {"year": 2024, "month": 3}),
    time_day=(one_of("14/3/2024", "14-3-24", "ngày 14/3/2024"), lambda _: {"year": 2024, "month": 3, "day": 14}),
)  # fmt: skip
back("time", WOMEN, time_without_year=one_of("tháng 3", "14/3", "T3"), time_year=one_of("2024"),
     time_future=one_of("tháng 12/2025"), time_unknown=one_of("", "–"))  # fmt: skip
means(
    "given", "given_value", WOMEN,
    given_money=(one_of("2.000.000 đ", "2 triệu", "2tr", "2.000.000đ"), lambda _: 2_000_000),
    given_half=(one_of("1,5 triệu", "1,5tr"), lambda _: 1_500_000),
    given_kind=(one_of("01 máy may", "2 triệu + 1 con lợn giống", "20kg gạo"), lambda r: r.cells["given"]),
    given_none=(one_of("", "không", "–"), nothing),
)  # fmt: skip
for _cell, _field in (
    ("content", "regime"),
    ("time", "on"),
    ("given", "given_value"),
):  # the writer knows what is above
    add(Mess(name=f"{_cell}_as_above", forms=WOMEN, cell=_cell, text=one_of("nt", "-nt-", "như trên", "//"),
             truth={_field: nothing}, looks=(f"above_{_cell}",)))  # fmt: skip
back("given", WOMEN, given_without_unit=one_of("2.000.000", "500"))
back("code", WOMEN, code_missing=one_of("", "–"))
back("headcount", WOMEN, person_with_headcount=one_of("14", "14 (vắng 2)"))
for _name, _old in (
    ("tcvn3", "®· vÒ nhµ"),
    ("vni", "ñaõ veà nhaø"),
    ("viscii", "Nguy\u00adn Th¸"),
    ("viqr", "dda~ ve^`"),
):
    back("note", WOMEN, **{f"note_{_name}": one_of(_old)})


def _group(**cells: str) -> Callable[[Row, Random], str]:
    """A group's meeting instead of a woman: no code, persons counted, nobody named."""

    def text(row: Row, _: Random) -> str:
        row.cells |= {"code": "", "content": "sinh hoạt tháng", "given": "", "time": "14/3/2024", "headcount": "14"}
        row.cells |= {"note": "", "village": "", **cells}
        return f"Nhóm đồng đẳng {row.person.number}"

    return text


_ITS: dict[str, Callable[[Row], object]] = {
    **dict.fromkeys(("code", "regime", "on", "given_value", "note"), nothing),
    "activity": lambda _: "group_meeting",
    "day": lambda _: "2024-03-14",
    "headcount": lambda _: 14,
}
_ALL_OF = ("code", "name", "village", "content", "time", "given", "headcount", "note", "looks")
add(Mess(name="group_row", forms=WOMEN, cell="name", text=_group(), truth=_ITS, touches=_ALL_OF))
for _name, _cells in (("without_day", {"time": "tháng 3/2024"}), ("absent", {"headcount": "14 (vắng 2)"}),
                      ("of_a_person", {"content": "thăm hỏi"}), ("uncounted", {"headcount": ""})):  # fmt: skip
    add(Mess(name=f"group_{_name}", forms=WOMEN, cell="name", text=_group(**_cells), returned=True, touches=_ALL_OF))
