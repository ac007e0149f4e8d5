"""One agency's node: sends what it made, follows its feed, keeps its views, does the duties nobody should wait for.

Everything runs under one lock in one thread at a time. After a crash at any point the outbox still has what was not
acknowledged and the feed what was; sending again gets the same receipts.
"""

from __future__ import annotations

import hmac
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from domain.case import Case, Offer, local_day
from domain.directory import Agency
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import CaseStatement
from node.carried import Beside, Kept
from node.composer import Composer, Submission
from node.duties import due
from node.errors import HubAnswerError, HubUnavailableError
from node.following import next_page, written
from node.hub_client import HubClient
from node.ids import Ids, random_id
from node.outbox import Outbox
from node.over_kafka import OverKafka
from node.paper_files import PaperFiles
from node.quarantine import Quarantine, SourceRow
from node.store import Known, Queued, Store
from projections.casefile import CaseFile
from projections.current import Current
from projections.opening import Opening
from projections.projector import Projector
from projections.rows import Rows
from sealing.keystore import KeyStore

OFFER = re.compile("[0-9a-f]{32}")  # an offer's id; no mã hồ sơ looks like one


@dataclass(slots=True)
class Node:
    """An agency's side. `now` gives µs since 1970 (UTC); `hub_key` is the hub's public key."""

    agency: str
    keystore: KeyStore
    hub: HubClient
    store: Store
    rows: Rows
    paper_files: PaperFiles
    rules: Rules
    tag_key: bytes
    quarantine_key: bytes
    hub_key: bytes
    now: Callable[[], int]
    ids: Ids = random_id
    quarantine: Quarantine = field(init=False)
    outbox: Outbox = field(init=False)
    opening: Opening = field(init=False)
    projector: Projector = field(init=False)
    composer: Composer = field(init=False)
    lock: threading.RLock = field(default_factory=threading.RLock)
    intake: threading.Lock = field(default_factory=threading.Lock)  # held while a file is taken; before `lock`
    kept: Kept | None = None  # what was carried by hand
    way: OverKafka | None = None  # without it statements and feed go over HTTP
    intake_key: bytes | None = None  # the hub's public key for bundles; None where none is known
    alarm: str | None = None  # what the hub last answered out of contract; None while all is well
    _torn: bool = False  # memory is ahead of the rows on disk
    duties: set[str] = field(default_factory=set)  # own statements nobody asked for, until they are answered
    _moved: set[str] = field(default_factory=set)  # cases in which something may be due

    def __post_init__(self) -> None:
        """Make the parts; `start` fills them."""
        self.quarantine = Quarantine(table=self.store.aside, key=self.quarantine_key, tag=self.tag)
        self.outbox = Outbox(store=self.store, hub=self.hub, hub_key=self.hub_key, quarantine=self.quarantine)
        self._build()

    def _build(self) -> None:
        materials = self.hub if self.kept is None else Beside(self.kept, self.hub)
        self.opening = Opening(agency=self.agency, keystore=self.keystore, materials=materials)
        self.projector = Projector(rows=self.rows, opening=self.opening, tag_key=self.tag_key)
        self.composer = Composer(
            agency=self.agency,
            keystore=self.keystore,
            opening=self.opening,
            directory=self.projector.directory,
            rules=self.rules,
            ids=self.ids,
            now=self.now,
        )

    def start(self) -> None:
        """Rebuild what lives in memory: the feed kept here, then own statements that are not on it yet.

        Needs no hub: entries whose rows are not written yet are folded by the next `follow`.
        """
        with self.lock:
            self._build()
            self.projector.load(written(self.store, position=self.rows.position()))
            for one in self.store.unseen(number=self.projector.number):
                if one.case is not None:
                    self.composer.resume(self.file(one.case), one.submission)
            self._moved, self._torn = set(self.projector.files), False

    # -- sending ---------------------------------------------------------------------------------------------

    def send(self) -> int:
        """Send what waits in the outbox, in order. Gives how many were answered.

        Raises:
            HubUnavailableError: the hub is away; everything still waits.
            HubAnswerError: an answer does not hold; everything of that request still waits.
        """
        answered = 0
        with self.lock:
            while told := (self.way or self.outbox).send(duties=self.duties):
                self.forget_refused(told)
                answered += len(told)
        return answered

    def forget_refused(self, told: Sequence[tuple[Queued, str | None]]) -> None:
        """Forget own statements that were refused, so that nothing more is built on them."""
        for one, code in told:
            file = self.projector.files.get(one.case or "")
            if code is not None and file is not None:
                file.take_back(one.hash)
            self.duties.discard(one.statement_id)

    # -- following -------------------------------------------------------------------------------------------

    def follow(self) -> int:
        """Take over new entries of the feed and fold them into the views. Gives how many there were.

        Raises:
            HubUnavailableError: the hub is away.
            HubAnswerError: the feed has a gap, or an entry that is none.
        """
        taken = 0
        with self.lock:
            if self._torn:
                self.start()
            while items := next_page(self.store, self.way or self.hub, after=self.projector.number):
                before = self.projector.number
                try:
                    self.projector.apply(items)
                except BaseException:
                    # Memory may be ahead of the rows; it is built anew before anything is folded on it.
                    self._torn = self.projector.number != before
                    raise
                taken += len(items)
                moved = {item.statement.case for item in items if isinstance(item.statement, CaseStatement)}
                self._moved |= moved
                self._forget_closed(moved)
        return taken

    def sync(self) -> None:
        """Send, follow and do what is due until nothing moves any more."""
        with self.lock:
            try:
                while self.send() + self.follow() + self.do_duties():
                    pass
                self.turn()
            except HubAnswerError as error:
                self.alarm = str(error)
                raise
            self.alarm = self.way.alarm if self.way else None

    def turn(self) -> None:
        """Let the day come in the views."""
        self._forget_closed(self.projector.turn(self.today()))

    def _forget_closed(self, cases: Iterable[str]) -> None:
        files = [self.projector.files[case] for case in cases]
        self.paper_files.forget_closed(files, agency=self.agency, day=self.today())

    def do_duties(self) -> int:
        """Make the statements a node makes by itself (see `node.duties`). Gives how many.

        Only for cases that have moved: what the hub refused is not made again and again.
        """
        files = [self.projector.files[case] for case in sorted(self._moved) if case in self.projector.files]
        made: list[Submission] = []
        try:
            for one in due(files, self.composer, rules=self.rules):
                made.append(one)  # noqa: PERF402 - what was made before a failure must be known
        except BaseException:
            self.take_back(made)
            raise
        self.queue(made)
        self.duties.update(one.statement.id for one in made)
        self._moved.clear()
        return len(made)

    def try_sync(self) -> bool:
        """Like `sync`; false when the hub is away or answers nonsense (`alarm`): all still waits in the outbox."""
        try:
            self.sync()
        except (HubUnavailableError, HubAnswerError):
            return False
        return True

    def member(self) -> Agency:
        """Give this agency as the directory has it.

        Raises:
            RefusedError: `directory_missing`: no entry of the feed has said so yet.
        """
        found = self.projector.directory.agencies.get(self.agency)
        if found is None:
            raise RefusedError("directory_missing")
        return found

    # -- finding cases ---------------------------------------------------------------------------------------

    def case_of_code(self, code: str, *, waiting: bool = False) -> CaseFile:
        """The case of a mã hồ sơ this agency is party to.

        Args:
            waiting: also one that was opened here and is not on the feed yet, so that it has no rows.

        Raises:
            RefusedError: `case_unknown`, whether there is none or it is somebody else's.
        """
        files = self.projector.files
        found = [files[case] for case in sorted(self.projector.cases_of(f"code|{code}"))]
        if waiting and not found:
            found = [file for file in files.values() if not file.seen and file.head().code == code]
        if not found:
            raise RefusedError("case_unknown")
        return found[0]

    def offered(self, offer_id: str) -> tuple[CaseFile, Offer]:
        """A referral or transfer with its case.

        Raises:
            RefusedError: `referral_unknown`.
        """
        for file in self.projector.files.values():
            offer = file.head().offers.get(offer_id)
            if offer is not None:
                return file, offer
        raise RefusedError("referral_unknown")

    def file_of(self, on: str) -> CaseFile:
        """The case that an act is done on: of a mã hồ sơ, or of an offer's id.

        Raises:
            RefusedError: `case_unknown`, `referral_unknown`.
        """
        return self.offered(on)[0] if OFFER.fullmatch(on) else self.case_of_code(on, waiting=True)

    def file(self, case: str) -> CaseFile:
        """What this node knows of a case; empty for a new one."""
        return self.projector.files.setdefault(case, CaseFile(Case(case)))

    def forget_unopened(self, file: CaseFile | None) -> None:
        """Forget a case of which nothing was said after all."""
        if file is not None and not file.seen and not file.ahead:
            self.projector.files.pop(file.case.id, None)

    def tag(self, *parts: str) -> bytes:
        """A keyed tag: HMAC-SHA-256 under the node's tag key; tells nothing without it."""
        return hmac.digest(self.tag_key, "\x1f".join(parts).encode(), "sha256")

    @property
    def views(self) -> Current:
        """The views as they may be looked at today."""
        return Current(self.projector, self.agency, self.today)

    def today(self) -> str:
        """The calendar day in Viet Nam."""
        return local_day(self.now())

    def queue(
        self,
        submissions: Sequence[Submission],
        records: Sequence[Known] = (),
        *,
        origin: SourceRow | None = None,
    ) -> None:
        """Keep signed bytes before they are sent; what cannot be kept is as if it had not been made.

        Args:
            origin: the row they come from, for the quarantine.
        """
        try:
            self.outbox.queue(submissions, records, origin=origin)
        except BaseException:
            self.take_back(submissions)
            raise

    def take_back(self, submissions: Iterable[Submission]) -> None:
        """Forget own statements that were composed and are not kept."""
        for one in submissions:
            file = self.projector.files.get(getattr(one.statement, "case", ""))
            if file is not None:
                file.take_back(one.hash)
