"""Mã hồ sơ: what the check symbol notices, and how people may write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.values.codes import case_code
from domain import case_code as codes
from domain.errors import RefusedError

made = st.binary(min_size=16, max_size=16).map(codes.new)
PLACES = [3, 4, 5, 6, 7, 9, 10, 11, 12, 13]


@given(made)
def test_new_codes_are_right(code: str) -> None:
    """A new code passes its own check and stays itself when normalised."""
    codes.check(code)
    assert codes.normalise(code) == code


@given(made, st.sampled_from(PLACES), st.sampled_from(codes.ALPHABET))
def test_every_wrong_symbol_is_noticed(code: str, place: int, symbol: str) -> None:
    """One symbol exchanged for any other one is refused."""
    if code[place] == symbol:
        return
    with pytest.raises(RefusedError, match="case_code_wrong"):
        codes.check(code[:place] + symbol + code[place + 1 :])


@given(made, st.sampled_from(PLACES), st.sampled_from(PLACES))
def test_every_exchange_of_two_symbols_is_noticed(code: str, one: int, other: int) -> None:
    """Two different symbols in exchanged places are refused, next to each other or not."""
    symbols = list(code)
    if symbols[one] == symbols[other]:
        return
    symbols[one], symbols[other] = symbols[other], symbols[one]
    with pytest.raises(RefusedError, match="case_code_wrong"):
        codes.check("".join(symbols))


@given(made)
def test_codes_are_read_as_people_copy_them(code: str) -> None:
    """Small letters, no dashes, spaces or long dashes name the same code; `written` stays as it was."""
    bare = code.replace("-", "")
    for text in (code.lower(), bare, bare.removeprefix("HS"), code.replace("-", " – "), f" {code}\u00a0"):
        fact = case_code(text, at="A1")
        assert (fact.value, fact.written) == (code, text)


@pytest.mark.parametrize("text", ["HS-00000-00000", "HS-22222-2222", "HS-22222-222222", "Lò Thị Mai", "x" * 39])
def test_what_is_no_code_is_refused(text: str) -> None:
    """A symbol outside the alphabet, a symbol too few or too many."""
    with pytest.raises(RefusedError, match="case_code_wrong"):
        case_code(text, at="A1")


def test_few_random_bytes_are_refused() -> None:
    """A code is never made from less than 128 bits of randomness."""
    with pytest.raises(ValueError, match="16"):
        codes.new(b"x" * 15)


def test_a_code_two_symbols_short_is_no_other_code() -> None:
    """'HS-' is never read as the first two symbols: HS-23456-789 is not the code HS234-56789."""
    short = next(
        f"HS-{tail[:5]}-{tail[5:]}"
        for tail in (f"2345678{last}" for last in codes.ALPHABET)
        if codes._check_symbol(f"HS{tail}"[: codes.RANDOM_SYMBOLS]) == tail[-1]
    )
    with pytest.raises(RefusedError, match="case_code_wrong"):
        codes.normalise(short)
    assert codes.normalise(short.replace("-", ""))  # written without a dash, it may be a whole one
