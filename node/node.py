"""One agency's node: sends what it made, follows its feed, keeps its views, does the duties nobody should wait for.

Everything runs under one lock in one thread at a time. After a crash at any point the outbox still has what was not
acknowledged and the feed what was; sending again gets the same receipts.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain import statements as s
from domain.case import Case, local_day
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import CaseStatement, Statement
from ledger import entry as entries
from ledger import receipt as receipts
from ledger.errors import LedgerError
from node import quarantine
from node.composer import Composer, Contents, Share, Submission
from node.duties import due
from node.errors import HubAnswerError, HubUnavailableError
from node.hub_client import FeedLine, HubClient
from node.routing import notice_shares, told, words_share
from node.store import Known, Store
from projections.casefile import CaseFile
from projections.opening import Opening
from projections.projector import FeedItem, Projector
from projections.rows import Rows
from projections.views import join_tag
from sealing.envelope import statement_hash
from sealing.keystore import KeyStore

PAGE = 500  # feed entries folded in one transaction
SENT_AT_ONCE = 200  # submissions in one request


@dataclass(slots=True)
class Node:
    """An agency's side. `now` gives µs since 1970 (UTC), `random` n random bytes; `hub_key` is the hub's public key."""

    agency: str
    keystore: KeyStore
    hub: HubClient
    store: Store
    rows: Rows
    rules: Rules
    tag_key: bytes
    quarantine_key: bytes
    hub_key: bytes
    random: Callable[[int], bytes]
    now: Callable[[], int]
    opening: Opening = field(init=False)
    projector: Projector = field(init=False)
    composer: Composer = field(init=False)
    lock: threading.RLock = field(default_factory=threading.RLock)
    refused: dict[str, str] = field(default_factory=dict)  # statement id → code, of the last sending

    def __post_init__(self) -> None:
        """Fold what the feed already has; views are written up to their own position."""
        self.opening = Opening(agency=self.agency, keystore=self.keystore, materials=self.hub)
        self.projector = Projector(rows=self.rows, opening=self.opening, tag_key=self.tag_key)
        self.composer = Composer(
            agency=self.agency,
            keystore=self.keystore,
            opening=self.opening,
            directory=self.projector.directory,
            random=self.random,
            now=self.now,
        )

    def start(self) -> None:
        """Rebuild what lives in memory: the feed kept here, then own statements that still wait."""
        position = self.rows.position()
        while page := self.store.feed(after=self.projector.number, limit=PAGE):
            items = [feed_item(line) for line in page]
            written = [item for item in items if item.number <= position]
            self.projector.load(written)
            if len(written) < len(items):
                self.projector.apply(items[len(written) :])

    # -- sending ---------------------------------------------------------------------------------------------

    def send(self) -> int:
        """Send what waits in the outbox, in order; refusals are noted in `refused`. Gives how many were answered.

        Raises:
            HubUnavailableError: the hub is away; everything still waits.
        """
        answered = 0
        with self.lock:
            while batch := self.store.queued(SENT_AT_ONCE):
                answers = self.hub.submit([one.submission for one in batch])
                for one, answer in zip(batch, answers, strict=True):
                    if "index" in answer:
                        self._check_receipt(answer, one.hash)
                    else:
                        self.refused[one.statement_id] = answer["code"]
                        self._take_back(one.case, one.hash)
                self.store.answered(batch, answers)
                answered += len(batch)
        return answered

    def _check_receipt(self, answer: dict[str, Any], hash_: str) -> None:
        try:
            receipt = receipts.read(receipts_text(answer))
            receipts.verify(receipt, self.hub_key)
        except LedgerError:
            raise HubAnswerError("the hub's receipt does not hold") from None
        if receipt.statement != hash_:
            raise HubAnswerError("the hub's receipt is for another statement")

    def _take_back(self, case: str | None, hash_: str) -> None:
        """Forget an own statement that was refused, so that nothing more is built on it."""
        file = self.projector.files.get(case or "")
        if file is not None:
            file.take_back(hash_)

    # -- following -------------------------------------------------------------------------------------------

    def follow(self) -> int:
        """Take over new entries of the feed and fold them into the views. Gives how many there were."""
        taken = 0
        with self.lock:
            while lines := self.hub.feed(self.projector.number, limit=PAGE):
                items = [feed_item(line) for line in lines]
                self.store.put_feed(lines)
                self.projector.apply(items)
                taken += len(lines)
        return taken

    def sync(self) -> None:
        """Send, follow and do what is due until nothing moves any more."""
        with self.lock:
            while True:
                moved = self.send() + self.follow() + self.do_duties()
                if not moved:
                    return

    def do_duties(self) -> int:
        """Make the statements a node makes by itself (see `node.duties`). Gives how many."""
        made = list(due(self.projector.files.values(), self.composer, rules=self.rules))
        self.store.queue(made)
        return len(made)

    def try_sync(self) -> bool:
        """Like `sync`; false when the hub is away, and everything still waits in the outbox."""
        try:
            self.sync()
        except HubUnavailableError:
            return False
        return True

    # -- composing -------------------------------------------------------------------------------------------

    def compose_told(
        self,
        kind: type[CaseStatement],
        file: CaseFile,
        *,
        occurred: str,
        facts: Mapping[str, Any] | None = None,
        contents: Contents | None = None,
        to: Sequence[str] = (),
        words_to: str | None = None,
        share: Callable[[], Sequence[Share]] = tuple,
    ) -> Submission:
        """Compose a statement and tell whom the law wants told of it, with what the law lets them have."""
        notices = told(
            str(kind.__struct_config__.tag),
            facts or {},
            contents or {},
            agency=self.agency,
            directory=self.projector.directory,
            rules=self.rules,
        )
        head, day = file.head(), self.today()
        return self.composer.compose(
            kind,
            file,
            occurred=occurred,
            facts=facts,
            contents=contents,
            to=(*to, *(receiver for receiver, _ in notices)),
            share=lambda keys: [
                *notice_shares(notices, keys, case=head, day=day),
                *words_share(keys, words_to),
                *share(),
            ],
        )

    def set_aside(self, code: str, *, reference: str, draft: object) -> None:
        """Keep what was refused in the quarantine, sealed to this node, until it is settled.

        Of what bears a secret mark number and time are kept, and nothing else.
        """
        if code in quarantine.SECRET:
            reference, draft = "", None
        sealed = None if draft is None else quarantine.sealed(draft, key=self.quarantine_key, code=code)
        self.store.set_aside(code=code, reference=reference, sealed=sealed)

    # -- finding cases ---------------------------------------------------------------------------------------

    def case_of_code(self, code: str) -> CaseFile:
        """The case of a mã hồ sơ this agency is party to.

        Raises:
            RefusedError: `case_unknown`, whether there is none or it is somebody else's.
        """
        row = self.rows.get("joins", join_tag(f"code|{code}", tag_key=self.tag_key))
        file = self.projector.files.get(row.case or "") if row else None
        if file is None:
            raise RefusedError("case_unknown")
        return file

    def file(self, case: str) -> CaseFile:
        """What this node knows of a case; empty for a new one."""
        return self.projector.files.setdefault(case, CaseFile(Case(case)))

    def tag(self, *parts: str) -> bytes:
        """A keyed tag: HMAC-SHA-256 under the node's tag key; tells nothing without it."""
        return hmac.digest(self.tag_key, "\x1f".join(parts).encode(), "sha256")

    def today(self) -> str:
        """The calendar day in Viet Nam."""
        return local_day(self.now())

    def queue(self, submissions: list[Submission], records: list[Known] | None = None) -> None:
        """Keep signed bytes before they are sent."""
        self.store.queue(submissions, records or [])


def feed_item(line: FeedLine) -> FeedItem:
    """Read one line of the feed: the entry strictly, then its header."""
    entry = entries.parse(line.entry)
    statement: Statement = s.read(entry.header)
    return FeedItem(
        number=line.number,
        index=line.index,
        statement=statement,
        hash=statement_hash(entry.header),
        recorded=entry.recorded,
    )


def receipts_text(answer: dict[str, Any]) -> bytes:
    """A receipt's JSON in its one form."""
    names = ("statement", "index", "leaf", "recorded", "kid", "sig")
    return json.dumps({name: answer[name] for name in names}, separators=(",", ":")).encode()

