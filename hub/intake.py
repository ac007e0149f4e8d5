"""The one door into the log: verify, authorise, decide at the head under the append lock, append, answer.

The answer to every submission is a signed receipt or a signed refusal with a stable code. The same statement sent
again gets the same receipt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from eventsourcing.persistence import PersistenceError

from domain.case import local_day
from domain.directory import Agency, Key
from domain.errors import RefusedError
from domain.rules import Rules
from hub import submission as submissions
from hub.batch import Batch, RefusedAt
from hub.errors import EraserAwayError, IntakeUnavailableError
from hub.head import Head
from hub.log.appending import Appending
from hub.log.records import Aside, Found, Position, Refusal
from hub.receipts import Receipts
from hub.submission import Submission
from ledger.receipt import Receipt
from sealing.encoding import ctx, uint64
from sealing.envelope import KnownSigner
from sealing.errors import KeyStoreError
from sealing.shredding import ShredKeys

UNNAMED = 7 * 24 * 3600 * 1_000_000  # µs that an uploaded file waits for a statement to name it
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


@dataclass(frozen=True, slots=True)
class Arrival:
    """One submission, unread, and the agency that sent it."""

    raw: bytes
    agency: str


@dataclass(slots=True)
class Intake:
    """Takes submissions. `sign_as` is the hub's key id.

    `eraser` deletes grants (hex hashes) that no longer stand; `sweeper` deletes uploaded files that no statement names,
    if they came before a time (µs since 1970 UTC).
    """

    head: Head
    shred_keys: ShredKeys
    signer: KnownSigner
    sign_as: str
    rules: Rules
    registrar: str  # key id of the registrar, pinned in the settings
    eraser: Callable[[Sequence[str]], None]
    sweeper: Callable[[int], None]
    unerased: set[str] = field(default_factory=set)  # dropped, but the eraser was away

    @property
    def receipts(self) -> Receipts:
        """What gives the receipts."""
        return Receipts(self.signer, self.sign_as)

    def submit(self, raw: Sequence[bytes], *, agency: str) -> list[Answer]:
        """Answer each submission of one agency, in order; each is decided after the ones before it.

        Raises:
            IntakeUnavailableError: the database is away or the commit's fate is unknown; send the same again.
        """
        answers: list[Answer] = []
        for start in range(0, len(raw), BATCH):
            answers += self._submit([_check(one, agency) for one in raw[start : start + BATCH]])
        return answers

    def arrive(
        self, arrivals: Sequence[Arrival], *, aside: Sequence[Aside], positions: Sequence[Position]
    ) -> list[Answer]:
        """Take what lay in topics up to these positions: all of it in one transaction, or nothing.

        A statement refused before stays so, however often it comes again; of it nothing is said anew.

        Raises:
            IntakeUnavailableError: as `submit`.
        """
        checked = [_check(one.raw, one.agency) for one in arrivals]
        try:
            before = self.head.application.refusals.of([one.statement.id for one in checked if one.statement])
        except PersistenceError:
            raise IntakeUnavailableError("the database is away") from None
        new = [
            one
            for one, arrival in zip(checked, arrivals, strict=True)
            if one.statement is None or (arrival.agency, one.statement.id) not in before
        ]
        return self._submit(new, aside=aside, positions=positions)

    def receipt(self, statement_id: str, *, agency: str) -> Receipt:
        """The receipt of a statement this agency signed, as it was given.

        Raises:
            RefusedError: `not_found`.
        """
        found = self.head.application.reader.find([statement_id]).get(statement_id)
        if found is None or self.head.application.reader.author(found.index) != agency:
            raise RefusedError("not_found")
        return self.receipts.of(found)

    def directory(self) -> dict[str, Any]:
        """Agencies with their cards, and keys, as of the head; public among members."""
        with self.head.held():
            directory = self.head.mechanism.directory
            index, agencies, keys = directory.index, list(directory.agencies.values()), list(directory.keys.values())
        cards = self.head.application.reader.bodies([bytes.fromhex(agency.card) for agency in agencies if agency.card])
        names = {digest.hex(): json.loads(card) for digest, card in cards.items()}
        return {
            "index": index,
            "agencies": [{**_plain(agency), "card": names.get(agency.card or "")} for agency in agencies],
            "keys": [_plain(key) for key in keys],
        }

    def today(self) -> str:
        """The calendar day in Viet Nam."""
        return local_day(self.head.application.recorder.clock())

    def sweep(self) -> None:
        """Delete grants that stand no more, left by a crash or lodged with offers now run out, and files never named.

        Called before the first submission, then once a day.

        Raises:
            IntakeUnavailableError: the database is away.
        """
        day = self.today()
        try:
            for stream in self.head.application.reader.granted_streams():
                with self.head.held():
                    case = self.head.cases.get(stream.hex)
                    grants = case.grants if case else {}
                    self.unerased |= {name for name, held in grants.items() if held.state == "dropped"}
                    self.unerased.update(case.outlived(day) if case else ())
                    self.head.cases.shrink()
        except PersistenceError:
            raise IntakeUnavailableError("not swept, the database is away") from None
        self._erase()
        with suppress(EraserAwayError):
            self.sweeper(self.head.application.recorder.clock() - UNNAMED)

    def _submit(
        self,
        checked: Sequence[Submission | RefusedAt],
        *,
        aside: Sequence[Aside] = (),
        positions: Sequence[Position] = (),
    ) -> list[Answer]:
        try:
            with self.head.held():
                outcomes = self._append(checked, aside, positions)
            self._erase()
            return [self.receipts.of(one) if isinstance(one, Found) else one for one in outcomes]
        except (PersistenceError, KeyStoreError, OSError):
            raise IntakeUnavailableError("not recorded, or it is not known whether it was") from None

    def _append(
        self, checked: Sequence[Submission | RefusedAt], aside: Sequence[Aside], positions: Sequence[Position]
    ) -> list[Found | Refused]:
        try:
            with self.head.application.recorder.appending() as appending:
                if appending.size != self.head.frontier.size:
                    self.head.reload()
                batch = Batch(
                    self.head, rules=self.rules, registrar=self.registrar, receipts=self.receipts, appending=appending
                )
                decided = batch.decide(checked)
                outcomes = [self._refuse(one, appending) if isinstance(one, RefusedAt) else one for one in decided]
                batch.write(self.shred_keys)
                appending.arrived(aside=aside, positions=positions)
        except BaseException:
            # What was applied in memory may not be in the log, and nobody may see it.
            self.head.spoil()
            raise
        # A crash from here on leaves everything recorded; the head is read from the log at the next start.
        batch.settle()
        self.unerased |= set(batch.dropped)
        return outcomes

    def _erase(self) -> None:
        """Delete dropped grants. None of them is handed out meanwhile, so it may be tried again later."""
        with self.head.held():
            dropped = sorted(self.unerased)
        if not dropped:
            return
        try:
            self.eraser(dropped)
        except EraserAwayError:
            return
        self.unerased.difference_update(dropped)

    def _refuse(self, refused: RefusedAt, appending: Appending) -> Refused:
        """Sign the refusal and keep it with the append, so that a crash drops none."""
        recorded, statement, code = appending.recorded, refused.statement, refused.error.code
        identity = statement.id if statement else ""
        fields = (identity.encode(), (refused.hash or "").encode(), code.encode(), uint64(recorded))
        signature = self.signer.sign(self.sign_as, ctx("caunoi/1/refusal", *fields))
        if statement is not None and refused.hash is not None:
            digest = bytes.fromhex(refused.hash)
            appending.refuse([Refusal(refused.agency, identity, digest, code, recorded, self.sign_as, signature)])
        return Refused(
            code=code,
            params=dict(refused.error.params),
            statement_id=identity or None,
            hash=refused.hash,
            recorded=recorded,
            kid=self.sign_as,
            signature=signature,
        )


def _check(raw: bytes, agency: str) -> Submission | RefusedAt:
    """All that can be told without the log: form, header, and that what it names came along."""
    try:
        one = submissions.read(raw)
    except RefusedError as error:
        return RefusedAt(error, None, agency)
    try:
        if one.statement.by != agency:
            raise RefusedError("case_unknown")
        submissions.check(one)
    except RefusedError as error:
        return RefusedAt(error, one.statement, agency, one.hash)
    return one


def _plain(value: Agency | Key) -> dict[str, Any]:
    named = {name: getattr(value, name) for name in type(value).__slots__}
    return {name: getattr(content, "value", content) for name, content in named.items()}
