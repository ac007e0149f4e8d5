"""Ten thousand rows with every mess of forms.md §2: taken rightly or returned, never taken wrongly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import pytest

from adapters.contract import Draft, Item, Returned
from domain.errors import RefusedError
from tests.mess.files import SUFFIXES, write
from tests.mess.forms import ADAPTERS
from tests.mess.mess import CATALOGUE, GENERIC, Row
from tests.mess.people import TODAY, person
from tests.mess.truth import Verdict, clean, messy, summary, verdict

PLANS = (
    ("police", "", 12, 260), ("border", "", 12, 200), ("women", "", 6, 200), ("women_book", "", 1, 400),
    ("women_book", "exchanged", 1, 200), ("labour", "", 1, 800), ("labour", "halves", 1, 400),
    ("labour", "hidden", 1, 300), ("labour", "1904", 1, 300), ("labour", "exchanged", 1, 300), ("list", "", 1, 500),
    ("person", "", 1, 45),
    # files that are refused whole
    ("border", "utf-16 in name", 1, 20), ("police", "secret", 1, 20), ("labour", "secret", 1, 20),
    ("women", "tcvn3", 1, 20), ("women", "vni", 1, 20), ("women", "viscii", 1, 20),
)  # fmt: skip
"""Form, variant, how many files of how many rows each."""
REFUSED = {"utf-16 in name": "file_encoding_mismatch", "secret": "file_secret_marked", **dict.fromkeys(
    ("tcvn3", "vni", "viscii"), "file_encoding_old")}  # fmt: skip
_OLD_NOTES = {f"note_{name}" for name in ("tcvn3", "vni", "viscii", "viqr")}
NOT_WITH = {
    "exchanged": {"birth_date_cell", "birth_month_cell"},
    **dict.fromkeys(("tcvn3", "vni", "viscii"), _OLD_NOTES),
}
"""Messes that an English Excel does not leave, and those of a file all in an old font."""
RATE = 0.5
REPEATED = 0.1
"""Of the rows without a mess."""
MOST_SHEETS = 45
SEED = 3
WRONG = {Verdict.TAKEN_WRONGLY, Verdict.RETURNED_NEEDLESSLY}
Judged = tuple[Row, Verdict, set[str]]
pytestmark = pytest.mark.timeout(300)  # all files are read for the first test


def judge(rows: Sequence[Row], file: Path) -> list[Judged]:
    """Read a file and judge what became of each of its rows."""
    try:
        items = list(ADAPTERS[rows[0].form].read(file, today=TODAY))
    except RefusedError as error:
        return [(row, Verdict.RETURNED_RIGHTLY, {error.code}) for row in rows]
    answers: dict[tuple[str | None, int], Item] = {
        (item.where.sheet, 0 if rows[0].form == "person" else item.where.row): item
        for item in items
        if isinstance(item, Draft | Returned)
    }
    judged = [(row, *verdict(row, answers.pop(row.place[1:], None))) for row in rows]
    assert [one for one in answers.values() if isinstance(one, Draft)] == []  # what is no person's row is nobody
    return judged


def again(row: Row) -> Row:
    """The same row once more."""
    return replace(row, cells=dict(row.cells), truth=dict(row.truth), messes=[], touched=set(), looks=set())


def repeated(rows: Sequence[Row], random: Random) -> Iterator[Row]:
    """Rows that repeat some without a mess, word for word, or with another note, letter or home: then both go back."""
    for number, row in enumerate(rows, 1):
        if row.messes or random.random() > REPEATED:
            continue
        if row.form in {"police", "border"}:
            row.cells["stt"] = str(number)
        other = again(row)
        other.messes = row.messes = ["repeated"]
        if random.random() < 0.5:
            if "letter" in other.cells and number % 2:
                other.cells["letter"] = other.cells["letter"].replace("/CV", "9/CV")
            else:
                other.cells["note" if "note" in other.cells else "residence"] = "khác (giả định)"
            other.messes = row.messes = ["repeated_otherwise"]
            other.returned = row.returned = True
        yield other


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    """All rows of all files."""
    to, random, found, number = tmp_path_factory.mktemp("mess"), Random(SEED), list[Judged](), 0
    used = defaultdict[str, Counter[str]](Counter)
    for form, variant, files, size in PLANS:
        for place in range(files):
            rows = []
            for _ in range(size):
                number += 1
                one = person(random, number)
                rows.append(messy(form, one, random, rate=RATE, used=used[form], without=NOT_WITH.get(variant, set())))
            rows += list(repeated(rows, random))
            file = to / f"{form}-{variant}-{place + 1}{SUFFIXES[form]}"
            write(file, rows, random, variant=variant)
            of_file = judge(rows, file)
            assert variant not in REFUSED or {code for *_, why in of_file for code in why} == {REFUSED[variant]}
            found += of_file
    return found


def test_ten_thousand_rows_have_every_mess(judged: list[Judged]) -> None:
    """No mess of the catalogue is left out, in any of the forms it may occur in."""
    assert len(judged) >= 10_000
    of = {form: form for form in ADAPTERS} | {"person": "list"}  # both templates have the same fields
    seen = {(name, of[row.form]) for row, _, _ in judged for name in row.messes}
    wanted = {(mess.name, of[form]) for mess in CATALOGUE.values() for form in mess.forms}
    assert wanted | set(product(("repeated", "repeated_otherwise"), of.values())) == seen


def test_no_row_is_taken_wrongly(judged: list[Judged]) -> None:
    """0 of 10,000."""
    assert summary(judged, Verdict.TAKEN_WRONGLY) == ""


def test_few_rows_are_returned_needlessly(judged: list[Judged]) -> None:
    """At most 2 % of those that a careful clerk would have taken."""
    counts = Counter(given for _, given, _ in judged)
    needless, taken = counts[Verdict.RETURNED_NEEDLESSLY], counts[Verdict.TAKEN_RIGHTLY]
    assert taken > 2_000
    assert needless <= 0.02 * (needless + taken), summary(judged, Verdict.RETURNED_NEEDLESSLY)


@pytest.mark.parametrize("form", ["police", "border", "labour", "list", "person"])
def test_one_number_beside_two_names(form: str, tmp_path: Path) -> None:
    """Both rows are returned: one of them has the other's paper. The rows around them are taken."""
    random = Random(8)
    rows = [clean(form, person(random, number), random) for number in range(1, 5)]
    other = replace(rows[1].person, number=99, name="Giàng Thị Khác")
    rows.append(clean(form, other, random))  # the same sex and year, so that the number fits both
    rows[1].returned = rows[4].returned = True
    file = tmp_path / f"1{SUFFIXES[form]}"
    write(file, rows, random)
    found = judge(rows, file)
    assert [given for _, given, _ in found] == [
        Verdict.RETURNED_RIGHTLY if row.returned else Verdict.TAKEN_RIGHTLY for row in rows
    ]
    assert {why for _, given, whys in found for why in whys if given is Verdict.RETURNED_RIGHTLY} == {
        "row_number_two_names"
    }


CASES = [(mess.name, form) for mess in CATALOGUE.values() for form in mess.forms]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[Judged]]:
    """For each mess in each form three rows that have it and no other, all of a form in one file."""
    to, random, found = tmp_path_factory.mktemp("alone"), Random(11), dict[tuple[str, str], list[Judged]]()
    for form in ADAPTERS:
        rows, numbers, times = list[Row](), iter(range(1, 100_000)), 1 if form in GENERIC else 3
        for mess in (mess for mess in CATALOGUE.values() if form in mess.forms):
            wanted = len(rows) + times
            while len(rows) < wanted:
                row = clean(form, person(random, next(numbers)), random)
                rows += [row] if mess.apply(row, random) else []
        size = MOST_SHEETS if form == "person" else len(rows)
        for start in range(0, len(rows), size):
            file = to / f"{start + 1}{SUFFIXES[form]}"
            write(file, rows[start : start + size], random)
            for one in judge(rows[start : start + size], file):
                found.setdefault((one[0].messes[0], form), []).append(one)
    return found


@pytest.mark.parametrize(("name", "form"), CASES)
def test_each_mess_by_itself(name: str, form: str, alone: dict[tuple[str, str], list[Judged]]) -> None:
    """Three rows that have nothing else wrong."""
    wrong = [one for one in alone[name, form] if one[1] in WRONG]
    assert [(row.messes, given, why) for row, given, why in wrong] == []
