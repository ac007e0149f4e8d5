"""Checking the hub's answers: a receipt or a refusal counts only if the hub's pinned key signed it for a statement."""

from __future__ import annotations

import json
from typing import Any

from ledger import receipt as receipts
from ledger.errors import LedgerError
from node.errors import HubAnswerError
from node.store import Queued
from sealing.encoding import ctx, from_base64, uint64
from sealing.envelope import verify_bytes
from sealing.errors import BadSignatureError, EncodingError


def check(answer: dict[str, Any], queued: Queued, *, hub_key: bytes) -> None:
    """Check the answer to one submission against the hub's raw public key (32 bytes).

    Raises:
        HubAnswerError: it is neither a receipt nor a refusal, is for another statement, or the key did not sign it.
    """
    try:
        if "index" in answer:
            _check_receipt(answer, queued, hub_key)
        else:
            _check_refusal(answer, queued, hub_key)
    except (KeyError, TypeError, AttributeError, OverflowError):
        raise HubAnswerError("the hub's answer is neither a receipt nor a refusal") from None


def _check_receipt(answer: dict[str, Any], queued: Queued, hub_key: bytes) -> None:
    try:
        receipt = receipts.read(receipts_text(answer))
        receipts.verify(receipt, hub_key)
    except LedgerError:
        raise HubAnswerError("the hub's receipt does not hold") from None
    if receipt.statement != queued.hash:
        raise HubAnswerError("the hub's receipt is for another statement")


def _check_refusal(answer: dict[str, Any], queued: Queued, hub_key: bytes) -> None:
    """A submission the hub could not read is refused without its id and hash."""
    about, hash_ = answer["statement_id"], answer["statement"]
    if (about, hash_) not in {(queued.statement_id, queued.hash), (None, None)}:
        raise HubAnswerError("the hub's refusal is for another statement")
    fields = ((about or "").encode(), (hash_ or "").encode(), answer["code"].encode(), uint64(answer["recorded"]))
    try:
        verify_bytes(ctx("caunoi/1/refusal", *fields), signature=from_base64(answer["sig"]), public=hub_key)
    except (BadSignatureError, EncodingError):
        raise HubAnswerError("the hub's refusal does not hold") from None


def receipts_text(answer: dict[str, Any]) -> bytes:
    """A receipt's JSON in its one form."""
    names = ("statement", "index", "leaf", "recorded", "kid", "sig")
    return json.dumps({name: answer[name] for name in names}, separators=(",", ":")).encode()
