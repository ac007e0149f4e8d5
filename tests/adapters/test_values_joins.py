"""Rows of one file that are one another's, by one rule in every form."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from adapters.contract import Draft, Note, Returned
from tests.mess.files import SUFFIXES, write
from tests.mess.forms import ADAPTERS
from tests.mess.people import TODAY, person
from tests.mess.truth import clean

CHANGED = {"police": "account", "border": "residence", "list": "note", "labour": "note", "women": "note"}


@pytest.mark.parametrize("form", CHANGED)
def test_a_row_that_says_the_same_is_told_one_that_differs_is_returned(form: str, tmp_path: Path) -> None:
    """The same record key twice: word for word it is taken and told, else both are returned, with the same reason."""
    for differs in (False, True):
        random = Random(4)
        one, two, three = (clean(form, person(random, number), random) for number in (1, 2, 2))
        two, three = (clean(form, person(Random(7), 2), Random(7)) for _ in range(2))
        for row in (two, three):
            row.cells["stt"] = "2"
        if differs:
            three.cells[CHANGED[form]] = "khác (giả định)"
        file = tmp_path / f"{int(differs) + 1}{SUFFIXES[form]}"
        write(file, [one, two, three], Random(1))
        items = list(ADAPTERS[form].read(file, today=TODAY))
        told = [item for item in items if isinstance(item, Note) and item.reason == "note_row_repeated"]
        returned = [item for item in items if isinstance(item, Returned)]
        assert sum(isinstance(item, Draft) for item in items) == (1 if differs else 3)
        assert {item.reason for item in returned} == ({"row_repeated"} if differs else set())
        assert [item.record_key for item in returned] == [None] * len(returned)
        assert [note.params["row"] for note in told] == ([] if differs else [two.place[2]])
        assert [note.where.row for note in told] == ([] if differs else [three.place[2]])
