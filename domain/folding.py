"""Folding of Vietnamese text for comparing, never for showing: no marks, đ as d, small letters, single spaces.

Takes NFC and NFD alike, and the look-alikes Ð/ð (U+00D0, U+00F0) that old keyboards leave (crypto.md §4.1). The keys
by which a name is searched for are in `domain.matching`.
"""

from __future__ import annotations

import unicodedata

LOOK_ALIKES = str.maketrans({"Đ": "d", "đ": "d", "Ð": "d", "ð": "d"})
_FEW = 0x3000  # characters up to here are looked up once
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_SAME_SIGN = str.maketrans({"Ð": "Đ", "ð": "đ", "’": "'", "‘": "'", "\u02bc": "'", "–": "-"})


def fold(text: str) -> str:
    """Fold text to its comparing form: 'ĐỖ  Thị Hòa' → 'do thi hoa'. Never raises."""
    if not text.isascii():
        text = unicodedata.normalize("NFD", text).translate(_BARE)
    return " ".join(text.lower().split())


class _Bare(dict[int, int | str | None]):
    """What stands for a character in a fold: nothing for a mark, d for đ."""

    def __missing__(self, code: int) -> int | str | None:
        found = None if unicodedata.category(chr(code)) == "Mn" else LOOK_ALIKES.get(code, code)
        if code < _FEW:
            self[code] = found
        return found


_BARE = _Bare()


def spelling(text: str) -> str:
    """The spelling without what differs by habit: 'Hoà' and 'HÒA', Ð and Đ, H’ and H' are one. Keeps all marks.

    For comparing only: the tone of each word stands at its end.
    """
    return " ".join(map(_tone_last, text.translate(_SAME_SIGN).lower().split()))


def _tone_last(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tones = [one for one in letters if one in _TONES]
    return unicodedata.normalize("NFC", "".join(one for one in letters if one not in _TONES)) + "".join(tones)


def paper_key(*, kind: str, number: str, date: str) -> str:
    """What two offices' notes of one paper share: kind, number without spaces, marks or leading zeros, ISO date."""
    bare = "".join(fold(number).split()).lstrip("0")
    return f"{kind}|{bare}|{date}"
