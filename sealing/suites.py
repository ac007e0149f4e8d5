"""The key pairs of an agency and what each suite does with them; the only place where private keys are used.

Suites: ``ed25519`` signs; ``x25519`` (1) and ``mlkem768x25519`` (2, the default) open grants by HPKE (RFC 9180,
base mode, single shot) with HKDF-SHA256 and AES-256-GCM. KEM ids 0x0020 and 0x647A (X-Wing). Raw private keys: 32
bytes; for suite 2 the ML-KEM seed (64) and the X25519 key (32).
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from sealing.envelope import WRAP_SUITES, check_public
from sealing.errors import CannotOpenError, EncodingError, KeyStoreError

PRIVATE_LENGTH: dict[str, int] = {"ed25519": 32, "x25519": 32, "mlkem768x25519": 64 + 32}

_WRAP_BYTE: dict[str, int] = {suite: byte for byte, suite in WRAP_SUITES.items()}
_KEM = {"x25519": hpke.KEM.X25519, "mlkem768x25519": hpke.KEM.MLKEM768_X25519}
_HPKE = {suite: hpke.Suite(kem, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM) for suite, kem in _KEM.items()}


def new_private(suite: str) -> bytes:
    """Make a raw private key of *suite*; every string of that length is one.

    Raises:
        KeyStoreError: No such suite.
    """
    if suite not in PRIVATE_LENGTH:
        raise KeyStoreError("no such suite of keys")
    return os.urandom(PRIVATE_LENGTH[suite])


class SigningKey:
    """An Ed25519 key that signs and does not come out again."""

    __slots__ = ("_key", "public")

    def __init__(self, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """Sign *data*; 64 bytes."""
        return self._key.sign(data)


class OpeningKey:
    """A key that opens grants and does not come out again."""

    __slots__ = ("_key", "public", "suite")

    _key: X25519PrivateKey | hpke.MLKEM768X25519PrivateKey

    def __init__(self, private: bytes, *, suite: str) -> None:
        self.suite = suite
        x25519_key = X25519PrivateKey.from_private_bytes(private[-32:])
        x25519_public = x25519_key.public_key().public_bytes_raw()
        if suite == "x25519":
            self._key, self.public = x25519_key, x25519_public
        else:
            mlkem_key = MLKEM768PrivateKey.from_seed_bytes(private[:-32])
            self._key = hpke.MLKEM768X25519PrivateKey(mlkem_key, x25519_key)
            self.public = mlkem_key.public_key().public_bytes_raw() + x25519_public

    def open(self, wrapped: bytes, *, info: bytes) -> bytes:
        """Open a wrapped grant.

        Raises:
            CannotOpenError: Wrapped for another key or suite, with other *info*, or changed.
        """
        if wrapped[:1] != bytes([_WRAP_BYTE[self.suite]]):
            raise CannotOpenError("grant is of another suite")
        try:
            return _HPKE[self.suite].decrypt(wrapped[1:], self._key, info=info)
        except InvalidTag:
            raise CannotOpenError("grant does not open") from None


def key_pair(private: bytes, *, suite: str) -> SigningKey | OpeningKey:
    """Take a raw private key into use.

    Raises:
        KeyStoreError: No such suite, or not the length of this one.
    """
    if len(private) != PRIVATE_LENGTH.get(suite):
        raise KeyStoreError("private key does not have the length of its suite")
    return SigningKey(private) if suite == "ed25519" else OpeningKey(private, suite=suite)


def encrypt_to(public: bytes, plaintext: bytes, *, suite: str, info: bytes) -> bytes:
    """Wrap *plaintext* for the holder of *public*: ``suite byte || enc || ciphertext and tag``.

    Raises:
        BadPublicKeyError: *public* is not a key of *suite*.
        EncodingError: *suite* is not one that grants are wrapped with.
    """
    if suite not in _WRAP_BYTE:
        raise EncodingError("grants are not wrapped with this suite")
    check_public(public, suite=suite)
    x25519_public = X25519PublicKey.from_public_bytes(public[-32:])
    if suite == "x25519":
        encrypted = _HPKE[suite].encrypt(plaintext, x25519_public, info=info)
    else:
        mlkem_public = MLKEM768PublicKey.from_public_bytes(public[:-32])
        both = hpke.MLKEM768X25519PublicKey(mlkem_public, x25519_public)
        encrypted = _HPKE[suite].encrypt(plaintext, both, info=info)
    return bytes([_WRAP_BYTE[suite]]) + encrypted
