"""Text as it came, made comparable: one Unicode form, no invisible characters, and a folding without diacritics.

Nothing is repaired: text of an old font (TCVN3, VNI) in Unicode cells is refused before anything is stripped from it,
because TCVN3 writes ư as U+00AD, and a cleaner that drops invisible characters turns "Lường" into "Lêng" for ever.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from adapters.contract import Fact
from domain.errors import RefusedError
from domain.folding import fold

MAX_TEXT: Final = 20_000
"""Characters; a longer account belongs in an attachment."""

_SOFT_HYPHEN: Final = "\u00ad"
_JOINERS: Final = frozenset("\u200b\ufeff\u2060")
_LONGEST_DITTO: Final = 40
_REMEMBERED: Final = 60  # characters of a text of which is remembered whether it says something
_FAILED: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#ERROR!"}
)
"""What spreadsheets write where a formula failed; the last is also what `tables.opening` puts for all of them."""
_DITTO: Final = frozenset({"nt", "-nt-", "- nt -", "nhu tren", '"', "''", ",,", "//", "-//-"})

_SAYS_NOTHING: Final = {
    "blank": ("", "-", "--", "–", "—", "…", "null", "n/a"),
    "not_known": (
        *("không rõ", "chưa rõ", "chưa biết", "không biết", "không nhớ"),
        *("chưa xác định", "không xác định", "chưa xác minh"),
    ),
    "not_asked": ("chưa khai thác", "chưa hỏi", "chưa cập nhật"),
    "declined": ("từ chối khai", "không khai", "không muốn khai"),
    "none": ("không có", "không", "chưa có"),
    "lost": ("mất giấy tờ", "mất", "thất lạc"),
}


def clean(text: str, *, limit: int = MAX_TEXT) -> str:
    """Bring text to NFC with single plain spaces.

    Raises:
        RefusedError: `value_too_long`, `value_legacy_font` (soft hyphen), `value_control_character` (control and
            direction marks, lone surrogates, unassigned code points).
    """
    if len(text) > limit:
        raise RefusedError("value_too_long")
    if _SOFT_HYPHEN in text:
        raise RefusedError("value_legacy_font")
    if text.isprintable():  # nearly all there is: none of these characters, and no blank but the plain one
        return unicodedata.normalize("NFC", " ".join(text.split()))
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn", "Co"} and not (
            character.isspace() or character in _JOINERS
        ):
            raise RefusedError("value_control_character")
    bare = "".join(" " if c.isspace() else c for c in text if c not in _JOINERS)
    return unicodedata.normalize("NFC", " ".join(bare.split()))


_MISSING: Final = {
    spelling: kind
    for kind, phrases in _SAYS_NOTHING.items()
    for phrase in phrases
    for spelling in (phrase, fold(phrase))
}


def missing(text: str | None) -> str | None:
    """Name the way a field says nothing, or None when it says something.

    Compared with its diacritics or wholly without them, so that the names Khổng and Mát say something.

    Returns:
        'blank', 'not_known' (không rõ), 'not_asked' (chưa khai thác), 'declined' (từ chối khai), 'none' (không có),
        'lost' (mất giấy tờ) or None.
    """
    if not text:
        return "blank"
    return _missing(text) if len(text) <= _REMEMBERED else _missing.__wrapped__(text)


@lru_cache(maxsize=10_000)
def _missing(text: str) -> str | None:
    plain = unicodedata.normalize("NFC", " ".join(text[:MAX_TEXT].split())).lower().strip(" .()")
    return _MISSING.get(plain)


def check_result(text: str) -> None:
    """Refuse a cell in which a formula failed; what it should have said is lost.

    Raises:
        RefusedError: `value_formula_failed`.
    """
    if failed(text):
        raise RefusedError("value_formula_failed")


def failed(text: str) -> bool:
    """Tell whether a cell holds what a failed formula left."""
    return text[:1] == "#" and (text.strip().upper() in _FAILED or not text.strip("# "))


def said(text: str, *, limit: int = MAX_TEXT) -> str:
    """Clean text that must say something by itself.

    Raises:
        RefusedError: as `clean`; `value_missing`; `value_ditto` ("-nt-", "như trên": never filled in for a person);
            `value_formula_failed` (#N/A).
    """
    cleaned = clean(text, limit=limit)
    check_result(cleaned)
    if missing(cleaned):
        raise RefusedError("value_missing")
    if ditto(cleaned):
        raise RefusedError("value_ditto")
    return cleaned


def ditto(text: str) -> bool:
    """Tell whether text says nothing but "as above": nt, -nt-, như trên, //."""
    return 0 < len(text) <= _LONGEST_DITTO and _ditto(text)


@lru_cache(maxsize=10_000)
def _ditto(text: str) -> bool:
    return fold(text).strip(" .()") in _DITTO


def free_text(text: str, *, at: str, limit: int = MAX_TEXT) -> Fact:
    """Words kept as they are, on one line.

    Raises:
        RefusedError: as `said`.
    """
    return Fact(said(text, limit=limit), text, at)
