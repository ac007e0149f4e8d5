"""Which adapter reads which file of which agency. A new form is one line here and a folder in `adapters/`."""

from __future__ import annotations

from pathlib import Path

from adapters.border_guard import ADAPTER as BORDER_GUARD
from adapters.contract import Adapter
from adapters.generic import ADAPTERS as GENERIC
from adapters.labour_department import ADAPTER as LABOUR_DEPARTMENT
from adapters.police import ADAPTER as POLICE
from adapters.women_union import ADAPTER as WOMEN_UNION
from domain.errors import RefusedError
from domain.statements import AgencyKind

ADAPTERS: tuple[Adapter, ...] = (POLICE, BORDER_GUARD, LABOUR_DEPARTMENT, WOMEN_UNION, *GENERIC)
"""Forms of one kind of agency come before those that anybody may use."""


def adapter_for(kind: AgencyKind, file: Path) -> Adapter:
    """The adapter of this kind of agency that knows this file.

    Raises:
        RefusedError: `file_form_unknown`.
    """
    mine = [adapter for adapter in ADAPTERS if adapter.form.kind in {kind, None}]
    for adapter in mine:
        if file.suffix.lower() in adapter.form.suffixes and adapter.reads(file):
            return adapter
    raise RefusedError("file_form_unknown")
