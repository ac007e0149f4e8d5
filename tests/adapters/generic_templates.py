"""Filling in, rewriting and reading the generic templates, for the tests of their adapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from adapters.contract import Draft, Item, Note, Returned
from adapters.generic import ADAPTERS, LIST
from adapters.generic.templates import Name, template
from adapters.tables.reading import read_sheets
from domain.wording import Language

TODAY = date(2026, 11, 22)
PERSON, LISTED, _ = ADAPTERS
BY_FORM = {"person": PERSON, "list": LISTED}
NOTICE = {"number": "5/2026", "reported_on": "05/11/2026", "pathway": "tự trở về", "full_name": "Lò Thị Giả"}
Change = Callable[[list[list[str]]], list[list[str]]]


def read(form: Name, file: Path) -> list[Item]:
    return list(BY_FORM[form].read(file, today=TODAY))


def filled(to: Path, form: Name, *records: Mapping[str, str], language: Language = "vi") -> list[Item]:
    """What is read of a template with these records, without notes."""
    to.write_bytes(template(form, language, filled=records))
    return [item for item in read(form, to) if not isinstance(item, Note)]


def reasons(items: Sequence[Item]) -> list[tuple[str, str | None]]:
    """Reason and column of each row returned."""
    return [(item.reason, item.where.column) for item in items if isinstance(item, Returned)]


def one(items: Sequence[Item]) -> Draft:
    (draft,) = items
    assert isinstance(draft, Draft), draft
    return draft


def said(draft: Draft) -> object:
    """What a draft says, without where it stands."""
    acts = [
        (act.name, act.type, act.occurred, dict(act.facts),
         {s: {name: fact.value for name, fact in facts.items()} for s, facts in act.sections.items()})
        for act in draft.acts
    ]  # fmt: skip
    return acts, draft.code, draft.papers, draft.opens, draft.record_key[1]


def rewritten(to: Path, source: Path, change: Change, *, sheet: str | None = None, dated: bool = False) -> Path:
    """A workbook made of the first sheet of another, its rows changed; `dated` writes dd/mm/yyyy as date cells."""
    first = read_sheets(source, (LIST,))[0]
    with xlsxwriter.Workbook(to) as book:
        page = book.add_worksheet(sheet or first.name)
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for row, cells in enumerate(change([list(cells) for cells in first.rows])):
            for column, text in enumerate(cells):
                if dated and len(text) == 10 and text[2] == text[5] == "/":
                    page.write_datetime(row, column, datetime.strptime(text, "%d/%m/%Y"), day)  # noqa: DTZ007
                elif text:
                    page.write_string(row, column, text)
    return to
