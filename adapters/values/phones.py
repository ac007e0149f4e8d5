"""Phone numbers, each with its owner: a call to the wrong person can cost a life, so an unknown owner stays unknown."""

from __future__ import annotations

import re
from typing import Final

from adapters.contract import Fact
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold

MAX_PHONES: Final = 200
"""Characters of one cell with phones."""

_OWNERS: Final = {
    "self": ("ban than", "chinh chu", "cua chi", "cua em", "cua anh", "nan nhan"),
    "mother": ("me", "me de", "me ruot", "sdt me"),
    "father": ("bo", "cha", "bo de"),
    "spouse": ("vo", "chong"),
    "child": ("con", "con gai", "con trai"),
    "sibling": ("anh", "chi", "em", "anh trai", "chi gai", "em gai", "em trai", "anh ruot", "chi ruot"),
    "grandparent": ("ong", "ba", "ong noi", "ba noi", "ong ngoai", "ba ngoai"),
    "relative": ("co", "di", "chu", "bac", "cau", "mo", "thim", "nguoi than", "ho hang"),
    "neighbour": ("hang xom",),
    "householder": ("chu ho",),
    "village_head": ("truong ban", "truong thon", "truong xom"),
}
_OWNER_OF: Final = {word: owner for owner, words in _OWNERS.items() for word in words}
_ONE: Final = re.compile(r"(?P<number>\+?[0-9][0-9 .-]*)(?:\((?P<owner>[^()]*)\))?")
_SEPARATOR: Final = re.compile(r"[/;,]|\s-\s|\bvà\b|\bhoặc\b")
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
    written = said(text, limit=MAX_PHONES)
    found = []
    for piece in _SEPARATOR.split(written):
        one = _ONE.fullmatch(piece.strip())
        if one is None:
            raise RefusedError("value_phone_unreadable")
        named = owner if one["owner"] is None else _OWNER_OF.get(fold(one["owner"]), "unknown")
        found.append({"number": _number(one["number"]), "owner": named})
    return Fact(found, text, at)


def split_householder(text: str) -> tuple[str, str]:
    """Part a cell "chủ hộ, SĐT" into the name before the first number and the numbers; either may be empty."""
    start = re.search(r"\+?[0-9]", text)
    at = start.start() if start else len(text)
    return text[:at].strip(" ,;:-"), text[at:].strip()


def _number(text: str) -> str:
    number = re.sub(r"[ .-]", "", text)
    number = re.sub(r"^(?:\+84|0084|84(?=[0-9]{9,10}$))0?", "0", number)
    if _VIETNAMESE.fullmatch(number) or _FOREIGN.fullmatch(number):
        return number
    if _OLD_MOBILE.fullmatch(number):
        raise RefusedError("value_phone_old_number")
    if re.fullmatch(r"[35789][0-9]{8}", number):
        raise RefusedError("value_phone_lost_zero")
    raise RefusedError("value_phone_unreadable")
