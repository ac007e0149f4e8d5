"""Text of old fonts (TCVN3, VNI, VISCII) and of key programs (Telex, VIQR) in Unicode cells: found, never replaced.

One cell seldom tells: "Thò" is Unicode or VNI for "Thị", "Hoàng" is Unicode or VNI for "Hồng". So cells are judged by
the column they stand in, and by the font's name where the file has it. A cell proves its encoding when a word of it is
no Vietnamese word as it stands, has letters that Unicode Vietnamese has not, and is one when decoded. A cell with a
letter beyond Latin-1 (ă, ơ, ư, ễ …) is Unicode. What is found is told with the text meant, as a proposal, in NFC.

Ask this before anything strips invisible characters: TCVN3 writes ư as U+00AD.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from typing import Final

from adapters.values.encodings import TABLES, Encoding, decoded, encoding_of_font, marked_inside, typed
from adapters.values.name_words import BEFORE_GIVEN, HIGHLAND, KNOWN, NAMES
from adapters.values.syllables import possible

_OLD: Final = tuple(TABLES)
_VIETNAMESE: Final = frozenset("àáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ")
_OTHERS: Final = frozenset("ñÑðÐ°²³±\u00a0")
"""In Unicode text too: Ñ of Êđê names, Ð typed for Đ, signs."""
_WORD: Final = re.compile(r"[^\s!-/:-@\[-`{-~“”‘’–—…]+")
_TYPED_WORD: Final = re.compile(r"[^\W\d_][^\W\d_^`~+('?.]*(?:[\^`~+('?.]+[^\W\d_]*)*")
_MAY_BE_TYPED: Final = re.compile(
    r"[a-z][sfxj](?:ch|nh|ng|[cmnpt])?\b|aa|ee|oo|dd|[aou]w|[\^~`+]|[aeiouy][(.'?]", re.IGNORECASE | re.ASCII
)
_BEYOND: Final = re.compile(r"(?![ŒœŠšŸŽžƒˆ\u02dc])[\u0100-\u1fff\u2e80-\U0010ffff]")
"""Letters beyond Latin-1, of Windows too; “ – … lie between."""
_VNI_PAIR: Final = re.compile(r"[aeo][áàãâéèêúóòõôù]|[ouöôy]õ|[uyô]ù", re.IGNORECASE)

_THI: Final = "thị"
"""Between two other words; "Thò", which is that in VNI, may be a given name at the end of a name."""
_REMEMBERED: Final = 200  # characters of a text whose judgement is remembered
_SHORT: Final = 8
"""Words of a name or a place; a longer text has stops and brackets of its own."""


@dataclass(frozen=True, slots=True)
class Legacy:
    """An old cell: how it is written, and the text meant; None where either is not certain enough to propose."""

    encoding: Encoding | None
    text: str | None


class Column:
    """The cells of one column: `see` all of them, then `judge` each. Of a cell nothing is kept but what it proves."""

    def __init__(self) -> None:
        self._proven: Counter[Encoding] = Counter()
        self._mixed = False

    def see(self, cell: str) -> None:
        """Take note of what a cell shows of its column."""
        seen = _looked_at(cell)
        self._mixed = self._mixed or seen.unicode
        if seen.likeliest is not None and seen.certain:
            self._proven.update((seen.likeliest,))

    def judge(self, cell: str, font: str | None = None) -> Legacy | None:
        """What is old in a cell, or None for one to be read as it stands; `font` is its font's name where known."""
        if font is None and not self._proven and len(cell) <= _REMEMBERED:
            return _alone(cell)
        (best, count), (_, second) = (*self._proven.most_common(2), *[(None, 0)] * 2)[:2]
        column = best if count > second else None
        return _judged(_looked_at(cell), font, column, mixed=self._mixed)


def judge(cells: Sequence[str], fonts: Sequence[str | None] | None = None) -> list[Legacy | None]:
    """Judge the cells of one column together, and by the names of their fonts, None where one is not known."""
    column = Column()
    for cell in cells:
        column.see(cell)
    return [column.judge(*one) for one in zip(cells, fonts or [None] * len(cells), strict=True)]


def readings(text: str) -> tuple[str, ...]:
    """All that a cell by itself may say: as it stands, and what each old font would have meant by it."""
    if text.isascii() or _BEYOND.search(text):
        return (text,)
    return (text, *(meant for encoding in _OLD if (meant := decoded(text, encoding)) is not None))


def beside(text: str, encoding: Encoding) -> Legacy | None:
    """Judge a cell that stands in one row with another of this encoding, where its own column tells nothing.

    It is of that encoding, too, when it has a letter Unicode Vietnamese has not (Ñ in the number 12/QÑ-UBND), or its
    words are better known decoded.
    """
    bare = unicodedata.normalize("NFC", text)
    if encoding not in TABLES or bare.isascii() or _seen(bare).unicode:
        return None
    meant = decoded(bare, encoding)
    if meant is None or meant == bare:
        return None
    strange = any(letter.isalpha() and not letter.isascii() and letter not in _VIETNAMESE for letter in bare)
    return Legacy(encoding, meant) if strange or _known(meant) > _known(bare) else None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one cell shows by itself: its text, whether it must be Unicode, which encodings a word of it proves.

    `likeliest` is that one of these which it would be without its column, if any; `certain` whether that tells of the
    column too.
    """

    text: str
    unicode: bool = False
    proves: frozenset[Encoding] = frozenset()
    likeliest: Encoding | None = None
    certain: bool = False


@lru_cache(maxsize=20_000)
def _alone(cell: str) -> Legacy | None:
    """Judge a cell of which neither font nor column tells anything."""
    return _judged(_looked_at(cell), None, None, mixed=False)


def _looked_at(cell: str) -> _Seen:
    text = unicodedata.normalize("NFC", cell)
    # Long ones seldom come twice, and would fill the memory.
    return _seen(text) if len(text) <= _REMEMBERED else _seen.__wrapped__(text)


@lru_cache(maxsize=20_000)
def _seen(text: str) -> _Seen:
    if text.isascii():
        return _Seen(text)
    if _BEYOND.search(text):
        return _Seen(text, unicode=True)
    fits = {encoding: _fits(text, encoding) for encoding in _OLD if _proves(text, encoding)}
    most = max(fits.values(), default=0)
    proves = frozenset(encoding for encoding, words in fits.items() if words == most)
    best = _likeliest(text, proves)
    certain = best is not None and all(_names(text, best) > _names(text, one) for one in proves - {best})
    return _Seen(text, proves=proves, likeliest=best, certain=certain)


def _likeliest(text: str, proves: frozenset[Encoding]) -> Encoding | None:
    """The only encoding of these; VISCII, which few offices had, where it gives more names than any other."""
    usual = proves - {Encoding.VISCII}
    if Encoding.VISCII in proves and all(_names(text, Encoding.VISCII) > _names(text, one) for one in usual):
        return Encoding.VISCII
    return next(iter(usual)) if len(usual) == 1 else None


def _names(text: str, encoding: Encoding) -> int:
    return sum((decoded(word, encoding) or "").lower() in NAMES for word in _strange(text))


def _proves(text: str, encoding: Encoding) -> bool:
    """Tell whether all of the text can be of this encoding, and a word of it is of no other kind."""
    return decoded(text, encoding) is not None and any(
        _is_proof(word, encoding) for word in _strange(text) if len(word) <= _REMEMBERED
    )


def _fits(text: str, encoding: Encoding) -> int:
    """How many of the words that would change become Vietnamese syllables."""
    return sum(possible(decoded(word, encoding) or "") for word in _strange(text))


@lru_cache(maxsize=20_000)
def _is_proof(word: str, encoding: Encoding) -> bool:
    # A capital inside a word (ThÞ, MÈy) is what TCVN3 leaves; in Unicode nobody writes one.
    capital = any(one.islower() and other.isupper() for one, other in pairwise(word)) or (
        any(letter.isupper() and not letter.isascii() for letter in word[1:]) and not word.isupper()
    )
    if len(word) < 2 or (possible(word) and not capital):
        return False
    meant = decoded(word, encoding)
    if meant is None or not possible(meant):
        return False
    beyond = any(not letter.isascii() and letter not in _VIETNAMESE | _OTHERS for letter in word)
    return beyond or capital or (encoding is Encoding.VNI and bool(_VNI_PAIR.search(word)))


def _judged(cell: _Seen, font: str | None, column: Encoding | None, *, mixed: bool) -> Legacy | None:
    if not cell.unicode and not cell.text.isascii():
        by_font = encoding_of_font(font) if font else None
        if by_font and (meant := _meant(cell.text, by_font, font)) is not None:
            return Legacy(by_font, meant) if meant != cell.text else None
        if cell.proves:
            sure = column if column in cell.proves else cell.likeliest
            return Legacy(sure, None if sure is None else _meant(cell.text, sure, font))
        if column is not None and (found := _by_column(cell.text, column, mixed=mixed)) is not None:
            return found
        if len(cell.text) <= _REMEMBERED and (meant_by := likelier(cell.text)) is not None:
            return meant_by
    return _left_over(cell.text)


def likelier(text: str) -> Legacy | None:
    """What an old font would have meant by a short text whose letters are all Unicode's, where that is likelier.

    A name of few words may hold no letter that gives its font away: "Moong Thò May", "Lê Thònh". It is doubted where a
    word that is no name becomes a usual one, and none becomes worse; beside words of highland names only "Thò" between
    two others and what no spelling allows.
    """
    if text.isascii() or len(text) > _REMEMBERED or _BEYOND.search(text) or len(words := _WORD.findall(text)) > _SHORT:
        return None
    better = {encoding: count for encoding in _OLD if (count := _better(words, encoding))}
    best = [encoding for encoding, count in better.items() if count == max(better.values())]
    if not best:
        return None
    meant = decoded(text, best[0]) if len(best) == 1 else None
    return Legacy(best[0] if meant else None, meant)


def _better(words: Sequence[str], encoding: Encoding) -> int:
    """How many words become usual names; 0 where one is a name only as it stands, or becomes no word.

    A word that stays unusual is no evidence, unless there is "Thò" between two others.
    """
    highland, sure, count, unusual = not HIGHLAND.isdisjoint(map(str.lower, words)), 0, 0, 0
    for place, word in enumerate(words):
        meant = decoded(word, encoding)
        if meant == word:
            continue
        small, usual = word.lower(), meant is not None and meant.lower() in NAMES
        if meant is None or not possible(meant) or (small in NAMES and not usual):
            return 0
        if small in NAMES:
            continue  # Hoà is a name as well as Hồ
        if meant.lower() == _THI:
            sure += 0 < place < len(words) - 1 and words[place - 1].lower() not in BEFORE_GIVEN
        elif meant.lower() in NAMES and word[0].isupper() and (not possible(word) or (len(words) > 1 and not highland)):
            count += 1
        else:
            unusual += 1
    return sure + count if sure or not unusual else 0


def _meant(text: str, encoding: Encoding, font: str | None) -> str | None:
    capitals = font is not None and font.strip().lower().startswith(".vn") and font.strip().endswith("H")
    return decoded(text, encoding, capitals=capitals)


def _by_column(text: str, column: Encoding, *, mixed: bool) -> Legacy | None:
    """A cell that may be either, in a column where others prove an encoding.

    Where the column has Unicode as well (`mixed`), a cell is Unicode if its words are better known, or spelled, as
    they stand. The text meant is proposed where that is better known; in a column of one kind, where it is not less.
    """
    meant = decoded(text, column)
    if meant is None or meant == text:
        return None
    as_is, as_meant = _known(text), _known(meant)
    if mixed and (as_is, sum(map(possible, _strange(text)))) > (as_meant, _fits(text, column)):
        return None
    return Legacy(column, meant if as_meant > as_is or not (mixed or as_is > as_meant) else None)


def _strange(text: str) -> Iterator[str]:
    """The words that an encoding may change."""
    return (word for word in _WORD.findall(text) if not word.isascii())


def _known(text: str) -> int:
    return sum(word.lower() in KNOWN and not word.isascii() for word in _WORD.findall(text))


def _left_over(text: str) -> Legacy | None:
    """What Telex or VIQR left typed; only where a word can be nothing else, or most words are such."""
    if not _MAY_BE_TYPED.search(text):  # nearly all cells
        return None
    for encoding, pattern in ((Encoding.VIQR, _TYPED_WORD), (Encoding.TELEX, _WORD)):
        words = pattern.findall(text)
        found = [undone for word in words if (undone := typed(word, encoding)) is not None]
        certain = any(sure for _, sure in found) or (encoding is Encoding.VIQR and _dotted(text, words))
        if certain or (encoding is Encoding.TELEX and len(found) > 1 and 2 * len(found) > len(words)):
            whole = pattern.sub(partial(_undone, encoding), text)
            return Legacy(encoding, unicodedata.normalize("NFC", whole))
    return None


def _dotted(text: str, words: Sequence[str]) -> bool:
    """Tell whether a short text has a word whose dot, bracket or apostrophe is VIQR's: inside it, or Thi. in a name."""
    if not text.isascii() or len(words) > _SHORT:
        return False
    for word in words[:-1]:
        found = typed(word, Encoding.VIQR)
        if found is not None and word.istitle() and word.endswith(".") and found[0].lower() in KNOWN:
            return True
    return any(marked_inside(word) for word in words)


def _undone(encoding: Encoding, word: re.Match[str]) -> str:
    found = typed(word[0], encoding)
    return word[0] if found is None else found[0]
