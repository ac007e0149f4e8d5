"""Ten thousand rows with every mess of forms.md §2: taken rightly or returned, never taken wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from adapters.border_guard import ADAPTER as BORDER
from adapters.contract import Adapter, Draft, Item, Returned
from adapters.labour_department import ADAPTER as LABOUR
from adapters.police import ADAPTER as POLICE
from adapters.women_union import ADAPTER as WOMEN
from tests.mess.files import SUFFIXES, write
from tests.mess.mess import CATALOGUE, Row
from tests.mess.people import TODAY, person
from tests.mess.truth import Verdict, clean, messy, summary, verdict

ADAPTERS: dict[str, Adapter] = {"police": POLICE, "border": BORDER, "labour": LABOUR, "women": WOMEN}
FILES = {"police": (15, 200), "border": (10, 200), "labour": (10, 300), "women": (10, 200)}
"""How many files of how many rows each."""
RATE = 0.5
SEED = 3
Judged = tuple[Row, Verdict, set[str]]


def judge(rows: Sequence[Row], file: Path) -> list[Judged]:
    """Read a file and judge what became of each of its rows."""
    items = ADAPTERS[rows[0].form].read(file, today=TODAY)
    answers: dict[tuple[str | None, int], Item] = {
        (item.where.sheet, item.where.row): item for item in items if isinstance(item, Draft | Returned)
    }
    judged = [(row, *verdict(row, answers.pop(row.place[1:], None))) for row in rows]
    assert [one for one in answers.values() if isinstance(one, Draft)] == []  # what is no person's row is nobody
    return judged


def one(form: str, to: Path, *names: str, seed: int) -> list[Judged]:
    """Rows of which one has these messes, written and judged; none where the drawn person cannot have them."""
    random = Random(seed)
    rows = [clean(form, person(random, seed * 10 + n), random) for n in range(6)]
    if not all(CATALOGUE[name].apply(rows[3], random) for name in names):
        return []
    file = to / f"{seed}{SUFFIXES[form]}"
    write(file, rows, random)
    return judge(rows, file)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    """All rows of all files."""
    to, random, found, number = tmp_path_factory.mktemp("mess"), Random(SEED), list[Judged](), 0
    for form, (files, size) in FILES.items():
        used = Counter[str]()
        for place in range(files):
            rows = []
            for _ in range(size):
                number += 1
                rows.append(messy(form, person(random, number), random, rate=RATE, used=used))
            file = to / f"{form}-{place + 1}{SUFFIXES[form]}"
            write(file, rows, random)
            found += judge(rows, file)
    return found


def test_ten_thousand_rows_have_every_mess(judged: list[Judged]) -> None:
    """No mess of the catalogue is left out, in any of the forms it may occur in."""
    assert len(judged) >= 10_000
    seen = Counter((name, row.form) for row, _, _ in judged for name in row.messes)
    wanted = {(mess.name, form) for mess in CATALOGUE.values() for form in mess.forms}
    assert wanted - seen.keys() == set()


def test_no_row_is_taken_wrongly(judged: list[Judged]) -> None:
    """0 of 10,000."""
    assert summary(judged, Verdict.TAKEN_WRONGLY) == ""


def test_few_rows_are_returned_needlessly(judged: list[Judged]) -> None:
    """At most 2 % of those that a careful clerk would have taken."""
    counts = Counter(given for _, given, _ in judged)
    needless, taken = counts[Verdict.RETURNED_NEEDLESSLY], counts[Verdict.TAKEN_RIGHTLY]
    assert taken > 2_000
    assert needless <= 0.02 * (needless + taken), summary(judged, Verdict.RETURNED_NEEDLESSLY)


CASES = [(mess.name, form) for mess in CATALOGUE.values() for form in mess.forms]


@pytest.mark.parametrize(("name", "form"), CASES, ids=lambda value: value)
def test_each_mess_by_itself(name: str, form: str, tmp_path: Path) -> None:
    """Among clean rows, which stay clean."""
    tried = [judged for seed in range(1, 60) if (judged := one(form, tmp_path, name, seed=seed))][:4]
    assert tried
    for found in tried:
        wrong = [row for row in found if row[1] in {Verdict.TAKEN_WRONGLY, Verdict.RETURNED_NEEDLESSLY}]
        assert [(row.messes, given, why) for row, given, why in wrong] == []
