"""What every adapter promises: read one file of one form, give back one item for each row, guess nothing.

An adapter does no storing, sealing, sending or joining. It never asserts consent. It yields, in the file's order:

    Draft      a row that can be recorded, once the node has found or opened its case
    Returned   a row that must be mended, with the reason's stable code and the cell; no value is quoted
    Total      a total the file itself states, beside what was counted
    Note       something the sender should know that stops nothing (a hidden sheet, a paper not yet numbered)

A file that cannot be read at all raises `domain.errors.RefusedError` with a `file_…` code. Reading is streamed.
Words for every code are in `domain/words/rows.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, Self

from typing_extensions import override

from domain.statements import AgencyKind, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where in the file: `sheet` (or None), `row` as a person counts (first = 1), `column` letter or field name."""

    row: int
    sheet: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One normalised value with the text as written and its cell or path. `value` is JSON-able."""

    value: object
    written: str
    at: str

    @override
    def __reduce__(self) -> tuple[type[Fact], tuple[object, str, str]]:
        """Pickled as what it is made of, several times quicker than field by field: a long file has millions."""
        return Fact, (self.value, self.written, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRef:
    """A paper two agencies may both hold: joins rows of different files to one case. Compared after folding.

    kind: 'confirmation' | 'handover' | 'declaration' | 'return_certificate'; number as printed, issuer as printed
    in the number or beside it, date of issue.
    """

    kind: str
    number: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPaper:
    """A paper an act stands for, as far as the row states it.

    kind: of the list `paper` of the rules; date: of the paper; issuer: of the list `issuer`, only where it is certain.
    number, issued_by (the issuer's name), signatory, title: words, to be sealed.
    """

    kind: str
    date: date
    issuer: str | None = None
    number: Fact | None = None
    issued_by: Fact | None = None
    signatory: Fact | None = None
    title: Fact | None = None

    @classmethod
    def of(
        cls, ref: PaperRef, *, written: str, at: str, issuer: str | None = None, issued_by: Fact | None = None
    ) -> Self:
        """The paper that a row is joined by, under its own number: without that of the person in it."""
        number = Fact(ref.number.partition("#")[0], written, at)
        return cls(kind=ref.kind, date=ref.date, issuer=issuer, number=number, issued_by=issued_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One statement a row stands for.

    name: names the act within its record and is stable across deliveries ('notice', 'answer', 'support.a').
    type: a statement type of `domain.statements` ('case.notified', 'identification.answered', 'support.recorded',
        'section.appended', 'activity.recorded').
    occurred: when it happened; a date alone means noon, Asia/Ho_Chi_Minh, is not claimed: the node writes 00:00 there.
    facts: header fields of that type (codes, dates, numbers), without those the node fills.
    sections: what is to be sealed.
    adds: what it leaves out stays as the office said before (a row of its worklist); what is known already is no news.
    papers: what the act stands for.
    """

    name: str
    type: str
    occurred: date
    facts: Mapping[str, object] = field(default_factory=dict)
    sections: Mapping[Section, Mapping[str, Fact]] = field(default_factory=dict)
    adds: bool = False
    papers: tuple[StatedPaper, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One row, ready to be joined to a case.

    acts: what the row states; empty where it states nothing, as a row of a worklist that nobody filled in.
    record_key: identity of this row over all deliveries of this form, and of forms that share its records; never a
        position in a cumulative list, never a name. The node keeps only a keyed tag of it.
    code: mã hồ sơ, if the row carries one (already checked).
    papers: papers by which the case may be found.
    opens: whether this row may open a case when none is found (else it waits, "chưa ghép được hồ sơ").
    with_record: record_key of the record of the same file this person came with (an accompanying minor), if any.
    """

    where: Where
    record_key: tuple[str, ...]
    acts: tuple[Act, ...]
    code: str | None = None
    papers: tuple[PaperRef, ...] = ()
    opens: bool = False
    with_record: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A mended value for one cell, certain enough to propose, never filled in.

    `column` is the cell's letter or field name. For the office's own answered sheet alone: no report, log or API
    answer has it.
    """

    column: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One row that was not taken: why, in which cell. `params` hold numbers and header names, never a cell's value.

    content: the row as written, by header or field; for the quarantine alone, never printed in a report. Empty where
        the row bears a secret mark.
    record_key: as of `Draft`, where it is known and no other row of the file has it; by it the row is known again
        when it was mended and taken.
    """

    where: Where
    reason: str
    content: Mapping[str, str] = field(repr=False)
    record_key: tuple[str, ...] | None = field(default=None, repr=False)
    params: Mapping[str, str | int] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A total the file states (`written`) and what the adapter counted (`counted`); `what` is a code in words/rows."""

    where: Where
    what: str
    written: int
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to know that stops nothing."""

    where: Where
    reason: str
    params: Mapping[str, str | int] = field(default_factory=dict)


Item = Draft | Returned | Total | Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What kind of file an adapter reads: a stable id with version, for which agencies, by which file endings.

    records: forms that name the same one know each other's records by their keys; else a form knows its own alone.
    """

    id: str  # 'police.case_file/1'
    kind: AgencyKind | None  # None: whoever has no form of its own
    suffixes: tuple[str, ...]
    stands_for: str  # the law's form, in words
    records: str | None = None

    @property
    def book(self) -> str:
        """Whose records these are: what a record key is unique in, over all deliveries."""
        return self.records or self.id


class Adapter(Protocol):
    """Reads one form."""

    @property
    def form(self) -> Form:
        """The form it reads."""

    def reads(self, file: Path) -> bool:
        """Tell, cheaply, whether this looks like the form (root element, header words)."""

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Yield the file's rows. `today` bounds dates: later ones are refused, not guessed.

        Raises:
            RefusedError: the file as a whole cannot be read (`file_not_json`, `file_too_large`, …).
        """
