"""Judging one entry at its place, cheapest proof first. `EntryJudge` learns from each what the next ones need.

Signatures are only prepared here: they are checked in other threads while the fold goes on.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from types import TracebackType

from audit.beside import Named
from audit.errors import FindingError
from audit.folding import Fold, Parsed, parse
from audit.sources import StoredEntry
from domain import rules
from domain.errors import RefusedError
from domain.statements import CaseStatement, Genesis, KeyUse
from ledger import receipt as receipts
from ledger.errors import ReceiptForgedError
from ledger.receipt import Receipt
from ledger.tree import Frontier, leaf_hash
from sealing.encoding import from_base64url
from sealing.envelope import Signature, verify
from sealing.errors import BadSignatureError, EncodingError

HASH = 32  # bytes of a SHA-256


@dataclass(frozen=True, slots=True)
class Signed:
    """Signatures to check over one header line, each with the raw public key that was in force there; and the hub's.

    `receipt` is the one that is kept with the entry, with the hub's raw public key; None where none is checked.
    """

    index: int
    line: bytes
    signatures: tuple[tuple[Signature, bytes], ...]
    receipt: tuple[Receipt, bytes] | None = None

    def check(self) -> FindingError | None:
        """Check them; safe to call from any thread. Gives the first finding, or nothing."""
        for signature, public in self.signatures:
            try:
                verify(self.line, signature, public)
            except BadSignatureError:
                return FindingError(self.index, "finding_signature_wrong", kid=signature.kid)
        try:
            if self.receipt is not None:
                receipts.verify(*self.receipt)
        except ReceiptForgedError:
            return FindingError(self.index, "finding_kept_receipt_wrong")
        return None


class Places:
    """Where every entry stands, in little memory: leaf, statement hash and recorded time by index."""

    def __init__(self) -> None:
        self._leaves, self._hashes, self._recorded = bytearray(), bytearray(), array("q")

    def __len__(self) -> int:
        """The size of the log."""
        return len(self._recorded)

    def add(self, index: int, *, leaf: bytes, digest: bytes, recorded: int) -> None:
        """Note one entry; what is missing before it is nothing's leaf."""
        missing = index - 1 - len(self)
        self._leaves += bytes(HASH * missing) + leaf
        self._hashes += bytes(HASH * missing) + digest
        self._recorded.extend([0] * missing + [recorded])

    def at(self, index: int) -> tuple[str, str, int]:
        """Leaf (hex), statement hash (hex) and recorded time (µs) of an entry."""
        start, end = HASH * (index - 1), HASH * index
        return self._leaves[start:end].hex(), self._hashes[start:end].hex(), self._recorded[index - 1]


@dataclass(slots=True)
class EntryJudge:
    """Judges entries one after the other. `registrar_kid` is the pinned id of the registrar's first key.

    `hub_public` is the hub's raw public key; without it the receipts kept with entries are not looked at.
    """

    registrar_kid: str
    hub_public: bytes | None = None
    fold: Fold = field(default_factory=Fold)
    named: Named = field(default_factory=Named)
    places: Places = field(default_factory=Places)
    frontier: Frontier = field(default_factory=Frontier)
    types: Counter[str] = field(default_factory=Counter)
    receipts: int = 0  # kept with entries, and looked at
    _recorded: int = 0
    _versions: dict[str, int] = field(default_factory=dict)
    _statements: set[str] = field(default_factory=set)

    def judge(self, stored: StoredEntry) -> tuple[list[FindingError], Signed | None]:
        """Judge and fold the next entry. Gives what was found, and the signatures still to be checked."""
        if not stored.index:
            return [FindingError(0, "finding_event_stray")], None
        found: list[FindingError] = []
        one: Parsed | None = None
        signed: Signed | None = None
        # (1): no index is left out, and the leaf the hub keeps is of these very bytes.
        with _Noting(found):
            self._check_place(stored)
        # (2): the bytes are one entry, and its header one statement.
        with _Noting(found):
            one = parse(stored.index, stored.entry)
        self._note_place(stored, one)
        if one is None:
            return found, None
        # (3): time does not go back, no statement comes twice.
        with _Noting(found):
            self._check_order(one)
        # (4): what the hub finds the entry by is what the entry says.
        with _Noting(found):
            self._check_columns(stored, one)
        # (5): the keys that signed were in force here.
        with _Noting(found):
            signed = self._signed(one)
        # (6): under the rules it names it may be, here.
        with _Noting(found):
            self._check_decision(one)
            # (7): what follows is judged by what may stand in the log, so anything else is not folded.
            self.fold.apply(one)
            self.named.note(one, self.fold)
            self.types[one.statement.type] += 1
        # (8): the hub once signed that it stands here.
        with _Noting(found):
            receipt = self._receipt(stored, one)
            signed = signed and replace(signed, receipt=receipt)
        return found, signed

    def _check_place(self, stored: StoredEntry) -> None:
        if stored.index != len(self.places) + 1:
            raise FindingError(len(self.places) + 1, "finding_index_missing")
        if leaf_hash(stored.entry) != stored.leaf:
            raise FindingError(stored.index, "finding_leaf_wrong")

    def _note_place(self, stored: StoredEntry, one: Parsed | None) -> None:
        leaf = leaf_hash(stored.entry)
        self.frontier.append(leaf)
        self.places.add(
            stored.index,
            leaf=leaf,
            digest=bytes.fromhex(one.hash) if one else bytes(HASH),
            recorded=one.entry.recorded if one else 0,
        )

    def _check_order(self, one: Parsed) -> None:
        previous, self._recorded = self._recorded, max(self._recorded, one.entry.recorded)
        if one.entry.recorded < previous:
            raise FindingError(one.index, "finding_time_reversed")
        if one.statement.id in self._statements:
            raise FindingError(one.index, "finding_statement_repeated")
        self._statements.add(one.statement.id)

    def _check_columns(self, stored: StoredEntry, one: Parsed) -> None:
        statement, version = one.statement, self._versions.get(stored.stream, 0) + 1
        self._versions[stored.stream] = stored.version
        said = {
            "statement_id": (stored.statement_id, statement.id),
            "statement_hash": (stored.statement_hash.hex(), one.hash),
            "author": (stored.author, statement.by),
            "kid": (stored.kid, statement.kid),
            "type": (stored.type, statement.type),
            "topic": (stored.topic, statement.type),
            "recorded": (stored.recorded, one.entry.recorded),
            "stream": (stored.stream, statement.case if isinstance(statement, CaseStatement) else stored.stream),
            "version": (stored.version, version),
        }
        for column, (kept, expected) in said.items():
            if kept != expected:
                raise FindingError(one.index, "finding_row_wrong", column=column)

    def _receipt(self, stored: StoredEntry, one: Parsed) -> tuple[Receipt, bytes] | None:
        """What the hub once signed, if the entry is still what it was: from its bytes, not from the columns."""
        if self.hub_public is None or not (stored.receipt_sig or self.receipts):
            return None
        if not stored.receipt_sig:
            # Since they are kept, every entry has one.
            raise FindingError(one.index, "finding_kept_receipt_missing")
        self.receipts += 1
        leaf, _, recorded = self.places.at(one.index)
        return Receipt(one.hash, one.index, leaf, recorded, stored.receipt_kid, stored.receipt_sig), self.hub_public

    def _signed(self, one: Parsed) -> Signed:
        if (one.index == 1) is not isinstance(one.statement, Genesis):
            raise FindingError(one.index, "finding_genesis_wrong")
        signatures = [Signature(kid, sig) for kid, sig in one.entry.signatures]
        if one.statement.kid not in {signature.kid for signature in signatures}:
            raise FindingError(one.index, "finding_signature_missing", kid=one.statement.kid)
        keys = tuple((each, self._public(one, each.kid)) for each in signatures)
        return Signed(one.index, one.entry.header, keys)

    def _public(self, one: Parsed, kid: str) -> bytes:
        directory = self.fold.mechanism.directory
        try:
            if isinstance(one.statement, Genesis):
                if kid != self.registrar_kid:
                    raise FindingError(one.index, "finding_registrar_wrong")
                return from_base64url(one.statement.public)
            key = directory.keys.get(kid)
            if key is None:
                raise RefusedError("key_unknown")
            return from_base64url(directory.key(kid, agency=key.agency, use=KeyUse.SIGN).public)
        except RefusedError as error:
            raise FindingError(one.index, "finding_key_not_in_force", kid=kid, refusal=error.code) from None
        except EncodingError:
            raise FindingError(one.index, "finding_key_not_in_force", kid=kid, refusal="key_malformed") from None

    def _check_decision(self, one: Parsed) -> None:
        named = rules.every().get(one.entry.rules)
        if named is None:
            raise FindingError(one.index, "finding_rules_unknown")
        try:
            self.fold.mechanism.decide(one.statement, rules=named, recorded=one.entry.recorded)
        except RefusedError as error:
            raise FindingError(one.index, "finding_decision_refused", refusal=error.code) from None


@dataclass(frozen=True, slots=True)
class _Noting:
    """Notes a finding and goes on: the next step may hold all the same."""

    found: list[FindingError]

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Swallow findings and nothing else."""
        if not isinstance(error, FindingError):
            return False
        self.found.append(error)
        return True
