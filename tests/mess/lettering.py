"""Unicode text as old fonts and key programs would have left it. Written apart from the tables that undo it.

TCVN3 after TCVN 5712:1993 (VN3), VNI after the VNI-Windows fonts: a letter followed by its mark. VISCII after RFC 1456,
its bytes 80 to FF read as Latin-1, without A0.
"""

from __future__ import annotations

import unicodedata

_TONES = {"\u0300": 0, "\u0309": 1, "\u0303": 2, "\u0301": 3, "\u0323": 4}  # huyền, hỏi, ngã, sắc, nặng
_TCVN3 = {
    "a": "µ¶·¸¹", "ă": "»¼½¾Æ", "â": "ÇÈÉÊË", "e": "ÌÎÏÐÑ", "ê": "ÒÓÔÕÖ", "i": "×ØÜÝÞ", "o": "ßáâãä",
    "ô": "åæçèé", "ơ": "êëìíî", "u": "ïñòóô", "ư": "õö÷øù", "y": "úûüýþ",
}  # fmt: skip
_TCVN3_BARE = {"ă": "¨", "â": "©", "ê": "ª", "ô": "«", "ơ": "¬", "ư": "\u00ad", "đ": "®"}
_TCVN3_CAPITALS = {"Ă": "¡", "Â": "¢", "Ê": "£", "Ô": "¤", "Ơ": "¥", "Ư": "¦", "Đ": "§"}
_VNI_BARE = {"ă": "aê", "â": "aâ", "ê": "eâ", "ô": "oâ", "ơ": "ô", "ư": "ö", "đ": "ñ"}
_VNI_TONES = "øûõùï"
_VNI_WITH_MARK = {"â": ("a", "àåãáä"), "ê": ("e", "àåãáä"), "ô": ("o", "àåãáä"), "ă": ("a", "èúüéë")}
_VNI_WHOLE = {"ì": "ì", "ỉ": "æ", "ĩ": "ó", "í": "í", "ị": "ò", "ỵ": "î"}
_TELEX_TONES = "frxsj"
_TELEX = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}


_VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀ"
    "ÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)


def _parts(letter: str) -> tuple[str, int | None]:
    """A letter without its tone, and the tone."""
    marks = unicodedata.normalize("NFD", letter)
    tone = next((_TONES[mark] for mark in marks if mark in _TONES), None)
    bare = "".join(mark for mark in marks if mark not in _TONES)
    return unicodedata.normalize("NFC", bare), tone


def tcvn3(text: str) -> str:
    """As typed in .VnTime: capitals keep their case only where the font has them."""
    out = ""
    for letter in unicodedata.normalize("NFC", text):
        bare, tone = _parts(letter)
        if letter in _TCVN3_CAPITALS:
            out += _TCVN3_CAPITALS[letter]
        elif tone is not None:
            out += _TCVN3[bare.lower()][tone]
        else:
            out += _TCVN3_BARE.get(bare, bare)
    return out


def vni(text: str) -> str:
    """As typed in VNI-Times."""
    out = ""
    for letter in unicodedata.normalize("NFC", text):
        bare, tone = _parts(letter)
        small = bare.lower()
        if letter.lower() in _VNI_WHOLE:
            written = _VNI_WHOLE[letter.lower()]
        elif tone is None:
            written = _VNI_BARE.get(small, small)
        elif small in _VNI_WITH_MARK:
            base, marks = _VNI_WITH_MARK[small]
            written = base + marks[tone]
        else:
            written = _VNI_BARE.get(small, small) + _VNI_TONES[tone]
        out += written.upper() if letter.isupper() else written
    return out


def viscii(text: str) -> str:
    """As bytes of VISCII look where they are taken for Latin-1."""
    codes = [code for code in range(0x80, 0x100) if code != 0xA0]
    table = {ord(letter): chr(code) for letter, code in zip(_VISCII, codes, strict=True)}
    return unicodedata.normalize("NFC", text).translate(table)


def telex(text: str) -> str:
    """As left by a key program that was off: the tone's letter at the end of its word."""
    return " ".join(_telex(word) for word in unicodedata.normalize("NFC", text).split(" "))


def _telex(word: str) -> str:
    out, tone = "", None
    for letter in word:
        bare, found = _parts(letter)
        tone = found if found is not None else tone
        written = _TELEX.get(bare.lower(), bare.lower())
        out += written.capitalize() if letter.isupper() else written
    return out + ("" if tone is None else _TELEX_TONES[tone])


def viqr(text: str) -> str:
    """As in mail of long ago: Nguye^~n Thi. Hoa."""
    marks = {"\u0300": "`", "\u0309": "?", "\u0303": "~", "\u0301": "'", "\u0323": ".", "\u0302": "^", "\u0306": "("}
    marks |= {"\u031b": "+"}
    out = ""
    for letter in text:
        plain = {"đ": "dd", "Đ": "DD"}.get(letter, letter)
        parts = unicodedata.normalize("NFD", plain)
        tones = [mark for mark in parts[1:] if mark in _TONES]
        shapes = [mark for mark in parts[1:] if mark not in _TONES]
        is_marked = len(parts) > 1 and all(mark in marks for mark in parts[1:])
        out += parts[0] + "".join(marks[mark] for mark in [*shapes, *tones]) if is_marked else plain
    return out
