"""The child process in which a workbook is opened: ``python -I opening.py FILE``, one JSON line for each sheet.

Calamine lays a sheet out as a full rectangle: a file of a few kB whose last cell is XFD1048576 asks for hundreds of
gigabytes, and an allocation that fails ends the process. So it happens here, under a ceiling on memory and time, and
takes nothing with it. This file imports only the standard library, calamine and, by its path, `styles` beside it, so
that it runs isolated (-I).

A line is ``{"name", "hidden", "merged": [[top, left, bottom, right]…], "looks": what `styles` tells or null, "rows":
[[cell…]…]}``; a cell is a string, a number, a boolean, null, or ``{"date": "yyyy-mm-dd"}`` /
``{"date": "yyyy-mm-ddThh:mm"}``. A refusal is ``{"refused": code}`` as the last line.
Anything else (a crash, a panic) is for the parent to name.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

import python_calamine as calamine

if sys.platform != "win32":
    import resource

MEMORY: Final = 1024 * 1024 * 1024  # bytes of address space
SECONDS: Final = 30  # of processor time


def main(file: str, max_cells: int, max_columns: int, max_sheets: int, max_characters: int) -> None:
    """Write the sheets of a workbook to standard output."""
    if sys.platform != "win32":  # there the parent's clock and the bounds of size are what holds
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold people's data
    try:
        for line in sheets(file, max_cells, max_columns, max_sheets, max_characters):
            sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")
    except calamine.PasswordError:
        refuse("file_password")
    except (calamine.CalamineError, OSError, ValueError):
        # The cause quotes the file, so it must not travel on.
        refuse("file_not_spreadsheet")
    except MemoryError:
        refuse("file_too_large")


def refuse(code: str) -> None:
    """Say why the file was not read."""
    sys.stdout.write(json.dumps({"refused": code}) + "\n")


def sheets(
    file: str, max_cells: int, max_columns: int, max_sheets: int, max_characters: int
) -> Iterator[dict[str, object]]:
    """Give the sheets one by one, or a refusal when they are too many or too large."""
    with calamine.load_workbook(file) as workbook:
        known = [sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        if len(known) > max_sheets:
            yield {"refused": "file_too_large"}
            return
        looks = runpy.run_path(str(Path(__file__).with_name("styles.py")))["looks_of"](file)
        for entry in known:
            sheet = workbook.get_sheet_by_name(entry.name)
            height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
            max_cells -= height * width
            if max_cells < 0 or width > max_columns:
                yield {"refused": "file_too_large"}
                return
            rows = sheet.to_python(skip_empty_area=False)
            # One long shared string may be in every cell: few bytes on disk, many here.
            max_characters -= sum(len(value) for row in rows for value in row if isinstance(value, str))
            if max_characters < 0:
                yield {"refused": "file_too_large"}
                return
            yield {
                "name": entry.name,
                "hidden": entry.visible != calamine.SheetVisibleEnum.Visible,
                "merged": [[*start, *end] for start, end in sheet.merged_cell_ranges or ()],
                "looks": looks.get(entry.name),
                "rows": [[cell(value) for value in row] for row in rows],
            }


def cell(value: object) -> object:
    """Bring a cell to JSON."""
    if value == "":
        return None
    if isinstance(value, datetime):
        whole = (value.hour, value.minute, value.second) == (0, 0, 0)
        return {"date": value.date().isoformat() if whole else value.isoformat(timespec="minutes")}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
