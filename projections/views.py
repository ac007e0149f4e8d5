"""The rows of each view, as pure functions of a case file: caseload, inbox, timeline, joins.

caseload  one row a case: where it stands, who has custody, what was supported, what is open to this agency
inbox     one row an offer this agency sent or received, with its words
timeline  one row an entry on this agency's feed
joins     one row a case: keyed tags of its mã hồ sơ and papers, by which a row of an office's file finds it

The fifth, search, is `projections.search`.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from domain import statements as s
from domain.case import OPEN_STATES, Offer, Recorded, local_day
from domain.folding import paper_key
from domain.statements import Section
from projections.casefile import CaseFile
from projections.rows import Row

CODE_FIELDS = (
    *("pathway", "status", "channel", "received", "law"),
    *("outcome", "paper", "legal_date", "service", "reason", "regime"),
)


def caseload_row(file: CaseFile) -> Row:
    """Where one case stands for this agency."""
    case = file.case
    answered = file.statements(s.IdentificationAnswered)
    # The last answer that says yes or no: somebody found not to be a victim after all is counted as none.
    last = next((e for e in reversed(answered) if getattr(e.statement, "outcome", None) is not s.Outcome.LONGER), None)
    identified = last if getattr(last and last.statement, "outcome", None) is s.Outcome.VICTIM else None
    facts: dict[str, Any] = {
        "code": case.code,
        "pathway": case.pathway.value if case.pathway else None,
        "status": case.status.value if case.status else None,
        "custodian": case.custodian,
        "accompanies": case.accompanies,
        "since": local_day(min(e.recorded for e in file.seen)),
        "entries": len(file.seen),
        "newest": max(e.index for e in file.seen),
        "identified": _identified(identified),
        "support": [_support(e) for e in file.statements(s.SupportRecorded)],
        "notified": [e.index for e in file.statements(s.CaseNotified)],
        "consents": [_consent(e, file) for e in file.statements(s.ConsentGiven)],
        "open": opened_by(content := file.sections()),
    }
    return Row(view="caseload", key=case.id, case=case.id, facts=facts, content=content or None)


def opened_by(content: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The sections that are open, with their authors."""
    return {name: sorted(authors) for name, authors in sorted(content.items())}


def _identified(entry: Recorded | None) -> dict[str, Any] | None:
    if entry is None or not isinstance(entry.statement, s.IdentificationAnswered):
        return None
    return {"index": entry.index, "legal_date": entry.statement.legal_date, "paper": entry.statement.paper}


def _support(entry: Recorded) -> dict[str, Any]:
    statement = entry.statement
    assert isinstance(statement, s.SupportRecorded)  # noqa: S101 - narrowed by `statements`
    return {
        "regime": statement.regime,
        "by": statement.by,
        "index": entry.index,
        "statement": statement.id,
        "since": statement.since,
    }


def _consent(entry: Recorded, file: CaseFile) -> dict[str, Any]:
    statement = entry.statement
    assert isinstance(statement, s.ConsentGiven)  # noqa: S101 - narrowed by `statements`
    state = file.case.consents[statement.id]
    return {
        "id": statement.id,
        "recipients": sorted(statement.recipients),
        "sections": sorted(section.value for section in statement.sections),
        "until": statement.until,
        "withdrawn": state.withdrawn,
        "acknowledged": sorted(state.acknowledged),
    }


def inbox_rows(file: CaseFile, *, agency: str) -> Iterator[Row]:
    """Every offer of the case that this agency sent or received, as it stands: any entry may let one run out."""
    for offer in file.case.offers.values():
        if agency in {offer.sender, offer.receiver}:
            yield inbox_row(file, offer)


def inbox_row(file: CaseFile, offer: Offer) -> Row:
    """One offer with its history and words."""
    steps, words = [], []
    for entry in file.seen:
        st = entry.statement
        if offer.id not in {getattr(st, "referral", None), getattr(st, "transfer", None)}:
            continue
        steps.append({"type": st.type, "by": st.by, "index": entry.index, "recorded": entry.recorded})
        text = file.said(st.id, Section.MESSAGE)
        if text is not None:
            words.append({"by": st.by, "index": entry.index, **text})
    facts = {
        "kind": offer.kind,
        "code": file.case.code,
        "sender": offer.sender,
        "receiver": offer.receiver,
        "service": offer.service,
        "parent": offer.parent,
        "answer_by": offer.answer_by,
        "state": "expired" if offer.state in OPEN_STATES and not offer.waits(file.day) else offer.state,
        "steps": steps,
    }
    return Row(view="inbox", key=offer.id, case=file.case.id, facts=facts, content={"words": words} if words else None)


def timeline_rows(file: CaseFile, entry: Recorded) -> Iterator[Row]:
    """The entry's own line, and anew that of the entry it corrects or annuls."""
    yield timeline_row(file, entry)
    target = getattr(entry.statement, "corrects", None) or getattr(entry.statement, "annuls", None)
    for earlier in file.seen:
        if earlier.statement.id == target:
            yield timeline_row(file, earlier)


def timeline_row(file: CaseFile, entry: Recorded) -> Row:
    """One entry in words' codes; `mended` lists corrections and annulments of it."""
    st = entry.statement
    codes = {name: _plain(getattr(st, name)) for name in CODE_FIELDS if getattr(st, name, None) is not None}
    noted = file.case.by_id[st.id]
    facts = {
        "index": entry.index,
        "statement": st.id,
        "type": st.type,
        "by": st.by,
        "to": sorted(st.to),
        "occurred": st.occurred,
        "recorded": entry.recorded,
        "late": noted.late,
        "codes": codes,
        "mended": file.mended(st.id),
    }
    return Row(view="timeline", key=f"{entry.index:012d}", case=file.case.id, facts=facts)


def _plain(value: object) -> object:
    return getattr(value, "value", value)


def join_row(file: CaseFile, *, tag_key: bytes) -> Row:
    """Keyed tags that lead to this case: its mã hồ sơ, and each paper in the identity records open to this agency."""
    names = [f"code|{file.case.code}"] if file.case.code else []
    for record in file.sections().get(Section.IDENTITY.value, {}).values():
        papers = record.get("values", {}).get("papers", {}).get("value")
        names += [name for paper in papers if (name := _paper_name(paper))] if isinstance(papers, list) else []
    tags = sorted({join_tag(name, tag_key=tag_key) for name in names})
    return Row(view="joins", key=file.case.id, case=file.case.id, facts={"tags": tags})


def _paper_name(paper: object) -> str | None:
    """The join name of one paper; None where its number or date is missing or no text."""
    parts = [paper.get(name) for name in ("kind", "number", "date")] if isinstance(paper, dict) else []
    kind, number, date = (part if isinstance(part, str) else "" for part in (parts or ["", "", ""]))
    return "paper|" + paper_key(kind=kind, number=number, date=date) if kind and number and date else None


def join_tag(name: str, *, tag_key: bytes) -> str:
    """HMAC-SHA-256 of a join name under the node's tag key, hex: a stolen view tells nothing."""
    return hmac.digest(tag_key, name.encode(), "sha256").hex()
