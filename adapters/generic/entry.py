"""One record of a generic form, whichever form it came in, and what becomes of the records of one file together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from typing_extensions import override

from adapters.contract import Draft, Item, Note, Proposal, Returned, Total, Where
from adapters.generic.papers import DETAILS, LETTER
from adapters.generic.person import draft_of
from adapters.values import codes
from adapters.values.fields import Fields
from adapters.values.joins import Joins
from adapters.values.kept import twice
from adapters.values.mending import mended
from adapters.values.own_paper import completed
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold

MAX_NUMBER = 80
"""Characters of an office's record number."""
_JOINING = {"number": "number", "code": "code", "declaration": "declaration", "confirmation": "confirmation",
            "return_certificate": "return_certificate"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Fields):
    """The texts of one record by field key.

    `source` is whose numbers these are: the book of the office, or the program that sends events; a number of a book
    must say its year, because a book begins anew with 1. `places` and `cells` say where a field stands; `fault` is
    what is wrong with the record as a whole, `proposals` what would mend it; `content` is it as written, for the
    quarantine.
    """

    where: Where
    source: str
    book: bool
    places: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, Where] = field(default_factory=dict)
    content: Mapping[str, str] = field(default_factory=dict, repr=False)
    fault: RefusedError | None = None
    proposals: tuple[Proposal, ...] = ()

    @override
    def at(self, name: str) -> str:
        """Where a field stands: its cell, or its path."""
        return self.places.get(name, f"{self.path}.{name}")

    def number(self, name: str) -> str:
        """A record number, comparable: a program's as it is, a book's without blanks, marks and leading zeros.

        Raises:
            RefusedError: `value_missing`, `row_book_number`: it is too long, or a book's and does not say the year.
        """
        written = self.need(name)
        try:
            number = said(written, limit=MAX_NUMBER)
        except RefusedError as error:
            raise RefusedError(error.code, column=name) from None
        if not self.book:
            return number
        number = "".join(fold(number).split())
        runs = re.findall(r"[0-9]+", number)
        if len(runs) < 2 or not any(re.fullmatch("20[0-9]{2}", run) for run in runs):
            raise RefusedError("row_book_number", column=name)
        return re.sub(r"(?<![0-9])0+(?=[0-9])", "", number)

    def key(self) -> tuple[str, ...]:
        """The record key: the number, or of a worklist's row that tells of no notice and no support the mã hồ sơ.

        Raises:
            RefusedError: as `number`; `case_code_wrong`.
        """
        telling = any(self.text(name) is not None for name in ("number", "pathway", "regime", LETTER, *DETAILS))
        code = None if telling or not self.book else self.fact("code", codes.case_code)
        return (self.source, self.number("number")) if code is None else (self.source, "code", str(code.value))

    def known_key(self) -> tuple[str, ...] | None:
        """The record key of a record that may be wrong otherwise."""
        try:
            return self.key()
        except RefusedError:
            return None

    def returned(self, error: RefusedError) -> Returned:
        """The record as one to be mended."""
        params = {name: value for name, value in error.params.items() if name != "column"}
        where = self.cells.get(str(error.params.get("column")), self.where)
        told = mended(error.code, self.texts.get(str(error.params.get("column")), ""))
        return Returned(
            where=where,
            reason=error.code,
            params=params,
            content=self.content,
            record_key=self.known_key(),
            proposals=(*self.proposals, *(Proposal(column=str(where.column), text=text) for text in told)),
        )


def taken(found: Iterable[Entry | Returned | Note | Total], *, today: date) -> Iterator[Item]:
    """Give the items of one file: each record read, those that may be one another's returned, the rest as it is."""
    joins = Joins(alone=lambda draft: draft.opens)
    for known, item in twice(_known(found, today), see=lambda one: joins.see(one[1])):
        if known is None:
            yield item
            continue
        for one in joins.settle(item, columns=_JOINING, content=lambda known=known: known.content):  # type: ignore[misc]
            again = isinstance(item, Draft) and isinstance(one, Returned)
            yield replace(one, where=known.cells.get(str(one.where.column), known.where)) if again else one
            if isinstance(one, Draft) and completed(known.texts.get("paper_number", "")):
                yield Note(where=known.cells.get("paper_number", known.where), reason="note_paper_zero_added")


def _known(
    found: Iterable[Entry | Returned | Note | Total], today: date
) -> Iterator[tuple[Entry | None, Draft | Returned | Note | Total]]:
    """What became of each, with the record it is, if it is one."""
    for record in found:
        if isinstance(record, Entry):
            # Its fault is told, and of no use any more.
            yield replace(record, fault=None), _read(record, today=today)
        else:
            yield None, record


def _read(entry: Entry, *, today: date) -> Draft | Returned:
    """A record as a draft, or why it is not."""
    try:
        if entry.fault is not None:
            raise entry.fault
        key = entry.key()
        companion = None if entry.text("with_number") is None else entry.number("with_number")
        if companion == key[1]:
            raise RefusedError("row_companion_unknown", column="with_number")
        draft = draft_of(entry, where=entry.where, key=key, today=today)
        return draft if companion is None else replace(draft, with_record=(key[0], companion))
    except RefusedError as error:
        return entry.returned(error)
