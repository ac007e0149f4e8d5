"""Taking in a file: each row found its case, compared with what was taken before, sealed, signed, queued, answered.

Every row gets exactly one answer: mới (new), thay đổi (changed), như cũ (same), cần sửa (to_mend), chờ ghép
(waiting). A file taken twice states nothing twice: rows are known again by keyed tags of their record key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

from adapters.contract import Act, Adapter, Draft, Note, Returned, Total, Where
from domain.case_code import new as new_case_code
from domain.errors import RefusedError
from domain.folding import paper_key
from domain.statements import BY_TYPE, CaseStatement, Section
from node.composer import Contents, Submission
from node.node import Node
from node.records import RecordTags, Taken, plan
from node.store import Known
from projections.casefile import CaseFile
from projections.rows import canonical
from projections.views import join_tag

Outcome = Literal["new", "changed", "same", "to_mend", "waiting"]
ROWS_AT_ONCE = 50  # rows queued before they are sent
IMPORTABLE = frozenset(
    {"case.notified", "section.appended", "identification.answered", "support.recorded", "activity.recorded"}
)
HANOI = timedelta(hours=7)


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
    queued: bool = False  # the hub was away: all is kept here and will be sent

    def count(self, *outcomes: Outcome) -> int:
        """How many rows had one of these outcomes."""
        return sum(row.outcome in outcomes for row in self.rows)


class Ingest:
    """Takes one file for one agency."""

    def __init__(self, node: Node, adapter: Adapter, *, progress: Callable[[int], None] | None = None) -> None:
        self._node = node
        self._adapter = adapter
        self._progress = progress or (lambda _rows: None)
        self._tags = RecordTags(node.tag, adapter.form.id)
        self._pending: list[tuple[RowAnswer, list[Submission], list[Known], Draft]] = []

    def take(self, file: Path, *, today: date) -> Report:
        """Read the file row by row; what is good is recorded, the rest is answered with its reason.

        Raises:
            RefusedError: the file as a whole cannot be read (`file_…`).
        """
        digest = hash_of(file)
        report = Report(form=self._adapter.form.id, file_hash=digest)
        with self._node.lock:
            delivery = self._node.store.new_delivery(form=report.form, file_hash=digest)
            for item in self._adapter.read(file, today=today):
                match item:
                    case Draft():
                        report.rows.append(self._row(item, digest, delivery))
                    case Returned():
                        report.rows.append(self._returned(item))
                    case Total():
                        report.totals.append(item)
                    case Note():
                        report.notes.append(item)
                if len(self._pending) >= ROWS_AT_ONCE:
                    self._send(report)
                self._progress(len(report.rows))
            self._send(report)
            report.vanished = self._node.store.vanished(form=self._tags.form, delivery=delivery)
        return report

    # -- one row ---------------------------------------------------------------------------------------------

    def _row(self, draft: Draft, digest: str, delivery: int) -> RowAnswer:
        answer = RowAnswer(where=draft.where, outcome="same", code=draft.code)
        try:
            file, facts = self._find(draft)
            taken = self._compose(draft, file, facts, digest, delivery)
        except RefusedError as error:
            waiting = error.code == "row_not_joined"
            answer.outcome, answer.reason = "waiting" if waiting else "to_mend", error.code
            answer.params = dict(error.params)
            self._node.set_aside(error.code, reference=_place(draft.where, self._adapter.form.id), draft=draft)
            return answer
        answer.outcome = taken.outcome
        if file is not None:
            answer.code = file.head().code or draft.code
        answer.statements = [one.statement.id for one in taken.submissions]
        if taken.submissions:
            self._pending.append((answer, taken.submissions, taken.records, draft))
            self._node.queue(taken.submissions, taken.records)
        self._node.store.touch(taken.known, delivery=delivery)
        return answer

    def _returned(self, item: Returned) -> RowAnswer:
        reference = _place(item.where, self._adapter.form.id)
        self._node.set_aside(item.reason, reference=reference, draft=None)
        return RowAnswer(where=item.where, outcome="to_mend", reason=item.reason, params=dict(item.params))

    def _find(self, draft: Draft) -> tuple[CaseFile | None, dict[str, object]]:
        """The row's case: by code, by its record, by a paper, or a new one. Never by name."""
        node = self._node
        if any(act.type not in IMPORTABLE for act in draft.acts):
            raise RefusedError("consent_from_importer")
        if all(act.type == "activity.recorded" for act in draft.acts):
            return None, {}
        if draft.code is not None:
            try:
                return node.case_of_code(draft.code), {}
            except RefusedError:
                raise RefusedError("row_code_unknown_case") from None
        known = node.store.case_of_record(self._tags.record(draft.record_key))
        if known is not None:
            return node.file(known), {}
        cases = set(self._cases_by_paper(draft))
        if len(cases) > 1:
            raise RefusedError("row_case_ambiguous")
        if cases:
            return node.file(cases.pop()), {}
        if not draft.opens:
            raise RefusedError("row_not_joined")
        return node.file(UUID(bytes=node.random(16)).hex), {"code": new_case_code(node.random(16))}

    def _cases_by_paper(self, draft: Draft) -> Iterator[str]:
        for paper in draft.papers:
            name = "paper|" + paper_key(kind=paper.kind, number=paper.number, date=paper.date.isoformat())
            row = self._node.rows.get("joins", join_tag(name, tag_key=self._node.tag_key))
            if row is not None and row.case is not None:
                yield row.case

    def _compose(
        self, draft: Draft, file: CaseFile | None, opening: dict[str, object], digest: str, delivery: int
    ) -> Taken:
        """The statements that say what is new in this row, and nothing of what is known."""
        taken = Taken()
        for act in draft.acts:
            contents = self._contents(act, digest)
            facts = dict(act.facts)
            if act.type == "case.notified" and draft.with_record is not None:
                accompanied = self._node.store.case_of_record(self._tags.record(draft.with_record))
                facts |= {"accompanies": accompanied} if accompanied else {}
            tag = self._tags.act(draft.record_key, act.name)
            values = {section.value: content["values"] for section, content in contents.items()}
            plain = self._tags.content(canonical([act.type, act.occurred.isoformat(), facts, _values(values)]))
            header = self._tags.content(canonical([act.type, act.occurred.isoformat(), facts]))
            known = self._node.store.record(tag)
            steps = plan(act.type, known, content=plain, facts=header, sections=bool(contents))
            made: Submission | None = None
            for step in steps:
                merged = {**facts, **opening} if step.type == "case.notified" and not known else facts
                made = self._statement(step.type, file, act, step.facts or merged, contents if step.seals else {})
                taken.submissions.append(made)
            taken.seen_before = taken.seen_before or known is not None
            if made is not None:
                original = known.statement_id if known and steps[-1].keeps else made.statement.id
                taken.records.append(
                    Known(
                        tag=tag,
                        record=self._tags.record(draft.record_key),
                        form=self._tags.form,
                        content=plain,
                        facts=header,
                        statement_id=original,
                        case=file.case.id if file else None,
                        delivery=delivery,
                    )
                )
            else:
                taken.known.append(tag)
        return taken

    def _statement(
        self, kind: str, file: CaseFile | None, act: Act, facts: dict[str, object], contents: Contents
    ) -> Submission:
        occurred = _minute(act.occurred)
        if file is None:
            return self._node.composer.compose_activity(occurred=occurred, facts=facts)
        cls = BY_TYPE[kind]
        if not issubclass(cls, CaseStatement):
            raise RefusedError("type_unknown")
        return self._node.compose_told(cls, file, occurred=occurred, facts=facts, contents=contents)

    def _contents(self, act: Act, digest: str) -> dict[Section, dict[str, object]]:
        """Each section's plaintext: values with the text as written and its cell, and the file's hash."""
        source = {"form": self._adapter.form.id, "file": digest}
        return {
            section: {
                "source": source,
                "values": {n: {"value": f.value, "written": f.written, "at": f.at} for n, f in facts.items()},
            }
            for section, facts in act.sections.items()
            if facts
        }

    # -- sending ---------------------------------------------------------------------------------------------

    def _send(self, report: Report) -> None:
        """Send what is queued; rows the hub refuses become rows to mend, and may be sent again once mended."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        if not self._node.try_sync():
            report.queued = True
            return
        for answer, submissions, _, draft in pending:
            code = next((self._node.refused.get(one.statement.id) for one in submissions), None)
            if code is not None:
                answer.outcome, answer.reason = "to_mend", code
                self._node.set_aside(code, reference=_place(answer.where, self._adapter.form.id), draft=draft)


def hash_of(file: Path) -> str:
    """SHA-256 of a file, read in pieces, hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _values(sections: dict[str, object]) -> dict[str, dict[str, object]]:
    """Only the normalised values: where a row stands in a sheet is no change of what it says."""
    return {
        name: {key: fact["value"] for key, fact in values.items()}
        for name, values in sections.items()
        if isinstance(values, dict)
    }


def _minute(day: date) -> str:
    """Midnight in Viet Nam of a day, as UTC minute."""
    midnight = datetime(day.year, day.month, day.day) - HANOI  # noqa: DTZ001 - shifted to UTC by hand
    return midnight.strftime("%Y-%m-%dT%H:%MZ")


def _place(where: Where, form: str) -> str:
    sheet = f"{where.sheet}!" if where.sheet else ""
    return f"{form} {sheet}{where.row}{where.column or ''}"
