"""Attack: one ciphertext, two keys, two stories, so that one agency reads "agrees" and the other "refused".

With plain AES-GCM this works, and is done here first. The stories are made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sealing.errors import CannotOpenError
from sealing.sections import open_sealed, seal

ONE, TWO = bytes([1]) * 32, bytes([2]) * 32
PLACE: dict[str, Any] = {
    "case": "a1" * 16,
    "statement": "b2" * 16,
    "section": "account",
    "author": "police-th",
    "epoch": 1,
}
NONCE = bytes(12)
R = 0xE1 << 120


def multiply(x: int, y: int) -> int:
    """Multiply in GF(2^128) as GHASH does (NIST SP 800-38D §6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (R if y & 1 else 0)
    return product


def power(x: int, exponent: int) -> int:
    result = 1 << 127  # the one of this field
    while exponent:
        result = multiply(result, x) if exponent & 1 else result
        x, exponent = multiply(x, x), exponent >> 1
    return result


def block(key: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data)  # noqa: S305 - one block, to attack with


def colliding(body: list[int], nonce: bytes) -> bytes:
    """Find the last block that gives *body* one and the same GCM tag under both keys."""
    hashes = [int.from_bytes(block(key, bytes(16)), "big") for key in (ONE, TWO)]
    masks = [int.from_bytes(block(key, nonce + b"\0\0\0\1"), "big") for key in (ONE, TWO)]
    length = (len(body) + 1) * 128
    count = len(body) + 2  # blocks that GHASH runs over: body, the one sought, the lengths

    def known(h: int) -> int:
        total = multiply(length, h)
        for position, value in enumerate(body):
            total ^= multiply(value, power(h, count - position))
        return total

    factor = power(hashes[0], 2) ^ power(hashes[1], 2)
    difference = known(hashes[0]) ^ masks[0] ^ known(hashes[1]) ^ masks[1]
    last = multiply(difference, power(factor, 2**128 - 2))
    ciphertext = b"".join(value.to_bytes(16, "big") for value in [*body, last])
    tag = known(hashes[0]) ^ multiply(last, power(hashes[0], 2)) ^ masks[0]
    return ciphertext + tag.to_bytes(16, "big")


def two_stories(nonce: bytes) -> bytes:
    """Make the first block read one way under one key, the second another way under the other."""
    streams = [
        [int.from_bytes(block(key, nonce + (i + 2).to_bytes(4, "big")), "big") for i in range(2)] for key in (ONE, TWO)
    ]
    body = [
        int.from_bytes(b"agrees to return", "big") ^ streams[0][0],
        int.from_bytes(b"REFUSED riskHIGH", "big") ^ streams[1][1],
    ]
    return colliding(body, nonce)


def test_plain_gcm_tells_two_stories() -> None:
    """The attack is real: one AES-256-GCM ciphertext opens under two keys to two stories, both tags valid."""
    sealed = two_stories(NONCE)

    assert b"agrees to return" in AESGCM(ONE).decrypt(NONCE, sealed, None)
    assert b"REFUSED riskHIGH" in AESGCM(TWO).decrypt(NONCE, sealed, None)


def test_a_section_tells_one() -> None:
    """A sealed section commits to its key: what one key opens, no other does, also with the commitment replaced."""
    by_one, by_two = (seal(b"agrees", data_key=key, **PLACE) for key in (ONE, TWO))
    swapped = by_one[:25] + by_two[25:57] + by_one[57:]
    for sealed in (by_one, swapped, by_two[:57] + by_one[57:]):
        with pytest.raises(CannotOpenError):
            open_sealed(sealed, data_key=TWO, **PLACE)


def test_colliding_chunk_in_a_section_is_refused() -> None:
    """A two-story GCM chunk put behind a section's commitment opens for neither reader."""
    genuine = seal(b"agrees", data_key=ONE, **PLACE)
    for key in (ONE, TWO):
        with pytest.raises(CannotOpenError):
            open_sealed(genuine[:57] + two_stories(NONCE), data_key=key, **PLACE)
