"""What a node answers to a file over HTTP, and the office's own sheet; each document in one place."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from node.documents import CaseCode, Count, Hash

Params = dict[str, str | int]


class Progress(BaseModel):
    """Rows answered so far; before the first, what was looked over, in rows or bytes, `of` 0 where nobody knows."""

    rows: Count
    looked: Count
    of: Count


class Where(BaseModel):
    """Where in a file: its sheet or None, row as a person counts, column letter or field name."""

    sheet: str | None
    row: int


class RowAnswer(Where):
    """What became of one row: its reason and parameters where it is to mend or waits, its mã hồ sơ where known."""

    column: str | None
    outcome: Literal["new", "changed", "same", "to_mend", "waiting"]
    reason: str | None
    params: Params
    code: CaseCode | None


class TotalAnswer(Where):
    """A total the file states beside what was counted."""

    what: str
    written: int
    counted: int


class NoteAnswer(Where):
    """Something to know that stops nothing."""

    column: str | None
    reason: str
    params: Params


class Report(BaseModel):
    """The answer to one file; `queued`: the hub was away, all is kept here and will be sent."""

    form: str
    file: Hash
    rows: list[RowAnswer]
    totals: list[TotalAnswer]
    notes: list[NoteAnswer]
    vanished: Count
    vanished_codes: list[CaseCode]
    queued: bool


class SheetRow(BaseModel):
    """One row of a sheet as text by column; the group it stands in, None where that is not certain."""

    cells: dict[str, str]
    group: str | None


class Sheet(BaseModel):
    """One sheet of an office's own form."""

    sheet: str
    rows: list[SheetRow]


class Worklist(BaseModel):
    """The office's own sheets; the mã hồ sơ of cases that have no place on any of them."""

    sheets: list[Sheet]
    left_out: list[CaseCode]
