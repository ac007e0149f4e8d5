"""Taking in a long file: officers work on meanwhile, a second file waits, and what broke off is sent again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from adapters.contract import Item
from adapters.women_union import ADAPTER as WOMEN_FORM
from node.ingest import ROWS_AT_ONCE, Ingest, Progress
from tests.adapters import large
from tests.node.province import POLICE, TODAY, WOMEN, Office, Paper, Province, row

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


def test_a_row_said_twice_in_one_file_is_as_before(province: Province, tmp_path: Path) -> None:
    """Of two rows that say the same the first is new, the second như cũ, with a note of where the first stands."""
    file = large.women(tmp_path / "a.csv", 2)
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\r\n".join([*lines, lines[1]]) + "\r\n", "utf-8")
    report = Ingest(province[WOMEN].node, WOMEN_FORM).take(file, today=TODAY)
    assert [one.outcome for one in report.rows] == ["new", "new", "same"]
    assert [(one.reason, one.where.row, one.params) for one in report.notes] == [("note_row_repeated", 4, {"row": 2})]
    assert len(list(province[WOMEN].node.views.all("activities"))) == 2


def test_a_row_that_cannot_be_kept_takes_back_those_beside_it(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of one hold of the lock are kept together: one that fails leaves none, in the tables or in memory."""
    office = province[POLICE]
    keep, asked = office.node.store.queue, list[int]()

    def fail(*made: Any, **more: Any) -> None:
        asked.append(1)
        if len(asked) == 5:
            raise SystemError
        keep(*made, **more)

    monkeypatch.setattr(office.node.store, "queue", fail)
    with pytest.raises(SystemError):
        take(office, Long(-1, lambda: None))
    assert office.queued() == 0
    assert not any(file.ahead for file in office.node.projector.files.values())
    assert take(office, Long(-1, lambda: None)) == ["new"] * ROWS
