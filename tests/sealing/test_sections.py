"""Sealing and opening one section."""

from __future__ import annotations

from typing import TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealing import sections
from sealing.errors import CannotOpenError, EncodingError


class Place(TypedDict):
    case: str
    statement: str
    section: str
    author: str
    epoch: int


PLACE: Place = {"case": "a1" * 16, "statement": "b2" * 16, "section": "identity", "author": "police-th", "epoch": 1}
KEY = bytes(range(32))


@settings(max_examples=50)
@given(st.binary(max_size=40_000))
def test_round_trip(plaintext: bytes) -> None:
    """What is sealed is opened, byte for byte."""
    sealed = sections.seal(plaintext, data_key=KEY, **PLACE)
    assert sections.open_sealed(sealed, data_key=KEY, **PLACE) == plaintext


def test_never_twice_the_same() -> None:
    """The same words sealed twice do not show that they are the same."""
    assert sections.seal(b"a", data_key=KEY, **PLACE) != sections.seal(b"a", data_key=KEY, **PLACE)


def test_short_words_look_alike() -> None:
    """A yes and a no have one length."""
    assert len(sections.seal(b"no", data_key=KEY, **PLACE)) == len(sections.seal(b"yes" * 80, data_key=KEY, **PLACE))


def test_other_key() -> None:
    """Another data key opens nothing."""
    with pytest.raises(CannotOpenError):
        sections.open_sealed(sections.seal(b"a", data_key=KEY, **PLACE), data_key=bytes(32), **PLACE)


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(31), bytes(33)])
def test_key_of_another_length(key: bytes) -> None:
    """A data key has 32 bytes."""
    with pytest.raises(EncodingError):
        sections.seal(b"a", data_key=key, **PLACE)


def test_new_keys_differ() -> None:
    """Data keys are 32 bytes and never the same."""
    assert len(sections.new_data_key()) == 32
    assert sections.new_data_key() != sections.new_data_key()
