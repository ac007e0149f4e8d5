"""Who calls the hub: an agency in force, by a short-lived token that one of its registered keys signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import RefusedError
from domain.statements import KeyUse
from hub.head import Head
from sealing.encoding import from_base64url
from sealing.errors import TokenError
from sealing.manifests import HUB
from sealing.tokens import Kind, verify

AUDIENCE = "caunoi-hub"


@dataclass(frozen=True, slots=True)
class Callers:
    """Reads tokens by the directory at the head.

    `registrar` is the registrar's key id and raw public key, pinned in the settings: before the genesis the directory
    has no key. `clock` gives seconds since 1970.
    """

    head: Head
    registrar: tuple[str, bytes]
    clock: Callable[[], int]

    def agency(self, token: str) -> str:
        """The agency a token is from.

        Raises:
            RefusedError: `token_wrong`, whatever is wrong with it.
        """
        return self._read(token, self._key_of)

    def carrier(self, token: str, *, kid: str, public: bytes) -> None:
        """Whoever carries bundles at the hub's side: signs with the hub's own key, which is this one.

        Raises:
            RefusedError: `token_wrong`.
        """
        self._read(token, lambda asked: (HUB, public) if asked == kid else None)

    def _read(self, token: str, key_of: Callable[[str], tuple[str, bytes] | None]) -> str:
        try:
            return verify(token, kind=Kind.AGENCY, audience=AUDIENCE, now=self.clock(), key_of=key_of).agency
        except TokenError:
            raise RefusedError("token_wrong") from None

    def _key_of(self, kid: str) -> tuple[str, bytes] | None:
        # Without holding the head: an append that hangs must not keep out those who only knock.
        directory = self.head.mechanism.directory
        if not directory.keys and kid == self.registrar[0]:
            return "registrar", self.registrar[1]
        known = directory.keys.get(kid)
        try:
            key = directory.key(kid, agency=known.agency if known else "", use=KeyUse.SIGN)
        except RefusedError:
            return None  # unknown, revoked, for another use, or of an agency that is revoked
        return key.agency, from_base64url(key.public)
