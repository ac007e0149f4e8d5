"""Agencies as data: reading their list, and the registrar's statements that let them in."""

from __future__ import annotations

import hashlib
import json
import secrets
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from caunoi.public_keys import PublicKey
from domain import statements as s
from domain.directory import HUB
from domain.statements import AgencyKind, KeyUse, Statement
from domain.wording import Language
from node.ids import Ids, random_id
from sealing.encoding import to_base64, to_base64url
from sealing.envelope import pae
from sealing.keystore import KeyStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One agency to register: id, kind, place, dated names."""

    id: str
    kind: AgencyKind
    place: str | None
    names: tuple[dict[str, str], ...]

    @property
    def card(self) -> bytes:
        """Its public card: dated names, as JSON."""
        return json.dumps({"names": self.names}, ensure_ascii=False, sort_keys=True).encode()


def read_members(text: str) -> tuple[str, tuple[Member, ...]]:
    """Read a list of members: the registrar's id and the agencies."""
    data = tomllib.loads(text)
    members = tuple(
        Member(id=a["id"], kind=AgencyKind(a["kind"]), place=a.get("place"), names=tuple(a["names"]))
        for a in data["agency"]
    )
    return data["registrar"], members


def example_members() -> tuple[Member, ...]:
    """The agencies of the worked example."""
    return read_members(files("caunoi.example").joinpath("members.toml").read_text("utf-8"))[1]


def example_names(language: Language) -> dict[str, str]:
    """What the agencies of the worked example are called today, by id."""
    today = datetime.now(UTC).date().isoformat()
    named = {one.id: [name for name in one.names if name["from"] <= today] for one in example_members()}
    return {agency: max(names, key=lambda name: name["from"])[language] for agency, names in named.items()}


@dataclass(slots=True)
class Registrar:
    """Signs the directory: genesis, agencies, keys."""

    agency: str
    keystore: KeyStore
    ids: Ids = random_id

    def genesis(self) -> bytes:
        """The first entry of a new log."""
        kid = self.keystore.kids("sign")[0]
        statement = s.Genesis(
            **self._common(s.Genesis), log=secrets.token_hex(32), public=to_base64url(self.keystore.public(kid))
        )
        return self._sign(statement)

    def registrations(
        self, members: Sequence[Member], keys: Mapping[str, Sequence[PublicKey]], known: dict[str, Any]
    ) -> Iterator[bytes]:
        """Statements for agencies and keys the directory does not have yet."""
        agencies = {a["id"] for a in known["agencies"]}
        kids = {k["kid"] for k in known["keys"]}
        for member in members:
            if member.id not in agencies:
                yield self._agency(member)
            before = sum(k["agency"] == member.id for k in known["keys"])
            missing = [key for key in keys[member.id] if key.kid not in kids]
            for number, key in enumerate(missing, start=before):
                yield self._key(member.id, key, number)

    def intake_keys(self, handed: Sequence[PublicKey], known: dict[str, Any]) -> Iterator[bytes]:
        """Statements for the hub's keys that carried bundles are sealed for, once there is more than the pinned one.

        Those the hub hands out and the directory has not are registered, oldest first; those it has no more end.
        """
        held = [key for key in handed if key.use == "seal"]
        listed = {k["kid"]: k["until"] for k in known["keys"] if k["agency"] == HUB}
        if len(held) > 1 or listed:
            yield from (self._key(HUB, key, key.kid) for key in held if key.kid not in listed)
        gone = listed.keys() - {key.kid for key in held} if held else set()
        for kid in sorted(kid for kid in gone if listed[kid] is None):
            yield self._sign(s.KeyRevoked(**self._common(s.KeyRevoked, kid), agency=HUB, key=kid, reason="replaced"))

    def _agency(self, member: Member) -> bytes:
        card = member.card
        digest = hashlib.sha256(card).hexdigest()
        statement = s.AgencyRegistered(
            **self._common(s.AgencyRegistered, member.id),
            agency=member.id,
            kind=member.kind,
            place=member.place,
            card=digest,
        )
        return self._sign(statement, bodies={digest: to_base64(card)})

    def _key(self, agency: str, key: PublicKey, number: int | str) -> bytes:
        suite: Any = key.suite
        statement = s.KeyRegistered(
            **self._common(s.KeyRegistered, agency, number),
            agency=agency,
            key=key.kid,
            use=KeyUse(key.use),
            suite=suite,
            public=key.public,
        )
        return self._sign(statement)

    def _common(self, kind: type[Statement], *about: object) -> dict[str, Any]:
        return {
            "v": 1,
            "id": self.ids(kind.__struct_config__.tag, *about),
            "by": self.agency,
            "kid": self.keystore.kids("sign")[0],
            "occurred": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        }

    def _sign(self, statement: Statement, *, bodies: dict[str, str] | None = None) -> bytes:
        line = s.write(statement)
        signature = self.keystore.sign(statement.kid, pae(line))
        body = {
            "header": line.decode(),
            "signatures": [{"kid": statement.kid, "sig": to_base64(signature)}],
            "bodies": bodies or {},
            "grants": {},
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
