"""The section for statistics, drawn from what was read of a person.

Statistics offices may hold this section alone, so its facts carry codes only: `written` repeats the code, never the
cell, which would tell the village or the day of birth.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from adapters.contract import Fact
from adapters.values.dates import birth_range, minor
from adapters.values.people import ethnic_group


def profile(identity: Mapping[str, Fact], *, on: date, **codes: str | None) -> dict[str, Fact]:
    """Draw the profile from an `identity` section and further codes (source=, residence=, article=, destination=).

    `on` is the day the person was found: `minor` is stated only where what is known of the birth allows one answer,
    `birth_year` only where the year is certain in the solar calendar.
    """
    drawn: dict[str, Fact] = {}

    def draw(name: str, value: object, at: str) -> None:
        if value is not None:
            drawn[name] = Fact(value, str(value).lower() if isinstance(value, bool) else str(value), at)

    if "birth" in identity:
        birth = identity["birth"]
        value = birth.value if isinstance(birth.value, Mapping) else {}
        draw("birth_year", _year(value), birth.at)
        draw("minor", minor(value, on=on), birth.at)
    if "ethnicity" in identity:
        draw("ethnic_group", ethnic_group(str(identity["ethnicity"].value)), identity["ethnicity"].at)
    for name in ("sex", "nationality", "residence_province"):
        if name in identity:
            draw(name, identity[name].value, identity[name].at)
    for name, code in codes.items():
        draw(name, code, "")
    return drawn


def likely_child(identity: Mapping[str, Fact], *, on: date) -> bool:
    """Whether to treat the person as a child: under 18, or what is known allows it (Circular 35/2013 Art 19(4))."""
    birth = identity.get("birth")
    if birth is None or not isinstance(birth.value, Mapping) or birth_range(birth.value) is None:
        return False
    return minor(birth.value, on=on) is not False


def inside(*, reporting: str, written: str, home: str, written_home: str) -> str | None:
    """Tell 'inside' or 'outside' from the codes of the reporting and the home province.

    `reporting` and `home` are today's codes, the others those written. None where two provinces were one only after
    the merger of 2025: then only the file can say.
    """
    if reporting != home:
        return "outside"
    return "inside" if written == written_home else None


def _year(birth: Mapping[str, object]) -> int | None:
    born = birth_range(birth)
    if born is None or "age" in birth:
        return None
    if birth.get("calendar") == "lunar":
        month = birth.get("month")
        # From the eleventh lunar month on the solar year may be the next one.
        return born[0].year if isinstance(month, int) and month <= 10 else None
    return born[0].year
