"""Sealing the content of a carried bundle for whoever it is addressed to, and opening it again.

Layout: ``version 0x01 || uint16be length || wrapped key || Cobblestone-256 of the content``. The key is made for this
bundle and wrapped like a grant (`sealing.suites`), bound to the bundle's place: both sides, kind, number, content. No
hub code may load this: the hub's intake key lies in a store of its own, which only the carrier's command opens.
"""

from __future__ import annotations

import os

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from sealing.encoding import ctx, from_hex, key_id, raw_id, uint64
from sealing.envelope import DATA_KEY
from sealing.errors import BadPublicKeyError, CannotOpenError
from sealing.grants import GrantOpener
from sealing.manifests import Manifest
from sealing.suites import encrypt_to

_VERSION = b"\x01"
_LENGTH = 2  # bytes of the length of the wrapped key


def seal_content(content: bytes, *, manifest: Manifest, public: bytes, suite: str) -> bytes:
    """Seal a content for the holder of *public*, the key that the manifest names.

    Raises:
        BadPublicKeyError: *public* is not a key of *suite*, or not the one the manifest names.
    """
    if key_id(public) != manifest.sealed_for:
        raise BadPublicKeyError("public key is not the one the manifest names")
    key, place = os.urandom(DATA_KEY), _place(manifest)
    wrapped = encrypt_to(public, key, suite=suite, info=place)
    encryptor = Cobblestone256Encryptor(key, place)
    return _VERSION + len(wrapped).to_bytes(_LENGTH, "big") + wrapped + encryptor.update(content) + encryptor.finalize()


def open_content(sealed: bytes, *, manifest: Manifest, store: GrantOpener) -> bytes:
    """Open a content.

    Raises:
        CannotOpenError: another key or place, an unknown version, or changed.
        KeyMissingError: the store has not the key the manifest names.
    """
    if sealed[:1] != _VERSION:
        raise CannotOpenError("bundle is of an unknown version")
    start = 1 + _LENGTH
    end = start + int.from_bytes(sealed[1:start], "big")
    place = _place(manifest)
    key = store.open_grant(manifest.sealed_for, sealed[start:end], place)
    if len(key) != DATA_KEY:
        raise CannotOpenError("bundle does not open")
    decryptor = Cobblestone256Decryptor(key, place)
    try:
        return decryptor.update(sealed[end:]) + decryptor.finalize()
    except InvalidTag:
        raise CannotOpenError("bundle does not open") from None


def _place(manifest: Manifest) -> bytes:
    return ctx(
        "caunoi/1/bundle",
        manifest.kind.encode(),
        manifest.by.encode(),
        manifest.to.encode(),
        raw_id(manifest.sealed_for),
        uint64(manifest.number),
        from_hex(manifest.sha256, size=32),
    )
