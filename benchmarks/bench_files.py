"""Reading a workbook beside python-calamine alone on the same file, and an adapter's rows beside that.

reading.workbook   our reader: calamine in its child process, how cells look, every row put aside, secret marks looked
                   for in every cell
reading.adapter    the Labour department's adapter on the same workbook: each row a draft, compared with all others
beside             `python_calamine`: the workbook opened and its rows given as Python lists, nothing else

Made-up rows of twenty columns (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import python_calamine as calamine

from adapters.contract import Draft
from adapters.labour_department import ADAPTER, LAYOUTS
from adapters.tables.reading import read_sheets
from benchmarks.figures import Bench, Pair, rate
from tests.adapters import large

ROWS = 5_000
TODAY = date(2026, 11, 2)
ALONE = "python-calamine alone: every row of the same workbook"


def reading(bench: Bench) -> list[Pair]:
    """Measure both, round by round."""
    file = large.labour(bench.directory / "large.xlsx", bench.of(ROWS))
    whole, rows = Pair("reading.workbook", "rows/s", ALONE), Pair("reading.adapter", "rows/s", ALONE)
    for _ in range(bench.rounds):
        beside = rate(lambda: _alone(file))
        for pair, work in ((whole, _sheets), (rows, _drafts)):
            pair.ours.append(rate(lambda work=work: work(file)))  # type: ignore[misc]
            pair.beside.append(beside)
    return [whole, rows]


def _alone(file: Path) -> int:
    with calamine.load_workbook(file) as workbook:
        return sum(len(list(workbook.get_sheet_by_name(name).iter_rows())) for name in workbook.sheet_names)


def _sheets(file: Path) -> int:
    return sum(len(sheet.rows) for sheet in read_sheets(file, LAYOUTS))


def _drafts(file: Path) -> int:
    return sum(isinstance(item, Draft) for item in ADAPTER.read(file, today=TODAY))
