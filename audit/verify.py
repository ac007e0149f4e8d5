"""Verifying a log from its first byte: entries, what lies beside them, the tree, the receipts that agencies hold.

Trusts only the key id of the registrar and, for receipts, the hub's public key. Needs no data key. Order:
(1) every entry at its place (`audit.entries`), (2) receipts, (3) bodies, (4) grants, (5) feeds (`audit.beside`).
A finding early on may draw others after it; the first one names the entry.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from audit.beside import judge_attached, judge_bodies, judge_feeds, judge_files, judge_grants
from audit.entries import EntryJudge
from audit.errors import FindingError
from audit.sources import LogSource
from ledger import receipt as receipts_
from ledger.errors import ReceiptForgedError
from ledger.receipt import Receipt

THREADS = 2  # checking Ed25519 releases the interpreter's lock
AHEAD = 2000  # entries folded before their signatures must be checked
TELL = 500  # entries between two calls of `progress`


@dataclass(frozen=True, slots=True)
class Verified:
    """What was verified: size and Merkle root (hex) of the log, statements by type, and how many of the rest.

    `receipts` are those that agencies hold, `kept_receipts` those that the hub keeps with its entries.
    """

    size: int
    root: str
    statements: dict[str, int]
    bodies: int
    files: int
    grants: int
    feed_rows: int
    receipts: int
    kept_receipts: int


def verify(
    source: LogSource,
    *,
    registrar_kid: str,
    hub_public: bytes | None = None,
    receipts: Iterable[Receipt] = (),
    day: str = "",
    progress: Callable[[int], None] = lambda _: None,
) -> Verified:
    """Verify a log; nothing that is wrong is passed over.

    Args:
        registrar_kid: Pinned id of the key that signed the first entry.
        hub_public: The hub's raw public key; without it receipts are compared with the log, their signatures not.
        receipts: What nodes hold; they alone show a cut tail, or a history that whoever has the hub's key wrote anew.
        day: That of the audit (Viet Nam, ISO); grants lodged with offers run out by then may be gone.
        progress: Told now and then how many entries are done.

    Raises:
        FindingError: The first finding; it names the entry.
        SourceUnavailableError: The log cannot be read.
    """
    audit = Audit(
        source, registrar_kid=registrar_kid, hub_public=hub_public, receipts=receipts, day=day, progress=progress
    )
    for finding in audit.findings():
        raise finding
    return audit.verified()


class Audit:
    """One verification. `findings` gives them as they come; after the last, `verified` says what was looked at."""

    def __init__(
        self,
        source: LogSource,
        *,
        registrar_kid: str,
        hub_public: bytes | None = None,
        receipts: Iterable[Receipt] = (),
        day: str = "",
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._source = source
        self._hub_public = hub_public
        self._receipts = sorted(receipts, key=lambda receipt: receipt.index)
        self._day = day
        self._progress = progress
        self._judge = EntryJudge(registrar_kid, hub_public)

    def findings(self) -> Iterator[FindingError]:
        """Give every finding, the first one first. To be run through once."""
        yield from self._judge_entries()
        # Before what lies beside: where a tail is cut, what it had deleted or delivered is amiss too.
        yield from self._judge_receipts()
        yield from judge_bodies(self._source.bodies(), self._judge.named)
        yield from judge_files(self._source.pieces(), self._judge.named)
        yield from judge_attached(self._source.attached(), self._judge.named)
        yield from judge_grants(self._source.grants(), self._judge.named, self._judge.fold, day=self._day)
        yield from judge_feeds(self._source.feeds(), self._judge.fold)

    def verified(self) -> Verified:
        """Sum up what was looked at."""
        return Verified(
            size=self._judge.frontier.size,
            root=self._judge.frontier.root().hex(),
            statements=dict(sorted(self._judge.types.items())),
            bodies=len(self._judge.named.bodies),
            files=len(self._judge.named.files),
            grants=sum(one.state.state != "dropped" for one in self._judge.named.grants.values()),
            feed_rows=sum(map(len, self._judge.fold.feeds.values())),
            receipts=len(self._receipts),
            kept_receipts=self._judge.receipts,
        )

    def _judge_entries(self) -> Iterator[FindingError]:
        """Fold in this thread, check signatures in others; findings come in log order all the same."""
        waiting: deque[tuple[list[FindingError], Future[FindingError | None] | None]] = deque()
        with ThreadPoolExecutor(THREADS) as pool:
            for done, stored in enumerate(self._source.entries(), start=1):
                found, signed = self._judge.judge(stored)
                waiting.append((found, pool.submit(signed.check) if signed else None))
                while len(waiting) > AHEAD:
                    yield from _settled(*waiting.popleft())
                if done % TELL == 0:
                    self._progress(done)
            for one in waiting:
                yield from _settled(*one)
        self._progress(self._judge.frontier.size)

    def _judge_receipts(self) -> Iterator[FindingError]:
        places = self._judge.places
        for receipt in self._receipts:
            try:
                if self._hub_public is not None:
                    receipts_.verify(receipt, self._hub_public)
            except ReceiptForgedError:
                yield FindingError(receipt.index, "finding_receipt_forged")
                continue
            if receipt.index > len(places):
                # All receipts after this one are for entries that are missing too.
                yield FindingError(len(places) + 1, "finding_log_cut", receipt=receipt.index)
                return
            if (receipt.leaf, receipt.statement, receipt.recorded) != places.at(receipt.index):
                yield FindingError(receipt.index, "finding_receipt_broken")


def _settled(found: list[FindingError], signed: Future[FindingError | None] | None) -> Iterator[FindingError]:
    wrong = signed.result() if signed else None
    yield from found
    if wrong is not None:
        yield wrong
