"""The child process in which a workbook is opened: ``python -I opening.py FILE BOUNDS``, its rows on standard output.

Calamine lays a sheet out as a full rectangle: a file of a few kB whose last cell is XFD1048576 asks for hundreds of
gigabytes, and an allocation that fails ends the process. So it happens here, under a ceiling on memory and time, and
takes nothing with it. This file imports only the standard library, calamine and, by their paths, `styles`, `spool` and
`surroundings` beside it, so that it runs isolated (-I).

It writes the rows of all sheets as texts (`spool`), then one JSON line, then in twenty digits where that line begins.
The line is ``{"around": the texts that stand in no cell, "sheets": [{"name", "hidden", "merged": [[top, left, bottom,
right]…], "height", "first", "ends": the pages of `spool`, "dates": cells, "looks": what `styles` tells or null}…]}``,
many cells packed as `sheets.Cells` and `sheets.Marked` have them, in base64. A refusal is the line ``{"refused":
code}``. Anything else (a crash, a panic) is for the parent to name. A cell in which a formula failed, or holds no
result, is written as `FAILED`: calamine gives both as blank.
"""

from __future__ import annotations

import json
import math
import runpy
import sys
from array import array
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import python_calamine as calamine

if sys.platform != "win32":
    import resource

MEMORY: Final = 1536 * 1024 * 1024  # bytes of address space
SECONDS: Final = 90  # of processor time
MAX_MERGED: Final = 200_000
"""Merged ranges of one sheet."""
COLUMNS: Final = 256  # that a packed cell can name
WHOLE_NUMBERS: Final = 1e15
"""Below this a float holds every whole number exactly."""

FAILED: Final = "#ERROR!"
"""What stands in a cell whose formula has no result; `adapters.values.writing` knows it."""

Cell = tuple[int, int]


class TooLargeError(ValueError):
    """There is more in the file than is read of one."""


def main(file: str, *bounds: int) -> None:
    """Write the sheets of a workbook to standard output.

    bounds: most cells, columns, sheets, characters; how many rows of each sheet, without looks, 0 or none for all.
    """
    max_cells, max_columns, max_sheets, max_characters, head = (*bounds, 0)[:5]
    if sys.platform != "win32":  # there the parent's clock and the bounds of size are what holds
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold people's data
    looks_of = beside("styles")["looks_of"]
    rows = Rows(beside("spool")["RowsWriter"], head or sys.maxsize, max_characters)
    try:
        looks = {} if head else looks_of(file)
        told: dict[str, object] = {
            "around": [] if head else beside("surroundings")["texts_of"](file),
            "sheets": [
                {"name": name, **rows.write(sheet, looks.get(name)), **about}
                for name, sheet, about in sheets(file, max_cells, max_columns, max_sheets)
            ],
        }
    except (TooLargeError, MemoryError):
        told = {"refused": "file_too_large"}
    except calamine.PasswordError:
        told = {"refused": "file_password"}
    except (calamine.CalamineError, OSError, ValueError):
        # The cause quotes the file, so it must not travel on.
        told = {"refused": "file_not_spreadsheet"}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n%020d" % rows.end)
    sys.stdout.buffer.flush()


def beside(module: str) -> dict[str, Any]:
    """What a module beside this one defines."""
    return runpy.run_path(str(Path(__file__).with_name(f"{module}.py")))


def sheets(
    file: str, max_cells: int, max_columns: int, max_sheets: int
) -> Iterator[tuple[str, calamine.CalamineSheet, dict[str, object]]]:
    """Give the worksheets one by one: name, cells, and what else of them needs no look at cells.

    Raises:
        TooLargeError: they are too many or too large.
    """
    with calamine.load_workbook(file) as workbook:
        known = [sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        if len(known) > max_sheets:
            raise TooLargeError
        for entry in known:
            sheet = workbook.get_sheet_by_name(entry.name)
            height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
            max_cells -= height * width
            merged = [[*start, *end] for start, end in sheet.merged_cell_ranges or ()]
            if max_cells < 0 or width > max_columns or len(merged) > MAX_MERGED:
                raise TooLargeError
            hidden = entry.visible != calamine.SheetVisibleEnum.Visible
            yield entry.name, sheet, {"hidden": hidden, "merged": merged}


class Rows:
    """Writes the rows of the sheets, one behind the other."""

    def __init__(self, writer: Any, head: int, max_characters: int) -> None:  # noqa: ANN401 - a class of `spool`
        self._writer, self._head, self._left = writer, head, max_characters
        self.end = 0

    def write(self, sheet: calamine.CalamineSheet, looks: Mapping[str, Any] | None) -> dict[str, object]:
        """Write one sheet; tell where its rows are and how they look.

        Raises:
            TooLargeError: there are too many characters: one long shared string may be in every cell.
        """
        spooled = self._writer(sys.stdout.buffer, at=self.end)
        parts = {tuple(at): part for part, cells in (looks["dates"] if looks else {}).items() for at in cells}
        dates = array("I")
        failed = failures(looks)
        try:
            for index, values in zip(range(self._head), from_a1(sheet), strict=False):
                texts = [text(value) for value in values]
                for column, value in enumerate(values):
                    if isinstance(value, date):
                        dates.append(index * COLUMNS + column)
                        texts[column] = shown(texts[column], parts.get((index, column)))
                for column in failed.get(index, ()):
                    texts += [""] * (column + 1 - len(texts))
                    texts[column] = texts[column] or FAILED
                self._left -= sum(map(len, texts))
                if self._left < 0:
                    raise TooLargeError
                spooled.write(texts)
        finally:
            self.end = spooled.end
        return {
            "height": spooled.height,
            "first": list(spooled.first),
            "ends": spooled.ends(),
            "dates": b64encode(dates).decode(),
            "looks": None if looks is None else packed(looks),
        }


def failures(looks: Mapping[str, Any] | None) -> dict[int, list[int]]:
    """The cells whose formula has no result, if they are blank: row → columns."""
    found: dict[int, list[int]] = {}
    for row, column in (divmod(number, 1 << 14) for number in (looks["failed"] if looks else ())):
        if column < COLUMNS:
            found.setdefault(row, []).append(column)
    return found


def from_a1(sheet: calamine.CalamineSheet) -> Iterator[list[Any]]:
    """The rows from A1 on; the library gives them from the first column with content on."""
    blank = [""] * (sheet.start[1] if sheet.start else 0)
    return (blank + row for row in sheet.iter_rows())


def text(value: object) -> str:
    """The text a person would read in the cell."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        whole = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%d/%m/") + f"{value.year:04}" + ("" if whole else f" {value:%H:%M}")
    if isinstance(value, date):
        return value.strftime("%d/%m/") + f"{value.year:04}"
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) < WHOLE_NUMBERS:
        return str(int(value))
    return str(value)


def shown(day: str, parts: str | None) -> str:
    """Only those parts of a date (dd/mm/yyyy) that its format shows: a day nobody saw is nobody's word."""
    first, second, third = day[:10].split("/")
    return {"my": f"{second}/{third}", "y": third, "dm": f"{first}/{second}"}.get(parts or "", day)


def packed(looks: Mapping[str, Any]) -> dict[str, object]:
    """What `styles` tells, its cells packed."""
    return {
        "struck": b64encode(array("I", sorted(numbers(looks["struck"])))).decode(),
        **{kind: packed_names(looks[kind]) for kind in ("fonts", "coloured")},
        **{name: looks[name] for name in ("hidden_rows", "hidden_columns", "filter")},
    }


def packed_names(cells: Mapping[str, Iterable[Cell]]) -> dict[str, object]:
    """Names of fonts or colours, and the cells that have one."""
    found = sorted(number << 24 | place for place, listed in enumerate(cells.values()) for number in numbers(listed))
    return {"names": list(cells), "cells": b64encode(array("Q", found)).decode()}


def numbers(cells: Iterable[Cell]) -> Iterator[int]:
    """Cells as numbers; what lies outside of any sheet that is read is left out."""
    return (row * COLUMNS + column for row, column in cells if 0 <= row < 1 << 20 and 0 <= column < COLUMNS)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
