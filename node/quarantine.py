"""What a node sets aside: the refused row or file as canonical JSON, sealed, so that an officer can look at it again.

Of what bears a mark of state secrecy nothing is kept but that it came, and when.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from domain.errors import RefusedError
from projections.rows import canonical
from sealing.rows import open_row, seal_row

SECRET = frozenset({"row_secret_marked", "file_secret_marked"})
"""Codes of which neither place nor content is kept."""
MAX_KEPT = 16 * 1024 * 1024  # bytes of a refused file that are kept; of a larger one only its hash
UNTOLD = ""
"""In place of the code while a row waits in the outbox."""
_VIEW = "quarantine"


def sealed(content: object, *, key: bytes, code: str) -> bytes:
    """Seal what was refused for a code under the node's quarantine key (32 bytes)."""
    return seal_row(canonical(plain(content)).encode(), view_key=key, case="", view=_VIEW, key=code)


def resealed(row: bytes, *, key: bytes, code: str) -> bytes:
    """Seal a row that waited in the outbox for the code it was refused with."""
    return seal_row(
        open_row(row, view_key=key, case="", view=_VIEW, key=UNTOLD), view_key=key, case="", view=_VIEW, key=code
    )


def opened(row: Mapping[str, Any], *, key: bytes) -> dict[str, Any]:
    """One row of the quarantine with its content; `content` is None where nothing is kept."""
    shown = {name: value for name, value in row.items() if name != "sealed"}
    content = None
    if row["sealed"] is not None:
        content = json.loads(open_row(row["sealed"], view_key=key, case="", view=_VIEW, key=row["code"]))
    return {**shown, "content": content}


def find(rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """The row with this number.

    Raises:
        RefusedError: `not_found`.
    """
    for row in rows:
        if row["id"] == number:
            return row
    raise RefusedError("not_found")


def whole_file(file: Path) -> dict[str, str] | None:
    """A refused file as content to keep: `{"file": base64}`; None when it is too large."""
    if file.stat().st_size > MAX_KEPT:
        return None
    return {"file": b64encode(file.read_bytes()).decode()}


def plain(value: object) -> object:
    """A draft, or a part of one, as what JSON can say: dates as ISO text, codes as their text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
