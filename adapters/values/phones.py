"""Phone numbers, each with its owner: a call to the wrong person can cost a life, so an unknown owner stays unknown."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from adapters.contract import Fact
from adapters.values import maps
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold

MAX_PHONES: Final = 200
"""Characters of one cell with phones."""

_LABEL: Final = r"(?:(?:số )?điện thoại|s?[đð]t(?:[dđ]{2})?|sdt|tel)"
_LABELLED: Final = re.compile(rf"\b{_LABEL}\b|\+?[0-9]", re.IGNORECASE)
"""Where numbers begin: ĐT, SĐT, điện thoại, or a digit."""
_ONE: Final = re.compile(
    rf"(?:{_LABEL}\b[ :.]*)?(?P<number>\+?[0-9][0-9 .-]*)(?:\((?P<owner>[^()]*)\))?", re.IGNORECASE
)
_SEPARATOR: Final = re.compile(r"[/;,]|\s-\s|\bvà\b|\bhoặc\b")
_BELOW: Final = re.compile(r"(?<=[0-9)])\s*\n\s*(?=\+?[0-9])")
"""Numbers on lines of their own in one cell."""
_VIETNAMESE: Final = re.compile(r"0[35789][0-9]{8}|02[0-9]{9}")
_OLD_MOBILE: Final = re.compile(r"01[0-9]{9}")
_FOREIGN: Final = re.compile(r"\+[1-9][0-9]{7,14}")


def phones(text: str, *, at: str, owner: str = "unknown") -> Fact:
    """All numbers of one cell: a list of `{number, owner}`.

    ``0912 345 678 / 0987654321 (mẹ)``: a bracket names the owner of the number before it. `owner` is what the
    column's heading says of the others; without it they are 'unknown' (chưa rõ của ai – không gọi). Numbers in
    Viet Nam are given as 0…, others with their country code.

    Raises:
        RefusedError: `value_phone_unreadable`, `value_phone_lost_zero`, `value_phone_old_number` (11 digits, before
            2018), or as `writing.said`.
    """
    written = said(_BELOW.sub("; ", text.strip()), limit=MAX_PHONES)
    found = []
    for piece in _SEPARATOR.split(written):
        one = _ONE.fullmatch(piece.strip())
        if one is None or re.search("[0-9]", one["owner"] or ""):
            raise RefusedError("value_phone_unreadable")
        named = (
            owner
            if one["owner"] is None
            else maps.codes("phones.toml", "owners", fold).get(fold(one["owner"]), "unknown")
        )
        found.append({"number": _number(one["number"]), "owner": named})
    return Fact(found, text, at)


def mended(text: str) -> str | None:
    """The cell of one number as it would be mended: ten digits for eleven of before 2018, the zero it lost; else None.

    Proposed, never filled in: a number may have gone to somebody else since.
    """
    one = _ONE.fullmatch(text.strip())
    if one is None:
        return None
    number = _bare(one["number"])
    renumbered = maps.table("phones.toml")["renumbered"].get(number[:4]) if _OLD_MOBILE.fullmatch(number) else None
    meant = f"{renumbered}{number[4:]}" if renumbered else f"0{number}"
    if not _VIETNAMESE.fullmatch(meant):
        return None
    return meant if one["owner"] is None else f"{meant} ({one['owner']})"


def split_householder(text: str) -> tuple[str, str]:
    """Part a cell "chủ hộ, SĐT" into the name before the first number or its "ĐT", and the rest; both may be empty."""
    text = unicodedata.normalize("NFC", text)
    start = _LABELLED.search(text)
    at = start.start() if start else len(text)
    name, numbers = text[:at].strip(" ,;:-"), text[at:].strip()
    return (name[:-1].rstrip(" ,"), numbers.removesuffix(")")) if name.endswith("(") else (name, numbers)


def _number(text: str) -> str:
    number = _bare(text)
    if _VIETNAMESE.fullmatch(number) or _FOREIGN.fullmatch(number):
        return number
    if _OLD_MOBILE.fullmatch(number):
        raise RefusedError("value_phone_old_number")
    if re.fullmatch(r"[35789][0-9]{8}", number):
        raise RefusedError("value_phone_lost_zero")
    raise RefusedError("value_phone_unreadable")


def _bare(text: str) -> str:
    """The digits; +84, 0084 and 84 before a number in Viet Nam are its zero."""
    return re.sub(r"^(?:\+84|0084|84(?=[0-9]{9,10}$))0?", "0", re.sub(r"[ .-]", "", text))
