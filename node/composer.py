"""From a draft or an officer's act to a signed submission: seal, wrap, sign.

A data key is made when an agency first writes in a section of a case, or when somebody no longer entitled knows the
old one; the author grants it to itself in the same statement and keeps no other durable copy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from domain import statements as s
from domain.case import Case, Recorded, local_day
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules, current
from domain.sharing import OWN, check_disclosure, sort_key
from domain.statements import CaseStatement, DataKey, Grant, SealedSection, Section, Statement
from node.errors import HubUnavailableError
from node.ids import Ids, random_id
from node.papers import Contents, HeldPaper, placed
from projections.casefile import CaseFile
from projections.opening import Opening
from sealing.encoding import KeyName, from_base64, from_base64url, to_base64
from sealing.envelope import pae, statement_hash
from sealing.grants import wrap
from sealing.keystore import KeyStore
from sealing.sections import new_data_key, seal

K = TypeVar("K", bound=Statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Data keys to be granted to one agency on one ground."""

    to: str
    keys: tuple[DataKey, ...]
    law: str | None = None
    consent: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One signed statement with what travels beside it; `body` is the JSON the hub takes (exact bytes are kept)."""

    statement: Statement
    hash: str
    body: bytes

    @property
    def files(self) -> list[str]:
        """The sealed files it names, by hash."""
        papers = self.statement.papers if isinstance(self.statement, CaseStatement) else ()
        return [paper.attached.hash for paper in papers if paper.attached is not None]


@dataclass(slots=True)
class Composer:
    """Composes statements for one agency. `now` gives µs since 1970 (UTC)."""

    agency: str
    keystore: KeyStore
    opening: Opening
    directory: Directory
    now: Callable[[], int]
    ids: Ids = random_id
    rules: Rules = field(default_factory=current)
    officer: str | None = None

    def compose(
        self,
        kind: type[CaseStatement],
        file: CaseFile,
        *,
        occurred: str,
        facts: Mapping[str, Any] | None = None,
        contents: Contents | None = None,
        to: Sequence[str] = (),
        share: Callable[[Mapping[Section, DataKey]], Sequence[Share]] | None = None,
        papers: Sequence[HeldPaper] = (),
    ) -> Submission:
        """Make one statement about a case.

        Args:
            contents: section → plaintext JSON to seal.
            share: given the data keys used here, what is to be granted along with them.
            papers: what it stands for; their words are sealed as `node.papers` says.
        """
        head, statement_id = file.head(), self._new_id(kind, file, facts or {})
        contents, named = placed(str(kind.__struct_config__.tag), contents or {}, papers)
        keys, opened, shares = self._keys(head, contents, local_day(self.now()))
        shares += [] if share is None else share(keys)
        sealed, bodies = self._seal(head.id, statement_id, contents, keys, opened)
        grants, wrapped = self._grants(head, shares, opened)
        statement = self._statement(
            kind,
            id=statement_id,
            occurred=occurred,
            to=tuple(dict.fromkeys(to)),
            case=head.id,
            prev=file.newest(),
            sealed=sealed,
            grants=grants,
            papers=named,
            **s.read_facts(kind, facts or {}),
        )
        submission = self.sign(statement, bodies=bodies, wrapped=wrapped)
        file.note(Recorded(0, statement, submission.hash, self.now()))
        return submission

    def _new_id(self, kind: type[CaseStatement], file: CaseFile, facts: Mapping[str, Any]) -> str:
        return self.ids(
            kind.__struct_config__.tag,
            file.case.id,
            facts,
            known=lambda one: any(entry.statement.id == one for entry in (*file.seen, *file.ahead)),
        )

    def resume(self, file: CaseFile, body: bytes) -> None:
        """Take up an own statement that was queued before a stop: later ones build on it and use its data keys."""
        parts = json.loads(body)
        line = parts["header"].encode()
        statement = s.read(line)
        if not isinstance(statement, CaseStatement):
            return
        file.note(Recorded(0, statement, statement_hash(line), self.now()))
        for grant in statement.grants:
            if grant.to == self.agency:
                self.opening.remember_own(file.case.id, grant, from_base64(parts["grants"][grant.hash]))

    def compose_activity(self, *, occurred: str, facts: Mapping[str, Any]) -> Submission:
        """Make a statement about the agency's own group activity: nobody's case, nothing sealed."""
        statement = self._statement(
            s.ActivityRecorded,
            id=self.ids(s.ActivityRecorded.__struct_config__.tag, occurred, facts),
            occurred=occurred,
            **s.read_facts(s.ActivityRecorded, facts),
        )
        return self.sign(statement, bodies={}, wrapped={})

    def _statement(self, kind: type[K], **header: Any) -> K:  # noqa: ANN401 - fields of whatever type it is
        try:
            return kind(v=1, by=self.agency, kid=self.keystore.kids("sign")[-1], officer=self.officer, **header)
        except TypeError:
            # A field the type needs was not said, or one it fills itself was.
            raise RefusedError("fact_wrong") from None

    def sign(self, statement: Statement, *, bodies: Mapping[str, bytes], wrapped: Mapping[str, bytes]) -> Submission:
        """Write the header once, sign its exact bytes, put everything in one submission."""
        line = s.write(statement)
        signature = self.keystore.sign(statement.kid, pae(line))
        body = {
            "header": line.decode(),
            "signatures": [{"kid": statement.kid, "sig": to_base64(signature)}],
            "bodies": {name: to_base64(content) for name, content in bodies.items()},
            "grants": {name: to_base64(content) for name, content in wrapped.items()},
        }
        encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return Submission(statement=statement, hash=statement_hash(line), body=encoded)

    def _keys(
        self, case: Case, contents: Contents, day: str
    ) -> tuple[dict[Section, DataKey], dict[DataKey, bytes], list[Share]]:
        """For each section the data key to seal under; the keys' bytes; who must get the new ones."""
        keys: dict[Section, DataKey] = {}
        opened: dict[DataKey, bytes] = {}
        new: list[DataKey] = []
        shares: list[Share] = []
        for section in contents:
            own = [k for k in case.keys if k.section is section and k.author == self.agency]
            latest = max(own, key=lambda k: k.epoch, default=None)
            # The words of each referral have a key of their own: its other side must not open those of the next.
            reusable = latest if section is not Section.MESSAGE else None
            known = self._known(case, reusable) if reusable and not case.stale(reusable, day) else None
            if reusable is not None and known is not None:
                keys[section], opened[reusable] = reusable, known
                continue
            key = DataKey(section, self.agency, latest.epoch + 1 if latest else 1)
            keys[section], opened[key] = key, new_data_key()
            new.append(key)
            self.opening.remember(case.id, key, opened[key])
            shares += self._renewed(case, reusable, key, day) if reusable else []
        if new:
            shares.insert(0, Share(to=self.agency, keys=tuple(new), law=OWN))
        return keys, opened, shares

    def _known(self, case: Case, key: DataKey) -> bytes | None:
        """The data key; None, so that the next epoch is made, where it is lost or the hub that keeps it is away."""
        try:
            return self.opening.data_key(case, key)
        except HubUnavailableError:
            return None

    def _renewed(self, case: Case, old: DataKey, key: DataKey, day: str) -> list[Share]:
        """Whoever still holds the old epoch gets the new one on the same ground, if this agency may give it on it."""
        held = [h.grant for h in case.grants.values() if old in h.grant.keys and case.in_force(h, old, day)]
        renewed: dict[str, Share] = {}
        for grant in held:
            if grant.to != self.agency and self._may_give(case, grant, key, day):
                renewed[grant.to] = Share(
                    to=grant.to, keys=(key,), law=grant.law, consent=grant.consent, until=grant.until
                )
        return list(renewed.values())

    def _may_give(self, case: Case, grant: Grant, key: DataKey, day: str) -> bool:
        try:
            check_disclosure(
                case,
                giver=self.agency,
                grant=grant,
                section=key.section,
                directory=self.directory,
                rules=self.rules,
                day=day,
            )
            self.directory.sealing_key(grant.to)
        except RefusedError:
            return False
        return True

    def _seal(
        self,
        case: str,
        statement: str,
        contents: Contents,
        keys: Mapping[Section, DataKey],
        opened: Mapping[DataKey, bytes],
    ) -> tuple[tuple[SealedSection, ...], dict[str, bytes]]:
        sealed: list[SealedSection] = []
        bodies: dict[str, bytes] = {}
        for section, content in contents.items():
            key = keys[section]
            body = seal(
                json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(),
                data_key=opened[key],
                case=case,
                statement=statement,
                section=section.value,
                author=key.author,
                epoch=key.epoch,
            )
            name = hashlib.sha256(body).hexdigest()
            bodies[name] = body
            sealed.append(SealedSection(section, key.author, key.epoch, len(body), name))
        return tuple(sealed), bodies

    def _grants(
        self, case: Case, shares: Sequence[Share], opened: Mapping[DataKey, bytes]
    ) -> tuple[tuple[Grant, ...], dict[str, bytes]]:
        """Wrap what is to be shared; a key this agency cannot open itself is left out."""
        grants: list[Grant] = []
        wrapped: dict[str, bytes] = {}
        for share in shares:
            found = {key: opened.get(key) or self.opening.data_key(case, key) for key in share.keys}
            names = {KeyName(k.section.value, k.author, k.epoch): v for k, v in found.items() if v is not None}
            keys = tuple(sorted((key for key, value in found.items() if value is not None), key=sort_key))
            if not keys:
                continue
            target = self.directory.sealing_key(share.to)
            ground = f"law:{share.law}" if share.law else f"consent:{share.consent}"
            grant = wrap(
                names,
                case=case.id,
                grantor=self.agency,
                grantee=share.to,
                kid=target.kid,
                ground=ground,
                public=from_base64url(target.public),
                suite=target.suite,
            )
            name = hashlib.sha256(grant).hexdigest()
            wrapped[name] = grant
            grants.append(Grant(share.to, target.kid, keys, name, share.law, share.consent, share.until))
        return tuple(grants), wrapped
