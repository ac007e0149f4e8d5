"""What one agency knows of one case: the case and the entries seen; and, while rows are made, what is open of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain import statements as s
from domain.case import OPEN_STATES, Case, Recorded
from domain.statements import RECORD_SECTIONS, DataKey, Section
from projections.opening import Opening
from projections.plaintext import UNREADABLE


@dataclass(slots=True)
class CaseFile:
    """One case in one agency's view."""

    case: Case
    seen: list[Recorded] = field(default_factory=list)  # in the log's order
    ahead: list[Recorded] = field(default_factory=list)  # own statements that are not on the feed yet
    contents: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)  # statement → section → what is open
    day: str = ""  # the day whose view was made last
    unreadable: set[DataKey] = field(default_factory=set)  # others' keys under which something did not open just now
    _head: Case | None = None

    def fold(self, entry: Recorded) -> None:
        """Fold one entry of the feed, in the log's order whenever it comes; opens nothing."""
        self.ahead, self._head = [own for own in self.ahead if own.hash != entry.hash], None
        late = bool(self.seen) and entry.index < self.seen[-1].index
        self.seen.append(entry)
        if late:  # an earlier entry this agency is entitled to since a moment ago
            self.seen.sort(key=lambda e: e.index)
            self.case = Case(self.case.id)
            for recorded in self.seen:
                self.case.apply(recorded)
        else:
            self.case.apply(entry)

    def open(self, opening: Opening, *, day: str) -> None:
        """Open all that is open to this agency on a day, and close what no longer is.

        What is open depends on what is in force now and on nothing that was open before, so that a view rebuilt from
        the first entry is the same. What could not be opened is tried again.
        """
        self.day = day
        held = {key for key in self.case.keys if self.case.holds(opening.agency, key, day)}
        before, self.contents, self.unreadable = self.contents, {}, set()
        for entry in self.seen:
            statement = entry.statement
            for sealed in statement.sealed:
                if sealed.key not in held:
                    continue
                section = sealed.section.value
                content = before.get(statement.id, {}).get(section, UNREADABLE)
                if content is UNREADABLE:
                    content = opening.content(self.case, statement, sealed)
                foreign = sealed.author != opening.agency
                if content is UNREADABLE and foreign and not opening.silent(self.case.id, sealed.key):
                    self.unreadable.add(sealed.key)
                self.contents.setdefault(statement.id, {})[section] = content

    def turns(self, *, after: str, by: str) -> bool:
        """Whether by that day something has run out, or begun, that had not after the other: without a word said."""
        ends = [held.grant.until for held in self.case.grants.values()]
        ends += [consent.until for consent in self.case.consents.values()]
        ends += [offer.answer_by for offer in self.case.offers.values() if offer.state in OPEN_STATES]
        begins = [consent.since for consent in self.case.consents.values()]
        return any(after <= end < by for end in ends if end) or any(after < begin <= by for begin in begins)

    def close(self) -> None:
        """Keep nothing open in memory: what people look at is in the rows."""
        self.contents = {}

    def entry(self, index: int) -> Recorded:
        """The entry of a log index."""
        return next(entry for entry in reversed(self.seen) if entry.index == index)

    def note(self, own: Recorded) -> None:
        """Remember an own statement that was made but has not come back on the feed; views do not show it."""
        self.ahead.append(own)
        if self._head is not None:
            self._head.apply(own)

    def take_back(self, hash_: str) -> None:
        """Forget an own statement that was refused."""
        self.ahead, self._head = [own for own in self.ahead if own.hash != hash_], None

    def head(self) -> Case:
        """The case with own statements on top: what the next own statement builds on. For looking at only."""
        if not self.ahead:
            return self.case
        if self._head is None:
            self._head = Case(self.case.id)
            for recorded in (*self.seen, *self.ahead):
                self._head.apply(recorded)
        return self._head

    def newest(self) -> str | None:
        """Hash of the newest statement this agency has seen of the case, or made itself."""
        known = (*self.seen, *self.ahead)
        return known[-1].hash if known else None

    def statements(self, *types: type[s.CaseStatement]) -> list[Recorded]:
        """Entries of these types that still count (not annulled), in the feed's order of the log."""
        return [e for e in self.seen if isinstance(e.statement, types) and e.statement.id not in self.case.annulled]

    def sections(self) -> dict[str, dict[str, Any]]:
        """What is open now: section → author → the newest record, or the list of items; corrections applied."""
        corrected = self._corrections()
        result: dict[str, dict[str, Any]] = {}
        for entry in self.seen:
            statement = entry.statement
            if statement.id in self.case.annulled or isinstance(statement, s.StatementCorrected):
                continue
            for sealed in statement.sealed:
                section, content = sealed.section, self.said(statement.id, sealed.section)
                if content is None:
                    continue
                mended = corrected.get((statement.id, section))
                item = {"index": entry.index, "statement": statement.id, **(mended or content)}
                by_author = result.setdefault(section.value, {})
                if section in RECORD_SECTIONS:
                    by_author[statement.by] = item
                else:
                    by_author.setdefault(statement.by, []).append(item)
        return result

    def said(self, statement: str, section: Section) -> dict[str, Any] | None:
        """What is open of one section of a statement, without its papers; None where that leaves nothing."""
        content = self.contents.get(statement, {}).get(section.value)
        if content is None or "papers" not in content:
            return content
        rest = {name: value for name, value in content.items() if name != "papers"}
        return rest if rest.keys() & {"values", "text"} else None

    def mended(self, statement: str) -> list[dict[str, Any]]:
        """The corrections and annulments of a statement, in the log's order."""
        return [
            {"type": e.statement.type, "by": e.statement.by, "index": e.index}
            for e in self.seen
            if statement in {getattr(e.statement, "corrects", None), getattr(e.statement, "annuls", None)}
        ]

    def _corrections(self) -> dict[tuple[str, Section], dict[str, Any]]:
        """The last correction of each section of each statement; shown as đã đính chính, with who and where."""
        found: dict[tuple[str, Section], dict[str, Any]] = {}
        for entry in self.seen:
            st = entry.statement
            if isinstance(st, s.StatementCorrected) and st.id not in self.case.annulled:
                for sealed in st.sealed:
                    content = self.said(st.id, sealed.section)
                    if content is not None:
                        found[st.corrects, sealed.section] = {
                            **content,
                            "corrected": {"by": st.by, "index": entry.index, "reason": st.reason},
                        }
        return found
