"""A workbook of 50,000 rows through a node, and files of 200 MB: in bounded memory, officers reading all the while."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.women_union import ADAPTER as WOMEN_FORM
from node.forms import adapter_for
from node.ingest import Ingest, Progress
from node.node import Node
from tests.adapters import large
from tests.hub.log_fixtures import hub_dsn
from tests.node.province import LABOUR, TODAY, WOMEN, Province, province

__all__ = ["hub_dsn", "province"]

pytestmark = [pytest.mark.torture, pytest.mark.timeout(7_200)]
ROWS = 50_000
MEGABYTES = 200
LARGE = {"women_union.csv": (1_300, 98_000), "police.json": (10_000, 14_500), "border_guard.xml": (4_500, 29_000)}
"""Rows, and characters of each besides, that make 200 MB and no more."""
OWN, CHILD = 150, 500
"""MB a process may have in memory that reads a file of 200 MB or 50,000 rows, and the child that opens a workbook."""


@pytest.mark.parametrize("name", LARGE)
def test_200_mb_are_read(name: str, tmp_path: Path) -> None:
    """Every row of a file of 200 MB is read in bounded memory."""
    rows, wide = LARGE[name]
    file = large.WRITERS[name](tmp_path / f"a{Path(name).suffix}", rows, wide=wide)
    megabytes = file.stat().st_size >> 20
    found = large.read_apart(name, file)
    print(f"{name}: {megabytes} MB, {found[0]} rows, {found[1]:.0f} MB own, {found[3]} s")  # noqa: T201 - the figures
    assert found[0] == rows
    assert 0.8 * MEGABYTES < megabytes <= MEGABYTES
    assert found[1] < OWN


def test_200_mb_of_pictures_are_read(tmp_path: Path) -> None:
    """A workbook whose size is pictures costs what its rows cost."""
    file = large.pictured(tmp_path / "a.xlsx", 1_000, megabytes=MEGABYTES - 2)
    found = large.read_apart("labour_department.xlsx", file)
    print(f"pictures: {file.stat().st_size >> 20} MB, {found[0]} rows, {found[1:3]} MB, {found[3]} s")  # noqa: T201 - the figures
    assert found[0] == 1_000
    assert max(found[1:3]) < OWN


def test_50_000_rows_are_read(tmp_path: Path) -> None:
    """A workbook of 50,000 rows of 20 columns is read in bounded memory."""
    found = large.read_apart("labour_department.xlsx", large.labour(tmp_path / "a.xlsx", ROWS))
    print(f"workbook: {found[0]} rows, {found[1:3]} MB, {found[3]} s")  # noqa: T201 - the figures
    assert found[0] == ROWS
    assert found[1] < OWN
    assert found[2] < CHILD


@dataclass
class Watched:
    """How long an officer waited for the caseload while a file was taken, and for the progress to move; in seconds."""

    waited: list[float] = field(default_factory=lambda: [0.0])
    still: list[float] = field(default_factory=lambda: [0.0])


@contextmanager
def watched(node: Node, progress: Progress) -> Iterator[Watched]:
    """An officer who looks at the caseload again and again meanwhile; prints the figures."""
    found, done, began = Watched(), threading.Event(), time.monotonic()

    def officer() -> None:
        seen, since = (-1, -1), time.monotonic()
        while not done.wait(0.1):
            asked = time.monotonic()
            with node.lock:
                list(node.views.all("caseload"))
            found.waited.append(time.monotonic() - asked)
            if seen != (now := (progress.rows, progress.looked)):
                found.still.append(time.monotonic() - since)
                seen, since = now, time.monotonic()

    looking = threading.Thread(target=officer)
    looking.start()
    try:
        yield found
    finally:
        done.set()
        looking.join()
    seconds, memory = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{progress.rows} rows, {seconds:.0f} s, {progress.rows / seconds:.0f} rows/s")  # noqa: T201 - the figures
    print(f"waited {max(found.waited):.1f} s, still {max(found.still):.1f} s, node and hub {memory} MB")  # noqa: T201


def test_50_000_rows_through_a_node(province: Province, tmp_path: Path) -> None:
    """All are recorded, it moves every few seconds, and no officer waits five; sent again all rows are as before."""
    node, progress = province[WOMEN].node, Progress()
    file = large.women(tmp_path / "a.csv", ROWS)
    assert adapter_for(node.projector.directory.agency(WOMEN).kind, file) is WOMEN_FORM
    with watched(node, progress) as officer:
        report = Ingest(node, WOMEN_FORM, progress=progress).take(file, today=TODAY)
    assert report.count("new") == ROWS
    assert Ingest(node, WOMEN_FORM).take(file, today=TODAY).count("same") == ROWS
    assert max(officer.waited) < 5
    assert max(officer.still) < 5


def test_workbooks_are_taken_by_their_own_node(province: Province, tmp_path: Path) -> None:
    """A list of persons, each of whom opens a case, is taken whole while an officer looks; its rows are the cases."""
    node, rows, progress = province[LABOUR].node, 2_000, Progress()
    file = large.labour(tmp_path / "a.xlsx", rows)
    form = adapter_for(node.projector.directory.agency(LABOUR).kind, file)
    with watched(node, progress) as officer:
        report = Ingest(node, form, progress=progress).take(file, today=TODAY)
    assert report.count("new") == rows == len(list(node.views.all("caseload")))
    assert max(officer.waited) < 5
    assert max(officer.still) < 5
