"""One spelling for each thing: contexts, base64, ids, lists of data keys."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealing import encoding
from sealing.encoding import KeyName
from sealing.errors import EncodingError

PLACE = {"case": "a1" * 16, "grantor": "police-th", "grantee": "health-th", "kid": "b2" * 16, "ground": "law:own"}
NAMES = (KeyName("contact", "police-th", 1), KeyName("identity", "police-th", 1))


def test_context_bytes() -> None:
    """A context is label, NUL, then uint16be length and bytes of each field."""
    assert encoding.ctx("caunoi/1/x", b"", b"ab") == b"caunoi/1/x\0\0\0\0\2ab"


@given(st.lists(st.binary(max_size=8)), st.lists(st.binary(max_size=8)))
def test_context_is_injective(left: list[bytes], right: list[bytes]) -> None:
    """Two lists of fields give the same bytes only if they are the same list."""
    assert (encoding.ctx("l", *left) == encoding.ctx("l", *right)) == (left == right)


@pytest.mark.parametrize("label", ["", "a\0b", "nhãn"])
def test_context_label_refused(label: str) -> None:
    """A label is ASCII without NUL."""
    with pytest.raises(EncodingError):
        encoding.ctx(label)


def test_context_field_too_long() -> None:
    """A field fits its uint16 length."""
    encoding.ctx("l", bytes(65535))
    with pytest.raises(EncodingError):
        encoding.ctx("l", bytes(65536))


@given(st.binary(max_size=70))
def test_base64_round_trip(data: bytes) -> None:
    """What is written is read back."""
    assert encoding.from_base64(encoding.to_base64(data)) == data
    assert encoding.from_base64url(encoding.to_base64url(data)) == data


@pytest.mark.parametrize("text", ["AA", "AB==", "AA==\n", " AA==", "AA=", "-_8=", "A", "ÀA==", "AA==AA=="])
def test_base64_one_spelling(text: str) -> None:
    """Loose tail bits, blanks, missing padding, another alphabet: refused."""
    with pytest.raises(EncodingError):
        encoding.from_base64(text)


@pytest.mark.parametrize("text", ["AB", "AA==", "+/8", "A", "A A", "AA\n", "À"])
def test_base64url_one_spelling(text: str) -> None:
    """The same for base64url, which has no padding."""
    with pytest.raises(EncodingError):
        encoding.from_base64url(text)


@pytest.mark.parametrize("text", ["A1" * 16, "a1" * 15, "a1" * 17, "g1" * 16, " a" * 16, "a1 " * 10 + "a1", "１" * 32])
def test_id_one_spelling(text: str) -> None:
    """An id is 32 lower-case hex symbols."""
    with pytest.raises(EncodingError):
        encoding.raw_id(text)


@pytest.mark.parametrize("number", [-1, 2**32])
def test_number_out_of_range(number: int) -> None:
    """An epoch fits four bytes."""
    with pytest.raises(EncodingError):
        encoding.uint32(number)


def test_uint64() -> None:
    """Eight bytes, big-endian."""
    assert encoding.uint64(258) == b"\0\0\0\0\0\0\1\2"


def test_key_id() -> None:
    """A key id is the first 16 bytes of SHA-256 of the raw public key."""
    assert encoding.key_id(bytes(32)) == hashlib.sha256(bytes(32)).hexdigest()[:32]


def test_list_is_sorted() -> None:
    """The order in which keys are named does not matter."""
    assert encoding.list_bytes(NAMES) == encoding.list_bytes(NAMES[::-1])
    assert encoding.list_bytes(NAMES[:1]) == b"\0\1" + b"\x07contact" + b"\x09police-th" + b"\0\0\0\1"


@pytest.mark.parametrize(
    "names",
    [
        (),
        (NAMES[0], NAMES[0]),
        (KeyName("", "police-th", 1),),
        (KeyName("s" * 256, "police-th", 1),),
        (KeyName("contact", "", 1),),
        (KeyName("contact", "police-th", -1),),
    ],
)
def test_list_refused(names: tuple[KeyName, ...]) -> None:
    """No empty list, no name twice, no name that does not fit."""
    with pytest.raises(EncodingError):
        encoding.list_bytes(names)


@pytest.mark.parametrize(
    "change",
    [{"case": "00" * 16}, {"grantor": "x"}, {"grantee": "x"}, {"kid": "00" * 16}, {"ground": "law:x"}],
    ids=lambda change: next(iter(change)),
)
def test_info_binds_every_field(change: dict[str, str]) -> None:
    """Every part of the place of a grant changes its info."""
    assert encoding.grant_info(**{**PLACE, **change}, names=NAMES) != encoding.grant_info(**PLACE, names=NAMES)


def test_info_binds_the_list() -> None:
    """One key more in the list is another info."""
    assert encoding.grant_info(**PLACE, names=NAMES) != encoding.grant_info(**PLACE, names=NAMES[:1])
