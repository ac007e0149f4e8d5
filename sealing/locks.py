"""The outer lock of a wrapped grant: the hub's, taken away when a case is forgotten.

Layout of a locked grant: ``version 0x01 || nonce (12) || AES-256-GCM(shred key of the case, wrapped grant)``, with
the grant's `info` as associated data. The lock adds nothing against the grantee; it is what makes every copy of
the grant useless once the shred key is destroyed (`sealing.shredding`). Behind the lock is still an HPKE
ciphertext, which no hub code can open.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sealing.errors import CannotOpenError
from sealing.shredding import ShredKeys

__all__ = ["ShredKeys", "lock", "unlock"]

_VERSION = b"\x01"
_NONCE = 12  # bytes


def lock(wrapped: bytes, *, shred_key: bytes, info: bytes) -> bytes:
    """Lock a wrapped grant under the shred key of its case (32 bytes)."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(shred_key).encrypt(nonce, wrapped, info)


def unlock(locked: bytes, *, shred_key: bytes, info: bytes) -> bytes:
    """Take the lock off; what comes out is still wrapped.

    Raises:
        CannotOpenError: Another case's key, another place, an unknown version, or changed.
    """
    if locked[:1] != _VERSION or len(locked) < 1 + _NONCE:
        raise CannotOpenError("locked grant is of an unknown version")
    try:
        return AESGCM(shred_key).decrypt(locked[1 : 1 + _NONCE], locked[1 + _NONCE :], info)
    except InvalidTag:
        raise CannotOpenError("locked grant does not open") from None
