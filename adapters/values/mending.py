"""What to write instead in a cell that was returned: proposed in the office's own answered sheet, never filled in.

Made from the cell's text when the answer is written, so that no error carries it.
"""

from __future__ import annotations

from typing import Final

from adapters.values import communes, phones, places
from adapters.values.writing import clean
from domain.errors import RefusedError

MENDABLE: Final = frozenset(
    {
        "value_commune_lost_zero",
        "value_phone_lost_zero",
        "value_phone_old_number",
        "value_place_ambiguous",
        "value_province_lost_zero",
    }
)
"""The codes for which there may be a proposal."""


def mended(code: str, text: str) -> list[str]:
    """The values that the cell of a refusal may have meant, where they are certain enough to propose; else none."""
    if code not in MENDABLE:
        return []
    try:
        written = clean(text, limit=places.MAX_PLACE)
        if code == "value_place_ambiguous":
            return communes.choices(written)
    except RefusedError:
        return []
    if code == "value_province_lost_zero":
        one = f"0{written}" if f"0{written}" in places.provinces().now else None
    elif code == "value_commune_lost_zero":
        one = communes.with_zeros(written)
    else:
        one = phones.mended(written)
    return [] if one is None else [one]
