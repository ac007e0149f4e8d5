"""One record of a generic form, whichever form it came in, and what becomes of the records of one file together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from typing_extensions import override

from adapters.contract import Draft, Item, Note, Proposal, Returned, Total, Where
from adapters.generic.person import draft_of
from adapters.values.fields import Fields
from adapters.values.joins import return_shared
from adapters.values.mending import mended
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold

MAX_NUMBER = 80
"""Characters of an office's record number."""
_JOINING = {"code": "code", "declaration": "declaration", "confirmation": "confirmation",
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
        """The record key.

        Raises:
            RefusedError: as `number`.
        """
        return (self.source, self.number("number"))

    def known_key(self) -> tuple[str, ...] | None:
        """The record key of a record that may be wrong otherwise."""
        try:
            return self.key()
        except RefusedError:
            return None

    def returned(self, error: RefusedError, *, known: bool) -> Returned:
        """The record as one to be mended; `known` tells whether nobody else has its number."""
        params = {name: value for name, value in error.params.items() if name != "column"}
        where = self.cells.get(str(error.params.get("column")), self.where)
        key = self.known_key() if known else None
        told = mended(error.code, self.texts.get(str(error.params.get("column")), ""))
        return Returned(
            where=where,
            reason=error.code,
            params=params,
            content=self.content,
            record_key=key,
            proposals=(*self.proposals, *(Proposal(column=str(where.column), text=text) for text in told)),
        )


def taken(found: Iterable[Entry | Returned | Note | Total], *, today: date) -> Iterator[Item]:
    """Give the items of one file: each record read, those that may be one another's returned, the rest as it is."""
    records = list(found)
    keys = Counter(record.known_key() for record in records if isinstance(record, Entry))
    items: list[Item] = [
        _read(record, once=keys[record.known_key()] == 1, today=today) if isinstance(record, Entry) else record
        for record in records
    ]
    opening = [number for number, item in enumerate(items) if isinstance(item, Draft) and item.opens]
    # Rows numbered anew: in a workbook of several sheets a row number alone is not one place.
    numbered = [
        replace(item, where=replace(item.where, row=at)) for at in opening if isinstance(item := items[at], Draft)
    ]
    contents = {at: record.content for at, record in enumerate(records) if isinstance(record, Entry)}
    for at, item in zip(opening, return_shared(numbered, columns=_JOINING, written=contents.__getitem__), strict=True):
        if isinstance(item, Returned):
            record = records[at]
            column = item.where.column
            where = record.cells.get(str(column), record.where) if isinstance(record, Entry) else item.where
            items[at] = replace(item, where=where)
    yield from items


def _read(entry: Entry, *, once: bool, today: date) -> Draft | Returned:
    """A record as a draft, or why it is not; of two with one number neither is taken: only the office knows which."""
    try:
        if entry.fault is not None:
            raise entry.fault
        key = entry.key()
        if not once:
            raise RefusedError("row_repeated", column="number")
        companion = None if entry.text("with_number") is None else entry.number("with_number")
        if companion == key[1]:
            raise RefusedError("row_companion_unknown", column="with_number")
        draft = draft_of(entry, where=entry.where, key=key, today=today)
        return draft if companion is None else replace(draft, with_record=(key[0], companion))
    except RefusedError as error:
        return entry.returned(error, known=once)
