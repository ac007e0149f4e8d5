"""Which adapter reads which file of which agency. A new form is one line here and a folder in `adapters/`."""

from __future__ import annotations

from pathlib import Path

from adapters.border_guard import ADAPTER as BORDER_GUARD
from adapters.contract import Adapter
from adapters.generic import ADAPTERS as GENERIC
from adapters.labour_department import ADAPTER as LABOUR_DEPARTMENT
from adapters.police import ADAPTER as POLICE
from adapters.tables.reading import check_unmarked
from adapters.tables.sheets import MAX_BYTES
from adapters.values.files import check_size
from adapters.values.secrecy import check_name
from adapters.women_union import ADAPTER as WOMEN_UNION
from domain.errors import RefusedError
from domain.statements import AgencyKind

ADAPTERS: tuple[Adapter, ...] = (POLICE, BORDER_GUARD, LABOUR_DEPARTMENT, WOMEN_UNION, *GENERIC)
"""Forms of one kind of agency come before those that anybody may use."""
TABLES = frozenset({".csv", ".txt", ".xlsx", ".xls", ".ods"})
OTHERS = frozenset(
    {
        *(".xlsb", ".xlsm", ".xltx", ".numbers", ".doc", ".docx", ".odt", ".rtf", ".pdf", ".pptx"),
        *(".jpg", ".jpeg", ".png", ".heic", ".tif", ".tiff", ".bmp", ".webp", ".zip", ".rar", ".7z"),
    }
)
"""What offices also have lists in; nobody reads them here, and saying how to save them helps."""


def adapter_for(kind: AgencyKind, file: Path) -> Adapter:
    """The adapter of this kind of agency that knows this file.

    Raises:
        RefusedError: `file_form_unknown`, of JSON `file_json_unknown`, of what is no table `file_save_as_xlsx`;
            `file_empty`, `file_too_large`, `file_unreadable`; `file_secret_marked` for a table nobody knows that bears
            a secret mark, and for a file whose name does.
    """
    check_name(file)
    check_size(file, limit=MAX_BYTES)
    mine = [adapter for adapter in ADAPTERS if adapter.form.kind in {kind, None}]
    for adapter in mine:
        if file.suffix.lower() in adapter.form.suffixes and adapter.reads(file):
            return adapter
    if file.suffix.lower() in TABLES:
        check_unmarked(file)
    if file.suffix.lower() in OTHERS:
        raise RefusedError("file_save_as_xlsx")
    raise RefusedError("file_json_unknown" if file.suffix.lower() == ".json" else "file_form_unknown")
