"""What the hub hands out by hash: sealed bodies to those who have the entry, grants to whom they are addressed.

The hub can check and unlock a grant; it can open neither a grant nor a body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.case import local_day
from hub.batch import info_of
from hub.intake import Intake
from hub.log.records import StoredGrant
from sealing.errors import CannotOpenError, KeyDestroyedError, KeyStoreError
from sealing.locks import unlock


@dataclass(slots=True)
class Sharing:
    """Answers by hash for one agency; what it may not have is simply absent."""

    intake: Intake

    def bodies(self, hashes: Sequence[str], *, agency: str) -> dict[str, bytes]:
        """Bodies of entries on this agency's feed, by hex hash."""
        found = self.intake.head.application.reader.bodies_on_feed(agency, [bytes.fromhex(one) for one in hashes])
        return {digest.hex(): body for digest, body in found.items()}

    def grants(self, hashes: Sequence[str], *, agency: str) -> dict[str, bytes]:
        """Wrapped grants addressed to this agency and released, by hex hash, the hub's own lock taken off."""
        reader = self.intake.head.application.reader
        stored = reader.grants([bytes.fromhex(one) for one in hashes])
        opened: dict[str, bytes] = {}
        # Held, because an append under way may have released in memory what its commit has not.
        with self.intake.head.held():
            for digest, one in stored.items():
                found = self._open(digest.hex(), one, agency)
                if found is not None:
                    opened[digest.hex()] = found
            self.intake.head.cases.shrink()
        return opened

    def _open(self, name: str, stored: StoredGrant, agency: str) -> bytes | None:
        case = self.intake.head.cases.get(stored.originator_id.hex)
        held = case.grants.get(name) if case else None
        if case is None or held is None or held.grant.to != agency:
            return None
        day = local_day(self.intake.head.application.recorder.clock())
        if not all(case.in_force(held, key, day) for key in held.grant.keys):
            return None  # lodged, dropped, or past its day
        info = info_of(held.grant, case=case.id, grantor=held.grantor)
        try:
            return unlock(stored.locked, shred_key=self.intake.shred_keys.get(case.id), info=info)
        except (CannotOpenError, KeyDestroyedError, KeyStoreError):
            return None  # destroyed: "can no longer be read" is a normal state
