"""Folding of Vietnamese text for comparing, never for showing: no marks, đ as d, small letters, single spaces.

Takes NFC and NFD alike, and the look-alikes Ð/ð (U+00D0, U+00F0) that old keyboards leave (crypto.md §4.1).
"""

from __future__ import annotations

import unicodedata

LOOK_ALIKES = str.maketrans({"Đ": "d", "đ": "d", "Ð": "d", "ð": "d"})


def fold(text: str) -> str:
    """Fold text to its comparing form: 'ĐỖ  Thị Hòa' → 'do thi hoa'. Never raises."""
    marked = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in marked if unicodedata.category(c) != "Mn")
    return " ".join(bare.translate(LOOK_ALIKES).lower().split())


def paper_key(*, kind: str, number: str, date: str) -> str:
    """What two offices' notes of one paper share: kind, number without spaces, marks or leading zeros, ISO date."""
    bare = "".join(fold(number).split()).lstrip("0")
    return f"{kind}|{bare}|{date}"
