"""Rows of one file that are one another's: the same record twice, or two persons by one code, paper or number.

A row that says what one above it says is taken with it and told. Where two differ, or name two persons by what belongs
to one, all of them are returned, the first one too: which of them is right only the office can tell.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from adapters.contract import Draft, Item, Note, Returned, StatedPaper, Where
from adapters.values.hashed import Hashed, hashed
from adapters.values.kept import twice
from adapters.values.papers import join_key
from domain.folding import fold
from domain.statements import Section

_SEVERAL: Final = 0
"""In place of the hash of the one name beside a number."""


class _Records:
    """The record keys of a file: where the first row of each stands, what it says, whether another says otherwise."""

    def __init__(self) -> None:
        self._numbers = Hashed()  # from 1
        self._says, self._rows, self._sheets = array("Q", [0]), array("Q", [0]), array("Q", [0])
        self._differ = bytearray(1)

    def enter(self, key: tuple[str, ...], where: Where, says: int) -> bool:
        """Enter a row with what it says, 0 where nobody can tell; tell whether its record stood further up already."""
        number = self._numbers.get(key)
        if number:
            self._differ[number] |= not says or says != self._says[number]
            return True
        self._numbers[key] = len(self._says)
        self._says.append(says)
        self._rows.append(where.row)
        self._sheets.append(hashed(where.sheet))
        self._differ.append(False)
        return False

    def differ(self, key: tuple[str, ...]) -> bool:
        """Tell whether rows with this key say different things."""
        return bool(self._differ[self._numbers.get(key)])

    def before(self, key: tuple[str, ...], where: Where) -> int | None:
        """The row where the record stood first, if that is not this one."""
        number = self._numbers.get(key)
        first = self._rows[number]
        return None if (first, self._sheets[number]) == (where.row, hashed(where.sheet)) else first


class Joins:
    """What the items of one file share: `see` all of them, then `settle` each. It remembers hashes alone.

    `alone` tells of which drafts a mã hồ sơ and a paper can be no other row's; `known` which, said twice, are surely
    one person's.
    """

    def __init__(
        self, *, alone: Callable[[Draft], bool] = lambda _: True, known: Callable[[Draft], bool] = lambda _: True
    ) -> None:
        self._alone, self._known = alone, known
        self._records = _Records()
        self._codes, self._held, self._names = Hashed(), Hashed(), Hashed()

    def see(self, item: Item) -> None:
        """Take note of what an item may share with others."""
        if not isinstance(item, Draft | Returned):
            return
        says = _says(item) if isinstance(item, Draft) and self._known(item) else 0
        again = item.record_key is not None and self._records.enter(item.record_key, item.where, says)
        if isinstance(item, Draft) and not again:
            for number, name in _own_papers(item):
                other = self._names.get(number, hashed(name))
                self._names[number] = other if other == hashed(name) else _SEVERAL
            if self._alone(item):
                if item.code is not None:
                    self._codes[item.code] = self._codes.get(item.code) + 1
                for paper in map(join_key, item.papers):
                    self._held[paper] = self._held.get(paper) + 1

    def settle(
        self, item: Item, *, columns: Mapping[str, str], content: Callable[[], Mapping[str, str]]
    ) -> Iterator[Item]:
        """Give an item again as it is, or returned; after a row that says what one above it says, a note.

        The reasons are `row_repeated`, `row_number_two_names`, `row_code_twice` and `row_paper_shared`, the note is
        `note_row_repeated`. `columns` names the field of a record's 'number', of 'code', of each kind of paper and of
        a person's 'own'; `content` gives the row as written.
        """
        key = item.record_key if isinstance(item, Draft | Returned) else None
        if isinstance(item, Returned) and key is not None and self._records.differ(key):
            yield replace(item, record_key=None)
        elif isinstance(item, Draft) and (found := self._wrong(item)) is not None:
            reason, what = found
            where = Where(sheet=item.where.sheet, row=item.where.row, column=columns.get(what))
            known = None if reason == "row_repeated" else item.record_key
            yield Returned(where=where, reason=reason, content=content(), record_key=known)
        else:
            yield item
            if isinstance(item, Draft) and (row := self._records.before(item.record_key, item.where)) is not None:
                where = Where(sheet=item.where.sheet, row=item.where.row)
                yield Note(where=where, reason="note_row_repeated", params={"row": row})

    def _wrong(self, draft: Draft) -> tuple[str, str] | None:
        """Why a draft cannot be taken, and by what, if by anything."""
        if self._records.differ(draft.record_key):
            return "row_repeated", "number"
        if any(self._names.get(number, hashed(name)) == _SEVERAL for number, name in _own_papers(draft)):
            return "row_number_two_names", "own"
        if not self._alone(draft):
            return None
        if draft.code is not None and self._codes.get(draft.code) > 1:
            return "row_code_twice", "code"
        shared = next((paper.kind for paper in draft.papers if self._held.get(join_key(paper)) > 1), None)
        return None if shared is None else ("row_paper_shared", shared)


def return_shared(read: Iterable[tuple[Item, Mapping[str, str]]], *, columns: Mapping[str, str]) -> Iterator[Item]:
    """Settle the items of a file whose record keys are positions; with each comes its row as written."""
    joins = Joins(known=_known)
    for item, row in twice(read, see=lambda one: joins.see(one[0])):
        yield from joins.settle(item, columns=columns, content=lambda row=row: row)  # type: ignore[misc]


def _known(draft: Draft) -> bool:
    """Tell whether a draft says whose it is: two children without papers or birth may both be "cháu bé"."""
    born = [act.sections[Section.IDENTITY].get("birth") for act in draft.acts if Section.IDENTITY in act.sections]
    whole = any(fact is not None and isinstance(fact.value, dict) and "day" in fact.value for fact in born)
    return draft.code is not None or whole or any(_own_papers(draft))


def _says(draft: Draft) -> int:
    """A hash of all that a draft states, wherever it stands and however it is written."""
    acts = [
        (act.name, act.type, act.occurred, act.facts, [_states(paper) for paper in act.papers],
         [(section, [(name, fact.value) for name, fact in facts.items()]) for section, facts in act.sections.items()])
        for act in draft.acts
    ]  # fmt: skip
    return hashed(repr((acts, draft.code, draft.papers, draft.opens, draft.with_record)))


def _states(paper: StatedPaper) -> tuple[object, ...]:
    words = (paper.number, paper.issued_by, paper.signatory, paper.title)
    return paper.kind, paper.date, paper.issuer, *(None if fact is None else fact.value for fact in words)


def _own_papers(draft: Draft) -> Iterator[tuple[str, str]]:
    """The number of each identity paper of a draft, with the name it stands beside."""
    for act in draft.acts:
        identity = act.sections.get(Section.IDENTITY, {})
        listed = identity["papers"].value if "papers" in identity else None
        for paper in listed if isinstance(listed, list) else ():
            if "date" not in paper:  # a paper that offices hold has its day
                yield f"{paper['kind']} {paper['number']}", fold(str(identity["full_name"].value))
