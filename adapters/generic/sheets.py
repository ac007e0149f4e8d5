"""The sheets of a generic workbook: without that of the code lists, of a version and with labels we know."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from adapters.generic.fields import FIELDS
from adapters.generic.layout import LISTS_SHEET, VERSION
from adapters.tables.layouts import Layout
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import Sheet, fold
from domain.errors import RefusedError

BOOK: Final = "book"
"""Whose numbers a template has: the office's own book."""
MARKED_ROWS: Final = 5
"""The mark of the version stands in one of the first rows."""
_MARK: Final = re.compile(r"generic\.(?:person|list)/([0-9]{1,4})")
_LISTS: Final = frozenset(fold(name) for name in LISTS_SHEET.values())


def data_sheets(file: Path, layout: Layout) -> tuple[Sheet, ...]:
    """Read the sheets in which records may stand.

    Raises:
        RefusedError: a `file_…` code; `file_template_newer` for a template of a version we do not know, with both
            versions: it may say more than we read. Without a mark the labels alone decide.
    """
    sheets = read_sheets(file, (layout,))
    for row in (row for sheet in sheets for row in sheet.rows[:MARKED_ROWS]):
        for found in filter(None, (_MARK.fullmatch(cell.strip()) for cell in row)):
            if int(found[1]) > VERSION:
                raise RefusedError("file_template_newer", version=int(found[1]), known=VERSION)
    return tuple(sheet for sheet in sheets if fold(sheet.name or "") not in _LISTS)


def check_labels(known: Collection[str], *, others: bool) -> None:
    """Refuse labels of which one is missing while another (`others`) is not the form's: it may be that one, retyped.

    Raises:
        RefusedError: `file_header_missing`, naming ours.
    """
    missing = next((one for one in FIELDS if one.key not in known), None)
    if others and missing is not None:
        raise RefusedError("file_header_missing", header=missing.words[0])
