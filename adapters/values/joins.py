"""Rows of one file that are one another's: the same record twice, or two persons by one code, paper or number.

A row that says what one above it says is taken with it and told. Where two differ, or name two persons by what belongs
to one, all of them are returned, the first one too: which of them is right only the office can tell.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from adapters.contract import Draft, Item, Note, Returned, Where
from adapters.values.papers import join_key
from domain.folding import fold
from domain.statements import Section


@dataclass(slots=True)
class _Record:
    """The rows with one record key: where the first stands, what it says, whether another says otherwise."""

    first: Where
    says: bytes | None
    differ: bool = False


class Joins:
    """What the items of one file share: `see` all of them, then `settle` each.

    `alone` tells of which drafts a mã hồ sơ and a paper can be no other row's; `known` which, said twice, are surely one
    person's.
    """

    def __init__(
        self, *, alone: Callable[[Draft], bool] = lambda _: True, known: Callable[[Draft], bool] = lambda _: True
    ) -> None:
        self._alone, self._known = alone, known
        self._records: dict[tuple[str, ...], _Record] = {}
        self._codes: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._names: dict[str, set[str]] = {}

    def see(self, item: Item) -> None:
        """Take note of what an item may share with others."""
        if not isinstance(item, Draft | Returned):
            return
        again = item.record_key is not None and self._again(item, item.record_key)
        if isinstance(item, Draft) and not again:
            for number, name in _own_papers(item):
                self._names.setdefault(number, set()).add(name)
            if self._alone(item):
                self._codes.update(() if item.code is None else (item.code,))
                self._held.update(map(join_key, item.papers))

    def _again(self, item: Draft | Returned, key: tuple[str, ...]) -> bool:
        """Enter a record; tell whether it stood further up already."""
        says = _says(item) if isinstance(item, Draft) and self._known(item) else None
        record = self._records.get(key)
        if record is None:
            self._records[key] = _Record(first=item.where, says=says)
            return False
        record.differ |= says is None or says != record.says
        return True

    def settle(
        self, item: Item, *, columns: Mapping[str, str], content: Callable[[], Mapping[str, str]]
    ) -> Iterator[Item]:
        """Give an item again as it is, or returned; after a row that says what one above it says, a note.

        The reasons are `row_repeated`, `row_number_two_names`, `row_code_twice` and `row_paper_shared`, the note is
        `note_row_repeated`. `columns` names the field of a record's 'number', of 'code', of each kind of paper and of
        a person's 'own'; `content` gives the row as written.
        """
        record = self._records.get(item.record_key or ()) if isinstance(item, Draft | Returned) else None
        if isinstance(item, Returned) and record is not None and record.differ:
            yield replace(item, record_key=None)
        elif isinstance(item, Draft) and (found := self._wrong(item, record)) is not None:
            reason, what = found
            where = Where(sheet=item.where.sheet, row=item.where.row, column=columns.get(what))
            known = None if reason == "row_repeated" else item.record_key
            yield Returned(where=where, reason=reason, content=content(), record_key=known)
        else:
            yield item
            if isinstance(item, Draft) and record is not None and record.first != item.where:
                where = Where(sheet=item.where.sheet, row=item.where.row)
                yield Note(where=where, reason="note_row_repeated", params={"row": record.first.row})

    def _wrong(self, draft: Draft, record: _Record | None) -> tuple[str, str] | None:
        """Why a draft cannot be taken, and by what, if by anything."""
        if record is not None and record.differ:
            return "row_repeated", "number"
        if any(len(self._names[number]) > 1 for number, _ in _own_papers(draft)):
            return "row_number_two_names", "own"
        if not self._alone(draft):
            return None
        if draft.code is not None and self._codes[draft.code] > 1:
            return "row_code_twice", "code"
        shared = next((paper.kind for paper in draft.papers if self._held[join_key(paper)] > 1), None)
        return None if shared is None else ("row_paper_shared", shared)


def return_shared(
    items: Sequence[Item], *, columns: Mapping[str, str], written: Callable[[int], Mapping[str, str]]
) -> Iterator[Item]:
    """Settle the items of a file whose record keys are positions; `written` gives a row as written by its number."""
    joins = Joins(known=_known)
    for item in items:
        joins.see(item)
    for item in items:
        yield from joins.settle(item, columns=columns, content=partial(written, item.where.row))


def _known(draft: Draft) -> bool:
    """Tell whether a draft says whose it is: two children without papers or birth may both be "cháu bé"."""
    born = [act.sections[Section.IDENTITY].get("birth") for act in draft.acts if Section.IDENTITY in act.sections]
    whole = any(fact is not None and isinstance(fact.value, dict) and "day" in fact.value for fact in born)
    return draft.code is not None or whole or any(_own_papers(draft))


def _says(draft: Draft) -> bytes:
    """A digest of all that a draft states, wherever it stands and however it is written."""
    acts = [
        (act.name, act.type, act.occurred, act.facts,
         [(section, [(name, fact.value) for name, fact in facts.items()]) for section, facts in act.sections.items()])
        for act in draft.acts
    ]  # fmt: skip
    return hashlib.blake2b(
        repr((acts, draft.code, draft.papers, draft.opens, draft.with_record)).encode("utf-8", "surrogatepass"),
        digest_size=16,
    ).digest()


def _own_papers(draft: Draft) -> Iterator[tuple[str, str]]:
    """The number of each identity paper of a draft, with the name it stands beside."""
    for act in draft.acts:
        identity = act.sections.get(Section.IDENTITY, {})
        listed = identity["papers"].value if "papers" in identity else None
        for paper in listed if isinstance(listed, list) else ():
            if "date" not in paper:  # a paper that offices hold has its day
                yield f"{paper['kind']} {paper['number']}", fold(str(identity["full_name"].value))
