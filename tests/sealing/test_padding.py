"""Padmé: few lengths, little waste, one padded form of each plaintext."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealing import padding
from sealing.errors import EncodingError


@given(st.binary(max_size=3000))
def test_round_trip(plaintext: bytes) -> None:
    """What is padded is unpadded."""
    assert padding.unpad(padding.pad(plaintext)) == plaintext


@given(st.integers(0, padding.MAX_PADDED))
def test_padded_length(length: int) -> None:
    """A padded length is enough, at most 12 % more above the floor, and padded again the same."""
    padded = padding.padded_length(length)

    assert padded >= max(length, 256)
    assert padded <= max(256, length * 1.12)
    assert padding.padded_length(padded) == padded


@pytest.mark.parametrize(
    ("length", "padded"), [(0, 256), (256, 256), (257, 272), (1000, 1024), (1025, 1088), (10**6, 1015808)]
)
def test_known_lengths(length: int, padded: int) -> None:
    """Values worked out by hand from the paper: floor(log2 L) = E, E - (floor(log2 E) + 1) low bits are zero."""
    assert padding.padded_length(length) == padded


def test_few_lengths() -> None:
    """Up to 64 KiB there are fewer than 150 lengths to tell apart."""
    assert len({padding.padded_length(n) for n in range(65536)}) < 150


@pytest.mark.parametrize("length", [-1, 0, 255, 257, 1023, padding.MAX_PADDED + 1, 2**30])
def test_not_a_padded_length(length: int) -> None:
    """A length between two Padmé sizes is refused, and so are those out of range."""
    with pytest.raises(EncodingError):
        padding.check_padded_length(length)


@pytest.mark.parametrize("length", [256, 272, 1024, padding.MAX_PADDED])
def test_a_padded_length(length: int) -> None:
    """Padmé sizes from the floor to the largest pass."""
    padding.check_padded_length(length)


def test_padding_must_be_zero() -> None:
    """Nothing hides in the padding."""
    with pytest.raises(EncodingError):
        padding.unpad(padding.pad(b"a")[:-1] + b"\1")


@pytest.mark.parametrize(
    "padded",
    [b"", bytes(255), bytes(257), bytes(272), b"\xff\xff\xff\xff" + bytes(252), (253).to_bytes(4, "big") + bytes(252)],
)
def test_length_must_fit(padded: bytes) -> None:
    """The padded form has exactly the length that padding gives."""
    with pytest.raises(EncodingError):
        padding.unpad(padded)


def test_too_long() -> None:
    """A section ends at 31 MiB."""
    with pytest.raises(EncodingError):
        padding.pad(bytes(padding.MAX_PADDED - 3))
