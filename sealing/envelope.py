"""Checking what an agency sent, without being able to open it: signatures, bodies, wrapped grants, public keys.

A statement is signed as DSSE v1 (secure-systems-lab/dsse, protocol.md) over the exact bytes of its header line.
Nothing here reads the header; nothing here holds a private key, a data key or a way to use one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from sealing.encoding import KeyName, key_id, list_bytes
from sealing.errors import BadPublicKeyError, BadSignatureError, BodyMismatchError, EncodingError
from sealing.padding import check_padded_length

PAYLOAD_TYPE = b"application/vnd.caunoi.statement.v1+json"

Suite = Literal["ed25519", "x25519", "mlkem768x25519"]
"""What a public key is: for signing, or for sealing grants (suite 1 and suite 2)."""

PUBLIC_LENGTH: dict[str, int] = {"ed25519": 32, "x25519": 32, "mlkem768x25519": 1184 + 32}

SEALED_VERSION = 1  # first byte of a sealed section: Cobblestone-256 of a padded plaintext
CHUNK, TAG = 16 * 1024, 16  # c2sp.org/chunked-encryption
SEALED_PREFIX = 1 + 24 + 32  # version, salt, commitment

WRAP_SUITES: dict[int, Suite] = {1: "x25519", 2: "mlkem768x25519"}  # first byte of a wrapped grant
ENCAPSULATED = {1: 32, 2: 1120}  # bytes of HPKE's enc
DATA_KEY = 32  # bytes
MAX_FILE = 20 * 1024 * 1024  # bytes of a paper's file before it is sealed; a Padmé size

_P = 2**255 - 19
# y of the points of order 1, 2, 4 and 8: under such a key one signature fits many messages (RFC 8032 §8.9 leaves
# them in), so one agency could sign two stories at once.
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})


class Signer(Protocol):
    """Whatever signs with a key it does not give out; a `KeyStore` is one."""

    def sign(self, kid: str, data: bytes) -> bytes:
        """Sign *data* with the Ed25519 key *kid*; 64 bytes."""
        ...


class KnownSigner(Signer, Protocol):
    """A signer that gives out the public halves of its keys."""

    def public(self, kid: str) -> bytes:
        """The raw public half of a key."""
        ...


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature over a header line, and the id of the key that made it."""

    kid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A header line, byte for byte as its author wrote it, and its signatures."""

    line: bytes
    signatures: tuple[Signature, ...]


def pae(line: bytes, *, kind: bytes = PAYLOAD_TYPE) -> bytes:
    """Encode a line of some *kind*, a header unless said otherwise, for signing (DSSE pre-authentication encoding)."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(line), line)


def statement_hash(line: bytes) -> str:
    """Name the signed statement: SHA-256 of its pre-authentication encoding, hex."""
    return hashlib.sha256(pae(line)).hexdigest()


def sign(line: bytes, *, kid: str, signer: Signer) -> Signature:
    """Sign a header line."""
    return Signature(kid, signer.sign(kid, pae(line)))


def verify(line: bytes, signature: Signature, public: bytes) -> None:
    """Check one signature over a header line against the raw public key registered for its key id.

    Raises:
        BadSignatureError: It does not hold, or the key is not the one it names.
    """
    if key_id(public) != signature.kid:
        raise BadSignatureError("signature names another key")
    verify_bytes(pae(line), signature=signature.sig, public=public)


def verify_bytes(data: bytes, *, signature: bytes, public: bytes) -> None:
    """Check an Ed25519 signature over *data* that is not a header: a receipt, a refusal, a token.

    Raises:
        BadSignatureError: It does not hold, or the key is none.
    """
    try:
        check_public(public, suite="ed25519")
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (BadPublicKeyError, InvalidSignature):
        raise BadSignatureError("signature does not hold") from None


def check_public(public: bytes, *, suite: str) -> None:
    """Check a raw public key before it is registered or wrapped for.

    Raises:
        BadPublicKeyError: Unknown suite, wrong length, not canonical, or of small order.
    """
    if suite not in get_args(Suite) or len(public) != PUBLIC_LENGTH[suite]:
        raise BadPublicKeyError("public key does not have the length of its suite")
    try:
        if suite == "ed25519":
            _check_ed25519(public)
        else:
            _check_x25519(public[-32:])
        if suite == "mlkem768x25519":
            MLKEM768PublicKey.from_public_bytes(public[:-32])
    except ValueError:
        raise BadPublicKeyError("public key is not one of its suite") from None


def _check_ed25519(public: bytes) -> None:
    height = int.from_bytes(public, "little") & (2**255 - 1)
    if height >= _P or height in _SMALL_ORDER:
        raise BadPublicKeyError("public key is of small order or not canonical")
    Ed25519PublicKey.from_public_bytes(public)


def _check_x25519(public: bytes) -> None:
    # The exchange itself refuses points of small order (RFC 7748 §6.1): any private key will do to ask it.
    X25519PrivateKey.from_private_bytes(b"\x01" * 32).exchange(X25519PublicKey.from_public_bytes(public))


def check_body(body: bytes, *, hash: str, length: int | None = None) -> None:  # noqa: A002 - the header's own word
    """Check that a body is the one the header names.

    Raises:
        BodyMismatchError: Its length (where the header gives one) or its SHA-256 differs.
    """
    if length is not None and len(body) != length:
        raise BodyMismatchError("body does not have the length the header says")
    if hashlib.sha256(body).hexdigest() != hash:
        raise BodyMismatchError("body does not have the hash the header says")


def sealed_length(padded: int) -> int:
    """Say how long the sealed form of *padded* bytes is: prefix, then a tag for each chunk; the last is short."""
    return SEALED_PREFIX + padded + TAG * (padded // CHUNK + 1)


def check_sealed_length(length: int) -> None:
    """Check that a sealed section of *length* bytes can have been padded; the header alone is enough.

    Raises:
        BodyMismatchError: No padded plaintext seals to this length, so it would tell more than it may.
    """
    content = length - SEALED_PREFIX
    # A length that ends inside a tag comes out below a whole number of chunks, where no padded length is.
    padded = content - TAG * (content // (CHUNK + TAG) + 1)
    try:
        check_padded_length(padded)
    except EncodingError:
        raise BodyMismatchError("section is not padded") from None


MAX_ATTACHMENT = sealed_length(MAX_FILE)


def check_attachment_length(length: int) -> None:
    """Check that a sealed file of *length* bytes can have been padded and is not too large.

    Raises:
        BodyMismatchError: No file seals to this length.
    """
    if length > MAX_ATTACHMENT:
        raise BodyMismatchError("file is too large")
    check_sealed_length(length)


def check_sealed(body: bytes, *, hash: str, length: int) -> None:  # noqa: A002 - the header's own word
    """Check a sealed section: `check_body`, padded, and of a version we know.

    Raises:
        BodyMismatchError: One of these does not hold.
    """
    check_body(body, hash=hash, length=length)
    check_sealed_length(length)
    if body[0] != SEALED_VERSION:
        raise BodyMismatchError("section is of an unknown version")


def wrapped_length(suite: int, names: Iterable[KeyName]) -> int:
    """Say how long a grant of *names* is when wrapped: suite, enc, list, a key for each name, tag."""
    ordered = tuple(names)
    return 1 + ENCAPSULATED[suite] + len(list_bytes(ordered)) + DATA_KEY * len(ordered) + TAG


def check_wrapped(wrapped: bytes, *, hash: str, names: Iterable[KeyName]) -> None:  # noqa: A002 - the header's word
    """Check a wrapped grant against the header: hash, a suite we know, and the one length its list allows.

    Raises:
        BodyMismatchError: One of these does not hold.
    """
    if hashlib.sha256(wrapped).hexdigest() != hash:
        raise BodyMismatchError("grant does not have the hash the header says")
    if not wrapped or wrapped[0] not in WRAP_SUITES:
        raise BodyMismatchError("grant is of an unknown suite")
    try:
        expected = wrapped_length(wrapped[0], names)
    except EncodingError:
        raise BodyMismatchError("list of the grant cannot be") from None
    if len(wrapped) != expected:
        raise BodyMismatchError("grant does not have the length of its list")
