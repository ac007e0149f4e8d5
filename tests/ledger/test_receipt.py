"""A receipt says where a statement stands, and only the hub's key can say it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import receipt as receipts
from ledger.errors import ReceiptForgedError, ReceiptMalformedError

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
KID = sha256(PUBLIC).hexdigest()[:32]
RECEIPT = receipts.issue(
    statement="ab" * 32, index=7, leaf="cd" * 32, recorded=1_700_000_000_000_000, kid=KID, sign=PRIVATE.sign
)


def test_the_signed_bytes() -> None:
    """The payload is ctx("caunoi/1/receipt", statement, uint64be index, leaf, uint64be recorded)."""
    expected = (
        b"caunoi/1/receipt\x00"
        b"\x00\x20"
        + b"\xab" * 32
        + b"\x00\x08"
        + b"\x00\x00\x00\x00\x00\x00\x00\x07"
        + b"\x00\x20"
        + b"\xcd" * 32
        + b"\x00\x08"
        + (1_700_000_000_000_000).to_bytes(8, "big")
    )

    assert expected == receipts.payload(statement="ab" * 32, index=7, leaf="cd" * 32, recorded=1_700_000_000_000_000)


def test_a_receipt_verifies_after_a_round_trip() -> None:
    """Written, read and checked with the raw public key."""
    text = receipts.write(RECEIPT)

    assert RECEIPT == receipts.read(text)
    receipts.verify(receipts.read(text), PUBLIC)


@pytest.mark.parametrize(
    "change",
    [{"statement": "ac" * 32}, {"index": 8}, {"leaf": "ce" * 32}, {"recorded": 1}, {"signature": bytes(64)},
     {"kid": "0" * 32}],
)  # fmt: skip
def test_a_changed_receipt_is_forged(change: dict[str, object]) -> None:
    """No field can be changed under the signature."""
    with pytest.raises(ReceiptForgedError):
        receipts.verify(replace(RECEIPT, **change), PUBLIC)  # type: ignore[arg-type]


def test_another_key_does_not_verify() -> None:
    """A receipt counts only under the key it names, and only that key's signature."""
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    with pytest.raises(ReceiptForgedError):
        receipts.verify(RECEIPT, other)
    with pytest.raises(ReceiptForgedError):
        receipts.verify(replace(RECEIPT, kid=sha256(other).hexdigest()[:32]), other)


def test_every_changed_byte_is_noticed() -> None:
    """Each byte of a written receipt, changed in each of its bits, no longer reads or no longer verifies."""
    text = receipts.write(RECEIPT)
    for at in range(len(text)):
        for bit in range(8):
            changed = text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1 :]
            with pytest.raises((ReceiptMalformedError, ReceiptForgedError)):
                receipts.verify(receipts.read(changed), PUBLIC)


@pytest.mark.parametrize(
    "odd",
    [b"", b"{}", receipts.write(RECEIPT) + b"\n", b" " + receipts.write(RECEIPT),
     receipts.write(RECEIPT).replace(b'"index":7', b'"index":07'),
     receipts.write(RECEIPT).replace(b'"index":7', b'"index":0')],
)  # fmt: skip
def test_odd_receipts_are_malformed(odd: bytes) -> None:
    """No second spelling of a receipt is read."""
    with pytest.raises(ReceiptMalformedError):
        receipts.read(odd)
