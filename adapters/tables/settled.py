"""The items of one file of tables once all are read: what repeats another row, or is another person's, is returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from adapters.contract import Draft, Item
from adapters.tables.reading import Table
from adapters.tables.rows import Row, RowKind
from adapters.tables.sheets import letters
from adapters.values.joins import Joins
from adapters.values.kept import twice


def settled(
    tables: Sequence[Table],
    read: Callable[[Table], Iterator[Item]],
    *,
    alone: Callable[[Draft], bool] = lambda _: True,
    known: Callable[[Draft], bool] = lambda _: True,
    own: str | None = None,
) -> Iterator[Item]:
    """Settle what `read` gives of each table as `joins` does; `own` is the key of the column of a person's own paper.

    Until the last row is read the items lie in a temporary file without a name.
    """
    joins = Joins(alone=alone, known=known)
    found = ((place, item) for place, table in enumerate(tables) for item in read(table))
    columns = [_columns(table, own) for table in tables]
    for place, item in twice(found, see=lambda one: joins.see(one[1])):
        content = partial(_written, tables[place], item.where.row)
        yield from joins.settle(item, columns=columns[place], content=content)


def _columns(table: Table, own: str | None) -> dict[str, str]:
    keys = {"code": "code", "confirmation": "confirmation", "declaration": "declaration", "own": own or ""}
    placed = table.header.columns
    return {what: letters(placed[key]) for what, key in keys.items() if key in placed}


def _written(table: Table, row: int) -> dict[str, str]:
    """A row as written, by its number from 1."""
    return Row(kind=RowKind.RECORD, sheet=table.sheet, header=table.header, index=row - 1).written()
