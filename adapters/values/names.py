"""Names of persons, as the person writes them: nothing is split into parts, reordered or completed.

One-word names, particle names (Giàng A Páo, H'Mai, Y Blơm), initials and descriptions in brackets stay as they are.
Capitals are folded to title case. What stands after "tức" or "tên khác" is another name of the same person.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from adapters.contract import Fact
from adapters.values.writing import said
from domain.errors import RefusedError

MAX_NAME: Final = 120
"""Characters of one cell with names."""

_ALIAS: Final = re.compile(
    r"[\s,]*\(?\s*\b(?:tức là|tức|tên khác|tên gọi khác|còn gọi là|tên thường gọi|bí danh)\b"
    r"\s*:?\s*(?P<names>[^()]+)\)?\s*$",
    re.IGNORECASE,
)
_OTHERS: Final = re.compile(r"(vợ|chồng|con|mẹ|bố|cha|em|chị|anh) (của |gái |trai )?(ông|bà|anh|chị|cô|chú)\b")
_NOT_VIETNAMESE: Final = re.compile(r"[¡-¿ÆØÞßäåæçëîïñöøûüþÿ×÷]", re.IGNORECASE)
_VNI: Final = re.compile(r"[ae][áàãâéèêíìóòõôúù]|[ouô][øûï]|ö", re.IGNORECASE)
_INITIALS: Final = re.compile(r"(?:\w\.\s*)+\w?\.?")


def full_name(text: str, *, at: str) -> Fact:
    """The name itself, without other names that stand beside it.

    Raises:
        RefusedError: `value_name_digits`, `value_name_of_other` ("vợ ông …"), `value_legacy_font`, or as
            `writing.said`.
    """
    written = said(text, limit=MAX_NAME)
    name = _ALIAS.sub("", written).strip(" ,;")
    if not name or not any(c.isalpha() for c in name):
        raise RefusedError("value_missing")
    if any(c.isdigit() for c in name):
        raise RefusedError("value_name_digits")
    if _OTHERS.match(name.lower()):
        raise RefusedError("value_name_of_other")
    _check_font(name)
    return Fact(_capitals(name), text, at)


def aliases(text: str, *, at: str) -> Fact | None:
    """Other names inside a name cell ("… (tức Máy)"): a list, or None when there is none.

    Raises:
        RefusedError: as `writing.said`.
    """
    found = _ALIAS.search(said(text, limit=MAX_NAME))
    return Fact(_listed(found["names"]), text, at) if found else None


def other_names(text: str, *, at: str) -> Fact:
    """A cell of other names, in any script: a list.

    Raises:
        RefusedError: as `writing.said`.
    """
    written = said(text, limit=MAX_NAME)
    found = _ALIAS.search(written)
    return Fact(_listed(found["names"] if found else written), text, at)


def _listed(text: str) -> list[str]:
    return [_capitals(name.strip()) for name in re.split(r"[;,/]", text) if name.strip()]


def _check_font(name: str) -> None:
    """Refuse letters that only text of an old font (TCVN3, VNI) puts into a Vietnamese name."""
    capital_inside = any(one.islower() and other.isupper() for one, other in pairwise(name))
    if capital_inside or _NOT_VIETNAMESE.search(name) or _VNI.search(name):
        raise RefusedError("value_legacy_font")


def _capitals(name: str) -> str:
    """Fold a name all in capitals to title case; Ð and ð, which old key programs leave, are written Đ and đ."""
    name = name.replace("Ð", "Đ").replace("ð", "đ")
    if not name.isupper() or _INITIALS.fullmatch(name):
        return name
    return re.sub(r"[^\W_]+", lambda word: word[0][:1] + word[0][1:].lower(), name)
