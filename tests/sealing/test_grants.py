"""Wrapping data keys for one agency, and unwrapping them through its store."""

from __future__ import annotations

import pytest

from sealing import grants
from sealing.encoding import KeyName, grant_info, key_id, list_bytes
from sealing.errors import BadPublicKeyError, CannotOpenError, EncodingError, KeyMissingError
from sealing.keystore import MemoryKeyStore
from sealing.suites import encrypt_to

KEYS = {KeyName("identity", "police-th", 1): bytes(range(32)), KeyName("contact", "police-th", 2): bytes(32)}
PLACE = {"case": "a1" * 16, "grantor": "police-th", "grantee": "health-th", "ground": "law:own"}


@pytest.fixture(params=["x25519", "mlkem768x25519"])
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore("health-th")


def test_round_trip(store: MemoryKeyStore, suite: str) -> None:
    """The grantee gets exactly the keys the header lists, whatever order it lists them in."""
    kid = store.add_key(use="seal", suite=suite)
    wrapped = grants.wrap(KEYS, kid=kid, public=store.public(kid), suite=suite, **PLACE)

    assert grants.unwrap(wrapped, store=store, names=reversed(KEYS), kid=kid, **PLACE) == KEYS


def test_default_outlives_x25519(store: MemoryKeyStore) -> None:
    """Without a word the hybrid suite is used."""
    kid = store.add_key(use="seal", suite="mlkem768x25519")
    assert grants.wrap(KEYS, kid=kid, public=store.public(kid), **PLACE)[0] == 2


def test_public_key_must_be_the_named_one(store: MemoryKeyStore, suite: str) -> None:
    """Nothing is wrapped for a key under another key's name."""
    kid, other = (store.add_key(use="seal", suite=suite) for _ in range(2))
    with pytest.raises(BadPublicKeyError):
        grants.wrap(KEYS, kid=kid, public=store.public(other), suite=suite, **PLACE)


def test_not_for_a_signing_key(store: MemoryKeyStore) -> None:
    """Nothing is wrapped with a suite that only signs."""
    kid = store.add_key(use="sign", suite="ed25519")
    with pytest.raises(EncodingError):
        grants.wrap(KEYS, kid=kid, public=store.public(kid), suite="ed25519", **PLACE)


@pytest.mark.parametrize("public", [bytes(32), bytes(31)])
def test_not_for_a_weak_key(public: bytes) -> None:
    """A point of small order would let anybody open the grant."""
    with pytest.raises(BadPublicKeyError):
        grants.wrap(KEYS, kid=key_id(public), public=public, suite="x25519", **PLACE)


def test_data_keys_have_32_bytes(store: MemoryKeyStore) -> None:
    """A shorter key is not wrapped."""
    kid = store.add_key(use="seal", suite="x25519")
    with pytest.raises(EncodingError):
        grants.wrap({KeyName("a", "b", 1): bytes(31)}, kid=kid, public=store.public(kid), suite="x25519", **PLACE)


def test_key_of_another_store(store: MemoryKeyStore) -> None:
    """A store that has not the key says so."""
    kid = store.add_key(use="seal", suite="x25519")
    wrapped = grants.wrap(KEYS, kid=kid, public=store.public(kid), suite="x25519", **PLACE)
    with pytest.raises(KeyMissingError):
        grants.unwrap(wrapped, store=MemoryKeyStore("other"), names=KEYS, kid=kid, **PLACE)


ONE = b"\x08identity\x09police-th\0\0\0\1" + bytes(32)


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"\0\1",
        b"\0\2" + ONE,  # the count lies
        b"\0\1" + ONE[:-1],  # a key is cut
        b"\0\1" + ONE + b"\0",  # something follows
        b"\0\1" + ONE.replace(b"identity", b"accounts"),  # another section
        b"\0\1" + ONE.replace(b"\0\0\0\1", b"\0\0\0\2"),  # another epoch
        b"\0\2" + ONE + ONE,  # one more
    ],
)
def test_list_inside_must_be_the_headers(store: MemoryKeyStore, plaintext: bytes) -> None:
    """A grantor that binds the header's list but wraps another one is found out when it is unwrapped."""
    names = [KeyName("identity", "police-th", 1)]
    kid = store.add_key(use="seal", suite="x25519")
    info = grant_info(names=names, kid=kid, **PLACE)
    honest = encrypt_to(store.public(kid), b"\0\1" + ONE, suite="x25519", info=info)
    wrapped = encrypt_to(store.public(kid), plaintext, suite="x25519", info=info)

    assert grants.unwrap(honest, store=store, names=names, kid=kid, **PLACE) == {names[0]: bytes(32)}
    assert list_bytes(names) == b"\0\1" + ONE[:-32]
    with pytest.raises(CannotOpenError):
        grants.unwrap(wrapped, store=store, names=names, kid=kid, **PLACE)
