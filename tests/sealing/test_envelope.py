"""What can be checked without opening: signatures, public keys, bodies, lengths of what is sealed."""

from __future__ import annotations

import hashlib
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sealing import envelope, grants, padding, sections
from sealing.encoding import KeyName, key_id
from sealing.envelope import Signature
from sealing.errors import BadPublicKeyError, BadSignatureError, BodyMismatchError
from sealing.keystore import MemoryKeyStore

LINE = b'{"type":"case.closed","v":1}'
NAMES = (KeyName("contact", "police-th", 1), KeyName("identity", "police-th", 1))
P = 2**255 - 19


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore("police-th")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_signed_line_verifies(store: MemoryKeyStore) -> None:
    """A signature holds for its line and its key."""
    kid = store.add_key(use="sign", suite="ed25519")
    envelope.verify(LINE, envelope.sign(LINE, kid=kid, signer=store), store.public(kid))


def test_changed_line_refused(store: MemoryKeyStore) -> None:
    """One byte more, and it holds no longer."""
    kid = store.add_key(use="sign", suite="ed25519")
    signature = envelope.sign(LINE, kid=kid, signer=store)
    with pytest.raises(BadSignatureError):
        envelope.verify(LINE + b" ", signature, store.public(kid))


def test_other_key_refused(store: MemoryKeyStore) -> None:
    """Neither another key nor another name for the key will do."""
    kid, other = (store.add_key(use="sign", suite="ed25519") for _ in range(2))
    signature = envelope.sign(LINE, kid=kid, signer=store)
    with pytest.raises(BadSignatureError):
        envelope.verify(LINE, Signature(other, signature.sig), store.public(other))
    with pytest.raises(BadSignatureError):
        envelope.verify(LINE, Signature(other, signature.sig), store.public(kid))


@pytest.mark.parametrize("sig", [b"", bytes(63), bytes(65), bytes(64)])
def test_malformed_signature_refused(store: MemoryKeyStore, sig: bytes) -> None:
    """A signature of another length is a bad signature, not another error."""
    kid = store.add_key(use="sign", suite="ed25519")
    with pytest.raises(BadSignatureError):
        envelope.verify(LINE, Signature(kid, sig), store.public(kid))


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33)])
def test_malformed_key_refused(public: bytes) -> None:
    """A key of another length verifies nothing."""
    with pytest.raises(BadSignatureError):
        envelope.verify(LINE, Signature(key_id(public), bytes(64)), public)


@pytest.mark.parametrize("suite", ["ed25519", "x25519", "mlkem768x25519"])
def test_public_keys_of_our_stores_pass(store: MemoryKeyStore, suite: str) -> None:
    """Every suite's public keys are accepted, as that suite only."""
    kid = store.add_key(use="sign" if suite == "ed25519" else "seal", suite=suite)
    envelope.check_public(store.public(kid), suite=suite)
    with pytest.raises(BadPublicKeyError):
        envelope.check_public(store.public(kid) + b"\0", suite=suite)


def test_unknown_suite_refused() -> None:
    """A suite nobody knows is no suite."""
    with pytest.raises(BadPublicKeyError):
        envelope.check_public(bytes(32), suite="rsa")


@pytest.mark.parametrize("height", [0, 1, P - 1, envelope._ORDER_8, P - envelope._ORDER_8, P, P + 1, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_weak_signing_keys_refused(height: int, sign: int) -> None:
    """Points of small order, and heights that are not reduced, are no keys."""
    with pytest.raises(BadPublicKeyError):
        envelope.check_public((height | sign << 255).to_bytes(32, "little"), suite="ed25519")


def test_order_8_is_of_order_8() -> None:
    """The constant lies on the curve, and doubled three times it is the neutral element."""
    d = -121665 * pow(121666, -1, P) % P
    y = envelope._ORDER_8
    u = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    x = pow(u, (P + 3) // 8, P)
    x = x if x * x % P == u else x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == u
    for _ in range(3):
        t = d * x * x * y * y % P
        x, y = 2 * x * y * pow(1 + t, -1, P) % P, (y * y + x * x) * pow(1 - t, -1, P) % P
    assert (x, y) == (0, 1)


@pytest.mark.parametrize("suite", ["x25519", "mlkem768x25519"])
def test_weak_sealing_keys_refused(store: MemoryKeyStore, suite: str) -> None:
    """An X25519 point of small order, or an ML-KEM key that is not reduced, is never wrapped for."""
    public = store.public(store.add_key(use="seal", suite=suite))
    with pytest.raises(BadPublicKeyError):
        envelope.check_public(public[:-32] + bytes(32), suite=suite)
    if suite == "mlkem768x25519":
        with pytest.raises(BadPublicKeyError):
            envelope.check_public(b"\xff" * 1184 + public[-32:], suite=suite)


def test_body_is_the_one_named() -> None:
    """A body passes by length and hash, and by hash alone where no length is said."""
    envelope.check_body(b"card", hash=sha256(b"card"))
    envelope.check_body(b"card", hash=sha256(b"card"), length=4)
    with pytest.raises(BodyMismatchError):
        envelope.check_body(b"card", hash=sha256(b"card"), length=5)
    with pytest.raises(BodyMismatchError):
        envelope.check_body(b"cart", hash=sha256(b"card"), length=4)


@pytest.mark.parametrize("length", [0, 1, 252, 253, 5000, 16380, 16381, 33000, 100_000])
def test_sealed_length_is_known(length: int) -> None:
    """Everything we seal has a length the hub accepts, to the byte."""
    sealed = sections.seal(
        bytes(length), data_key=bytes(32), case="a1" * 16, statement="b2" * 16, section="x", author="y", epoch=1
    )
    assert len(sealed) == envelope.sealed_length(padding.padded_length(4 + length))
    envelope.check_sealed(sealed, hash=sha256(sealed), length=len(sealed))
    for wrong in (len(sealed) - 1, len(sealed) + 1):
        with pytest.raises(BodyMismatchError):
            envelope.check_sealed_length(wrong)


def test_sealed_lengths_are_exactly_the_padded_ones() -> None:
    """Of all lengths up to 80 kB the hub accepts those that padding can give, and no other."""

    def accepted(length: int) -> bool:
        try:
            envelope.check_sealed_length(length)
        except BodyMismatchError:
            return False
        return True

    expected = {envelope.sealed_length(padding.padded_length(n)) for n in range(90_000)}
    assert {n for n in range(-80, 80_000) if accepted(n)} == {n for n in expected if n < 80_000}


def test_unknown_version_refused() -> None:
    """A section of a version we do not know is not taken in."""
    body = b"\2" + os.urandom(envelope.sealed_length(256) - 1)
    with pytest.raises(BodyMismatchError):
        envelope.check_sealed(body, hash=sha256(body), length=len(body))


@pytest.mark.parametrize("suite", ["x25519", "mlkem768x25519"])
def test_wrapped_length_is_known(store: MemoryKeyStore, suite: str) -> None:
    """A grant has the one length its list allows; a key more or less than listed shows without opening."""
    kid = store.add_key(use="seal", suite=suite)
    wrapped = grants.wrap(
        dict.fromkeys(NAMES, bytes(32)), case="a1" * 16, grantor="a", grantee="b", kid=kid, ground="law:own",
        public=store.public(kid), suite=suite,
    )  # fmt: skip
    envelope.check_wrapped(wrapped, hash=sha256(wrapped), names=NAMES)
    for names in (NAMES[:1], (*NAMES, KeyName("health", "police-th", 1)), ()):
        with pytest.raises(BodyMismatchError):
            envelope.check_wrapped(wrapped, hash=sha256(wrapped), names=names)
    for changed in (b"\3" + wrapped[1:], wrapped[:-1], b""):
        with pytest.raises(BodyMismatchError):
            envelope.check_wrapped(changed, hash=sha256(changed), names=NAMES)
    with pytest.raises(BodyMismatchError):
        envelope.check_wrapped(wrapped, hash=sha256(b""), names=NAMES)


def test_bare_ed25519_would_accept_a_weak_key() -> None:
    """Why weak keys are refused: the library alone takes one signature for any message under such a key."""
    weak = (1).to_bytes(32, "little")
    forged = weak + bytes(32)
    for line in (b"one story", b"another story"):
        Ed25519PublicKey.from_public_bytes(weak).verify(forged, envelope.pae(line))
        with pytest.raises(BadSignatureError):
            envelope.verify(line, Signature(key_id(weak), forged), weak)
