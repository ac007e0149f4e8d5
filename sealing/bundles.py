"""Sealing the content of a carried bundle for whoever it is addressed to, and opening it again.

It is a parcel (`sealing.parcels`), bound to the bundle's place: both sides, kind, number, content. No hub code may load
this: the hub's intake key lies in a store of its own, which only the carrier's command opens.
"""

from __future__ import annotations

from sealing.encoding import ctx, from_hex, key_id, raw_id, uint64
from sealing.errors import BadPublicKeyError
from sealing.grants import GrantOpener
from sealing.manifests import Manifest
from sealing.parcels import open_with, seal_for


def seal_content(content: bytes, *, manifest: Manifest, public: bytes, suite: str) -> bytes:
    """Seal a content for the holder of *public*, the key that the manifest names.

    Raises:
        BadPublicKeyError: *public* is not a key of *suite*, or not the one the manifest names.
    """
    if key_id(public) != manifest.sealed_for:
        raise BadPublicKeyError("public key is not the one the manifest names")
    return seal_for(public, content, suite=suite, place=_place(manifest))


def open_content(sealed: bytes, *, manifest: Manifest, store: GrantOpener) -> bytes:
    """Open a content.

    Raises:
        CannotOpenError: another key or place, an unknown version, or changed.
        KeyMissingError: the store has not the key the manifest names.
    """
    return open_with(store, sealed, kid=manifest.sealed_for, place=_place(manifest))


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
