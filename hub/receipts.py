"""Receipts: signed when a statement is recorded, kept with its entry, and the same bytes ever after.

Nobody is given one before its entry is durable, because both are of one transaction. What is kept is not signed anew:
a row somebody has changed since gets no fresh signature, and its old one no longer fits. A row whose signature was
taken away looks like one of before; `audit verify` counts these.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.log.records import Found
from ledger import receipt as ledger
from ledger.receipt import Receipt
from sealing.envelope import KnownSigner


@dataclass(frozen=True, slots=True)
class Receipts:
    """Gives receipts. `signer` has the hub's key `sign_as`."""

    signer: KnownSigner
    sign_as: str

    def issue(self, found: Found) -> Receipt:
        """Sign a new one."""
        return ledger.issue(
            statement=found.hash.hex(),
            index=found.index,
            leaf=found.leaf.hex(),
            recorded=found.recorded,
            kid=self.sign_as,
            sign=lambda data: self.signer.sign(self.sign_as, data),
        )

    def of(self, found: Found) -> Receipt:
        """The one that is kept; entries older than the fifth migration have none, and theirs is signed now."""
        if found.kid is None or found.signature is None:
            return self.issue(found)
        return Receipt(
            statement=found.hash.hex(),
            index=found.index,
            leaf=found.leaf.hex(),
            recorded=found.recorded,
            kid=found.kid,
            signature=found.signature,
        )
