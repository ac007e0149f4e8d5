"""Which words Vietnamese spelling allows: one syllable, its tone on the vowel where it belongs.

By this the encodings of old fonts are told from Unicode. Names of other languages of the country (Kpă, Êban, Niê) need
not fit it: a word that does not fit is not wrong for that alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
"""Grave (huyền), acute (sắc), tilde (ngã), hook (hỏi), dot below (nặng)."""
_STOPPED_TONES: Final = "\u0301\u0323"  # all that a syllable ending in c, ch, p, t may have

_WRITTEN: Final = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc
oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt
uyn uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu
y yêm yên yêng yêt yêu
"""
_RIMES: Final = frozenset(_WRITTEN.split())
_ONSETS: Final = "ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|[bcdđghklmnprstvx]|"
_SYLLABLE: Final = re.compile(rf"(?P<onset>{_ONSETS})(?P<rime>[aăâeêioôơuưy]+(?:ch|nh|ng|[cmnpt])?)")
_FRONT: Final = "eêiy"


@lru_cache(maxsize=20_000)
def possible(word: str) -> bool:
    """Tell whether a word, in any case, is one Vietnamese syllable in Unicode."""
    letters = unicodedata.normalize("NFD", word.lower().replace("ð", "đ"))
    tones = [letter for letter in letters if letter in TONES]
    bare = unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in TONES))
    parts = _parts(bare)
    if parts is None or len(tones) > 1:
        return False
    if not tones:
        return True
    onset, rime = parts
    if rime.endswith(("c", "ch", "p", "t")) and tones[0] not in _STOPPED_TONES:
        return False
    spelled = unicodedata.normalize("NFC", word.lower().replace("ð", "đ"))
    return any(spelled == toned(onset, rime, tones[0], place) for place in _places(rime))


def toned(onset: str, rime: str, tone: str, place: int) -> str:
    """A syllable with its tone on the letter of the rime at `place`, in NFC."""
    return unicodedata.normalize("NFC", f"{onset}{rime[: place + 1]}{tone}{rime[place + 1 :]}")


def with_tone(bare: str, tone: str) -> str | None:
    """A syllable without tone given one, where it is usually written; None when the syllable is not possible."""
    parts = _parts(bare)
    if parts is None:
        return None
    found = toned(*parts, tone, _places(parts[1])[0])
    return found if possible(found) else None


def _parts(bare: str) -> tuple[str, str] | None:
    """Onset and rime of a syllable in small letters without its tone; None when spelling does not allow it."""
    whole = re.fullmatch(r"(gi)([nm]|êng|êt|êc|ênh)?", bare)
    if whole is not None:  # gì, gìn: the i is both of onset and rime
        return "g", bare[1:]
    found = _SYLLABLE.fullmatch(bare)
    if found is None:
        return None
    onset, first = found["onset"], found["rime"][0]
    if found["rime"] not in _RIMES and not (onset == "qu" and f"u{found['rime']}" in _RIMES):  # quỳnh
        return None
    if onset in {"k", "gh", "ngh"} and first not in _FRONT:
        return None
    if onset in {"c", "g", "ng"} and first in _FRONT:
        return None
    return onset, found["rime"]


def _places(rime: str) -> tuple[int, ...]:
    """Positions of a rime on which its tone may stand, the usual one first (hóa, hoá; thúy, thuý)."""
    vowels = len(rime.rstrip("chngmpt"))
    marked = [place for place in range(vowels) if rime[place] in "ăâêôơư"]
    if marked:
        return (marked[-1],)
    if vowels == 1:
        return (0,)
    if vowels < len(rime):
        return (vowels - 1,)
    if rime in {"oa", "oe", "uy"}:
        return (0, 1)
    return (1,) if vowels > 2 else (0,)
