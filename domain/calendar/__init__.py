"""The working days of Viet Nam's state agencies as dated data, one file for each year, each day with its source.

Saturdays and Sundays are free (Decision 188/1999/QĐ-TTg), public holidays too (Labour Code 2019 Art 112), and by the
Government's word a Saturday is worked for a day off beside a holiday. A day we are not sure of (`certain = false`) and
a year without a file are not known: whatever depends on them is not known either, and never guessed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

SATURDAY = 5
ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, for the years there is a file of."""

    years: frozenset[int]
    off: frozenset[date]  # weekdays on which nobody works
    worked: frozenset[date]  # Saturdays worked instead
    uncertain: frozenset[date]

    def works(self, day: date) -> bool | None:
        """Whether a day is worked; None: not known."""
        if day.year not in self.years or day in self.uncertain:
            return None
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.off)

    def first_worked(self, day: date) -> date | None:
        """The day itself where it is worked, else the next that is (Civil Code 2015 Art 148(5)); None: not known."""
        while (works := self.works(day)) is False:
            day += ONE
        return day if works else None

    def last_worked(self, day: date) -> date | None:
        """The last worked day before a day; None: not known."""
        day -= ONE
        while (works := self.works(day)) is False:
            day -= ONE
        return day if works else None

    def after(self, day: date, working: int) -> date | None:
        """The day that ends so many working days, the first counted being the one after `day`; None: not known."""
        for _ in range(working):
            following = self.first_worked(day + ONE)
            if following is None:
                return None
            day = following
        return day

    def between(self, after: date, until: date) -> int | None:
        """How many days are worked after one day, up to and including another; None: not known."""
        known = [self.works(after + ONE * step) for step in range(1, (until - after).days + 1)]
        return None if None in known else sum(map(bool, known))


def load(contents: Iterable[bytes]) -> Calendar:
    """Read the files of some years.

    Raises:
        ValueError: a day off is no weekday, a swapped day is no weekend, a day is not of its file's year.
    """
    years: set[int] = set()
    off: set[date] = set()
    worked: set[date] = set()
    uncertain: set[date] = set()
    for content in contents:
        data = tomllib.loads(content.decode())
        years.add(data["year"])
        for row in data["off"]:
            free = {_day(text, data["year"], weekend=False) for text in row["days"]}
            instead = {_day(text, data["year"], weekend=True) for text in row.get("worked", ())}
            if row.get("certain", True):
                off |= free
                worked |= instead
            else:
                uncertain |= free | instead
    return Calendar(frozenset(years), frozenset(off), frozenset(worked), frozenset(uncertain))


def _day(text: Any, year: int, *, weekend: bool) -> date:  # noqa: ANN401 - whatever a TOML file has there
    day = date.fromisoformat(text)
    if day.year != year or (day.weekday() >= SATURDAY) is not weekend:
        raise ValueError(f"calendar: {day} is not a day of {year} that can stand there")
    return day


@cache
def viet_nam() -> Calendar:
    """The calendar of all years in the repository."""
    return load(file.read_bytes() for file in files("domain.calendar").iterdir() if file.name.endswith(".toml"))
