"""One row of an office's file: which case it belongs to, and the statements that say what is new in it.

A case is found by mã hồ sơ, by the row's own record, by a paper both sides hold; never by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from adapters import contract
from adapters.contract import Act, Draft, Fact, Form
from domain.case_code import new as new_case_code
from domain.errors import RefusedError
from domain.folding import paper_key
from domain.statements import BY_TYPE, CaseStatement, Section
from node.composer import Submission
from node.node import Node
from node.papers import Contents, HeldPaper, StatedPaper, place_of
from node.persons import check_same_person
from node.records import RecordTags, Step, Taken, plan
from node.repeating import added, keeping_source, without_repeated
from node.store import Known
from node.telling import compose_told
from projections.casefile import CaseFile
from projections.rows import canonical

IMPORTABLE = frozenset(
    {"case.notified", "section.appended", "identification.answered", "support.recorded", "activity.recorded"}
)
HANOI = timedelta(hours=7)


class Rows:
    """Takes the rows of one file for one agency."""

    def __init__(self, node: Node, *, form: Form, file_hash: str, delivery: int) -> None:
        self._node = node
        self._source = {"form": form.id, "file": file_hash}
        self._delivery = delivery
        self._derives = form.kind is not None  # the adapter finds papers in fields that forms always had
        self.tags = RecordTags(node.tag, form.book)
        self._before: dict[bytes, Known] = {}  # what the row being taken was taken as before, by its acts' tags

    def take(self, draft: Draft) -> tuple[CaseFile | None, Taken]:
        """Compose what is new in a row; nothing is queued yet.

        Raises:
            RefusedError: `consent_from_importer`, `row_…`; nothing of the row is remembered then.
        """
        if any(act.type not in IMPORTABLE for act in draft.acts):
            raise RefusedError("consent_from_importer")
        self._before = self._node.store.known(self.tags.record(draft.record_key))
        accompanied = self._accompanied(draft)
        file, opening = self._find(draft)
        # Opened once for all that is compared with it.
        shown = self._node.views.get("caseload", file.case.id) if file is not None and file.seen else None
        taken = Taken(shown=shown)
        try:
            check_same_person(draft, shown, agency=self._node.agency)
            for act in draft.acts:
                facts = dict(act.facts)
                if act.type == "case.notified" and accompanied is not None:
                    facts["accompanies"] = accompanied
                self._act(draft, act, file, taken, facts=facts, opening=opening)
        except BaseException:
            self._node.take_back(taken.submissions)
            self._node.forget_unopened(file)
            raise
        return file, taken

    # -- the case --------------------------------------------------------------------------------------------

    def _accompanied(self, draft: Draft) -> str | None:
        """The case of the adult this person came with, if the row names one.

        Raises:
            RefusedError: `row_companion_unknown`: the adult's row was not taken, so this one waits for it.
        """
        if draft.with_record is None:
            return None
        case = _case_of(self._node.store.known(self.tags.record(draft.with_record)))
        if case is None:
            raise RefusedError("row_companion_unknown")
        return case

    def _find(self, draft: Draft) -> tuple[CaseFile | None, dict[str, object]]:
        """The row's case with what opens it: by code, by its record, by a paper, or a new one. Never by name."""
        node = self._node
        if draft.acts and all(act.type == "activity.recorded" for act in draft.acts):
            return None, {}
        named = set()
        if draft.code is not None:
            try:
                named.add(node.case_of_code(draft.code).case.id)
            except RefusedError:
                raise RefusedError("row_code_unknown_case") from None
        known = _case_of(self._before)
        if known is not None:
            named.add(known)
        held = set(self._cases_by_paper(draft))
        found = named or held
        # A code, a record and a paper that disagree are two persons, or one mistake: only the office can tell.
        if len(found) > 1 or (named and held and not named <= held):
            raise RefusedError("row_case_ambiguous")
        if found:
            return node.file(found.pop()), {}
        if not draft.opens:
            raise RefusedError("row_not_joined")
        return new_case(node)

    def _cases_by_paper(self, draft: Draft) -> set[str]:
        names = (
            "paper|" + paper_key(kind=paper.kind, number=paper.number, date=paper.date.isoformat())
            for paper in draft.papers
        )
        return {case for name in names for case in self._node.projector.cases_of(name)}

    # -- its statements --------------------------------------------------------------------------------------

    def _act(
        self,
        draft: Draft,
        act: Act,
        file: CaseFile | None,
        taken: Taken,
        *,
        facts: dict[str, object],
        opening: dict[str, object],
    ) -> None:
        """What is new in one act of a row, and nothing of what is known."""
        tag = self.tags.act(draft.record_key, act.name)
        known = self._known(tag, file)
        taken.seen_before = taken.seen_before or known is not None
        act = self._new_in(draft, act, file, known, taken)
        if act.type == "section.appended" and not act.papers and not any(act.sections.values()):
            return
        plain, header = self._content_tags(act, facts, known)
        contents = self._contents(keeping_source(act, taken.shown, agency=self._node.agency))
        if act.adds and not (known and known.content == plain and _waits(file, known)):
            known = None  # what was added before is in what is shown now
        steps = plan(act.type, known, content=plain, facts=header, sections=bool(contents or act.papers))
        for step in steps:
            merged = {**facts, **opening} if step.type == "case.notified" and known is None else facts
            taken.submissions.append(self._statement(step, file, act, step.facts or merged, contents))
        if steps:
            made_by = taken.submissions[-1].statement.id
            taken.records.append(
                Known(
                    tag=tag,
                    record=self.tags.record(draft.record_key),
                    form=self.tags.form,
                    content=plain,
                    facts=header,
                    statement_id=known.statement_id if known and steps[-1].keeps else made_by,
                    made_by=made_by,
                    case=file.case.id if file else None,
                    delivery=self._delivery,
                )
            )

    def _known(self, tag: bytes, file: CaseFile | None) -> Known | None:
        """What an act was taken as before; one whose statement was annulled counts no more and is stated anew."""
        known = self._before.get(tag)
        return None if known and file and known.statement_id in file.head().annulled else known

    def _new_in(self, draft: Draft, act: Act, file: CaseFile | None, known: Known | None, taken: Taken) -> Act:
        """The act without what is known otherwise than by its own record."""
        if known and not act.adds:
            return self._without_added(draft, act, file, known, taken)
        return self._without_repeated(draft, act, taken)

    def _without_repeated(self, draft: Draft, act: Act, taken: Taken) -> Act:
        if act.type != "section.appended" or taken.shown is None or act.papers:
            return act
        agency = self._node.projector.directory.agency(self._node.agency)
        if not act.adds:
            return without_repeated(act, taken.shown, agency=agency)
        taken.seen_before = taken.seen_before or len(draft.acts) == 1  # else what it adds to is not all it says
        return added(act, taken.shown, agency=agency)

    def _without_added(self, draft: Draft, act: Act, file: CaseFile | None, known: Known, taken: Taken) -> Act:
        """The act without the sections that its statement does not have.

        A correction may not go beyond what it corrects, so what a later delivery adds is appended, as an act with a
        record of its own.
        """
        if file is None:
            return act
        original = next((e for e in (*file.seen, *file.ahead) if e.statement.id == known.statement_id), None)
        if original is None:
            return act
        sealed = {one.section for one in original.statement.sealed}
        for section in [section for section, facts in act.sections.items() if facts and section not in sealed]:
            added = Act(
                name=f"{act.name}+{section.value}",
                type="section.appended",
                occurred=act.occurred,
                sections={section: act.sections[section]},
            )
            self._act(draft, added, file, taken, facts={}, opening={})
        return replace(act, sections={name: facts for name, facts in act.sections.items() if name in sealed})

    def _content_tags(self, act: Act, facts: dict[str, object], known: Known | None) -> tuple[bytes, bytes]:
        """Tags of all an act says, and of its header alone. Where a row stands in a sheet is no change.

        What was taken before its adapter stated papers is as before without them.
        """
        header = [act.type, act.occurred.isoformat(), facts]
        values = {
            section.value: {name: fact.value for name, fact in found.items()}
            for section, found in act.sections.items()
            if found
        }
        without = self.tags.content(canonical([*header, values]))
        if not act.papers or (self._derives and known is not None and known.content == without):
            return without, self.tags.content(canonical(header))
        papers = [asdict(stated(paper)) for paper in act.papers]
        return self.tags.content(canonical([*header, values, papers])), self.tags.content(canonical(header))

    def _statement(
        self, step: Step, file: CaseFile | None, act: Act, facts: dict[str, object], contents: Contents
    ) -> Submission:
        occurred = _minute(act.occurred)
        if file is None:
            return self._node.composer.compose_activity(occurred=occurred, facts=facts)
        cls = BY_TYPE[step.type]
        if not issubclass(cls, CaseStatement):
            raise RefusedError("type_unknown")
        place = place_of(act.type, contents)  # a correction seals its papers where the original did
        papers = [HeldPaper(stated=stated(paper), place=place) for paper in act.papers]
        return compose_told(
            self._node.composer,
            cls,
            file,
            occurred=occurred,
            facts=facts,
            contents=contents if step.seals else {},
            papers=papers if step.seals else [],
        )

    def _contents(self, act: Act) -> dict[Section, dict[str, object]]:
        """Each section's plaintext: values with the text as written and its cell, and the file's hash."""
        return {
            section: {
                "source": self._source,
                "values": {n: {"value": f.value, "written": f.written, "at": f.at} for n, f in facts.items()},
            }
            for section, facts in act.sections.items()
            if facts
        }


def _case_of(known: Mapping[bytes, Known]) -> str | None:
    """The case a row went to, by what it was taken as."""
    return next((one.case for one in known.values() if one.case is not None), None)


def _waits(file: CaseFile | None, known: Known) -> bool:
    """Whether what an act was taken as is not on the feed yet, so that no view shows it."""
    return file is not None and any(entry.statement.id == known.made_by for entry in file.ahead)


def new_case(node: Node) -> tuple[CaseFile, dict[str, object]]:
    """A case that is about to be opened, and what its first statement has to say of it: its mã hồ sơ."""
    files = node.projector.files
    case = _case_id(node.ids("case", known=lambda one: _case_id(one) in files))
    return node.file(case), {"code": new_case_code(bytes.fromhex(node.ids("code", case, known=files.__contains__)))}


def _case_id(name: str) -> str:
    """The UUID of version 4 that an id makes."""
    return UUID(name, version=4).hex


def stated(paper: contract.StatedPaper) -> StatedPaper:
    """A paper as its row states it, in the words a statement seals."""

    def words(fact: Fact | None) -> str | None:
        return None if fact is None else str(fact.value)

    return StatedPaper(
        kind=paper.kind,
        date=paper.date.isoformat(),
        issuer=paper.issuer,
        number=words(paper.number),
        issued_by=words(paper.issued_by),
        signatory=words(paper.signatory),
        title=words(paper.title),
    )


def _minute(day: date) -> str:
    """Midnight in Viet Nam of a day, as UTC minute."""
    midnight = datetime(day.year, day.month, day.day) - HANOI  # noqa: DTZ001 - shifted to UTC by hand
    return midnight.strftime("%Y-%m-%dT%H:%MZ")
