"""Rows of one file that name the same case by the same code or paper: two persons would become one.

Each such row is returned, the first one too: which of them is right only the office can tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from adapters.contract import Draft, Item, Returned, Where
from adapters.values.papers import join_key


def return_shared(
    items: Sequence[Item], *, columns: Mapping[str, str], written: Callable[[int], Mapping[str, str]]
) -> Iterator[Item]:
    """Give the items again, but return drafts that share a mã hồ sơ or a paper.

    The reasons are `row_code_twice` and `row_paper_shared`; `columns` names the field of 'code' and of each kind of
    paper; `written` gives a row as written by its number.
    """
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


def _returned(draft: Draft, reason: str, column: str | None, written: Callable[[int], Mapping[str, str]]) -> Returned:
    where = Where(sheet=draft.where.sheet, row=draft.where.row, column=column)
    return Returned(where=where, reason=reason, content=written(where.row), record_key=draft.record_key)
