"""The one door into the log: verify, authorise, decide at the head under the append lock, append, answer.

The answer to every submission is a signed receipt or a signed refusal with a stable code. The same statement sent
again gets the same receipt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from eventsourcing.persistence import PersistenceError

from domain.directory import Agency, Directory, Key
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import CaseStatement, Genesis, KeyUse, Statement
from hub import submission as submissions
from hub.errors import IntakeUnavailableError
from hub.head import Head, stream_of
from hub.log.appending import Appending
from hub.log.records import Found, LockedGrant, NewEntry, Refusal
from hub.submission import Submission, key_names
from ledger import entry as entries
from ledger import receipt as receipts
from ledger.receipt import Receipt
from ledger.tree import leaf_hash
from sealing.encoding import ctx, from_base64url, grant_info, uint64
from sealing.envelope import Signer, verify
from sealing.errors import BadSignatureError, EncodingError
from sealing.locks import lock
from sealing.shredding import ShredKeys

BATCH = 500  # submissions decided and appended in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A signed refusal: who asked, which statement (null where it could not be read), which code."""

    code: str
    params: dict[str, str | int]
    statement_id: str | None
    hash: str | None
    recorded: int
    kid: str
    signature: bytes


Answer = Receipt | Refused


@dataclass(slots=True)
class Intake:
    """Takes submissions. `sign_as` is the hub's key id; `eraser` deletes grants that no longer stand."""

    head: Head
    shred_keys: ShredKeys
    signer: Signer
    sign_as: str
    rules: Rules
    registrar: str  # key id of the registrar, pinned in the settings
    eraser: Callable[[Sequence[str]], None]

    def submit(self, raw: Sequence[bytes], *, agency: str) -> list[Answer]:
        """Answer each submission of one agency, in order; each is decided after the ones before it.

        Raises:
            IntakeUnavailableError: the database is away or the commit's fate is unknown; send the same again.
        """
        answers: list[Answer] = []
        for start in range(0, len(raw), BATCH):
            answers += self._submit(raw[start : start + BATCH], agency)
        return answers

    def receipt(self, statement_id: str, *, agency: str) -> Receipt:
        """The receipt of a statement this agency signed, made again.

        Raises:
            RefusedError: `not_found`.
        """
        found = self.head.application.reader.find([statement_id]).get(statement_id)
        if found is None or self.head.application.reader.author(found.index) != agency:
            raise RefusedError("not_found")
        return self._receipt(found)

    def directory(self) -> dict[str, Any]:
        """Agencies with their cards, and keys, as of the head; public among members."""
        directory = self.head.mechanism.directory
        cards = self.head.application.reader.bodies(
            [bytes.fromhex(a.card) for a in directory.agencies.values() if a.card]
        )
        names = {digest.hex(): json.loads(card) for digest, card in cards.items()}
        return {
            "index": directory.index,
            "agencies": [
                {**_plain(a), "card": names.get(a.card or "")} for a in directory.agencies.values()
            ],
            "keys": [_plain(key) for key in directory.keys.values()],
        }

    def _submit(self, raw: Sequence[bytes], agency: str) -> list[Answer]:
        checked = [self._check(one, agency) for one in raw]
        touched = {case for c in checked if isinstance(c, Submission) and (case := _case(c.statement))}
        batch = _Batch(self)
        try:
            with self.head.application.recorder.appending() as appending:
                outcomes = batch.decide(checked, appending)
                batch.append()
        except (PersistenceError, OSError):
            # What was applied in memory may not be in the log: read it again.
            self._forget(touched)
            raise IntakeUnavailableError("the append did not commit, or it is not known whether it did") from None
        batch.settle()
        return [self._answer(outcome, agency) for outcome in outcomes]

    def _check(self, raw: bytes, agency: str) -> Submission | RefusedAt:
        """All that can be told before the lock: form, hashes, signatures."""
        statement: Statement | None = None
        try:
            submission = submissions.read(raw)
            statement = submission.statement
            if statement.by != agency:
                raise RefusedError("case_unknown")
            self._verify(submission)
        except RefusedError as error:
            return RefusedAt(error, statement)
        return submission

    def _verify(self, submission: Submission) -> None:
        directory: Directory = self.head.mechanism.directory
        for signature in submission.signatures:
            if isinstance(submission.statement, Genesis):
                if signature.kid != self.registrar:
                    raise RefusedError("key_unknown")
                public = submission.statement.public
            else:
                key = directory.keys.get(signature.kid)
                if key is None or key.use is not KeyUse.SIGN:
                    raise RefusedError("key_unknown")
                public = key.public
            try:
                verify(submission.line, signature, from_base64url(public))
            except (BadSignatureError, EncodingError):
                raise RefusedError("signature_wrong") from None

    def _forget(self, cases: set[str]) -> None:
        for case in cases:
            with suppress(KeyError):
                del self.head.cases[case]
        self.head = Head(self.head.application)

    def _answer(self, outcome: Found | RefusedAt, agency: str) -> Answer:
        if isinstance(outcome, RefusedAt):
            return self._refuse(outcome, agency)
        return self._receipt(outcome)

    def _receipt(self, found: Found) -> Receipt:
        return receipts.issue(
            statement=found.hash.hex(),
            index=found.index,
            leaf=found.leaf.hex(),
            recorded=found.recorded,
            kid=self.sign_as,
            sign=lambda data: self.signer.sign(self.sign_as, data),
        )

    def _refuse(self, refused: RefusedAt, agency: str) -> Refused:
        """Sign the refusal and keep it, so that a crash drops none."""
        recorded = self.head.application.recorder.clock()
        statement, code = refused.statement, refused.error.code
        identity = statement.id if statement else ""
        fields = (identity.encode(), (refused.hash or "").encode(), code.encode(), uint64(recorded))
        signature = self.signer.sign(self.sign_as, ctx("caunoi/1/refusal", *fields))
        if statement is not None:
            digest = bytes.fromhex(refused.hash) if refused.hash else bytes(32)
            self.head.application.refusals.record(
                Refusal(agency, identity, digest, code, recorded, self.sign_as, signature)
            )
        return Refused(
            code=code,
            params=dict(refused.error.params),
            statement_id=identity or None,
            hash=refused.hash,
            recorded=recorded,
            kid=self.sign_as,
            signature=signature,
        )


@dataclass(frozen=True, slots=True)
class RefusedAt:
    """Why a submission goes no further, and which statement it was, where that could be read."""

    error: RefusedError
    statement: Statement | None
    hash: str | None = None


class _Batch:
    """One open append: statements decided one after the other at the head they make, then written together."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._head = intake.head
        self._submissions: list[tuple[Submission, NewEntry]] = []
        self._dropped: list[str] = []

    def decide(
        self, checked: Sequence[Submission | RefusedAt], appending: Appending
    ) -> list[Found | RefusedAt]:
        """Decide each; what is in the log already gets its receipt again."""
        ids = [c.statement.id for c in checked if isinstance(c, Submission)]
        known = self._head.application.reader.find(ids)
        outcomes: list[Found | RefusedAt] = []
        for one in checked:
            if isinstance(one, RefusedAt):
                outcomes.append(one)
                continue
            found = known.get(one.statement.id)
            if found is None:
                outcome = self._decide(one, appending)
            elif found.hash.hex() == one.hash:
                outcome = found
            else:
                outcome = RefusedAt(RefusedError("statement_id_taken"), one.statement, one.hash)
            if isinstance(outcome, Found):
                known[one.statement.id] = outcome
            outcomes.append(outcome)
        return outcomes

    def _decide(self, one: Submission, appending: Appending) -> Found | RefusedAt:
        mechanism, statement = self._head.mechanism, one.statement
        try:
            mechanism.decide(statement, rules=self._intake.rules, recorded=appending.recorded)
        except RefusedError as error:
            return RefusedAt(error, statement, one.hash)
        index = appending.size + len(self._submissions) + 1
        entry = entries.build(
            header=one.line,
            signatures=tuple((signature.kid, signature.sig) for signature in one.signatures),
            recorded=appending.recorded,
            rules=self._intake.rules.hash,
        )
        delivery = mechanism.apply(statement, index=index, hash=one.hash, recorded=appending.recorded)
        self._dropped += delivery.dropped
        stream = stream_of(statement)
        version = self._head.versions.get(stream, 0) + 1
        self._head.versions[stream] = version
        new = NewEntry(
            originator_id=stream,
            originator_version=version,
            type=statement.type,
            entry=entry,
            statement_id=statement.id,
            statement_hash=bytes.fromhex(one.hash),
            author=statement.by,
            kid=statement.kid,
            bodies={bytes.fromhex(name): body for name, body in one.bodies.items()},
            audience=delivery.audience,
            backfill=delivery.backfill,
        )
        self._submissions.append((one, new))
        return Found(bytes.fromhex(one.hash), index, leaf_hash(entry), appending.recorded)

    def append(self) -> None:
        """Lock the grants, make shred keys durable first, and write everything in the open transaction."""
        cases = {case for one, _ in self._submissions if one.grants and (case := _case(one.statement))}
        self._intake.shred_keys.ensure(sorted(cases))
        entries_ = [_with_grants(new, one, self._intake.shred_keys) for one, new in self._submissions]
        if entries_:
            self._head.application.append(*entries_)

    def settle(self) -> None:
        """After the commit: the tree grows, grants that no longer stand are deleted."""
        for _, new in self._submissions:
            self._head.frontier.append(leaf_hash(new.entry))
        if self._dropped:
            self._intake.eraser(self._dropped)
        self._head.cases.shrink()


def _plain(value: Agency | Key) -> dict[str, Any]:
    fields = {name: getattr(value, name) for name in type(value).__slots__}
    return {name: getattr(field, "value", field) for name, field in fields.items()}


def _case(statement: Statement) -> str | None:
    return statement.case if isinstance(statement, CaseStatement) else None


def _with_grants(new: NewEntry, one: Submission, shred_keys: ShredKeys) -> NewEntry:
    statement = one.statement
    if not isinstance(statement, CaseStatement) or not statement.grants:
        return new
    shred_key = shred_keys.get(statement.case)
    locked = []
    for grant in statement.grants:
        info = grant_info(
            case=statement.case,
            grantor=statement.by,
            grantee=grant.to,
            kid=grant.kid,
            ground=grant.ground,
            names=key_names(grant),
        )
        sealed = lock(one.grants[grant.hash], shred_key=shred_key, info=info)
        locked.append(LockedGrant(sha256(one.grants[grant.hash]).digest(), sealed, grant.to))
    return NewEntry(**{**{name: getattr(new, name) for name in NewEntry.__slots__}, "grants": tuple(locked)})
