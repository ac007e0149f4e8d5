"""Names of persons, as the person writes them: nothing is split into parts, reordered or completed.

One-word names, particle names (Giàng A Páo, H'Mai, Y Blơm), initials and descriptions in brackets stay as they are.
Capitals are folded to title case. What stands after "tức" or "tên khác", and Chinese characters in brackets, are other
names of the same person. A cell that names two persons, a householder or a true name beside another is returned.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from adapters.contract import Fact
from adapters.values.fonts import judge
from adapters.values.name_words import MIDDLE, NAMES, SURNAMES
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold

MAX_NAME: Final = 120
"""Characters of one cell with names."""

_ALIAS: Final = re.compile(
    r"[\s,;–—-]*\(?\s*\b"
    r"(?:tức là|tức|tên khác|tên gọi khác|còn gọi là|tên thường gọi|thường gọi là|thường gọi|hay gọi là"
    r"|tên ở nhà|bí danh)\b"
    r"\s*:?\s*(?P<names>[^()]+)\)?\s*$",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(r"\s*[(\uff08](?P<names>[^()\uff08\uff09]*[\u3400-\u9fff][^()\uff08\uff09]*)[)\uff09]\s*$")
_TRUE_NAME: Final = re.compile(r"\b(?:tên thật|họ tên thật|tên khai sinh|tên trên giấy tờ)\b", re.IGNORECASE)
_HOUSEHOLD: Final = re.compile(r"(?:chủ )?hộ\s*(?::|ông\b|bà\b|gia đình\b)|chủ hộ\b|gia đình (?:ông|bà|anh|chị)\b")
_TWO: Final = re.compile(r"\w\w[^,;/&+\n]*?(?:\s*[,;/&+]\s*|\s+và\s+|\s+[-–—]\s+|\s*\n\s*)(?P<other>[^\W\d][\w'’]* \w)")
_RELATIVES: Final = ("con", "cháu", "em", "chị", "mẹ", "bố", "chồng", "vợ")
_AND_OTHERS: Final = re.compile(
    r".*?\w\w.*?(?:\s(?:và|cùng|cùng với)|\s*[,;/&+\n])\s*(?:các |hai |mẹ )?"
    rf"(?:{'|'.join(_RELATIVES)})(?:\s+(?:gái|trai|nhỏ))?\s*"
)
"""``Lò Thị Mai và con``: the second person has no row of her own."""
_NO_NAME: Final = frozenset(
    {
        *("chua ro ten", "khong ro ten", "khong ro ho ten", "chua ro ho ten", "chua biet ten", "khong biet ten"),
        *("chua co ten", "chua dat ten", "khong ten", "khong co ten", "vo danh", "khong nho ten"),
    }
)
_OTHERS: Final = re.compile(
    r"(?:vợ|chồng|con|mẹ|bố|cha|em|chị|anh) (?:gái |trai )?(?:của|ông|bà|anh|chị|cô|chú|cháu)\b"
    r"|(?:mẹ|bố|cha) (?:em|bé)\b|(?:vợ|chồng|(?:con|em) (?:gái|trai)|chị gái|anh trai)\s+\w"
)
_NOT_VIETNAMESE: Final = re.compile(r"[¡-¿ÆØÞßäåæçëîïñöøûüþÿ×÷]", re.IGNORECASE)
_VNI: Final = re.compile(r"[ae][áàãâéèêíìóòõôúù]|[ouô][øûï]|ö", re.IGNORECASE)
_INITIALS: Final = re.compile(r"(?:\w\.\s*)+\w?\.?")


def full_name(text: str, *, at: str) -> Fact:
    """The name itself, without other names that stand beside it.

    Raises:
        RefusedError: `value_name_digits`, `value_name_of_other` ("vợ ông …"), `value_name_householder` ("hộ ông …"),
            `value_name_two_persons`, `value_name_two_names` ("tên thật …"), `value_legacy_font`, or as `writing.said`.
    """
    written = said(text, limit=MAX_NAME)
    name = _bare(written)
    if name.isdigit():
        raise RefusedError("value_name_digits")
    if not any(c.isalpha() for c in name) or fold(name).strip(" .()") in _NO_NAME:
        raise RefusedError("value_missing")
    if _TRUE_NAME.search(written):
        raise RefusedError("value_name_two_names")
    if _HOUSEHOLD.match(name.lower()):
        raise RefusedError("value_name_householder")
    if any(c.isdigit() for c in name):
        raise RefusedError("value_name_digits")
    if _names_two(_bare(_on_lines(text))):
        raise RefusedError("value_name_two_persons")
    if _OTHERS.match(name.lower()) or _before_surname(name.lower().split()):
        raise RefusedError("value_name_of_other")
    _check_font(name)
    return Fact(_capitals(name), text, at)


def aliases(text: str, *, at: str) -> Fact | None:
    """Other names inside a name cell ("… (tức Máy)"): a list, or None when there is none.

    Raises:
        RefusedError: as `writing.said`.
    """
    written = said(text, limit=MAX_NAME)
    alias = _ALIAS.search(written)
    chinese = _in_chinese(_ALIAS.sub("", written))
    listed = [*(_listed(alias["names"]) if alias else ()), *(_listed(chinese) if chinese else ())]
    return Fact(listed, text, at) if listed else None


def other_names(text: str, *, at: str) -> Fact:
    """A cell of other names, in any script: a list.

    Raises:
        RefusedError: as `writing.said`.
    """
    written = said(text, limit=MAX_NAME)
    found = _ALIAS.search(written)
    return Fact(_listed(found["names"] if found else written), text, at)


def _before_surname(words: list[str]) -> bool:
    """Whether "con", "mẹ" or "bố" stands before a whole name: con Lò Thị Mai."""
    return len(words) > 2 and words[0] in {"con", "mẹ", "bố"} and words[1] in NAMES


def _on_lines(text: str) -> str:
    """A cell's text whose lines stay apart where the second begins a name of its own; a long name goes on instead."""
    lines = [line for one in text.splitlines() if (line := " ".join(one.split()))]
    told = lines[0]
    for above, line in pairwise(lines):
        told += (" " if _goes_on(above.lower().split(), line.lower().split()) else "\n") + line
    return told


def _goes_on(above: list[str], words: list[str]) -> bool:
    """Whether words below others are the rest of their name: Nguyễn Thị / Mai Anh, Giàng / A Páo, Y Blok / Ê Ban."""
    whole = len(words) > 2 and words[1] in MIDDLE
    if len(above) < 2 or above[-1] in MIDDLE or (len(above) == 2 and above[0] in MIDDLE):
        return not whole
    return not whole and (words[0] not in _RELATIVES if len(words) == 1 else words[0] in NAMES - SURNAMES)


def _names_two(name: str) -> bool:
    """Whether two names of at least two words stand side by side; words in brackets describe the person."""
    bare = re.sub(r"\([^()]*\)", "", name).strip()
    found = _TWO.search(bare)
    two = found is not None and (found["other"][0].isupper() or name.islower())
    # Và is a name of the Bru; the word for "and" has a small letter, where there are any, and more before it.
    capitals = bare.isupper() and not bare.startswith(bare.split()[0] + " VÀ ")
    return two or _AND_OTHERS.fullmatch(bare.lower() if capitals else bare) is not None


def _bare(written: str) -> str:
    """The name without the other names that stand beside it."""
    name = _ALIAS.sub("", written).strip(" ,;")
    return _CHINESE.sub("", name).strip(" ,;") if _in_chinese(name) else name


def _in_chinese(name: str) -> str | None:
    """What stands in brackets in Chinese characters, where the name before them is not."""
    found = _CHINESE.search(name)
    return found["names"] if found and any(c.isalpha() for c in name[: found.start()]) else None


def _listed(text: str) -> list[str]:
    return [_capitals(name.strip()) for name in re.split(r"[;,/]", text) if name.strip()]


def _check_font(name: str) -> None:
    """Refuse what only text of an old font puts into a Vietnamese name; also of one in two columns, now whole."""
    capital_inside = any(one.islower() and other.isupper() for one, other in pairwise(name))
    if capital_inside or _NOT_VIETNAMESE.search(name) or _VNI.search(name) or judge([name])[0] is not None:
        raise RefusedError("value_legacy_font")


def _capitals(name: str) -> str:
    """Fold a name all in capitals to title case; Ð and ð, which old key programs leave, are written Đ and đ."""
    name = name.replace("Ð", "Đ").replace("ð", "đ")
    if not name.isupper() or _INITIALS.fullmatch(name):
        return name
    return re.sub(r"[^\W_]+", lambda word: word[0][:1] + word[0][1:].lower(), name)
