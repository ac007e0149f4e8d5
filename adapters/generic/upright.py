"""One person on one sheet: labels in one column, what is filled in beside them. A workbook may hold several sheets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from adapters.contract import Note, Proposal, Where
from adapters.generic.entry import Entry
from adapters.generic.fields import FIELDS, GROUPS
from adapters.generic.layout import BY_KEY, BY_LABEL, UPRIGHT
from adapters.generic.sheets import BOOK, check_labels, data_sheets
from adapters.tables.lettering import old_cells
from adapters.tables.reading import Table, find_tables
from adapters.tables.sheets import Sheet, address, fold, letters
from adapters.values.fields import located
from adapters.values.writing import check_result
from domain.errors import RefusedError

LOOKED_AT: Final = (120, 12)
"""Rows and columns in which labels are looked for to tell whether a workbook is this form."""
DATED: Final = ("reported_on", "birth", "support_on")
_GROUPS: Final = frozenset(fold(word) for words in GROUPS.values() for word in words.values())


def read_upright(file: Path) -> Iterator[Entry | Note]:
    """Read the filled sheets of a workbook.

    Raises:
        RefusedError: a `file_…` code; `file_header_missing`, `file_header_repeated` name a label.
    """
    tables, notes = find_tables(data_sheets(file, UPRIGHT), (UPRIGHT,))
    found: list[Entry | Note] = []
    for number, table in enumerate(tables, start=1):
        found += _Filled(table, number=number).items()
    if not any(isinstance(item, Entry) for item in found):
        raise RefusedError("file_empty")
    yield from (*notes, *found)


def labelled(sheet: Sheet) -> bool:
    """Tell whether half of the form's labels stand in one column of a sheet."""
    rows, columns = LOOKED_AT
    for column in range(columns):
        found = {BY_LABEL[text].key for row in range(rows) if (text := fold(sheet.text(row, column))) in BY_LABEL}
        if 2 * len(found) >= len(FIELDS):
            return True
    return False


class _Filled:
    """One sheet of the form: which label stands in which row, and what is beside it."""

    def __init__(self, table: Table, *, number: int) -> None:
        self._sheet, self._header = table.sheet, table.header
        label, self._column = table.header.columns["label"], table.header.columns["value"]
        rows = range(table.header.last + 1, len(table.sheet.rows))
        labels = {row: fold(self._sheet.text(row, label)) for row in rows}
        self._rows = {row: BY_LABEL[text].key for row, text in labels.items() if text in BY_LABEL}
        self._others = [row for row, text in labels.items() if text not in BY_LABEL and text not in _GROUPS]
        for key, times in Counter(self._rows.values()).items():
            if times > 1:
                raise RefusedError("file_header_repeated", header=BY_KEY[key].words[0], sheet=number)
        self._check_labels()

    def _check_labels(self) -> None:
        known = set(self._rows.values())
        for one in FIELDS:
            if one.required and one.key not in known:
                raise RefusedError("file_header_missing", header=one.words[0])
        check_labels(known, others=any(self._says(row) for row in self._others))

    def _says(self, row: int) -> bool:
        return bool(self._sheet.text(row, self._column))

    def items(self) -> Iterator[Entry | Note]:
        """The person, unless nothing is filled in, and rows that are not the form's."""
        for row in self._others:
            if self._says(row):
                yield Note(where=self._where(row), reason="note_label_not_read")
        texts = {key: self._sheet.text(row, self._column) for row, key in self._rows.items()}
        if any(texts.values()):
            yield self._entry(texts)

    def _entry(self, texts: Mapping[str, str]) -> Entry:
        sheet = "" if self._sheet.name is None else f"'{self._sheet.name}'!"
        cells = {key: self._where(row, self._column) for row, key in self._rows.items()}
        proposals: tuple[Proposal, ...] = ()
        fault = self._fault()
        if fault is None:
            fault, proposals = self._old_font()
        return Entry(
            texts=texts,
            path="",
            where=Where(row=cells["number"].row, sheet=self._sheet.name),
            source=BOOK,
            book=True,
            places={key: sheet + address(row, self._column) for row, key in self._rows.items()},
            cells=cells,
            content={BY_KEY[key].words[0]: text for key, text in texts.items() if text},
            fault=fault,
            proposals=proposals,
        )

    def _where(self, row: int, column: int | None = None) -> Where:
        return Where(row=row + 1, sheet=self._sheet.name, column=None if column is None else letters(column))

    def _fault(self) -> RefusedError | None:
        """What is wrong with the sheet before its cells are read."""
        headed = {*self._header.columns.values(), *self._header.others, *self._header.answers}
        for row, key in self._rows.items():
            if any(m.bottom > m.top and m.holds(row, self._column) for m in self._sheet.merged):
                return RefusedError("row_merged_cells", column=key)
            if any(cell.strip() and at not in headed for at, cell in enumerate(self._sheet.rows[row])):
                return RefusedError("row_cell_without_header", column=key)
            if self._sheet.looks and self._says(row) and (row, self._column) in self._sheet.looks.struck:
                return RefusedError("row_struck_out", column=key)
            try:
                located(key, check_result, self._sheet.text(row, self._column))
            except RefusedError as error:
                return error
            if (row, self._column) in self._sheet.dates:
                if key == "number":  # 05/2026 typed into a cell that is not text becomes a day of May
                    return RefusedError("row_book_number", column=key)
                if key in DATED and self._exchanged(self._sheet.text(row, self._column)):
                    return RefusedError("row_date_order_unsure", column=key)
        return None

    def _old_font(self) -> tuple[RefusedError | None, tuple[Proposal, ...]]:
        """The first cell in an old font, judged over all that is filled in, and its text as it would be mended."""
        old = old_cells(self._sheet, list(self._rows), [self._column])
        for row, cells in sorted(old.items()):
            text = cells[self._column].text
            proposals = () if text is None else (Proposal(column=letters(self._column), text=text),)
            return RefusedError("row_legacy_font", column=self._rows[row]), proposals
        return None, ()

    @staticmethod
    def _exchanged(text: str) -> bool:
        """Whether a date cell may have day and month exchanged: nothing beside it tells, as a column would."""
        return int(text[:2]) <= 12 and text[:2] != text[3:5]
