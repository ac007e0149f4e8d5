"""Mã hồ sơ: the code of a case that people print, write down and say by phone. It means nothing.

``HS-XXXXX-XXXXX``: nine random symbols and one check symbol out of 31 (no 0, 1, I, O, Z, which are misread). 31 is
prime and the ten weights 1 … 9 and -1 differ modulo 31, so that one wrong symbol and any two symbols in exchanged
places are always noticed. 31^9 codes are some 2.6 × 10^13: a code is a name, not a secret.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from domain.errors import RefusedError

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXY"
MODULUS: Final = len(ALPHABET)
RANDOM_SYMBOLS: Final = 9
MAX_WRITTEN: Final = 64
"""Characters of a code as copied, separators included."""
MIN_RANDOM_BYTES: Final = 16
"""128 bits for 31^9 codes: no symbol is more likely than another by more than 2^-80."""

_PRINTED: Final = re.compile(rf"HS-([{ALPHABET}]{{5}})-([{ALPHABET}]{{5}})", re.ASCII)
_HEADED: Final = re.compile(r"\s*HS[\s.\-\u2010-\u2015_]")
_SEPARATORS: Final = re.compile(r"[\s.\-\u2010-\u2015_]+")


def new(random_bytes: bytes) -> str:
    """Make a code from at least 16 random bytes.

    Raises:
        ValueError: fewer bytes were given.
    """
    if len(random_bytes) < MIN_RANDOM_BYTES:
        raise ValueError(f"a case code needs {MIN_RANDOM_BYTES} random bytes")
    number = int.from_bytes(random_bytes, "big")
    symbols = ""
    for _ in range(RANDOM_SYMBOLS):
        number, digit = divmod(number, MODULUS)
        symbols += ALPHABET[digit]
    return _printed(symbols + _check_symbol(symbols))


def check(code: str) -> None:
    """Refuse anything but a code as printed, with the right check symbol.

    Raises:
        RefusedError: `case_code_wrong`.
    """
    found = _PRINTED.fullmatch(code)
    if found is None or _check_symbol((found[1] + found[2])[:RANDOM_SYMBOLS]) != found[2][-1]:
        raise RefusedError("case_code_wrong")


def normalise(text: str) -> str:
    """Read a code as people copy it (small letters, spaces, other dashes, no dashes) and give it as printed.

    Raises:
        RefusedError: `case_code_wrong`.
    """
    if len(text) > MAX_WRITTEN:
        raise RefusedError("case_code_wrong")
    compatible = unicodedata.normalize("NFKC", text).upper()
    bare = _SEPARATORS.sub("", compatible)
    # "HS-" is never the beginning of the symbols, or a code two symbols short would be read as another.
    if len(bare) == RANDOM_SYMBOLS + 3 or _HEADED.match(compatible):
        bare = bare.removeprefix("HS")
    code = _printed(bare)
    check(code)
    return code


def _printed(symbols: str) -> str:
    return f"HS-{symbols[:5]}-{symbols[5:]}"


def _check_symbol(symbols: str) -> str:
    return ALPHABET[sum(weight * ALPHABET.index(symbol) for weight, symbol in enumerate(symbols, 1)) % MODULUS]
