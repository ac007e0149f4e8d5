"""One open append: statements decided one after the other at the head they make, then written together.

Runs with the head held and the append lock taken. Between `decide` and the commit the head is ahead of the log; who
calls must spoil it if the commit does not come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import CaseStatement, Genesis, Grant, KeyUse, Statement
from hub.head import Head, stream_of
from hub.log.appending import Appending
from hub.log.records import Found, LockedGrant, NewEntry
from hub.receipts import Receipts
from hub.submission import Submission, attached_to, key_names
from ledger import entry as entries
from ledger.tree import leaf_hash
from sealing.encoding import from_base64url, grant_info
from sealing.envelope import verify
from sealing.errors import BadSignatureError, EncodingError
from sealing.locks import lock
from sealing.shredding import ShredKeys


@dataclass(frozen=True, slots=True)
class RefusedAt:
    """Why a submission of an agency's goes no further, and which statement it was, where that could be read."""

    error: RefusedError
    statement: Statement | None
    agency: str
    hash: str | None = None


class Batch:
    """Statements of one append. `registrar` is the pinned key id of the registrar."""

    def __init__(self, head: Head, *, rules: Rules, registrar: str, receipts: Receipts, appending: Appending) -> None:
        self._head = head
        self._rules = rules
        self._registrar = registrar
        self._receipts = receipts
        self._appending = appending
        self._taken: set[str] = set()  # hashes of grants that lie beside the log already
        self._uploaded: dict[tuple[str, str], int] = {}  # (agency, hash) of files that were uploaded → length
        self._new: list[tuple[Submission, NewEntry]] = []
        self.dropped: list[str] = []  # hashes of grants that stand no more

    def decide(self, checked: Sequence[Submission | RefusedAt]) -> list[Found | RefusedAt]:
        """Decide each; what is in the log already gets its receipt again."""
        submissions = [one for one in checked if isinstance(one, Submission)]
        known = self._head.application.reader.find([one.statement.id for one in submissions])
        named = [bytes.fromhex(name) for one in submissions for name in one.grants]
        self._taken = {digest.hex() for digest in self._head.application.reader.grants(named)} if named else set()
        self._uploaded = self._head.application.attachments.uploaded(
            [name for one in submissions for name in attached_to(one.statement)]
        )
        outcomes: list[Found | RefusedAt] = []
        for one in checked:
            outcome = one if isinstance(one, RefusedAt) else self._outcome(one, known)
            if isinstance(outcome, Found) and isinstance(one, Submission):
                known[one.statement.id] = outcome
            outcomes.append(outcome)
        return outcomes

    def _outcome(self, one: Submission, known: dict[str, Found]) -> Found | RefusedAt:
        found = known.get(one.statement.id)
        try:
            if found is None:
                return self._record(one)
            if found.hash.hex() != one.hash:
                raise RefusedError("statement_id_taken")
        except RefusedError as error:
            return RefusedAt(error, one.statement, one.statement.by, one.hash)
        return found

    def _record(self, one: Submission) -> Found:
        # (1): who signed, by the keys in force at this position.
        self._check_signatures(one)
        # (2): what lies beside the log. Before (3): what is refused in any case must not tell if a mã hồ sơ is taken.
        self._check_beside(one)
        # (3): may it be.
        self._head.mechanism.decide(one.statement, rules=self._rules, recorded=self._appending.recorded)
        self._taken |= one.grants.keys()
        return self._enter(one)

    def _enter(self, one: Submission) -> Found:
        """Give it its place and its receipt; nothing refuses it any more."""
        statement, recorded = one.statement, self._appending.recorded
        index = self._appending.size + len(self._new) + 1
        entry = entries.build(
            header=one.line,
            signatures=tuple((signature.kid, signature.sig) for signature in one.signatures),
            recorded=recorded,
            rules=self._rules.hash,
        )
        found = Found(bytes.fromhex(one.hash), index, leaf_hash(entry), recorded)
        receipt = self._receipts.issue(found)
        delivery = self._head.mechanism.apply(statement, index=index, hash=one.hash, recorded=recorded)
        self.dropped += delivery.dropped
        stream = stream_of(statement)
        version = self._head.versions.get(stream, 0) + 1
        self._head.versions[stream] = version
        new = NewEntry(
            originator_id=stream,
            originator_version=version,
            type=statement.type,
            entry=entry,
            statement_id=statement.id,
            statement_hash=found.hash,
            author=statement.by,
            kid=statement.kid,
            bodies={bytes.fromhex(name): body for name, body in one.bodies.items()},
            attached=tuple(bytes.fromhex(name) for name in attached_to(statement)),
            audience=delivery.audience,
            backfill=delivery.backfill,
            receipt=receipt,
        )
        self._new.append((one, new))
        return replace(found, kid=receipt.kid, signature=receipt.signature)

    def _check_beside(self, one: Submission) -> None:
        """A grant lies beside one entry only, so that deleting it there takes it from nobody else.

        A file that another agency uploaded is not there for this one: who names a hash need not have the file.
        """
        if not self._taken.isdisjoint(one.grants):
            raise RefusedError("grant_repeated")
        for name, attached in attached_to(one.statement).items():
            length = self._uploaded.get((one.statement.by, name))
            if length is None:
                raise RefusedError("attachment_missing")
            if length != attached.length:
                raise RefusedError("body_wrong")

    def _check_signatures(self, one: Submission) -> None:
        for signature in one.signatures:
            try:
                verify(one.line, signature, from_base64url(self._public(one.statement, signature.kid)))
            except (BadSignatureError, EncodingError):
                raise RefusedError("signature_wrong") from None

    def _public(self, statement: Statement, kid: str) -> str:
        if isinstance(statement, Genesis):
            if kid != self._registrar:
                raise RefusedError("key_unknown")
            return statement.public
        directory = self._head.mechanism.directory
        key = directory.keys.get(kid)
        if key is None:
            raise RefusedError("key_unknown")
        return directory.key(kid, agency=key.agency, use=KeyUse.SIGN).public

    def write(self, shred_keys: ShredKeys) -> None:
        """Make shred keys durable, lock the grants, and write everything in the open transaction."""
        shred_keys.ensure(sorted({case for one, _ in self._new if one.grants and (case := case_of(one.statement))}))
        if self._new:
            self._head.application.append(*(_with_grants(new, one, shred_keys) for one, new in self._new))

    def settle(self) -> None:
        """After the commit: the tree grows."""
        self._head.frontier.extend(leaf_hash(new.entry) for _, new in self._new)
        self._head.cases.shrink()


def case_of(statement: Statement) -> str | None:
    """The case a statement is about, if it is about one."""
    return statement.case if isinstance(statement, CaseStatement) else None


def info_of(grant: Grant, *, case: str, grantor: str) -> bytes:
    """The place a grant is bound to, in its wrapping and under the hub's lock."""
    return grant_info(
        case=case, grantor=grantor, grantee=grant.to, kid=grant.kid, ground=grant.ground, names=key_names(grant)
    )


def _with_grants(new: NewEntry, one: Submission, shred_keys: ShredKeys) -> NewEntry:
    statement = one.statement
    if not isinstance(statement, CaseStatement) or not statement.grants:
        return new
    shred_key = shred_keys.get(statement.case)
    locked = []
    for grant in statement.grants:
        wrapped = one.grants[grant.hash]
        info = info_of(grant, case=statement.case, grantor=statement.by)
        locked.append(LockedGrant(sha256(wrapped).digest(), lock(wrapped, shred_key=shred_key, info=info), grant.to))
    return replace(new, grants=tuple(locked))
