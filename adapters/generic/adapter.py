"""The adapters of the three generic forms. Any agency may use them: they have no kind of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from adapters.contract import Adapter, Form, Item, Note, Total
from adapters.generic.entry import Entry, taken
from adapters.generic.events import read_events
from adapters.generic.layout import BOOK, EVENTS_FORM, LIST, LIST_FORM, PERSON_FORM, UPRIGHT
from adapters.generic.listing import read_list
from adapters.generic.upright import labelled, read_upright
from adapters.tables.layouts import Layout, locate
from adapters.tables.marks import check_secret
from adapters.tables.reading import read_heads
from adapters.tables.sheets import Sheet
from adapters.values.files import sniff
from domain.errors import RefusedError

BOOKS: Final = (".xlsx", ".xls", ".ods")
_NOTICE: Final = "thông báo của UBND xã và các nơi tiếp nhận trình báo: Luật 53/2024 Điều 27, 28, 30, 37"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Reads one of the two templates; see `docs/forms/generic.md`.

    knows: whether a sheet looks like this form; entries: what is filled in, as of `entry.taken`.
    """

    form: Form
    layout: Layout
    knows: Callable[[Sheet], bool]
    entries: Callable[[Path], Iterator[Entry | Note | Total]]

    def reads(self, file: Path) -> bool:
        """Tell whether a file looks like this form; one that cannot be opened or is marked secret counts."""
        if file.suffix.lower() not in self.form.suffixes:
            return False
        try:
            sheets = read_heads(file, (self.layout,))
            check_secret(sheets)
        except RefusedError:
            return True
        return any(self.knows(sheet) for sheet in sheets if not sheet.hidden)

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Yield the workbook's records.

        Raises:
            RefusedError: a `file_…` code.
        """
        yield from taken(self.entries(file), today=today)


PERSON: Final = Template(
    form=Form(
        id=PERSON_FORM,
        kind=None,
        suffixes=BOOKS,
        stands_for=f"Tờ khai (PL2, TTLT 01/2014) và {_NOTICE}",
        records=BOOK,
    ),
    layout=UPRIGHT,
    knows=labelled,
    entries=read_upright,
)
LISTED: Final = Template(
    form=Form(
        id=LIST_FORM,
        kind=None,
        suffixes=BOOKS,
        stands_for=f"Danh sách kèm {_NOTICE}; không có mẫu luật định",
        records=BOOK,
    ),
    layout=LIST,
    knows=lambda sheet: locate(sheet, LIST).likely,
    entries=read_list,
)


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


ADAPTERS: Final[tuple[Adapter, ...]] = (PERSON, LISTED, GenericEvents())
