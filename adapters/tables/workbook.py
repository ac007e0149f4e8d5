"""Excel and OpenDocument workbooks to sheets, within bounds.

The zip of an xlsx or ods is measured before it is opened; the rest is done by the child process of `opening`, whose
memory and time are limited. Formulas are never evaluated: a cell counts with the value its program stored.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from adapters.tables.sheets import MAX_BYTES, MAX_CELLS, MAX_CHARACTERS, MAX_COLUMNS, MAX_SHEETS, Looks, Merged, Sheet
from domain.errors import RefusedError

MAX_UNPACKED: Final = 200 * 1024 * 1024
"""Bytes of all members of a zipped workbook together."""
MAX_MEMBERS: Final = 2_000
SECONDS: Final = 60
"""What the child may take on the clock."""
_WHOLE_NUMBERS: Final = 1e15
"""Below this a float holds every whole number exactly."""
_SYSTEM: Final = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
"""The child's environment: what the node keeps in its own is nothing for a file to meet, but Windows starts no program
without its own folder."""
_SYSTEM_STATUS: Final = 0xC0000000
"""From here on an exit code is Windows's own: the process was ended, it did not end."""
_CODES: Final = frozenset({"file_password", "file_not_spreadsheet", "file_too_large"})


def read_workbook(file: Path) -> tuple[Sheet, ...]:
    """Read all worksheets of a workbook, hidden ones included.

    Raises:
        RefusedError: `file_too_large`, `file_zip_bomb`, `file_not_spreadsheet`, `file_password`, `file_unreadable`.
    """
    check_size(file)
    check_zip(file)
    command = [sys.executable, "-I", str(Path(__file__).with_name("opening.py")), str(file.absolute())]
    bounds = [str(MAX_CELLS), str(MAX_COLUMNS), str(MAX_SHEETS), str(MAX_CHARACTERS)]
    try:
        done = subprocess.run(
            [*command, *bounds],
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=_SYSTEM,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise RefusedError("file_too_large") from None
    if done.returncode != 0:
        raise RefusedError(died_of(done.returncode))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        if "refused" in line:
            raise RefusedError(line["refused"] if line["refused"] in _CODES else "file_not_spreadsheet")
    return tuple(_sheet(line) for line in lines)


def died_of(returncode: int) -> str:
    """The refusal for a child that ended so: a signal is the ceiling on memory or time, else the reader's panic."""
    return "file_too_large" if returncode < 0 or returncode >= _SYSTEM_STATUS else "file_not_spreadsheet"


def check_size(file: Path) -> None:
    """Refuse what is not a file, is empty or larger than `MAX_BYTES`.

    Raises:
        RefusedError: `file_unreadable`, `file_too_large`, `file_empty`.
    """
    try:
        size = file.stat().st_size if file.is_file() else None
    except (OSError, ValueError):
        size = None
    if size is None:
        raise RefusedError("file_unreadable")
    if size == 0:
        raise RefusedError("file_empty")
    if size > MAX_BYTES:
        raise RefusedError("file_too_large")


def check_zip(file: Path) -> None:
    """Refuse a zip that unpacks to more than `MAX_UNPACKED`, or whose members lie over each other.

    A directory that lies about sizes gets past this; the child's ceilings do not believe it.

    Raises:
        RefusedError: `file_zip_bomb`, `file_not_spreadsheet`, `file_unreadable`.
    """
    try:
        with file.open("rb") as stream:
            if stream.read(2) != b"PK":
                return
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except OSError:
        raise RefusedError("file_unreadable") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise RefusedError("file_not_spreadsheet") from None
    starts = {member.header_offset for member in members}
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or len(starts) < len(members):
        raise RefusedError("file_zip_bomb")


def _sheet(line: Mapping[str, Any]) -> Sheet:
    rows, looks = line["rows"], line["looks"]
    dates = {
        (row, column) for row, cells in enumerate(rows) for column, value in enumerate(cells) if isinstance(value, dict)
    }
    texts = [[_text(value) for value in cells] for cells in rows]
    for parts, cells in (looks["dates"] if looks else {}).items():
        for row, column in dates.intersection(map(tuple, cells)):
            texts[row][column] = _shown(texts[row][column], parts)
    return Sheet(
        name=str(line["name"]),
        rows=tuple(map(tuple, texts)),
        hidden=bool(line["hidden"]),
        merged=tuple(_merged(ends) for ends in line["merged"]),
        dates=frozenset(dates),
        looks=_looks(looks),
    )


def _looks(told: Mapping[str, Any] | None) -> Looks | None:
    if told is None:
        return None
    return Looks(
        struck=frozenset(map(tuple, told["struck"])),
        fonts={(row, column): name for name, cells in told["fonts"].items() for row, column in cells},
        coloured={(row, column): colour for colour, cells in told["coloured"].items() for row, column in cells},
        hidden_rows=frozenset(told["hidden_rows"]),
        hidden_columns=frozenset(told["hidden_columns"]),
        filtered=told["filter"],
    )


def _shown(day: str, parts: str) -> str:
    """Only those parts of a date (dd/mm/yyyy) that its format shows: a day nobody saw is nobody's word."""
    first, second, third = day[:10].split("/")
    return {"my": f"{second}/{third}", "y": third, "dm": f"{first}/{second}"}[parts]


def _merged(ends: list[object]) -> Merged:
    top, left, bottom, right = (int(str(end)) for end in ends)
    return Merged(top=top, left=left, bottom=bottom, right=right)


def _text(value: object) -> str:
    """The text a person would read in the cell."""
    if value is None:
        return ""
    if isinstance(value, dict):
        moment = datetime.fromisoformat(str(value["date"]))
        return moment.strftime("%d/%m/%Y %H:%M" if "T" in str(value["date"]) else "%d/%m/%Y")
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) < _WHOLE_NUMBERS:
        return str(int(value))
    return str(value)
