"""The keys by which a person's name is searched for (crypto.md §4.1), inside what an agency may read anyway.

Never for joining: no row of a file finds its case by a name, and no two cases are one because names agree. People
look at what was found.

    order-free   the words of the name, folded and sorted: "Đỗ Thị Hoà", "HOA THI DO"
    core         the same without the fillers Thị and Văn in the middle
    sound        the core by ear: y/i, gi/d/r, tr/ch, x/s, ph/f, -ng/-n, Huỳnh/Hoàng, Võ/Vũ
    ends         by ear, the first and the last word: "Đỗ … Hòa" whatever stands between

Particles of minority names (H', Y, K', Ka, Giàng A …) are words of the name like any other and are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final

from domain.folding import fold

MAX_WORDS: Final = 20
"""Words of a name that count."""

_FILLERS: Final = frozenset({"thi", "van"})
_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_WHOLE: Final = {"huynh": "hoan", "hoang": "hoan", "vo": "vu"}
_INITIALS: Final = (("gi", "d"), ("tr", "ch"), ("ph", "f"), ("r", "d"), ("x", "s"))
_VOWELS: Final = frozenset("aeiou")


class Key(Enum):
    """How near a name is to what was asked for, the nearest first."""

    ORDER_FREE = "order_free"
    CORE = "core"
    SOUND = "sound"
    ENDS = "ends"


def keys(name: str) -> Mapping[Key, str]:
    """The keys of one name, each with its kind before it; empty where the text has no word. Never raises."""
    words = _NOT_A_WORD.sub(" ", fold(name)).split()[:MAX_WORDS]
    if not words:
        return {}
    core = [word for place, word in enumerate(words) if word not in _FILLERS or place in {0, len(words) - 1}]
    heard = [_sound(word) for word in core]
    found = {Key.ORDER_FREE: words, Key.CORE: core, Key.SOUND: heard}
    if len(words) > 1:  # one word alone would be found in half of all names
        found[Key.ENDS] = [heard[0], heard[-1]]
    return {key: f"{key.value}|{' '.join(sorted(some))}" for key, some in found.items()}


def number_key(text: str) -> str | None:
    """The key of a paper's or phone's number, however it is spaced; None where the text is no number."""
    bare = re.sub(r"[\W_]+", "", fold(text))
    return f"number|{bare}" if 6 <= len(bare) <= 40 and sum(map(str.isdigit, bare)) >= 5 else None


def _sound(word: str) -> str:
    if word in _WHOLE:
        return _WHOLE[word]
    heard = word.replace("y", "i")
    for written, said in _INITIALS:
        if heard.startswith(written):
            rest = heard[len(written) :]
            # "gi" before a vowel is a consonant (Giàng); else its i is the vowel (Gìn).
            heard = said + (rest if written != "gi" or rest[:1] in _VOWELS else f"i{rest}")
            break
    return heard[:-1] if heard.endswith("ng") else heard
