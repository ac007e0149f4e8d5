"""Whatever stands in a cell or in a file: only declared refusals, in bounded time and memory.

Single values are read out of pieces of real ones and of long repetitions; files are good ones with bytes, fields or
members changed.
"""

from __future__ import annotations

import json
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Draft, Note, Returned, Total
from adapters.tables import marks
from adapters.values import fonts, lettering
from domain.errors import RefusedError
from domain.wording import catalogue
from tests.adapters.test_values_properties import READERS, written
from tests.mess.files import SUFFIXES, write
from tests.mess.forms import ADAPTERS
from tests.mess.people import TODAY, person
from tests.mess.truth import clean

SECONDS = 2.0
"""For a text or a small file; a reader that backtracks takes minutes."""
MEMORY = 64 * 1024 * 1024
ROWS = 5

MORE: dict[str, Callable[[str], object]] = {
    "amount": lambda text: marks.amount(text, 1000),
    "count": marks.count,
    "ticked": marks.ticked,
    "judge": lambda text: fonts.judge([text, "Thò Lan", "NguyÔn"]),
    "old_texts": lambda text: lettering.old_texts([{"a": text, "b": "Vàng Thị Mỷ"}]),
}
PIECES = (
    *("1", "0", "-", ".", ",", "/", " ", "(", ")", "tức ", "tên khác", "ngày ", "tuổi", "a", "ễ", "+", "#", "x", "E"),
    *("\u00ad", "\u0301", "ÂL ", "số ", "A.", "12/GXN ", "0912345678 ", "con ông ", "aa", "w", "^", "~"),
)


def within(seconds: float, read: Callable[[], object]) -> None:
    """Run it; a refusal must have words, and it must not take longer."""
    began = time.process_time()
    try:
        read()
    except RefusedError as error:
        assert error.code in catalogue()
        assert error.__cause__ is None
    assert time.process_time() - began < seconds


@pytest.mark.parametrize("reader", [*READERS.values(), *MORE.values()], ids=[*READERS, *MORE])
@settings(max_examples=25, deadline=None)
@given(text=written, one=st.sampled_from(PIECES), two=st.sampled_from(PIECES), times=st.integers(1, 9_000))
def test_a_value_is_read_or_refused(reader: Callable[[str], object], text: str, one: str, two: str, times: int) -> None:
    """Any text, and up to 18,000 pieces over and over with something else at the end."""
    for cell in (text, one * times + two, (one + two) * times + text):
        within(SECONDS, lambda cell=cell: reader(cell))  # type: ignore[misc]


@cache
def good(form: str) -> bytes:
    """A good file of a form."""
    random = Random(5)
    rows = [clean(form, person(random, number), random) for number in range(1, ROWS + 1)]
    with tempfile.TemporaryDirectory() as directory:
        to = Path(directory, f"x{SUFFIXES[form]}")
        write(to, rows, random)
        return to.read_bytes()


def check_read(form: str, file: Path) -> None:
    """Read a file: items with words, or a refusal of the whole file; nothing else, not long, not much memory."""
    adapter, began = ADAPTERS[form], time.process_time()
    tracemalloc.start()
    try:
        for item in adapter.read(file, today=TODAY):
            if isinstance(item, Draft):
                assert item.record_key
                continue
            code = item.what if isinstance(item, Total) else item.reason
            assert isinstance(item, Returned | Note | Total)
            assert code in catalogue()
        adapter.reads(file)
    except RefusedError as error:
        assert error.code.startswith("file_")
        assert error.code in catalogue()
        assert error.params.keys() <= {"field", "header", "sheet", "encoding"}
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.process_time() - began < SECONDS
    assert peak < MEMORY


def changed(content: bytes, random: Random, times: int) -> bytes:
    """Bytes flipped, cut out, doubled, moved, set to what breaks readers."""
    made = bytearray(content)
    for _ in range(times):
        start = random.randrange(len(made) or 1)
        piece = made[start : start + random.choice((1, 2, 8, 60))]
        what = random.randrange(5)
        if what == 0 and made:
            made[start % len(made)] ^= 1 << random.randrange(8)
        elif what == 1:
            del made[start : start + len(piece)]
        elif what == 2:
            made[start:start] = piece * random.choice((1, 3, 200))
        elif what == 3:
            to = random.randrange(len(made) + 1)
            made[to:to] = piece
        else:
            made[start:start] = random.choice(
                (b"\0", b"\xff\xfe", b"\xc2\xad", b'"', b"<", b"&", b"\r", b"\xed\xa0\x80", b"]}")
            )
    return bytes(made)


@pytest.mark.parametrize("form", ["police", "border", "women"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), times=st.integers(1, 12))
def test_a_file_with_changed_bytes(form: str, tmp_path: Path, *, seed: int, times: int) -> None:
    """Read as far as it can be, or refused."""
    file = tmp_path / f"x{SUFFIXES[form]}"
    file.write_bytes(changed(good(form), Random(seed), times))
    check_read(form, file)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), times=st.integers(1, 6))
def test_a_workbook_with_changed_members(tmp_path: Path, *, seed: int, times: int) -> None:
    """The XML inside is changed, and the zip is whole; or the zip itself is changed."""
    whole, random, file = tmp_path / "whole.xlsx", Random(seed), tmp_path / "x.xlsx"
    whole.write_bytes(good("labour"))
    with zipfile.ZipFile(whole) as from_, zipfile.ZipFile(file, "w") as to:
        chosen = random.choice(from_.namelist())
        for name in from_.namelist():
            content = from_.read(name)
            to.writestr(name, changed(content, random, times) if name == chosen else content)
    if random.random() < 0.2:
        file.write_bytes(changed(whole.read_bytes(), random, times))
    check_read("labour", file)


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), written, st.sampled_from(["/Date(0)/", "1", "Mật"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(written, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=values, place=st.integers(0, 60))
def test_a_case_file_with_a_field_of_any_shape(tmp_path: Path, *, value: object, place: int) -> None:
    """A number, a list or an object where a text should be: in the header, in a person, as a person."""
    document = json.loads(good("police").decode("utf-8-sig"))
    person_ = document["BiHai"][0]
    fields = [*document, *person_]
    name = fields[place % len(fields)]
    (document if place % len(fields) < len(document) else person_)[name] = value
    if place % 7 == 0:
        document["BiHai"] = [value, *document["BiHai"]] if isinstance(document["BiHai"], list) else value
    file = tmp_path / "x.json"
    file.write_bytes(json.dumps(document).encode("utf-8", "replace"))
    check_read("police", file)
