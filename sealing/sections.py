"""Sealing one section of a case, bound to its place.

Layout of a sealed section: ``version 0x01 || salt (24) || commitment (32) || chunks``, where the rest after the
version is Cobblestone-256 (c2sp.org/chunked-encryption, AES-256-GCM, SHA-512) of the padded plaintext. It commits
to its key: one sealed section never opens to two stories under two keys, as plain AES-GCM would.

Only an agency's own side imports this; no hub code may (tests/sealing/test_hub_cannot_open.py).
"""

from __future__ import annotations

import os

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from sealing.encoding import ctx, raw_id, uint32
from sealing.envelope import DATA_KEY, SEALED_VERSION
from sealing.errors import CannotOpenError, EncodingError
from sealing.padding import pad, unpad


def new_data_key() -> bytes:
    """Make the data key of one section, author and epoch of one case: 32 random bytes."""
    return os.urandom(DATA_KEY)


def seal(
    plaintext: bytes, *, data_key: bytes, case: str, statement: str, section: str, author: str, epoch: int
) -> bytes:
    """Seal the bytes of one section under its data key; the salt is random, so twice is never the same.

    Raises:
        EncodingError: An id is not hex, a key is not 32 bytes, or the plaintext is too long.
    """
    place = _place(case=case, statement=statement, section=section, author=author, epoch=epoch)
    encryptor = Cobblestone256Encryptor(_checked(data_key), place)
    return bytes([SEALED_VERSION]) + encryptor.update(pad(plaintext)) + encryptor.finalize()


def open_sealed(
    sealed: bytes, *, data_key: bytes, case: str, statement: str, section: str, author: str, epoch: int
) -> bytes:
    """Open one sealed section.

    Raises:
        CannotOpenError: Another key or place, an unknown version, changed, cut short, or not padded.
    """
    place = _place(case=case, statement=statement, section=section, author=author, epoch=epoch)
    if sealed[:1] != bytes([SEALED_VERSION]):
        raise CannotOpenError("section is of an unknown version")
    decryptor = Cobblestone256Decryptor(_checked(data_key), place)
    try:
        return unpad(decryptor.update(sealed[1:]) + decryptor.finalize())
    except (InvalidTag, EncodingError):
        raise CannotOpenError("section does not open") from None


def _place(*, case: str, statement: str, section: str, author: str, epoch: int) -> bytes:
    fields = (raw_id(case), raw_id(statement), section.encode(), author.encode(), uint32(epoch))
    return ctx("caunoi/1/section", *fields)


def _checked(data_key: bytes) -> bytes:
    if len(data_key) != DATA_KEY:
        raise EncodingError("data key is not 32 bytes")
    return data_key
