"""What one agency knows of one case while its feed is folded: the case, the entries seen, what could be opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain import statements as s
from domain.case import Case, Recorded, local_day
from domain.statements import RECORD_SECTIONS, Section
from projections.opening import Opening


@dataclass(slots=True)
class CaseFile:
    """One case in one agency's view."""

    case: Case
    seen: list[Recorded] = field(default_factory=list)  # in the log's order
    contents: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)  # statement → section → content
    ahead: list[Recorded] = field(default_factory=list)  # own statements that are not on the feed yet
    _head: Case | None = None

    def apply(self, entry: Recorded, opening: Opening) -> None:
        """Fold one entry of the feed, then open what is open to this agency now and close what no longer is."""
        self.ahead, self._head = [own for own in self.ahead if own.hash != entry.hash], None
        late = bool(self.seen) and entry.index < self.seen[-1].index
        self.seen.append(entry)
        if late:  # an earlier entry this agency is entitled to since a moment ago: fold the case in the log's order
            self.seen.sort(key=lambda e: e.index)
            self.case = Case(self.case.id)
            for recorded in self.seen:
                self.case.apply(recorded)
        else:
            self.case.apply(entry)
        day = local_day(entry.recorded)
        gained = entry.statement.grants or isinstance(entry.statement, s.ReferralAccepted | s.TransferAccepted)
        for recorded in self.seen if gained else (entry,):
            self._open(recorded, opening, day)
        if isinstance(entry.statement, s.ConsentWithdrawn):
            self._close(opening.agency, day)

    def note(self, own: Recorded) -> None:
        """Remember an own statement that was made but has not come back on the feed; views do not show it."""
        self.head().apply(own)
        self.ahead.append(own)

    def take_back(self, hash_: str) -> None:
        """Forget an own statement that was refused."""
        self.ahead, self._head = [own for own in self.ahead if own.hash != hash_], None

    def head(self) -> Case:
        """The case with own statements on top: what the next own statement builds on."""
        if self._head is None:
            self._head = Case(self.case.id)
            for recorded in (*self.seen, *self.ahead):
                self._head.apply(recorded)
        return self._head

    def newest(self) -> str | None:
        """Hash of the newest statement this agency has seen of the case, or made itself."""
        known = (*self.seen, *self.ahead)
        return known[-1].hash if known else None

    def _open(self, entry: Recorded, opening: Opening, day: str) -> None:
        statement = entry.statement
        opened = self.contents.setdefault(statement.id, {}) if statement.sealed else {}
        for sealed in statement.sealed:
            section = sealed.section.value
            if section not in opened and self.case.holds(opening.agency, sealed.key, day):
                opened[section] = opening.content(self.case, statement, sealed)

    def _close(self, agency: str, day: str) -> None:
        for entry in self.seen:
            for sealed in entry.statement.sealed:
                if not self.case.holds(agency, sealed.key, day):
                    self.contents.get(entry.statement.id, {}).pop(sealed.section.value, None)

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
                section, content = sealed.section, self.contents.get(statement.id, {}).get(sealed.section.value)
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

    def _corrections(self) -> dict[tuple[str, Section], dict[str, Any]]:
        """The last correction of each section of each statement; shown as đã đính chính, with who and where."""
        found: dict[tuple[str, Section], dict[str, Any]] = {}
        for entry in self.seen:
            st = entry.statement
            if isinstance(st, s.StatementCorrected) and st.id not in self.case.annulled:
                for sealed in st.sealed:
                    content = self.contents.get(st.id, {}).get(sealed.section.value)
                    if content is not None:
                        found[st.corrects, sealed.section] = {
                            **content,
                            "corrected": {"by": st.by, "index": entry.index, "reason": st.reason},
                        }
        return found
