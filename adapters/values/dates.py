"""Dates as offices write them: only what is written is kept, and no day is ever invented.

Read: ``21/03/2024``, ``21-3-2024``, ``2024-03-21``, ``ngày 21 tháng 3 năm 2024``; for births also ``1999``,
``00/00/1999``, ``5/1999``, ``khoảng 15 tuổi`` (with the day it was said), ``15/8 ÂL 2003`` and ``Canh Ngọ``.
Refused: days no calendar has, days after today, two-digit years unless the century is certain, spreadsheet serials.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Final

from adapters.contract import Fact
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold

MAX_DATE: Final = 60
"""Characters of a date's text."""
OLDEST_YEAR: Final = 1900
OLDEST_AGE: Final = 120
FIRST_PAPERS: Final = 2007
"""Papers of this matter begin with Decision 17/2007/QĐ-TTg; 2002 is a computer whose clock was never set."""

_STEMS: Final = ("giap", "at", "binh", "dinh", "mau", "ky", "canh", "tan", "nham", "quy")
_BRANCHES: Final = ("ty", "suu", "dan", "mao", "thin", "ty", "ngo", "mui", "than", "dau", "tuat", "hoi")
_SPELLINGS: Final = {"ti": "ty", "meo": "mao", "ki": "ky", "qui": "quy"}
_CYCLE: Final = frozenset((_STEMS[n % 10], _BRANCHES[n % 12]) for n in range(60))

_DAY_MONTH_YEAR: Final = re.compile(r"([0-9]{1,2}) ?[/.-] ?([0-9]{1,2}) ?[/. -] ?([0-9]+)")
_TWO_MONTHS: Final = re.compile(r"thang\b.*|(?:0?[1-9]|1[0-2]) ?- ?[0-9]{1,2} ?/ ?[0-9]+")
"""``tháng 3-4/2024`` and ``3-4/2024`` are March and April, or a day; as a day they would be our guess."""
_YEAR_MONTH_DAY: Final = re.compile(r"([0-9]{4,})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?:t00:00(?::00(?:\.0+)?)?)?")
_MONTH_YEAR: Final = re.compile(r"([0-9]{1,2}) ?[/.-] ?([0-9]{4,})")
_DAY_MONTH: Final = re.compile(r"([0-9]{1,2}) ?[/.-] ?([0-9]{1,2})")
_AGE: Final = re.compile(
    r"(?:khoang |chung |tam |uoc |do )?([0-9]{1,3}) (thang )?tuoi(?:[ ,(]+(?:noi |khai )?(.+?)\)?)?"
)
_LUNAR: Final = re.compile(r"\(?\b(?:al|am lich)\b\)?")


def birth(text: str, *, at: str, today: date, said_on: date | None = None) -> Fact:
    """Date of birth: `{year?, month?, day?, age?, said_on?, calendar?}` with only what is known.

    `said_on` is the day an age was said, if the file has one. `calendar` is 'lunar' (year, month and day are then of
    the lunar calendar) or 'sexagenary' (a name such as Canh Ngọ: the year stays as written).

    Raises:
        RefusedError: `value_date_unreadable`, `…_impossible`, `…_future`, `…_two_digit_year`, `…_serial`,
            `value_age_without_day`, `value_age_impossible`, or as `writing.said`.
    """
    folded = fold(said(text, limit=MAX_DATE))
    lunar = _LUNAR.subn(" ", folded)
    value: dict[str, object]
    if lunar[1]:
        value = {**_lunar(" ".join(lunar[0].split()), today), "calendar": "lunar"}
    elif "tuoi" in folded:
        value = dict(_age(folded, today, said_on))
    elif _sexagenary(folded):
        value = {"calendar": "sexagenary"}
    else:
        value = dict(_parts(folded, today, century=None))
    return Fact(value, text, at)


def day(text: str, *, at: str, today: date, century: int | None = None) -> Fact:
    """One whole day as ISO text; as `read_day`."""
    return Fact(read_day(text, today=today, century=century).isoformat(), text, at)


def read_day(text: str, *, today: date, century: int | None = None) -> date:
    """One whole day, not after `today`.

    `century` (say 2000) is what two-digit years are taken in where only that century is possible, as for papers
    under a law of 2011; without it they are refused. A paper is not older than its kind.

    Raises:
        RefusedError: as `birth`; `value_date_incomplete` when day or month is not given; `value_date_before_papers`.
    """
    parts = _parts(fold(said(text, limit=MAX_DATE)), today, century=century)
    if not {"month", "day"} <= parts.keys():
        raise RefusedError("value_date_incomplete")
    if century is not None and parts["year"] < FIRST_PAPERS:
        raise RefusedError("value_date_before_papers")
    return date(parts["year"], parts["month"], parts["day"])


def occasion(text: str, *, at: str, today: date, year: int | None = None) -> Fact:
    """When something was done: `{year, month?, day?}`.

    `year` is the year the file declares for its rows ("tháng 3", "14/3"); without it they are refused.

    Raises:
        RefusedError: as `birth`; `value_date_incomplete` when no year is known.
    """
    folded = fold(said(text, limit=MAX_DATE))
    yearless = re.fullmatch(r"(?:thang )?([0-9]{1,2})", folded) or _DAY_MONTH.fullmatch(_plain(folded))
    if yearless is None:
        return Fact(_parts(folded, today, century=2000), text, at)
    if year is None:
        raise RefusedError("value_date_incomplete")
    numbers = [int(part) for part in yearless.groups()]
    return Fact(_checked(0 if len(numbers) == 1 else numbers[0], numbers[-1], year, today), text, at)


def birth_range(value: Mapping[str, object]) -> tuple[date, date] | None:
    """First and last day on which a person with this birth value can be born, or None if it says too little."""
    age, year = value.get("age"), value.get("year")
    if isinstance(age, int):
        # Said, so never exact: "khoảng", and tuổi mụ counts up to two years more than were lived.
        said_on = date.fromisoformat(str(value["said_on"]))
        return _years_before(said_on, age + 2), _years_before(said_on, max(age - 2, 0))
    if not isinstance(year, int):
        return None
    if value.get("calendar") == "lunar":
        # The lunar new year falls between 21 January and 20 February of the solar year of the same number.
        return date(year, 1, 21), date(year + 1, 2, 20)
    month, day_of_month = value.get("month"), value.get("day")
    if not isinstance(month, int):
        return date(year, 1, 1), date(year, 12, 31)
    if not isinstance(day_of_month, int):
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    return date(year, month, day_of_month), date(year, month, day_of_month)


def minor(value: Mapping[str, object], *, on: date) -> bool | None:
    """Whether the person was under 18 on a day; None where what is known allows both."""
    born = birth_range(value)
    if born is None:
        return None
    grown = _years_before(on, 18)
    if born[0] > grown:
        return True
    return False if born[1] <= grown else None


def _years_before(day_: date, years: int) -> date:
    try:
        return day_.replace(year=day_.year - years)
    except ValueError:  # 29 February
        return date(day_.year - years, 2, 28)


def _plain(folded: str) -> str:
    """Bring the worded forms (ngày … tháng … năm …) to numbers with slashes."""
    folded = re.sub(r"^(?:sinh|sn) ", "", folded)
    folded = re.sub(r"^(?:ngay ?|t(?=[0-9]{1,2} ?[/.-] ?[0-9]{4}\Z))", "", folded)
    folded = re.sub(r" ?\bthang ?(?=[0-9])", "/", folded)
    return re.sub(r" ?\bnam ?(?=[0-9])", "/", folded).strip(" /.")


def _parts(folded: str, today: date, *, century: int | None) -> dict[str, int]:
    plain = _plain(folded)
    if found := _YEAR_MONTH_DAY.fullmatch(plain):
        return _checked(int(found[3]), int(found[2]), _year(found[1], century), today)
    if found := _DAY_MONTH_YEAR.fullmatch(plain):
        if _TWO_MONTHS.fullmatch(folded):
            raise RefusedError("value_date_unreadable")
        return _checked(int(found[1]), int(found[2]), _year(found[3], century), today)
    if found := _MONTH_YEAR.fullmatch(plain):
        return _checked(0, int(found[1]), _year(found[2], century), today)
    if re.fullmatch(r"[0-9]{4}", plain):
        return _checked(0, 0, int(plain), today)
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", plain):
        raise RefusedError("value_date_serial")
    raise RefusedError("value_date_unreadable")


def _year(digits: str, century: int | None) -> int:
    if len(digits) == 4:
        return int(digits)
    if len(digits) != 2:
        raise RefusedError("value_date_impossible")
    if century is None:
        raise RefusedError("value_date_two_digit_year")
    return century + int(digits)


def _checked(day_of_month: int, month: int, year: int, today: date) -> dict[str, int]:
    """Keep the parts that are given (0 = not given) if a calendar has them and they are not after today."""
    if year < OLDEST_YEAR or (day_of_month and not month):
        raise RefusedError("value_date_impossible")
    if year > today.year:
        raise RefusedError("value_date_future")
    try:
        earliest = date(year, month or 1, day_of_month or 1)
    except ValueError:
        raise RefusedError("value_date_impossible") from None
    if earliest > today:
        raise RefusedError("value_date_future")
    given = {"year": year, "month": month, "day": day_of_month}
    return {name: number for name, number in given.items() if number}


def _lunar(plain: str, today: date) -> dict[str, int]:
    """Read lunar parts as written; a lunar month has up to 30 days, so 30/02 exists there."""
    plain = _plain(plain)
    if found := _DAY_MONTH_YEAR.fullmatch(plain):
        day_of_month, month, year = int(found[1]), int(found[2]), _year(found[3], None)
    elif found := _MONTH_YEAR.fullmatch(plain):
        day_of_month, month, year = 0, int(found[1]), _year(found[2], None)
    elif re.fullmatch(r"[0-9]{4}", plain):
        day_of_month, month, year = 0, 0, int(plain)
    else:
        raise RefusedError("value_date_unreadable")
    if day_of_month > 30 or month > 12 or year < OLDEST_YEAR or (day_of_month and not month):
        raise RefusedError("value_date_impossible")
    if year > today.year:
        raise RefusedError("value_date_future")
    given = {"year": year, "month": month, "day": day_of_month}
    return {name: number for name, number in given.items() if number}


def _age(folded: str, today: date, said_on: date | None) -> dict[str, object]:
    found = _AGE.fullmatch(folded)
    if found is None:
        raise RefusedError("value_date_unreadable")
    age = int(found[1]) // 12 if found[2] else int(found[1])
    if age > OLDEST_AGE:
        raise RefusedError("value_age_impossible")
    if found[3]:
        said_on = read_day(found[3], today=today)
    if said_on is None:
        raise RefusedError("value_age_without_day")
    if said_on > today:
        raise RefusedError("value_date_future")
    return {"age": age, "said_on": said_on.isoformat()}


def _sexagenary(folded: str) -> bool:
    words = [_SPELLINGS.get(word, word) for word in folded.removeprefix("nam ").split()]
    return len(words) == 2 and (words[0], words[1]) in _CYCLE
