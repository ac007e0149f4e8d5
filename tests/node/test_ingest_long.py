"""Taking in a long file: officers work on meanwhile, a second file waits, and what broke off is sent again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from typing_extensions import override

from adapters.contract import Item
from node.ingest import ROWS_AT_ONCE, Ingest, Progress
from tests.node.province import POLICE, TODAY, Office, Paper, Province, row

ROWS = 2 * ROWS_AT_ONCE + 10


class Long(Paper):
    """A file that does something while it is read, before its row of a number."""

    def __init__(self, at: int, does: Callable[[], None]) -> None:
        super().__init__([row(key=str(number)) for number in range(ROWS)], "dài/1")
        self._at, self._does = at, does

    @override
    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        for number, item in enumerate(super().read(file, today=today)):
            if number == self._at:
                self._does()
            yield item


def take(office: Office, paper: Paper, progress: Progress | None = None) -> list[str]:
    """Hand it in; the outcomes of its rows."""
    file = office.home / "file"
    file.write_bytes(b"x")
    return [one.outcome for one in Ingest(office.node, paper, progress=progress).take(file, today=TODAY).rows]


def test_officers_look_and_act_while_a_file_is_taken(province: Province) -> None:
    """Between some rows and the next the node is free, with the rows before already in its views; progress is told."""
    office, progress, seen = province[POLICE], Progress(), list[int]()

    def officer() -> None:
        with office.node.lock:
            seen.append(len(list(office.node.views.all("caseload"))))

    def look() -> None:
        thread = threading.Thread(target=officer)
        thread.start()
        thread.join(20)
        seen.append(progress.rows)

    assert take(office, Long(ROWS_AT_ONCE + 5, look), progress) == ["new"] * ROWS
    assert seen == [ROWS_AT_ONCE, ROWS_AT_ONCE]
    assert progress.rows == ROWS


def test_a_second_file_waits_for_the_first(province: Province) -> None:
    """Two files at once are taken one after the other, so that what one states the other finds."""
    office = province[POLICE]
    second: list[list[str]] = []
    other = threading.Thread(target=lambda: second.append(take(office, Long(-1, lambda: None))))

    def begin() -> None:
        other.start()
        other.join(0.2)
        assert second == []

    assert take(office, Long(ROWS_AT_ONCE + 5, begin)) == ["new"] * ROWS
    other.join(60)
    assert second == [["same"] * ROWS]


def test_what_broke_off_is_sent_again(province: Province) -> None:
    """A node that dies in the middle has what it took; the file sent again adds the rest, and nothing twice."""
    office = province[POLICE]

    def die() -> None:
        raise SystemError

    with pytest.raises(SystemError):
        take(office, Long(ROWS_AT_ONCE + 5, die))
    office.start()
    again = take(office, Long(-1, lambda: None))
    assert again == ["same"] * ROWS_AT_ONCE + ["new"] * (ROWS - ROWS_AT_ONCE)
    assert len(list(office.node.views.all("caseload"))) == ROWS
