"""Errors of the ledger.

    LedgerError
    ├── EntryMalformedError      bytes are not exactly one entry
    ├── ReceiptMalformedError    bytes are not exactly one receipt
    ├── ReceiptForgedError       a receipt was not signed by the key it names
    └── ProofError               a proof does not lead to the root it should

They name positions and reasons, never the bytes.
"""

from __future__ import annotations


class LedgerError(Exception):
    """Base of all errors of the ledger. Never raised itself."""


class EntryMalformedError(LedgerError):
    """The bytes are not exactly one entry."""


class ReceiptMalformedError(LedgerError):
    """The bytes are not exactly one receipt."""


class ReceiptForgedError(LedgerError):
    """A receipt was not signed by the key it names."""


class ProofError(LedgerError):
    """A proof does not lead to the root it should."""
