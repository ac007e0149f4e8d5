"""The encodings of fonts from before Unicode, as their bytes look in Unicode cells: TCVN3 (.VnTime), VNI, VISCII.

Tables: TCVN 5712:1993, set VN3 (letters only), the VNI-Windows fonts (a letter followed by its mark), and VISCII 1.1
(RFC 1456), whose capitals stand where Windows has signs. What a key program left typed (Telex, VIQR) is undone too.
Nothing here decides which it is: `fonts` does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Final

from adapters.values.syllables import TONES, possible, with_tone


class Encoding(Enum):
    """How letters were written."""

    TCVN3 = "tcvn3"
    VNI = "vni"
    VISCII = "viscii"
    TELEX = "telex"
    VIQR = "viqr"


def encoding_of_font(name: str) -> Encoding | None:
    """The encoding of a font by its name: .VnTime, .VnArialH → TCVN3; VNI-Times → VNI; None for fonts of Unicode."""
    small = name.strip().lower()
    if small.startswith(".vn"):
        return Encoding.TCVN3
    return Encoding.VNI if small.startswith(("vni-", "vni ")) else None


def _paired(codes: str, letters: str) -> dict[str, str]:
    return dict(zip(codes.split(), letters.split(), strict=True))


_TCVN3: Final = {
    chr(int(code, 16)): letter
    for code, letter in _paired(
        "A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE B5 B6 B7 B8 B9 BB BC BD BE C6 C7 C8 C9 CA CB CC CE CF D0 D1 D2 D3 "
        "D4 D5 D6 D7 D8 DC DD DE DF E1 E2 E3 E4 E5 E6 E7 E8 E9 EA EB EC ED EE EF F1 F2 F3 F4 F5 F6 F7 F8 F9 FA FB FC "
        "FD FE",
        "Ă Â Ê Ô Ơ Ư Đ ă â ê ô ơ ư đ à ả ã á ạ ằ ẳ ẵ ắ ặ ầ ẩ ẫ ấ ậ è ẻ ẽ é ẹ ề ể "
        "ễ ế ệ ì ỉ ĩ í ị ò ỏ õ ó ọ ồ ổ ỗ ố ộ ờ ở ỡ ớ ợ ù ủ ũ ú ụ ừ ử ữ ứ ự ỳ ỷ ỹ "
        "ý ỵ",
    ).items()
}
_VNI_SMALL: Final = _paired(
    "aù aø aû aõ aï aê aé aè aú aü aë aâ aá aà aå aã aä eù eø eû eõ eï eâ eá eà eå eã eä í ì æ ó ò où oø oû oõ oï "
    "oâ oá oà oå oã oä ô ôù ôø ôû ôõ ôï uù uø uû uõ uï ö öù öø öû öõ öï yù yø yû yõ î ñ",
    "á à ả ã ạ ă ắ ằ ẳ ẵ ặ â ấ ầ ẩ ẫ ậ é è ẻ ẽ ẹ ê ế ề ể ễ ệ í ì ỉ ĩ ị ó ò ỏ õ ọ "
    "ô ố ồ ổ ỗ ộ ơ ớ ờ ở ỡ ợ ú ù ủ ũ ụ ư ứ ừ ử ữ ự ý ỳ ỷ ỹ ỵ đ",
)
_VNI: Final = {
    base + mark: letter.upper() if base.isupper() else letter
    for code, letter in _VNI_SMALL.items()
    for base in (code[0], code[0].upper())
    for mark in ({code[1:], code[1:].upper()} if len(code) > 1 else {""})
}
_VISCII_SIGNS: Final = "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"  # 80 to 9F
_VISCII: Final = {
    **dict(zip("\x02\x05\x06\x14\x19\x1e", "ẲẴẪỶỸỴ", strict=True)),
    **{chr(0x80 + place): letter for place, letter in enumerate(_VISCII_SIGNS)},
    **{
        shown: letter
        for place, letter in enumerate(_VISCII_SIGNS)
        if (shown := bytes([0x80 + place]).decode("cp1252", "ignore")).isalpha()
    },
    **dict(
        zip(
            map(chr, range(0xA1, 0x100)),
            "ắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
            strict=True,
        )
    ),
}
"""Without A0 (Õ): a no-break space is far more often one."""
TABLES: Final[Mapping[Encoding, Mapping[str, str]]] = {
    Encoding.TCVN3: _TCVN3,
    Encoding.VNI: _VNI,
    Encoding.VISCII: _VISCII,
}
"""What stands in the cell → the letter meant. TCVN3 has capitals with a tone only in fonts of their own (….H)."""

_BLANKS: Final = re.compile(r"(\s+)")
_CAPITALS: Final = re.compile(r"[A-Z]{2}|[A-Z][^\sA-Za-z]+[A-Z]")
_KEPT: Final = frozenset("°²³±\u00a0")  # signs both kinds of fonts leave where they are

_TELEX_TONES: Final = dict(zip("fsxrj", TONES, strict=True))
_VIQR_TONES: Final = dict(zip("`'~?.", TONES, strict=True))
_TELEX_MARKS: Final = (
    ("uwow", "ươ"), ("uow", "ươ"), ("aa", "â"), ("aw", "ă"), ("ee", "ê"), ("oo", "ô"), ("ow", "ơ"), ("uw", "ư"),
    ("dd", "đ"),
)  # fmt: skip
_VIQR_MARKS: Final = (("a^", "â"), ("a(", "ă"), ("e^", "ê"), ("o^", "ô"), ("o+", "ơ"), ("u+", "ư"), ("dd", "đ"))
_LAST_TONE: Final = re.compile(r"(?<=[aăâeêioôơuưycghmnpt])([sfrxj])(?=(?:ch|nh|ng|[cmnpt])?$)")
_VIQR_ONLY: Final = re.compile(r"[aeo]\^|[aeiouy^(+][`~]|[ou]\+[a-z`'~?.]")
_LEAST_LETTERS: Final = 3
"""a.m is no word of two letters."""
_VIQR_TONE: Final = re.compile(r"(?<=[aăâeêioôơuưy])([`'~?.])")


def decoded(text: str, encoding: Encoding, *, capitals: bool = False) -> str | None:
    """Give the letters meant by text of an old font, in NFC; None where it has a letter the encoding has not.

    `capitals`: the font shows all letters as capitals (.VnTimeH). So they are, too, where a word has nothing else.
    """
    shouted = capitals or _shouted(text)
    out = []
    for piece in _BLANKS.split(text):
        whole = _letters(piece, TABLES[encoding])
        if whole is None:
            return None
        out.append(whole.upper() if shouted or _shouted(piece) else whole)
    return unicodedata.normalize("NFC", "".join(out))


def _letters(text: str, table: Mapping[str, str]) -> str | None:
    out, at = [], 0
    while at < len(text):
        pair, single = text[at : at + 2], text[at]
        step = 2 if len(pair) == 2 and pair in table else 1
        if step == 1 and single not in table and not single.isascii() and single not in _KEPT and _letter(single):
            return None
        out.append(table.get(text[at : at + step], single))
        at += step
    return "".join(out)


def _shouted(text: str) -> bool:
    """Tell whether there are capitals side by side, and no small letter but what an old font may show as a capital."""
    return _CAPITALS.search(text) is not None and not any("a" <= letter <= "z" for letter in text)


def _letter(character: str) -> bool:
    return character.isalpha() or "\u00a1" <= character <= "\u00ff"


@lru_cache(maxsize=20_000)
def typed(word: str, encoding: Encoding) -> tuple[str, bool] | None:
    """Undo Telex or VIQR in one word: the word meant, and whether nothing else can have been meant.

    None where the word holds no left-over, or undoing it gives no Vietnamese syllable.
    """
    small, tone = word.lower(), ""
    marks = _TELEX_MARKS if encoding is Encoding.TELEX else _VIQR_MARKS
    for keys, letter in marks:
        small = small.replace(keys, letter)
    marked = small != word.lower()
    found = (_LAST_TONE if encoding is Encoding.TELEX else _VIQR_TONE).search(small)
    if found is not None:
        tone = found[1]
        small = small[: found.start()] + small[found.end() :]
    tones = _TELEX_TONES if encoding is Encoding.TELEX else _VIQR_TONES
    whole = with_tone(small, tones[tone]) if tone else (small if marked and possible(small) else None)
    if whole is None or possible(word):
        return None
    return _as_written(whole, word), _certain(word.lower(), tone, marked=marked, encoding=encoding)


def marked_inside(word: str) -> bool:
    """Tell whether VIQR's dot, bracket, apostrophe or question mark stands inside a word, after the letter it marks."""
    small = word.lower()
    if re.search(r"[a-z][(.'?][a-z]", word) is None or sum(map(str.isalpha, small)) < _LEAST_LETTERS:
        return False
    for keys, letter in _VIQR_MARKS:
        small = small.replace(keys, letter)
    found = _VIQR_TONE.search(small)
    if found is None:
        return possible(small)
    tone = _VIQR_TONES[found[1]]
    return possible(unicodedata.normalize("NFC", f"{small[: found.start()]}{tone}{small[found.end() :]}"))


def _certain(word: str, tone: str, *, marked: bool, encoding: Encoding) -> bool:
    """Tell whether a left-over is no word of another language: Êđê names end in r, English ones in s."""
    if encoding is Encoding.VIQR:
        return bool(_VIQR_ONLY.search(word)) or (marked and tone not in {"", "."})
    return tone in {"f", "j"} or (marked and bool(tone) and (tone != "r" or "w" in word or "dd" in word))


def _as_written(whole: str, word: str) -> str:
    letters = [letter for letter in word if letter.isalpha()]
    if len(letters) > 1 and all(letter.isupper() for letter in letters):
        return whole.upper()
    return whole[0].upper() + whole[1:] if word[0].isupper() else whole
