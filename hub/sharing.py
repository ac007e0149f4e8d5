"""What the hub hands out by hash: sealed bodies to those who have the entry, grants to whom they are addressed.

The hub can check and unlock a grant; it can open neither a grant nor a body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.head import Head
from hub.submission import key_names
from sealing.encoding import grant_info
from sealing.errors import CannotOpenError, KeyDestroyedError, KeyStoreError
from sealing.locks import unlock
from sealing.shredding import ShredKeys


@dataclass(slots=True)
class Sharing:
    """Answers by hash for one agency; what it may not have is simply absent."""

    head: Head
    shred_keys: ShredKeys

    def bodies(self, hashes: Sequence[str], *, agency: str) -> dict[str, bytes]:
        """Bodies of entries on this agency's feed, by hex hash."""
        found = self.head.application.reader.bodies_on_feed(agency, [bytes.fromhex(one) for one in hashes])
        return {digest.hex(): body for digest, body in found.items()}

    def grants(self, hashes: Sequence[str], *, agency: str) -> dict[str, bytes]:
        """Wrapped grants addressed to this agency and released, by hex hash, the hub's own lock taken off."""
        stored = self.head.application.reader.grants([bytes.fromhex(one) for one in hashes])
        opened: dict[str, bytes] = {}
        for digest, one in stored.items():
            case = self.head.cases.get(one.originator_id.hex)
            held = case.grants.get(digest.hex()) if case else None
            if case is None or held is None or held.grant.to != agency or held.state != "in_force":
                continue
            info = grant_info(
                case=case.id,
                grantor=held.grantor,
                grantee=agency,
                kid=held.grant.kid,
                ground=held.grant.ground,
                names=key_names(held.grant),
            )
            try:
                opened[digest.hex()] = unlock(one.locked, shred_key=self.shred_keys.get(case.id), info=info)
            except (CannotOpenError, KeyDestroyedError, KeyStoreError):
                continue  # destroyed: "can no longer be read" is a normal state
        return opened
