"""Levels of state secrecy in what offices send (Law 117/2025/QH15): a stamp in words, a field or column for the level.

What bears one is refused before anything of it is kept, so what is looked for here is wide: better a file too many
comes back to its office than one is stored. But a stamp is a title's or stands by itself: honey (mật ong), a woman
called Mật and "dặn phải giữ tuyệt mật" in what somebody told are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from adapters.values.fonts import readings
from domain.errors import RefusedError
from domain.folding import fold

MAX_STAMP: Final = 100
"""Characters of a text that may be a stamp in an old font, or in a frame."""

_OPEN: Final = frozenset(
    {
        *("", "-", "0", "khong", "khong mat", "khong co", "khong ap dung", "khong dong dau", "thuong", "binh thuong"),
        *("cong khai", "null", "none", "false", "{}", "[]"),
    }
)
_FIELD: Final = re.compile(r"(?:muc|cap)?do(?:bi)?mat(?:hs|hoso|vb|vanban|tailieu)?|(?:muc|cap)mat|secrecy(?:level)?")
"""The name of a field or column for the level, folded and without blanks: Độ mật, MucDoMat, do_mat."""
_LEVEL: Final = r"(?:(?:tuyệt |tối )?mật|[abc])\b"
_ALONE: Final = re.compile(r"(?:độ(?:bí)?mật)?(?:tuyệtmật|tốimật|mật)[abc]?")
"""A text that is nothing but a stamp, without what is no letter: MẬT, M Ậ T, – MẬT –, Độ mật: Tối mật, MẬT-A."""
_PAPER: Final = r"(?:tài liệu|văn bản|hồ sơ|công văn|báo cáo|danh sách|ds|kế hoạch|phụ lục|chuyên án|đề án|biên bản)"
_NO_STAMP: Final = r"\b(?! (?:ong|mía|thiết|mã|khẩu|độ|thư|vụ|ngọt|gấu|trời))"
"""Words with which mật is something else: mật ong, mật thiết, mật khẩu."""
_ANYWHERE: Final = re.compile(
    rf"\(\s*mật\s*\)|độ (?:bí )?mật ?[:–-]? ?{_LEVEL}|(?:độ|dấu|mức|loại|cấp|thuộc|diện):? (?:tuyệt|tối) mật{_NO_STAMP}"
    rf"|(?<!mang )dấu ?:? mật{_NO_STAMP}"
)
_TITLE: Final = re.compile(
    rf"(?:tuyệt|tối) mật{_NO_STAMP}|{_PAPER}(?: [^\W\d]+){{0,8}}? (?:tuyệt|tối) mật{_NO_STAMP}|{_PAPER} mật{_NO_STAMP}"
)
"""What a part of a text begins with that is a stamp or a title."""
_CAPITALS: Final = re.compile(
    rf"(?:Tuyệt|TUYỆT|Tối|TỐI) (?:mật|Mật|MẬT){_NO_STAMP}|(?:TÀI LIỆU|VĂN BẢN|HỒ SƠ|CÔNG VĂN|DANH SÁCH) MẬT{_NO_STAMP}"
    r"|(?<!THI )TUYET MAT\b",
    re.MULTILINE,
)
_PARTS: Final = re.compile(r"\s[-–—]\s|[\n\r|/(),;:.]")
_SIDES: Final = re.compile(r"\s[-–—]\s|[\n\r|/]")
_LIKE: Final = re.compile(r"m\W{0,4}[^\W\d]{0,3}\W{0,4}t", re.IGNORECASE)
_PLAIN: Final = re.compile(r"T(?i:uyetmat|oimat)|TAILIEUMAT|VANBANMAT|D(?i:omat(?:tuyet|toi)?mat)")
"""A stamp typed without diacritics; "mat" by itself is also a paper that was lost, "toi mat" an eye that fails."""
_BARE: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=1_000)
def names_level(name: str) -> bool:
    """Tell whether a field or a column is for the level of secrecy, by its name."""
    written = unicodedata.normalize("NFC", re.sub(r"\([^()]*\)", "", name[:MAX_STAMP])).casefold()
    if not written.isascii() and "mật" not in written:  # Đồ mất
        return False
    return _FIELD.fullmatch(_BARE.sub("", fold(written))) is not None


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
    text = unicodedata.normalize("NFC", text)
    return any(map(says_stamp, readings(text) if len(text) <= MAX_STAMP else (text,)))


def stamped_line(text: str) -> bool:
    """Tell whether a line by itself, or the name of a sheet, bears a stamp: ``MAT`` in capitals, too."""
    return stamped(text) or stamped_plainly(text)


def stamped_plainly(text: str) -> bool:
    """Tell whether a text is ``MAT`` in capitals; beside other words it is more often a paper that was lost."""
    return len(text) <= MAX_STAMP and "T" in text and _BARE.sub("", text) == "MAT"


def stamped_name(text: str) -> bool:
    """Tell whether a name bears a stamp: Mật is a name, MẬT and "tuyệt mật" are none."""
    return stamped(text) and not any(map(names_mat, readings(unicodedata.normalize("NFC", text))))


def names_mat(text: str) -> bool:
    """Tell whether a text ends in the name Mật, as a name is written: Mật, Lò Thị Mai (Mật)."""
    return re.fullmatch(r"(?:[^()]*\()?\s*Mật\s*\)?", text) is not None


def may_say(text: str) -> bool:
    """Tell whether the word for a level may be in a text, in whatever font; most texts have nothing like it."""
    return _LIKE.search(text) is not None


def says_stamp(text: str) -> bool:
    """Tell whether a text bears a stamp as it stands."""
    written = unicodedata.normalize("NFC", text.replace("\u200b", "").replace("\ufeff", ""))
    if _alone(written) or any(_alone(side) and side.isupper() for side in _SIDES.split(written)):
        return True
    if _CAPITALS.search(" ".join(written.split())):
        return True
    parts = (" ".join(part.casefold().split()) for part in _PARTS.split(written))
    return _ANYWHERE.search(" ".join(written.casefold().split())) is not None or any(map(_TITLE.match, parts))


def _alone(text: str) -> bool:
    bare = _BARE.sub("", text[: 4 * MAX_STAMP])
    return len(bare) <= MAX_STAMP and bool(_ALONE.fullmatch(bare.casefold()) or _PLAIN.fullmatch(bare))


def check_name(file: Path) -> None:
    """Refuse a file whose name bears a stamp: ``TUYỆT MẬT danh sách.xlsx``.

    Raises:
        RefusedError: `file_secret_marked`.
    """
    words = re.split(r"\s*[-–_.,]\s*", file.stem)
    pieces = [word for before, word in pairwise(("", *words)) if before.casefold() not in {"thị", "văn"}]
    if any(map(stamped, (file.stem, " ".join(words), *pieces))):
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
        says = stamped_name if field in names else stamped
        if marked or stamped(field) or (isinstance(inner, str) and says(inner)):
            raise RefusedError(code)
        if isinstance(inner, dict):
            waiting += inner.items()
        elif isinstance(inner, list):
            waiting += [(field, one) for one in inner]
