"""The bytes of a keys file of `sealing.shredding`: header and records. No IO.

Every record is bound to purge epoch, number, kind and case, so that none can be moved, doubled or left out before
another. What a crash can leave is told from damage: a partial record, or whole records that end in zeros, at the
very end, were never acknowledged and are cut; anything else that does not open is damage and refused.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sealing.encoding import ctx, uint32
from sealing.errors import KeyStoreError

KEY_LENGTH = 32
NAME_LENGTH = 1 + 16  # kind and case, in the clear
_NONCE, _TAG = 12, 16
SEALED_LENGTH = _NONCE + KEY_LENGTH + _TAG
RECORD_LENGTH = NAME_LENGTH + SEALED_LENGTH
_VERSION = b"\x01"
HEADER_LENGTH = 1 + 4 + _NONCE + _TAG


class Kind(Enum):
    """What a record is."""

    KEY = 1
    MARK = 2  # the key of this case was destroyed


@dataclass(slots=True)
class Loaded:
    """What a keys file holds, or its end: `count` records that count; `unscrubbed`: destroyed keys that still open."""

    epoch: int
    count: int
    keys: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    numbers: dict[bytes, int] = field(default_factory=dict)
    destroyed: set[bytes] = field(default_factory=set)
    unscrubbed: list[int] = field(default_factory=list)


def header(master: bytes, *, epoch: int) -> bytes:
    """Write the header: it opens under this epoch's master only."""
    nonce = os.urandom(_NONCE)
    start = _VERSION + uint32(epoch)
    return start + nonce + AESGCM(master).encrypt(nonce, b"", ctx("caunoi/1/shred-header", start))


def fits(master: bytes, head: bytes) -> bool:
    """Say whether the header was written under *master*."""
    if len(head) != HEADER_LENGTH or head[:1] != _VERSION or len(master) != KEY_LENGTH:
        return False
    try:
        AESGCM(master).decrypt(head[5 : 5 + _NONCE], head[5 + _NONCE :], ctx("caunoi/1/shred-header", head[:5]))
    except InvalidTag:
        return False
    return True


def seal(master: bytes, rows: Sequence[tuple[Kind, bytes, bytes]], *, epoch: int, first: int) -> bytes:
    """Write records (kind, case, 32 bytes), the first of them with number *first*."""
    cipher = AESGCM(master)
    parts: list[bytes] = []
    for number, (kind, case, content) in enumerate(rows, start=first):
        name, nonce = bytes([kind.value]) + case, os.urandom(_NONCE)
        parts += (name, nonce, cipher.encrypt(nonce, content, _place(epoch, number, name)))
    return b"".join(parts)


def read(master: bytes, data: bytes) -> Loaded:
    """Read a whole keys file whose header fits *master*.

    Raises:
        KeyStoreError: A record is damaged, of an unknown kind, or a case stands there twice.
    """
    return read_on(master, data[HEADER_LENGTH:], epoch=int.from_bytes(data[1:5], "big"), first=0)


def read_on(master: bytes, data: bytes, *, epoch: int, first: int) -> Loaded:
    """Read the records that stand behind those already known, the first of them with number *first*.

    Raises:
        KeyStoreError: As `read`.
    """
    count = _whole_records(data)
    loaded = Loaded(epoch, count)
    cipher, unread = AESGCM(master), set[bytes]()
    for place, number in enumerate(range(first, first + count)):
        start = place * RECORD_LENGTH
        name, sealed = data[start : start + NAME_LENGTH], data[start + NAME_LENGTH : start + RECORD_LENGTH]
        kind, case = name[0], name[1:]
        try:
            content = cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(epoch, number, name))
        except InvalidTag:
            # Noise is written over a destroyed key, and only after its mark is durable: the mark must follow.
            unread.add(name)
            continue
        if kind == Kind.KEY.value and case not in loaded.numbers:
            loaded.keys[case], loaded.numbers[case] = content, number
        elif kind == Kind.MARK.value:
            loaded.destroyed.add(case)
        else:
            raise KeyStoreError("keys file is damaged: a record that cannot be")
    if unread - {bytes([Kind.KEY.value]) + case for case in loaded.destroyed}:
        raise KeyStoreError("keys file is damaged: a record does not open")
    for case in loaded.destroyed & loaded.keys.keys():
        del loaded.keys[case]
        loaded.unscrubbed.append(loaded.numbers.pop(case))
    return loaded


def length(count: int) -> int:
    """Of a keys file with so many records, in bytes."""
    return HEADER_LENGTH + count * RECORD_LENGTH


def _whole_records(data: bytes) -> int:
    count = len(data) // RECORD_LENGTH
    end = count * RECORD_LENGTH
    while count and data[end - _TAG : end] == bytes(_TAG):
        count, end = count - 1, end - RECORD_LENGTH
    return count


def _place(epoch: int, number: int, name: bytes) -> bytes:
    return ctx("caunoi/1/shred-record", uint32(epoch), uint32(number), name)
