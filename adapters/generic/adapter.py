"""The adapters of the three generic forms. Any agency may use them: they have no kind of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from adapters.contract import Adapter, Form, Item
from adapters.generic.entry import taken
from adapters.generic.events import read_events
from adapters.generic.layout import BOOK, EVENTS_FORM, LIST, LIST_FORM, PERSON_FORM, UPRIGHT
from adapters.generic.listing import read_list
from adapters.generic.upright import labelled, read_upright
from adapters.tables.reading import looks_like, read_sheets
from adapters.values.files import sniff
from domain.errors import RefusedError

BOOKS: Final = (".xlsx", ".xls", ".ods")
_NOTICE: Final = "thông báo của UBND xã và các nơi tiếp nhận trình báo: Luật 53/2024 Điều 27, 28, 30, 37"


class GenericPerson:
    """Reads the upright template; see `docs/forms/generic.md`."""

    form = Form(
        id=PERSON_FORM,
        kind=None,
        suffixes=BOOKS,
        stands_for=f"Tờ khai (PL2, TTLT 01/2014) và {_NOTICE}",
        records=BOOK,
    )

    def reads(self, file: Path) -> bool:
        """Tell whether half of the labels stand in one column; a file that cannot be opened counts, as elsewhere."""
        if file.suffix.lower() not in self.form.suffixes:
            return False
        try:
            sheets = read_sheets(file, (UPRIGHT,))
        except RefusedError:
            return True
        return any(labelled(sheet) for sheet in sheets if not sheet.hidden)

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Yield the workbook's persons.

        Raises:
            RefusedError: a `file_…` code.
        """
        yield from taken(read_upright(file), today=today)


class GenericList:
    """Reads the list template; see `docs/forms/generic.md`."""

    form = Form(
        id=LIST_FORM,
        kind=None,
        suffixes=BOOKS,
        stands_for=f"Danh sách kèm {_NOTICE}; không có mẫu luật định",
        records=BOOK,
    )

    def reads(self, file: Path) -> bool:
        """Tell whether a file looks like this form."""
        return looks_like(file, (LIST,), self.form.suffixes)

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Yield the list's rows.

        Raises:
            RefusedError: a `file_…` code.
        """
        yield from taken(read_list(file), today=today)


class GenericEvents:
    """Reads CloudEvents; see `docs/forms/generic.md`."""

    form = Form(
        id=EVENTS_FORM,
        kind=None,
        suffixes=(".json",),
        stands_for=f"Như danh sách, do phần mềm gửi; {_NOTICE}",
    )

    def reads(self, file: Path) -> bool:
        """Tell whether the file names the version of CloudEvents."""
        return file.suffix.lower() in self.form.suffixes and b'"specversion"' in sniff(file)

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Yield the events.

        Raises:
            RefusedError: a `file_…` code.
        """
        yield from taken(read_events(file), today=today)


ADAPTERS: Final[tuple[Adapter, ...]] = (GenericPerson(), GenericList(), GenericEvents())
