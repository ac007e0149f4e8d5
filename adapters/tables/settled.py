"""The rows of one workbook after each was read: what repeats another, or is another person's, is returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from adapters.contract import Draft, Item
from adapters.tables.rows import Row
from adapters.tables.sheets import letters
from adapters.values.joins import Joins

Read: TypeAlias = tuple[Item, Row | None]
"""What was read, and from which row; notes and totals have none."""


def settled(
    read: Sequence[Read], *, alone: Callable[[Draft], bool] = lambda _: True, own: str | None = None
) -> Iterator[Item]:
    """Settle all items of a file as `joins` does; `own` is the key of the column of a person's own paper."""
    joins = Joins(alone=alone)
    for item, _ in read:
        joins.see(item)
    for item, row in read:
        if row is None:
            yield item
            continue
        keys = {"code": "code", "confirmation": "confirmation", "declaration": "declaration", "own": own or ""}
        columns = {what: letters(row.columns[key]) for what, key in keys.items() if key in row.columns}
        yield from joins.settle(item, columns=columns, content=row.written)
