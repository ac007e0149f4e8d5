"""Taking in a file: each row found its case, compared with what was taken before, sealed, signed, queued, answered.

Every row gets exactly one answer: mới (new), thay đổi (changed), như cũ (same), cần sửa (to_mend), chờ ghép
(waiting). A file taken twice states nothing twice: rows are known again by keyed tags of their record key.

One file is taken at a time, a second one waits. The node's lock is held for some rows only, so that officers work on
meanwhile, and these are kept in one transaction; of the rows nothing stays in memory but their answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

from adapters.contract import Adapter, Draft, Item, Note, Returned, Total, Where
from adapters.progress import heard
from adapters.values.kept import Pile
from domain.errors import RefusedError
from node.composer import Submission
from node.node import Node
from node.quarantine import SECRET, SourceRow
from node.rows import Rows

Outcome = Literal["new", "changed", "same", "to_mend", "waiting"]
Some = TypeVar("Some")
ROWS_AT_ONCE = 50  # rows taken and sent under one hold of the node's lock
WAITING = frozenset({"row_not_joined", "row_companion_unknown"})
"""Reasons that another row or office may settle: the row waits, nothing in it is wrong."""


@dataclass(slots=True)
class RowAnswer:
    """What became of one row. `params` never hold a cell's value."""

    where: Where
    outcome: Outcome
    reason: str | None = None
    params: dict[str, str | int] = field(default_factory=dict)
    code: str | None = None  # mã hồ sơ
    statements: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """The answer to one file: rows, the file's own totals, notes, and how many earlier rows it no longer lists."""

    form: str
    file_hash: str
    rows: list[RowAnswer] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    vanished: int = 0
    vanished_codes: list[str] = field(default_factory=list)  # mã hồ sơ of the rows no longer listed, where known
    queued: bool = False  # the hub was away: all is kept here and will be sent

    def count(self, *outcomes: Outcome) -> int:
        """How many rows had one of these outcomes."""
        return sum(row.outcome in outcomes for row in self.rows)


@dataclass(slots=True)
class Progress:
    """How far the file being taken is, or the last one: rows answered; before that, what of it was looked over.

    `looked` and `of` are rows or bytes, as its reader counts; `of` is 0 where nobody knows.
    """

    rows: int = 0
    looked: int = 0
    of: int = 0

    def begin(self) -> None:
        """Another file."""
        self.rows = self.looked = self.of = 0

    def look(self, done: int, of: int) -> None:
        """So much was looked over."""
        self.looked, self.of = done, of


class Ingest:
    """Takes one file for one agency."""

    def __init__(self, node: Node, adapter: Adapter, *, progress: Progress | None = None) -> None:
        self._node = node
        self._form = adapter.form.id
        self._adapter = adapter
        self._progress = progress or Progress()
        self._pending: list[RowAnswer] = []
        # Who came with somebody whose row is further down.
        self._companions: Pile[Draft] = Pile()
        self._companions_answers: list[RowAnswer] = []
        self._listed: list[bytes] = []  # records of the rows that are being taken
        self._settled: list[bytes] = []  # those that were not returned
        self._made: list[Submission] = []
        self._earlier: set[int] = set()  # deliveries that last carried what this one carries again

    def take(self, file: Path, *, today: date) -> Report:
        """Read the file row by row; what is good is recorded, the rest is answered with its reason.

        Raises:
            RefusedError: the file as a whole cannot be read (`file_…`).
        """
        digest, node = hash_of(file), self._node
        report = Report(form=self._form, file_hash=digest)
        with node.intake, heard(self._progress.look):
            self._progress.begin()
            with node.lock:
                delivery = node.store.new_delivery(form=self._form, file_hash=digest)
            rows = Rows(node, form=self._adapter.form, file_hash=digest, delivery=delivery)
            try:
                for items in _some(self._adapter.read(file, today=today)):
                    with node.lock:
                        with self._kept(delivery):
                            for item in items:
                                self._item(item, rows, report, delivery)
                        self._send(report)
            except RefusedError as error:
                if error.code in SECRET:
                    with node.lock:
                        node.store.forget_file(delivery)
                raise
            for accompanied in _some(zip(self._companions_answers, self._companions, strict=True)):
                with node.lock:
                    with self._kept(delivery):
                        for answer, draft in accompanied:
                            self._row(answer, draft, rows, delivery)
                    self._send(report)
            with node.lock:
                gone = node.store.vanished(delivery, earlier=self._earlier)
                codes = {node.file(case).case.code for case in gone if case is not None}
        report.vanished = len(gone)
        report.vanished_codes = sorted(code for code in codes if code is not None)
        return report

    @contextmanager
    def _kept(self, delivery: int) -> Iterator[None]:
        """Some rows are kept together or not at all; what is not kept is as if it had not been made.

        A row whose record was taken before is still in the list, be it to mend this time: it has not vanished.
        """
        node = self._node
        self._listed, self._settled, self._made = [], [], []
        try:
            with node.store.connection.transaction():
                yield
                if self._listed:
                    self._earlier |= node.store.touch(self._listed, delivery=delivery)
                if self._settled:
                    node.quarantine.settle(*self._settled, delivery=delivery)
        except BaseException:
            node.take_back(self._made)
            raise

    def _item(self, item: Item, rows: Rows, report: Report, delivery: int) -> None:
        match item:
            case Draft():
                answer = RowAnswer(where=item.where, outcome="same", code=item.code)
                report.rows.append(answer)
                if item.with_record is not None:
                    self._companions_answers.append(answer)
                    self._companions.put(item)
                else:
                    self._row(answer, item, rows, delivery)
            case Returned():
                report.rows.append(self._returned(item, rows, delivery))
            case Total():
                report.totals.append(item)
            case Note():
                report.notes.append(item)
        self._progress.rows = len(report.rows)

    def _row(self, answer: RowAnswer, draft: Draft, rows: Rows, delivery: int) -> None:
        record = rows.tags.record(draft.record_key)
        self._listed.append(record)
        source = SourceRow(reference=self._place(draft.where), content=draft, form=self._form, record=record)
        try:
            file, taken = rows.take(draft)
        except RefusedError as error:
            answer.outcome = "waiting" if error.code in WAITING else "to_mend"
            answer.reason, answer.params = error.code, dict(error.params)
            self._node.quarantine.keep_row(error.code, source, delivery=delivery)
            return
        answer.outcome = taken.outcome
        if file is not None:
            answer.code = file.head().code or draft.code
        answer.statements = [one.statement.id for one in taken.submissions]
        if taken.submissions:
            self._node.queue(taken.submissions, taken.records, origin=source)
            self._made += taken.submissions
            self._pending.append(answer)
        # Should the hub refuse it after all, the row is set aside anew.
        self._settled.append(record)

    def _place(self, where: Where) -> str:
        """Form, sheet, row and column; the sheet by a keyed tag, because it may be named after a person."""
        sheet = f"{self._node.tag('sheet', where.sheet).hex()[:8]}!" if where.sheet else ""
        return f"{self._form} {sheet}{where.row}{where.column or ''}"

    def _returned(self, item: Returned, rows: Rows, delivery: int) -> RowAnswer:
        record = None if item.record_key is None else rows.tags.record(item.record_key)
        if record is not None:
            self._listed.append(record)
        place = self._place(item.where)
        source = SourceRow(reference=place, content=item.content, form=self._form, record=record)
        self._node.quarantine.keep_row(item.reason, source, delivery=delivery)
        return RowAnswer(where=item.where, outcome="to_mend", reason=item.reason, params=dict(item.params))

    def _send(self, report: Report) -> None:
        """Send what is queued; rows the hub refuses become rows to mend, and may be sent again once mended."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        report.queued = not self._node.try_sync() or report.queued
        refusals = self._node.store.refusals([one for answer in pending for one in answer.statements])
        for answer in pending:
            refused = next((refusals[one] for one in answer.statements if one in refusals), None)
            if refused is not None:
                answer.outcome, answer.reason = "to_mend", refused["code"]
                answer.params = dict(refused.get("params", {}))


def _some(found: Iterable[Some]) -> Iterator[list[Some]]:
    """Give them some at a time; those before one that cannot be read, too, because they are recorded."""
    some: list[Some] = []
    try:
        for one in found:
            some.append(one)
            if len(some) == ROWS_AT_ONCE:
                yield some
                some = []
    except RefusedError:
        yield some
        raise
    yield some


def hash_of(file: Path) -> str:
    """SHA-256 of a file, read in pieces, hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
