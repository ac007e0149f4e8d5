"""The two templates as Excel workbooks: what `caunoi template` writes and `upright` and `listing` read back.

Value cells are text, so that no program turns 03/04 round or takes a leading zero; labels are locked (without a
password), lists offer the words of the rules. The same form in the same language gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from adapters.generic.fields import FIELDS, GROUPS, Field
from adapters.generic.layout import LIST, LIST_FORM, LISTS_SHEET, PERSON_FORM, POSITION, UPRIGHT
from adapters.tables.sheets import letters
from adapters.tables.writing import keep
from domain.wording import Language, say

Name = Literal["person", "list"]
Filled = Sequence[Mapping[str, str]]
"""Texts by field key, one mapping for each record."""

FORMS: Final[Mapping[Name, str]] = {"person": PERSON_FORM, "list": LIST_FORM}
LIST_ROWS: Final = 1_000
"""Rows of the list that have hints and lists; further down a row is read as well."""
HEADER_ROW: Final = 3
_MADE: Final = datetime(2026, 11, 22, tzinfo=UTC)  # of this version, so that the bytes stay the same
_PLAIN: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_ALLOWED: Final = dict.fromkeys(
    (
        *("format_cells", "format_columns", "format_rows", "sort", "autofilter"),
        *("insert_rows", "delete_rows", "select_locked_cells", "select_unlocked_cells"),
    ),
    True,
)
_TITLE_MOST, _MESSAGE_MOST = 32, 255  # what Excel shows of an input message


def template(form: Name, language: Language = "vi", *, filled: Filled = ()) -> bytes:
    """A template, empty or with records filled in: one sheet for each person, or one row."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _PLAIN) as workbook:
        writer = _Writer(workbook, language)
        if form == "list":
            writer.listing(filled)
        else:
            for number, record in enumerate(filled or ({},), start=1):
                writer.person(record, number)
        writer.lists()
        workbook.set_properties({"title": FORMS[form], "created": _MADE})
        workbook.set_custom_property("caunoi", FORMS[form], "text")
    return out.getvalue()


def write_template(to: Path, form: Name, language: Language = "vi") -> None:
    """Write an empty template.

    Raises:
        OSError: `to` cannot be written.
    """
    keep(template(form, language), to)


class _Writer:
    """Writes the sheets of one workbook in one language."""

    def __init__(self, workbook: xlsxwriter.Workbook, language: Language) -> None:
        self._workbook, self._language = workbook, language
        self._title = workbook.add_format({"bold": True, "font_size": 13})
        self._about = workbook.add_format({"italic": True, "text_wrap": True, "valign": "top"})
        self._headed = workbook.add_format({"bold": True, "text_wrap": True, "border": 1, "bg_color": "#DDEBF7"})
        self._label = workbook.add_format({"text_wrap": True, "valign": "top", "border": 1})
        self._example = workbook.add_format({"italic": True, "font_color": "#7F7F7F", "text_wrap": True, "border": 1})
        # 49 is Excel's own "Text": a day, a CCCD, a phone stay as they are typed.
        unlocked = {"locked": False, "num_format": 49, "valign": "top", "text_wrap": True, "border": 1}
        self._value = workbook.add_format(unlocked)
        offering = [one for one in FIELDS if one.offered(language)]
        self._columns = {one.key: column for column, one in enumerate(offering)}

    def person(self, record: Mapping[str, str], number: int) -> None:
        """One sheet for one person."""
        name = UPRIGHT.sheet if number == 1 else f"{UPRIGHT.sheet} ({number})"
        page = self._page(name, PERSON_FORM, say("template_person", self._language))
        for column, header in enumerate(self._worded(one.words) for one in UPRIGHT.columns):
            made_up = f" ({say('template_made_up', self._language)})" if column == len(UPRIGHT.columns) - 1 else ""
            page.write_string(HEADER_ROW, column, header + made_up, self._headed)
        row, group = HEADER_ROW, ""
        for one in FIELDS:
            row += 1
            if one.group != group:
                group = one.group
                page.write_string(row, 0, GROUPS[group][self._language], self._headed)
                row += 1
            page.write_string(row, 0, self._labelled(one), self._label)
            self._fill(page, row, 1, record.get(one.key, ""))
            page.write_string(row, 2, one.hint[self._language], self._about)
            page.write_string(row, 3, one.example, self._example)
            self._validate(page, one, (row, 1, row, 1))
        for column, width in enumerate((30, 44, 44, 28)):
            page.set_column(column, column, width)

    def listing(self, records: Filled) -> None:
        """One sheet with a row for each record, below an example that is never taken."""
        page = self._page(LIST.sheet, LIST_FORM, say("template_list", self._language))
        page.set_column(0, 0, 6, self._value)
        page.write_string(HEADER_ROW, 0, self._worded(POSITION.words), self._headed)
        for column, one in enumerate(FIELDS, start=1):
            page.set_column(column, column, 20, self._value)
            page.write_string(HEADER_ROW, column, self._labelled(one), self._headed)
            page.write_comment(HEADER_ROW, column, one.hint[self._language])
            page.write_string(HEADER_ROW + 1, column, one.example, self._example)
            self._validate(page, one, (HEADER_ROW + 2, column, HEADER_ROW + 1 + LIST_ROWS, column))
        for row, record in enumerate(records, start=HEADER_ROW + 2):
            self._fill(page, row, 0, str(row - HEADER_ROW - 1))
            for column, one in enumerate(FIELDS, start=1):
                self._fill(page, row, column, record.get(one.key, ""))

    def lists(self) -> None:
        """The words the cells offer: too long to stand in the cells themselves."""
        page = self._workbook.add_worksheet(LISTS_SHEET[self._language])
        for one in FIELDS:
            if one.key in self._columns:
                column = self._columns[one.key]
                page.write_string(0, column, one.label[self._language], self._headed)
                page.write_column(1, column, one.offered(self._language))
                page.set_column(column, column, 30)
        page.protect("", _ALLOWED)

    def _page(self, name: str, form: str, title: str) -> Worksheet:
        page = self._workbook.add_worksheet(name)
        page.write_string(0, 0, form)
        page.set_row(0, None, None, {"hidden": True})
        page.write_string(1, 0, title, self._title)
        page.write_string(2, 0, say("template_about", self._language))
        page.freeze_panes(HEADER_ROW + 1, 0)
        page.protect("", _ALLOWED)
        return page

    def _fill(self, page: Worksheet, row: int, column: int, text: str) -> None:
        if text:
            page.write_string(row, column, text, self._value)
        else:
            page.write_blank(row, column, None, self._value)

    def _validate(self, page: Worksheet, one: Field, cells: tuple[int, int, int, int]) -> None:
        """Offer the field's words and say how to fill it in; other spellings are only warned of: the reader decides."""
        said = {
            "input_title": one.label[self._language][:_TITLE_MOST],
            "input_message": one.hint[self._language][:_MESSAGE_MOST],
        }
        if one.key in self._columns:
            column = letters(self._columns[one.key])
            last = 1 + len(one.offered(self._language))
            source = f"='{LISTS_SHEET[self._language]}'!${column}$2:${column}${last}"
            page.data_validation(*cells, {"validate": "list", "source": source, "error_type": "warning", **said})
        else:
            page.data_validation(*cells, {"validate": "any", **said})

    def _labelled(self, one: Field) -> str:
        return one.label[self._language] + (" (*)" if one.required else "")

    def _worded(self, words: tuple[str, ...]) -> str:
        return words[0 if self._language == "vi" else 1]
