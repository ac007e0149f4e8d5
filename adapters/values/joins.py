"""Rows of one file that name the same case by the same code or paper: two persons would become one.

Each such row is returned, the first one too: which of them is right only the office can tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from adapters.contract import Draft, Item, Returned, Where
from adapters.values.papers import join_key
from domain.folding import fold
from domain.statements import Section


def return_shared(
    items: Sequence[Item], *, columns: Mapping[str, str], written: Callable[[int], Mapping[str, str]]
) -> Iterator[Item]:
    """Give the items again, but return drafts that share a mã hồ sơ or a paper.

    The reasons are `row_code_twice` and `row_paper_shared`, and those of `return_two_names`; `columns` names the field
    of 'code', of each kind of paper and of a person's 'own'; `written` gives a row as written by its number.
    """
    items = list(return_two_names(items, column=columns.get("own"), written=written))
    drafts = [item for item in items if isinstance(item, Draft)]
    codes = Counter(draft.code for draft in drafts if draft.code is not None)
    held = Counter(join_key(paper) for draft in drafts for paper in draft.papers)
    for item in items:
        if not isinstance(item, Draft):
            yield item
            continue
        shared = next((paper for paper in item.papers if held[join_key(paper)] > 1), None)
        if item.code is not None and codes[item.code] > 1:
            yield _returned(item, "row_code_twice", columns.get("code"), written)
        elif shared is not None:
            yield _returned(item, "row_paper_shared", columns.get(shared.kind), written)
        else:
            yield item


def return_two_names(
    items: Sequence[Item], *, column: str | None, written: Callable[[int], Mapping[str, str]]
) -> Iterator[Item]:
    """Give the items again, but return drafts that give one number of an identity paper beside different names.

    The reason is `row_number_two_names`: one of them has the other's paper, and only the office can tell which.
    """
    names: dict[str, set[str]] = {}
    for item in items:
        for number, name in _own_papers(item):
            names.setdefault(number, set()).add(name)
    for item in items:
        if isinstance(item, Draft) and any(len(names[number]) > 1 for number, _ in _own_papers(item)):
            yield _returned(item, "row_number_two_names", column, written)
        else:
            yield item


def _own_papers(item: Item) -> Iterator[tuple[str, str]]:
    """The number of each identity paper of a draft, with the name it stands beside."""
    for act in item.acts if isinstance(item, Draft) else ():
        identity = act.sections.get(Section.IDENTITY, {})
        listed = identity["papers"].value if "papers" in identity else None
        for paper in listed if isinstance(listed, list) else ():
            if "date" not in paper:  # a paper that offices hold has its day
                yield f"{paper['kind']} {paper['number']}", fold(str(identity["full_name"].value))


def _returned(draft: Draft, reason: str, column: str | None, written: Callable[[int], Mapping[str, str]]) -> Returned:
    where = Where(sheet=draft.where.sheet, row=draft.where.row, column=column)
    return Returned(where=where, reason=reason, content=written(where.row), record_key=draft.record_key)
