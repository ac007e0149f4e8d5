"""The hub's receipt: its signature over where a statement stands in the log.

Signed bytes: ``"caunoi/1/receipt" || 0x00 ||`` then, each after its length as uint16be: statement hash (32 bytes),
index (uint64be), leaf hash (32 bytes), recorded (uint64be, microseconds). Written as one JSON object without
spaces, keys in the order of `Receipt`; `read` takes no other form.
"""

from __future__ import annotations

import re
import struct
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.errors import ReceiptForgedError, ReceiptMalformedError

_LABEL = b"caunoi/1/receipt\x00"
_PAYLOAD = struct.Struct(f">{len(_LABEL)}sH32sHQH32sHQ")
_MAX = 2**63 - 1
_HASH = re.compile(r"[0-9a-f]{64}")
_KID = re.compile(r"[0-9a-f]{32}")
_FORM = re.compile(
    rb'\{"statement":"([0-9a-f]{64})","index":([0-9]{1,19}),"leaf":"([0-9a-f]{64})",'
    rb'"recorded":([0-9]{1,19}),"kid":"([0-9a-f]{32})","sig":"([A-Za-z0-9+/]{86}==)"\}'
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the hub put a statement: hashes in hex, `index` from 1, `recorded` in microseconds since 1970 UTC."""

    statement: str
    index: int
    leaf: str
    recorded: int
    kid: str
    signature: bytes


def payload(*, statement: str, index: int, leaf: str, recorded: int) -> bytes:
    """Give the bytes a receipt's signature is over.

    Raises:
        ReceiptMalformedError: A hash is not 64 hex digits, or a number is out of range.
    """
    _check(statement, index, leaf, recorded)
    return _PAYLOAD.pack(_LABEL, 32, bytes.fromhex(statement), 8, index, 32, bytes.fromhex(leaf), 8, recorded)


def _check(statement: str, index: int, leaf: str, recorded: int) -> None:
    if not _HASH.fullmatch(statement) or not _HASH.fullmatch(leaf):
        raise ReceiptMalformedError("a hash is not SHA-256 in hex")
    if not 1 <= index <= _MAX or not 0 <= recorded <= _MAX:
        raise ReceiptMalformedError("a number is out of range")


def issue(*, statement: str, index: int, leaf: str, recorded: int, kid: str, sign: Callable[[bytes], bytes]) -> Receipt:
    """Make a receipt; `sign` is the key store's Ed25519 signing by the key `kid`."""
    signature = sign(payload(statement=statement, index=index, leaf=leaf, recorded=recorded))
    return Receipt(statement, index, leaf, recorded, kid, signature)


def verify(receipt: Receipt, public: bytes) -> None:
    """Check a receipt against the hub's raw public key (32 bytes).

    Raises:
        ReceiptForgedError: It names another key, or the key did not sign it.
    """
    if receipt.kid != sha256(public).hexdigest()[:32]:
        raise ReceiptForgedError("the receipt names another key")
    signed = payload(statement=receipt.statement, index=receipt.index, leaf=receipt.leaf, recorded=receipt.recorded)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(receipt.signature, signed)
    except InvalidSignature:
        raise ReceiptForgedError("the key did not sign this receipt") from None


def write(receipt: Receipt) -> bytes:
    """Write a receipt as JSON.

    Raises:
        ReceiptMalformedError: A field has no written form.
    """
    _check(receipt.statement, receipt.index, receipt.leaf, receipt.recorded)
    if not _KID.fullmatch(receipt.kid) or len(receipt.signature) != 64:
        raise ReceiptMalformedError("key id or signature has another length")
    signature = b64encode(receipt.signature).decode()
    return (
        f'{{"statement":"{receipt.statement}","index":{receipt.index},"leaf":"{receipt.leaf}",'
        f'"recorded":{receipt.recorded},"kid":"{receipt.kid}","sig":"{signature}"}}'
    ).encode()


def read(text: bytes) -> Receipt:
    """Read a receipt, strictly: only what `write` writes.

    Raises:
        ReceiptMalformedError: The bytes are anything else.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ReceiptMalformedError("receipt is not in its one form")
    try:
        signature = b64decode(form[6], validate=True)
    except Base64Error:
        raise ReceiptMalformedError("receipt is not in its one form") from None
    receipt = Receipt(
        statement=form[1].decode(),
        index=int(form[2]),
        leaf=form[3].decode(),
        recorded=int(form[4]),
        kid=form[5].decode(),
        signature=signature,
    )
    if write(receipt) != text:
        raise ReceiptMalformedError("receipt is not in its one form")
    return receipt
