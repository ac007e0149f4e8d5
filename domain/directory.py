"""Who is there: agencies and their keys, as the log says, at each position.

A directory is a fold over directory statements. Nothing is ever taken out of it: a revoked key still verifies what
was signed while it was in force, and a dissolved agency's signatures stay valid history.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace

from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import (
    AgencyKind,
    AgencyRegistered,
    AgencyRevoked,
    Genesis,
    KeyRegistered,
    KeyRevoked,
    KeyUse,
    Statement,
)

HUB = "hub"
"""No agency: the registrar registers only keys under this name that seal what is sent to the hub itself."""
PUBLIC_SIZES = {"ed25519": 32, "x25519": 32, "mlkem768x25519": 1184 + 32}
"""Bytes of a raw public key for each suite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A member of the mechanism. `since` and `until` are log indexes: in force from, and no longer from."""

    id: str
    kind: AgencyKind
    place: str | None = None
    parent: str | None = None
    succeeds: tuple[str, ...] = ()
    card: str | None = None
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A registered public key, in force from log index `since` and no longer from `until`."""

    kid: str
    agency: str
    use: KeyUse
    suite: str
    public: str
    since: int
    until: int | None = None


@dataclass(slots=True)
class Directory:
    """Agencies and keys after some entry of the log."""

    registrar: str | None = None
    index: int = 0  # log index of the last directory statement applied
    agencies: dict[str, Agency] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)

    def agency(self, agency: str) -> Agency:
        """An agency in force.

        Raises:
            RefusedError: `agency_unknown`, `agency_revoked`.
        """
        found = self.agencies.get(agency)
        if found is None:
            raise RefusedError("agency_unknown")
        if found.until is not None:
            raise RefusedError("agency_revoked")
        return found

    def key(self, kid: str, *, agency: str, use: KeyUse) -> Key:
        """A key in force of this agency for this use.

        Raises:
            RefusedError: `agency_unknown`, `agency_revoked`, `key_unknown`, `key_revoked`.
        """
        self.agency(agency)
        found = self.keys.get(kid)
        if found is None or found.agency != agency or found.use is not use:
            raise RefusedError("key_unknown")
        if found.until is not None:
            raise RefusedError("key_revoked")
        return found

    def sealing_key(self, agency: str) -> Key:
        """The newest key in force to wrap grants for an agency.

        Raises:
            RefusedError: `agency_unknown`, `agency_revoked`, `key_unknown`.
        """
        self.agency(agency)
        found = self._newest(agency)
        if found is None:
            raise RefusedError("key_unknown")
        return found

    def intake_key(self) -> Key | None:
        """The newest key in force to seal what is sent to the hub itself; None where none was registered."""
        return self._newest(HUB)

    def _newest(self, holder: str) -> Key | None:
        keys = (k for k in self.keys.values() if k.agency == holder and k.use is KeyUse.SEAL and k.until is None)
        return max(keys, key=lambda key: key.since, default=None)

    def find(self, kind: AgencyKind, place: str | None) -> Agency | None:
        """The agency in force of one kind for one province, if there is one."""
        matches = (a for a in self.agencies.values() if a.kind is kind and a.until is None and a.place == place)
        return min(matches, key=lambda agency: agency.since, default=None)

    def decide(self, statement: Statement, *, rules: Rules) -> None:
        """Check a directory statement at this position.

        Raises:
            RefusedError: `genesis_misplaced`, `not_registrar`, `agency_taken`, `agency_unknown`, `agency_revoked`,
                `key_taken`, `key_unknown`, `key_revoked`, `key_suite_wrong`, `key_malformed`, `registrar_needed`,
                `code_unknown`, `kind_unknown`, `type_unknown`.
        """
        if isinstance(statement, Genesis):
            if self.registrar is not None:
                raise RefusedError("genesis_misplaced")
            _check_public(statement.public, kid=statement.kid, suite="ed25519")
            return
        if statement.by != self.registrar:
            raise RefusedError("not_registrar")
        match statement:
            case AgencyRegistered():
                rules.check_kind(statement.kind)
                self._check_joining(statement)
            case AgencyRevoked():
                if self.agency(statement.agency).id == self.registrar:
                    raise RefusedError("registrar_needed")
                rules.check_code(statement.reason, of="revocation")
            case KeyRegistered():
                self._check_new_key(statement)
            case KeyRevoked():
                self._check_ending_key(statement)
                rules.check_code(statement.reason, of="revocation")
            case _:
                raise RefusedError("type_unknown")

    def _check_joining(self, statement: AgencyRegistered) -> None:
        if statement.agency in self.agencies or statement.agency == HUB:
            raise RefusedError("agency_taken")
        for known in (statement.parent, *statement.succeeds):
            if known is not None and known not in self.agencies:
                raise RefusedError("agency_unknown")

    def _check_new_key(self, statement: KeyRegistered) -> None:
        if statement.agency != HUB or statement.use is not KeyUse.SEAL:
            self.agency(statement.agency)
        if statement.key in self.keys:
            raise RefusedError("key_taken")
        if (statement.suite == "ed25519") is not (statement.use is KeyUse.SIGN):
            raise RefusedError("key_suite_wrong")
        _check_public(statement.public, kid=statement.key, suite=statement.suite)

    def _check_ending_key(self, statement: KeyRevoked) -> None:
        if statement.agency != HUB:
            self.agency(statement.agency)
        key = self.keys.get(statement.key)
        if key is None or key.agency != statement.agency:
            raise RefusedError("key_unknown")
        if key.until is not None:
            raise RefusedError("key_revoked")
        if key.agency == self.registrar and key.use is KeyUse.SIGN and self._last_of(key):
            raise RefusedError("registrar_needed")

    def _last_of(self, key: Key) -> bool:
        others = (k for k in self.keys.values() if k.agency == key.agency and k.use is key.use and k.kid != key.kid)
        return all(other.until is not None for other in others)

    def apply(self, statement: Statement, *, index: int) -> None:
        """Fold one accepted directory statement, recorded at log index `index`."""
        self.index = index
        match statement:
            case Genesis():
                self.registrar = statement.by
                self.agencies[statement.by] = Agency(id=statement.by, kind=AgencyKind.REGISTRAR, since=index)
                self.keys[statement.kid] = Key(
                    kid=statement.kid,
                    agency=statement.by,
                    use=KeyUse.SIGN,
                    suite="ed25519",
                    public=statement.public,
                    since=index,
                )
            case AgencyRegistered():
                self.agencies[statement.agency] = Agency(
                    id=statement.agency,
                    kind=statement.kind,
                    place=statement.place,
                    parent=statement.parent,
                    succeeds=statement.succeeds,
                    card=statement.card,
                    since=index,
                )
            case AgencyRevoked():
                self.agencies[statement.agency] = replace(self.agencies[statement.agency], until=index)
            case KeyRegistered():
                self.keys[statement.key] = Key(
                    kid=statement.key,
                    agency=statement.agency,
                    use=statement.use,
                    suite=statement.suite,
                    public=statement.public,
                    since=index,
                )
            case KeyRevoked():
                self.keys[statement.key] = replace(self.keys[statement.key], until=index)
            case _:
                pass


def _check_public(public: str, *, kid: str, suite: str) -> None:
    """Check that a public key has its suite's size, is written canonically, and has the id it is registered under."""
    raw = base64.urlsafe_b64decode(public + "=" * (-len(public) % 4)) if len(public) % 4 != 1 else b""
    canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == public
    if not canonical or len(raw) != PUBLIC_SIZES[suite] or hashlib.sha256(raw).hexdigest()[:32] != kid:
        raise RefusedError("key_malformed")
