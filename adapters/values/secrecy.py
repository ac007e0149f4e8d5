"""Levels of state secrecy in what offices send (Law 117/2025/QH15): a stamp in words, a field or column for the level.

What bears one is refused before anything of it is kept, so what is looked for here is wide: better a file too many
comes back to its office than one is stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache
from pathlib import Path
from typing import Final

from adapters.values.fonts import readings
from domain.errors import RefusedError
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
_LIKE: Final = re.compile(r"m\W{0,2}[^\W\d]{1,3}\W{0,2}t", re.IGNORECASE)
_PLAIN: Final = frozenset({"tuyetmat", "toimat"})
"""A stamp typed without diacritics; "mat" by itself is also a paper that was lost."""


@lru_cache(maxsize=1_000)
def names_level(name: str) -> bool:
    """Tell whether a field or a column is for the level of secrecy, by its name."""
    bare = re.sub(r"[\W_]+", "", re.sub(r"\([^()]*\)", "", fold(name[:MAX_STAMP])))
    return _FIELD.fullmatch(bare) is not None


def levelled(marking: str) -> bool:
    """Tell whether the field for the level holds any.

    Everything but a known word for "none" counts: Mật, Tối mật, Tuyệt mật, a stamp letter A, B, C, and whatever this
    reader does not know.
    """
    return fold(marking) not in _OPEN


def stamped(text: str) -> bool:
    """Tell whether a text bears a stamp: alone, or in the words of a title; in an old font too (MËT, MAÄT)."""
    if not may_say(text):
        return False
    return any(map(says_stamp, readings(text) if len(text) <= MAX_STAMP else (text,)))


def may_say(text: str) -> bool:
    """Tell whether the word for a level may be in a text, in whatever font; most texts have nothing like it."""
    return _LIKE.search(text) is not None


def says_stamp(text: str) -> bool:
    """Tell whether a text bears a stamp as it stands."""
    flat = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    if len(flat) <= MAX_STAMP:
        alone = re.sub(r"[\s()\[\]“”\"'.]+", "", flat)
        if _ALONE.fullmatch(alone) or alone in _PLAIN:
            return True
    return _WITHIN.search(flat) is not None


def check_name(file: Path) -> None:
    """Refuse a file whose name bears a stamp: ``TUYỆT MẬT danh sách.xlsx``.

    Raises:
        RefusedError: `file_secret_marked`.
    """
    if any(map(stamped, (file.stem, *re.split(r"\s*[-–_.,]\s*", file.stem)))):
        raise RefusedError("file_secret_marked")


def refuse_level(value: object, code: str, *, names: Container[str] = ()) -> None:
    """Refuse what bears a level anywhere inside, objects and lists of JSON.

    `names` are fields of persons' names: Mật is one.

    Raises:
        RefusedError: `code`.
    """
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        field, inner = waiting.pop()
        marked = inner is not None and names_level(field) and levelled(str(inner))
        if marked or stamped(field) or (isinstance(inner, str) and field not in names and stamped(inner)):
            raise RefusedError(code)
        if isinstance(inner, dict):
            waiting += inner.items()
        elif isinstance(inner, list):
            waiting += [(field, one) for one in inner]
