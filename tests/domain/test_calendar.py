"""Working days of Viet Nam: holidays, swapped Saturdays, and what is not known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.calendar import Calendar, load, viet_nam

VIET_NAM = viet_nam()
KNOWN = some.dates(date(2024, 1, 1), date(2026, 8, 31))
CERTAIN = Calendar(VIET_NAM.years, VIET_NAM.off, VIET_NAM.worked, frozenset())


@pytest.mark.parametrize(
    "day",
    [
        "2024-02-14 2024-04-18 2024-04-29 2024-09-03 2025-01-01 2025-01-27 2025-01-31 2025-04-07 2025-05-02 2025-09-01",
        "2026-01-02 2026-02-16 2026-02-20 2026-04-27 2026-04-30 2026-05-01 2026-08-31 2026-09-01 2026-09-02 2026-11-22",
    ],
)
def test_days_off(day: str) -> None:
    """Tết, Hùng Kings, 30 April, 1 May, National Day, weekends, and days off by a swap."""
    assert [one for one in day.split() if VIET_NAM.works(date.fromisoformat(one)) is not False] == []


def test_saturdays_worked_instead() -> None:
    """A swapped Saturday is a working day, the Saturdays beside it are not."""
    for text in ("2024-05-04", "2025-04-26", "2026-01-10", "2026-08-22"):
        day = date.fromisoformat(text)
        beside = (day - timedelta(days=7), day + timedelta(days=7))
        assert (True, [False, False]) == (VIET_NAM.works(day), [VIET_NAM.works(one) for one in beside])


@pytest.mark.parametrize("holiday", ["01-01", "04-30", "05-01", "09-02"])
@pytest.mark.parametrize("year", ["2024", "2025", "2026"])
def test_fixed_holidays_stand_in_every_year(year: str, holiday: str) -> None:
    """Nobody forgot a holiday that has its date in the Labour Code; eleven days a year are off besides swaps."""
    assert VIET_NAM.works(date.fromisoformat(f"{year}-{holiday}")) is False
    swapped = sum(one.year == int(year) for one in VIET_NAM.worked)
    assert sum(one.year == int(year) for one in VIET_NAM.off) - swapped == 11


def test_what_is_not_known_is_not_guessed() -> None:
    """A year without data, and a day that may have become a holiday, are neither worked nor free."""
    for text in ("2023-12-29", "2027-01-04", "2026-11-24"):
        assert VIET_NAM.works(date.fromisoformat(text)) is None
    friday = date(2026, 11, 20)
    assert VIET_NAM.after(friday, 1) == date(2026, 11, 23)
    assert VIET_NAM.after(friday, 2) is None
    assert VIET_NAM.between(friday, date(2026, 11, 25)) is None
    assert VIET_NAM.first_worked(date(2026, 11, 24)) is VIET_NAM.last_worked(date(2026, 11, 25)) is None
    assert VIET_NAM.first_worked(date(2027, 1, 1)) is None


def test_tet_stops_the_count() -> None:
    """Two working days from the Friday before Tết 2026 end after it; the days of Tết are not counted."""
    assert VIET_NAM.after(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert VIET_NAM.between(date(2026, 2, 13), date(2026, 2, 22)) == 0


@given(KNOWN, some.integers(0, 40))
def test_counting_on_and_counting_between_agree(day: date, working: int) -> None:
    """So many working days on is a worked day with so many between; the first day is never counted."""
    end = CERTAIN.after(day, working)
    assert end is not None
    assert CERTAIN.between(day, end) == working
    assert end == day if working == 0 else CERTAIN.works(end)


@given(KNOWN, some.integers(0, 20), some.integers(0, 20))
def test_counting_goes_on_where_it_stopped(day: date, first: int, then: int) -> None:
    """Adding working days in two steps is adding them at once, and more days never end earlier."""
    middle, end = CERTAIN.after(day, first), CERTAIN.after(day, first + then)
    assert middle is not None
    assert end is not None
    assert end == CERTAIN.after(middle, then)
    assert end >= middle


@given(KNOWN)
def test_an_end_on_a_free_day_moves_to_the_next_worked_one(day: date) -> None:
    """Forward, never back, over free days alone; a worked day stays (Civil Code 2015 Art 148(5))."""
    end = CERTAIN.first_worked(day)
    assert end is not None
    assert CERTAIN.works(end)
    assert all(CERTAIN.works(day + timedelta(days=step)) is False for step in range((end - day).days))
    assert end == day if CERTAIN.works(day) else CERTAIN.last_worked(end + timedelta(days=1)) == end


@pytest.mark.parametrize(
    "row",
    ['days = ["2024-02-10"]', 'days = ["2025-02-10"]', 'days = ["2024-02-08"]\nworked = ["2024-02-15"]'],
    ids=["a Saturday off", "another year", "a Thursday worked instead"],
)
def test_a_mistyped_file_is_refused(row: str) -> None:
    """What would silently count a day twice does not load."""
    with pytest.raises(ValueError, match="calendar"):
        load([f"year = 2024\n[[off]]\n{row}\n".encode()])
