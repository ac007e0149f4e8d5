"""Excel and OpenDocument workbooks to sheets, within bounds.

The zip of an xlsx or ods is measured before it is opened; the rest is done by the child process of `opening`, whose
memory and time are limited. Formulas are never evaluated: a cell counts with the value its program stored.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

from adapters.progress import tell
from adapters.tables.sheets import (
    MAX_BYTES,
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_SHEETS,
    Cells,
    Looks,
    Marked,
    Merged,
    Sheet,
)  # fmt: skip
from adapters.tables.spool import Spool, SpooledRows
from adapters.values.files import check_size
from adapters.values.secrecy import stamped_line
from domain.errors import RefusedError

MAX_UNPACKED: Final = 200 * 1024 * 1024
"""Bytes of all members of a zipped workbook together but its pictures, which nobody unpacks."""
MAX_MEMBERS: Final = 2_000
SECONDS: Final = 180
"""What the child may take on the clock."""
LOOK_EVERY: Final = 0.2  # seconds
_PICTURES: Final = "xl/media/"
_FOOTER: Final = 20  # digits
_ENDS: Final = ("top", "left", "bottom", "right")
_SYSTEM: Final = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
"""The child's environment: what the node keeps in its own is nothing for a file to meet, but Windows starts no program
without its own folder."""
_SYSTEM_STATUS: Final = 0xC0000000
"""From here on an exit code is Windows's own: the process was ended, it did not end."""
_CODES: Final = frozenset({"file_password", "file_not_spreadsheet", "file_too_large"})


def read_workbook(file: Path, *, head: int = 0) -> tuple[Sheet, ...]:
    """Read all worksheets of a workbook, hidden ones included; with `head` so many rows of each, without looks.

    The rows stay in a temporary file.

    Raises:
        RefusedError: `file_too_large`, `file_zip_bomb`, `file_not_spreadsheet`, `file_password`, `file_unreadable`;
            `file_secret_marked`: a page header, a text box, a comment or a property bears a stamp.
    """
    check_size(file, limit=MAX_BYTES)
    check_zip(file)
    stream = tempfile.TemporaryFile(prefix="caunoi-")  # noqa: SIM115 - its rows are read as long as anybody has them
    try:
        _open(file, stream, head)
        told = _told(stream)
    except RefusedError:
        stream.close()
        raise
    spool = Spool(stream)
    return tuple(_sheet(one, spool) for one in told)


def _open(file: Path, stream: IO[bytes], head: int) -> None:
    """Let the child write the workbook's sheets to a stream."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("opening.py")), str(file.absolute())]
    bounds = [str(bound) for bound in (MAX_CELLS, MAX_COLUMNS, MAX_SHEETS, MAX_CHARACTERS, head)]
    until = time.monotonic() + SECONDS
    with subprocess.Popen(
        [*command, *bounds], stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.DEVNULL, env=_SYSTEM
    ) as child:
        while True:
            try:
                returncode = child.wait(LOOK_EVERY)
                break
            except subprocess.TimeoutExpired:
                tell(0)
            finally:
                if child.returncode is None and time.monotonic() > until:
                    child.kill()
    if returncode != 0:
        raise RefusedError(died_of(returncode))


def _told(stream: IO[bytes]) -> list[dict[str, Any]]:
    """What the child told of the sheets, at the end of the stream.

    Raises:
        RefusedError: what it refused; `file_secret_marked`: a stamp stands outside the cells.
    """
    stream.seek(-_FOOTER, os.SEEK_END)
    stream.seek(int(stream.read()))
    told = json.loads(stream.readline())
    if "refused" in told:
        raise RefusedError(told["refused"] if told["refused"] in _CODES else "file_not_spreadsheet")
    if any(map(stamped_line, told["around"])):
        raise RefusedError("file_secret_marked")
    found: list[dict[str, Any]] = told["sheets"]
    return found


def died_of(returncode: int) -> str:
    """The refusal for a child that ended so: a signal is the ceiling on memory or time, else the reader's panic."""
    return "file_too_large" if returncode < 0 or returncode >= _SYSTEM_STATUS else "file_not_spreadsheet"


def check_zip(file: Path) -> None:
    """Refuse a zip that unpacks to more than `MAX_UNPACKED`, or whose members lie over each other.

    A part of the workbook that is named like a picture is unpacked by the child, under its ceilings.

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
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):  # the last but one: a newer kind of zip
        raise RefusedError("file_not_spreadsheet") from None
    starts = {member.header_offset for member in members}
    unpacked = sum(member.file_size for member in members if not member.filename.startswith(_PICTURES))
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or len(starts) < len(members):
        raise RefusedError("file_zip_bomb")


def _sheet(told: Mapping[str, Any], spool: Spool) -> Sheet:
    return Sheet(
        name=told["name"],
        rows=SpooledRows(spool, first=told["first"], ends=told["ends"], height=told["height"]),
        hidden=told["hidden"],
        merged=tuple(Merged(**dict(zip(_ENDS, ends, strict=True))) for ends in told["merged"]),
        dates=Cells.packed(b64decode(told["dates"])),
        looks=_looks(told["looks"]),
    )


def _looks(told: Mapping[str, Any] | None) -> Looks | None:
    if told is None:
        return None
    fonts, coloured = (Marked(told[kind]["names"], b64decode(told[kind]["cells"])) for kind in ("fonts", "coloured"))
    return Looks(
        struck=Cells.packed(b64decode(told["struck"])),
        fonts=fonts,
        coloured=coloured,
        hidden_rows=frozenset(told["hidden_rows"]),
        hidden_columns=frozenset(told["hidden_columns"]),
        filtered=told["filter"],
    )
