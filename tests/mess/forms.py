"""The adapters of the forms whose files are written here, by names of our own."""

from __future__ import annotations

from typing import Final

from adapters.border_guard import ADAPTER as BORDER
from adapters.contract import Adapter
from adapters.generic import ADAPTERS as GENERIC
from adapters.labour_department import ADAPTER as LABOUR
from adapters.police import ADAPTER as POLICE
from adapters.women_union import ADAPTER as WOMEN

ADAPTERS: Final[dict[str, Adapter]] = {
    "police": POLICE,
    "border": BORDER,
    "labour": LABOUR,
    "women": WOMEN,
    "women_book": WOMEN,
    "person": GENERIC[0],
    "list": GENERIC[1],
}
