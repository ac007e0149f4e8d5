"""Opening what was granted: from a grant in force to the data key to the section's content.

Nothing is opened without a grant that the log names; what cannot be opened is said, never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from typing import Any, Protocol

from domain.case import Case
from domain.statements import CaseStatement, DataKey, Grant, SealedSection
from sealing.encoding import KeyName
from sealing.errors import CannotOpenError, KeyStoreError
from sealing.grants import GrantOpener, unwrap
from sealing.sections import open_sealed

UNREADABLE: dict[str, Any] = {"unreadable": True}
"""Content of a section that this agency was granted but cannot open (destroyed, damaged, lost key)."""


class Materials(Protocol):
    """Sealed bodies and wrapped grants by hash; from the hub, or from a log an auditor reads."""

    def bodies(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """Those of the bodies that exist and this agency may have."""

    def grants(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """Those of the grants that exist, are released and are addressed to this agency."""


class Opening:
    """Opens sections for one agency with the private keys in its key store."""

    def __init__(self, *, agency: str, keystore: GrantOpener, materials: Materials) -> None:
        self.agency = agency
        self._keystore = keystore
        self._materials = materials
        self._made: dict[tuple[str, DataKey], bytes] = {}
        self._data_keys: dict[tuple[str, DataKey], bytes] = {}
        self._bodies: dict[str, bytes] = {}
        self._grants: dict[str, bytes] = {}

    def prefetch(self, statements: Iterable[CaseStatement]) -> None:
        """Fetch in two calls what a page of entries will need."""
        page = list(statements)
        bodies = {sealed.hash for st in page for sealed in st.sealed} - self._bodies.keys()
        grants = {g.hash for st in page for g in st.grants if g.to == self.agency} - self._grants.keys()
        if bodies:
            self._bodies.update(self._materials.bodies(sorted(bodies)))
        if grants:
            self._grants.update(self._materials.grants(sorted(grants)))

    def forget(self, *, keep: Container[str] = ()) -> None:
        """Drop everything cached, but for own new keys of the cases to keep: keys live in memory for minutes."""
        self._made = {place: key for place, key in self._made.items() if place[0] in keep}
        self._data_keys.clear()
        self._bodies.clear()
        self._grants.clear()

    def content(self, case: Case, statement: CaseStatement, sealed: SealedSection) -> dict[str, Any]:
        """Open one section of a statement; `UNREADABLE` when that fails."""
        key = self.data_key(case, sealed.key)
        body = self._body(sealed.hash)
        if key is None or body is None:
            return UNREADABLE
        try:
            plain = open_sealed(
                body,
                data_key=key,
                case=case.id,
                statement=statement.id,
                section=sealed.section.value,
                author=sealed.author,
                epoch=sealed.epoch,
            )
        except CannotOpenError:
            return UNREADABLE
        content: dict[str, Any] = json.loads(plain)
        return content

    def data_key(self, case: Case, key: DataKey) -> bytes | None:
        """The data key, by any grant in force addressed to this agency; None when there is none that opens."""
        found = self._made.get((case.id, key)) or self._data_keys.get((case.id, key))
        if found is not None:
            return found
        for held in case.grants.values():
            if held.grant.to == self.agency and held.state == "in_force" and key in held.grant.keys:
                self._unwrap(case.id, held.grant, held.grantor)
                if (case.id, key) in self._data_keys:
                    return self._data_keys[case.id, key]
        return None

    def remember(self, case: str, key: DataKey, data_key: bytes) -> None:
        """Keep a data key this agency just made, until its own grant has come back on the feed."""
        self._made[case, key] = data_key

    def _unwrap(self, case: str, grant: Grant, grantor: str) -> None:
        wrapped = self._grants.get(grant.hash)
        if wrapped is None:
            self._grants.update(self._materials.grants([grant.hash]))
            wrapped = self._grants.get(grant.hash)
        if wrapped is None:
            return
        names = {key: KeyName(key.section.value, key.author, key.epoch) for key in grant.keys}
        try:
            opened = unwrap(
                wrapped,
                store=self._keystore,
                names=names.values(),
                case=case,
                grantor=grantor,
                grantee=self.agency,
                kid=grant.kid,
                ground=grant.ground,
            )
        except (CannotOpenError, KeyStoreError):
            return
        for key, name in names.items():
            self._data_keys[case, key] = opened[name]

    def _body(self, hash_: str) -> bytes | None:
        if hash_ not in self._bodies:
            self._bodies.update(self._materials.bodies([hash_]))
        return self._bodies.get(hash_)
