"""Wrapping data keys of one case for one agency, and unwrapping them through its key store.

Plaintext of a grant: ``uint16be n``, then n times ``uint8 length, section, uint8 length, author, uint32be epoch,
key (32)``, sorted. HPKE binds it to its place (`sealing.encoding.grant_info`), so that it opens in no other case,
for nobody else, on no other ground and as no other list. HPKE does not say who sealed: a grant is worth something
only because a signed header names its hash. Nothing may be opened from a grant that no entry names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from sealing.encoding import KeyName, grant_info, key_id, name_bytes, sorted_names
from sealing.envelope import DATA_KEY
from sealing.errors import BadPublicKeyError, CannotOpenError, EncodingError
from sealing.suites import encrypt_to

DEFAULT_SUITE = "mlkem768x25519"  # what a victim tells must stay closed longer than X25519 may hold


class GrantOpener(Protocol):
    """Whatever opens grants with a key it does not give out; a `KeyStore` is one."""

    def open_grant(self, kid: str, wrapped: bytes, info: bytes) -> bytes:
        """Open a wrapped grant with the key *kid*."""
        ...


def wrap(
    keys: Mapping[KeyName, bytes],
    *,
    case: str,
    grantor: str,
    grantee: str,
    kid: str,
    ground: str,
    public: bytes,
    suite: str = DEFAULT_SUITE,
) -> bytes:
    """Wrap data keys for the agency that holds the private half of *public*.

    Raises:
        BadPublicKeyError: *public* is not a key of *suite*, or not the one *kid* names.
        EncodingError: No keys, a key that is not 32 bytes, an id that is not hex.
    """
    if key_id(public) != kid:
        raise BadPublicKeyError("public key is not the one its id names")
    info = grant_info(case=case, grantor=grantor, grantee=grantee, kid=kid, ground=ground, names=keys)
    return encrypt_to(public, _plaintext(keys), suite=suite, info=info)


def unwrap(
    wrapped: bytes,
    *,
    store: GrantOpener,
    names: Iterable[KeyName],
    case: str,
    grantor: str,
    grantee: str,
    kid: str,
    ground: str,
) -> dict[KeyName, bytes]:
    """Unwrap a grant whose header lists *names*; exactly these come back.

    Raises:
        CannotOpenError: Another place or key, changed, or the list inside is not the header's.
        KeyMissingError: The store has no key *kid*.
    """
    listed = sorted_names(names)
    info = grant_info(case=case, grantor=grantor, grantee=grantee, kid=kid, ground=ground, names=listed)
    return _read(store.open_grant(kid, wrapped, info), listed)


def _plaintext(keys: Mapping[KeyName, bytes]) -> bytes:
    ordered = sorted_names(keys)
    if any(len(keys[name]) != DATA_KEY for name in ordered):
        raise EncodingError("data key is not 32 bytes")
    return len(ordered).to_bytes(2, "big") + b"".join(name_bytes(name) + keys[name] for name in ordered)


def _read(plaintext: bytes, listed: tuple[KeyName, ...]) -> dict[KeyName, bytes]:
    # The header says what must stand here, so nothing is parsed: each name is compared in its place.
    keys: dict[KeyName, bytes] = {}
    position = 2
    matches = plaintext[:position] == len(listed).to_bytes(2, "big")
    for name in listed:
        start = position + len(name_bytes(name))
        matches = matches and plaintext[position:start] == name_bytes(name)
        position = start + DATA_KEY
        keys[name] = plaintext[start:position]
    if not matches or len(plaintext) != position:
        raise CannotOpenError("grant does not hold what its header lists")
    return keys
