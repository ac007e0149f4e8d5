"""Bytes and their written forms: contexts, base64, ids, the list of data keys a grant is bound to.

Holds no key and opens nothing; every other module of sealing builds on it. Each form has exactly one spelling:
a second spelling of the same bytes is refused, so that equal things are equal bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from sealing.errors import EncodingError

MAX_FIELD = 0xFFFF  # bytes; a field's length is a uint16
MAX_NAME = 0xFF  # bytes of a section's or agency's name in a list of keys


class KeyName(NamedTuple):
    """Names (never holds) the key of what one agency wrote in one section of one case in one epoch."""

    section: str
    author: str
    epoch: int


def ctx(label: str, *fields: bytes) -> bytes:
    """Join *fields* so that no two lists give the same bytes: label, 0x00, then uint16be length and bytes of each.

    Raises:
        EncodingError: The label is empty, not ASCII or holds 0x00; a field is longer than 65,535 bytes.
    """
    if not label or not label.isascii() or "\0" in label:
        raise EncodingError("label of a context must be ASCII without NUL")
    parts = [label.encode("ascii"), b"\0"]
    for field in fields:
        if len(field) > MAX_FIELD:
            raise EncodingError("field of a context is too long")
        parts += (len(field).to_bytes(2, "big"), field)
    return b"".join(parts)


def uint32(number: int) -> bytes:
    """Write *number* as four bytes, big-endian.

    Raises:
        EncodingError: It does not fit.
    """
    return _uint(number, size=4)


def uint64(number: int) -> bytes:
    """Write *number* as eight bytes, big-endian.

    Raises:
        EncodingError: It does not fit.
    """
    return _uint(number, size=8)


def _uint(number: int, *, size: int) -> bytes:
    try:
        return number.to_bytes(size, "big")
    except OverflowError:
        raise EncodingError(f"number does not fit {size} bytes") from None


def from_hex(text: str, *, size: int) -> bytes:
    """Read exactly *size* bytes of lower-case hex.

    Raises:
        EncodingError: Another length, upper case, or not hex.
    """
    if len(text) != 2 * size or not text.isascii() or text != text.lower():
        raise EncodingError(f"not {size} bytes of lower-case hex")
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise EncodingError(f"not {size} bytes of lower-case hex") from None
    if len(data) != size:  # fromhex skips blanks
        raise EncodingError(f"not {size} bytes of lower-case hex")
    return data


def raw_id(text: str) -> bytes:
    """Read the 16 raw bytes of a case, statement or key id."""
    return from_hex(text, size=16)


def to_base64(data: bytes) -> str:
    """Write standard base64, padded (RFC 4648 §4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Read standard base64 in its canonical spelling only.

    Raises:
        EncodingError: Any other spelling: blanks, missing padding, loose tail bits.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise EncodingError("not canonical base64") from None
    if to_base64(data) != text:
        raise EncodingError("not canonical base64")
    return data


def to_base64url(data: bytes) -> str:
    """Write base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Read base64url without padding, in its canonical spelling only.

    Raises:
        EncodingError: Any other spelling.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise EncodingError("not canonical base64url") from None
    if to_base64url(data) != text:
        raise EncodingError("not canonical base64url")
    return data


def key_id(public: bytes) -> str:
    """Name a raw public key: the first 16 bytes of its SHA-256, in hex."""
    return hashlib.sha256(public).hexdigest()[:32]


def sorted_names(names: Iterable[KeyName]) -> tuple[KeyName, ...]:
    """Sort *names* by section, author, epoch.

    Raises:
        EncodingError: None at all, more than 65,535, or one twice.
    """
    ordered = tuple(sorted(names))
    if not 0 < len(ordered) <= MAX_FIELD or len(set(ordered)) != len(ordered):
        raise EncodingError("list of data keys is empty, too long or names one twice")
    return ordered


def name_bytes(name: KeyName) -> bytes:
    """Write one name: uint8 length and section, uint8 length and author, uint32be epoch."""
    section, author = name.section.encode(), name.author.encode()
    if not 0 < len(section) <= MAX_NAME or not 0 < len(author) <= MAX_NAME:
        raise EncodingError("name in a list of data keys is empty or too long")
    return bytes([len(section)]) + section + bytes([len(author)]) + author + uint32(name.epoch)


def list_bytes(names: Iterable[KeyName]) -> bytes:
    """Write the list of a grant without its keys: uint16be count, then each name, sorted."""
    ordered = sorted_names(names)
    return len(ordered).to_bytes(2, "big") + b"".join(map(name_bytes, ordered))


def grant_info(*, case: str, grantor: str, grantee: str, kid: str, ground: str, names: Iterable[KeyName]) -> bytes:
    """Bind a grant to its place: HPKE `info` of the wrapping and associated data of the hub's outer lock.

    Args:
        case: Case id, hex.
        kid: Id of the grantee's key it is wrapped for, hex.
        ground: ``law:<code>`` or ``consent:<statement id>``.
        names: The data keys the header says the grant holds.
    """
    digest = hashlib.sha256(list_bytes(names)).digest()
    fields = (raw_id(case), grantor.encode(), grantee.encode(), raw_id(kid), ground.encode(), digest)
    return ctx("caunoi/1/grant", *fields)
