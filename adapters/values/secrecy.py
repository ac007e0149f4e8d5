"""Levels of state secrecy in what offices send (Law 117/2025/QH15): a stamp in words, a field or column for the level.

What bears one is refused before anything of it is kept, so what is looked for here is wide: better a file too many
comes back to its office than one is stored.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from adapters.values.fonts import readings
from domain.folding import fold

MAX_STAMP: Final = 100
"""Characters of a text that may be a stamp in an old font."""

_OPEN: Final = frozenset({"", "-", "0", "khong", "khong mat", "thuong", "binh thuong", "null", "false"})
_FIELD: Final = re.compile(r"(?:muc|cap)?do(?:bi)?mat(?:hs|hoso|vb|vanban|tailieu)?|(?:muc|cap)mat|secrecy(?:level)?")
"""The name of a field or column for the level, folded and without blanks: Độ mật, MucDoMat, do_mat."""
_ALONE: Final = re.compile(r"(?:độmật:?)?(?:tuyệtmật|tốimật|mật)(?:[-–]?[abc])?")
"""A text that is nothing but a stamp, without blanks, quotes and brackets: MẬT, M Ậ T, Độ mật: Tối mật, MẬT-A."""
_WITHIN: Final = re.compile(
    r"tuyệt mật|tối mật|\(\s*mật\s*\)|độ mật\s*:?\s*(?:mật|[abc]\b)|tài liệu mật|văn bản mật|tuyet mat"
)
_PLAIN: Final = frozenset({"tuyetmat", "toimat"})
"""A stamp typed without diacritics; "mat" by itself is also a paper that was lost."""


def names_level(name: str) -> bool:
    """Tell whether a field or a column is for the level of secrecy, by its name."""
    return len(name) <= MAX_STAMP and _FIELD.fullmatch(re.sub(r"[\W_]+", "", fold(name))) is not None


def levelled(marking: str) -> bool:
    """Tell whether the field for the level holds any.

    Everything but a known word for "none" counts: Mật, Tối mật, Tuyệt mật, a stamp letter A, B, C, and whatever this
    reader does not know.
    """
    return fold(marking) not in _OPEN


def stamped(text: str) -> bool:
    """Tell whether a text bears a stamp: alone, or in the words of a title; in an old font too (MËT, MAÄT)."""
    if text.isascii():
        return "mat" in text.lower() and _stamped(text)
    return any(map(_stamped, readings(text) if len(text) <= MAX_STAMP else (text,)))


def _stamped(text: str) -> bool:
    flat = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    if len(flat) <= MAX_STAMP:
        alone = re.sub(r"[\s()\[\]“”\"'.]+", "", flat)
        if _ALONE.fullmatch(alone) or alone in _PLAIN:
            return True
    return _WITHIN.search(flat) is not None
