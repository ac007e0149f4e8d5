"""The generic forms by name and version, their sheets, and how a field is found.

By its label in either language, with or without diacritics, wherever it stands.
"""

from __future__ import annotations

from typing import Final

from adapters.generic.choices import Words
from adapters.generic.fields import FIELDS
from adapters.tables.layouts import Column, Layout
from adapters.tables.sheets import fold, plain

VERSION: Final = 1
"""Of the fields: a template says it in a hidden cell. An older one is read as long as its labels are known."""
PERSON_FORM: Final = f"generic.person/{VERSION}"
LIST_FORM: Final = f"generic.list/{VERSION}"
EVENTS_FORM: Final = f"generic.events/{VERSION}"
BOOK: Final = "generic.book/1"
"""Records of both templates are of one book: a person told of upright is known again in the list."""

BY_KEY: Final = {one.key: one for one in FIELDS}
BY_LABEL: Final = {
    spelling: one for one in FIELDS for word in one.words for spelling in (fold(word), plain(fold(word)))
}

POSITION: Final = Column("position", ("STT", "No.", "TT", "Số TT"), required=False)
HEADED: Final = frozenset({"number", "reported_on", "pathway", "full_name"})
"""Columns a list must have, whatever stands in them."""
LIST: Final = Layout(
    sheet="Danh sách",
    title="DANH SÁCH NGƯỜI ĐƯỢC TIẾP NHẬN, HỖ TRỢ",
    columns=(POSITION, *(Column(one.key, one.words, required=one.key in HEADED) for one in FIELDS)),
    groups={},
)
UPRIGHT: Final = Layout(
    sheet="Một người",
    title="PHIẾU TIẾP NHẬN, TRÌNH BÁO – MỘT NGƯỜI",
    columns=(
        Column("label", ("Mục", "Item")),
        Column("value", ("Nội dung điền", "Fill in here")),
        Column("hint", ("Cách ghi", "How to write"), required=False),
        Column("example", ("Ví dụ", "Example"), required=False),
    ),
    groups={},
)
LISTS_SHEET: Final[Words] = {"vi": "Danh mục", "en": "Code lists"}
"""The sheet with the words of the lists; it is not read."""
