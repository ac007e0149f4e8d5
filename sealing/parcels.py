"""Sealing something for the holder of one key, bound to its place: a submission over Kafka, the content of a bundle.

Layout: ``version 0x01 || uint16be length || wrapped key || Cobblestone-256 of the content``. The key is made for this
parcel and wrapped like a grant (`sealing.suites`). A submission's parcel has its intake key's id (16 bytes) after the
version, because days pass on the way. No hub code may load this: what opens is handed to it.
"""

from __future__ import annotations

import os

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from sealing.encoding import ctx, key_id, raw_id
from sealing.envelope import DATA_KEY
from sealing.errors import CannotOpenError
from sealing.grants import GrantOpener
from sealing.suites import encrypt_to

_VERSION = b"\x01"
_LENGTH = 2  # bytes of the length of the wrapped key
_KID = 16


def seal_for(public: bytes, content: bytes, *, suite: str, place: bytes) -> bytes:
    """Seal a content for the holder of *public*.

    Raises:
        BadPublicKeyError: *public* is not a key of *suite*.
    """
    key = os.urandom(DATA_KEY)
    wrapped = encrypt_to(public, key, suite=suite, info=place)
    encryptor = Cobblestone256Encryptor(key, place)
    return _VERSION + len(wrapped).to_bytes(_LENGTH, "big") + wrapped + encryptor.update(content) + encryptor.finalize()


def open_with(store: GrantOpener, sealed: bytes, *, kid: str, place: bytes) -> bytes:
    """Open what was sealed for the key *kid* at this place.

    Raises:
        CannotOpenError: another key or place, an unknown version, or changed.
        KeyMissingError: the store has no such key.
    """
    if sealed[:1] != _VERSION:
        raise CannotOpenError("parcel is of an unknown version")
    start = 1 + _LENGTH
    end = start + int.from_bytes(sealed[1:start], "big")
    key = store.open_grant(kid, sealed[start:end], place)
    if len(key) != DATA_KEY:
        raise CannotOpenError("parcel does not open")
    decryptor = Cobblestone256Decryptor(key, place)
    try:
        return decryptor.update(sealed[end:]) + decryptor.finalize()
    except InvalidTag:
        raise CannotOpenError("parcel does not open") from None


def seal_submission(submission: bytes, *, topic: str, statement: str, public: bytes, suite: str) -> bytes:
    """Seal a submission for the hub's intake key, for one topic and under one statement id."""
    kid = key_id(public)
    sealed = seal_for(public, submission, suite=suite, place=_place(topic, statement, kid))
    return sealed[:1] + raw_id(kid) + sealed[1:]


def intake_key_of(sealed: bytes) -> str:
    """The id of the intake key a submission was sealed for.

    Raises:
        CannotOpenError: it is no sealed submission.
    """
    if sealed[:1] != _VERSION or len(sealed) <= 1 + _KID:
        raise CannotOpenError("parcel is of an unknown version")
    return sealed[1 : 1 + _KID].hex()


def open_submission(sealed: bytes, *, topic: str, statement: str, store: GrantOpener) -> bytes:
    """Open a submission that lay in this topic under this statement id.

    Raises:
        CannotOpenError: another key, topic or statement, an unknown version, or changed.
        KeyMissingError: the intake key is not there, or no longer.
        EncodingError: the statement id is none.
    """
    kid = intake_key_of(sealed)
    return open_with(store, sealed[:1] + sealed[1 + _KID :], kid=kid, place=_place(topic, statement, kid))


def _place(topic: str, statement: str, kid: str) -> bytes:
    return ctx("caunoi/1/submission", topic.encode(), raw_id(statement), raw_id(kid))
