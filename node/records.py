"""Recognising a row again: keyed tags of whose records, record key and act, and what a changed row leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from node.composer import Submission
from node.store import Known
from projections.rows import Row


class RecordTags:
    """Tags of the rows of one form, or of forms that share their records, under the node's tag key.

    A stolen table of tags tells nothing.
    """

    def __init__(self, tag: Callable[..., bytes], book: str) -> None:
        self._tag = tag
        self._book = book
        self.form = tag("form", book)

    def record(self, record_key: tuple[str, ...]) -> bytes:
        """The tag of a row's identity."""
        return self._tag("record", self._book, *record_key)

    def act(self, record_key: tuple[str, ...], name: str) -> bytes:
        """The tag of one act of a row."""
        return self._tag("act", self._book, name, *record_key)

    def content(self, text: str) -> bytes:
        """The tag of what an act says, to tell a change."""
        return self._tag("content", text)


@dataclass(slots=True)
class Taken:
    """What one row leads to: new statements, and the records to keep of them.

    shown: the row's case on the caseload, before anything of the row was stated; None for a new one.
    """

    shown: Row | None = None
    submissions: list[Submission] = field(default_factory=list)
    records: list[Known] = field(default_factory=list)
    seen_before: bool = False  # at least one act of the row was known

    @property
    def outcome(self) -> Literal["new", "changed", "same"]:
        """New where nothing of the row was known, same where nothing is new, else changed."""
        if not self.submissions:
            return "same"
        return "changed" if self.seen_before else "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One statement to make: its type, whether it seals the row's sections, and whether the original keeps its id."""

    type: str
    seals: bool = True
    keeps: bool = False
    facts: dict[str, object] | None = None


def plan(kind: str, known: Known | None, *, content: bytes, facts: bytes, sections: bool) -> list[Step]:
    """What to state for an act: nothing if it is as before; a correction where sections changed; else annul and anew.

    A notice whose facts changed is made again as a second notice, because what opened a case cannot be annulled.
    """
    if known is None:
        return [Step(type=kind)]
    if known.content == content:
        return []
    if known.facts == facts and sections:
        correction: dict[str, object] = {"corrects": known.statement_id, "reason": "source_corrected"}
        return [Step(type="statement.corrected", keeps=True, facts=correction)]
    if kind in {"case.notified", "activity.recorded"}:
        return [Step(type=kind)]
    annulment: dict[str, object] = {"annuls": known.statement_id, "reason": "entered_in_error"}
    return [Step(type="statement.annulled", seals=False, facts=annulment), Step(type=kind)]
