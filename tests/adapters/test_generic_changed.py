"""Templates that offices or enemies changed: read by their words, refused by name, never read as something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Draft, Note, Returned
from adapters.generic.fields import FIELDS
from adapters.generic.layout import BY_KEY
from adapters.generic.templates import HEADER_ROW, Name, template
from adapters.tables.sheets import fold, plain
from domain.errors import RefusedError
from tests.adapters import generic_records as made
from tests.adapters import workbooks
from tests.adapters.generic_templates import BY_FORM, NOTICE, Change, filled, one, read, rewritten, said


def _moved(rows: list[list[str]]) -> list[list[str]]:
    """Columns the other way round, two title rows above."""
    width = max(map(len, rows))
    return [["SỞ GIẢ ĐỊNH"], [], *([*cells, *[""] * (width - len(cells))][::-1] for cells in rows)]


def _typed_plain(rows: list[list[str]]) -> list[list[str]]:
    """Labels typed without diacritics, in capitals."""
    return [[plain(cell.lower()).upper() if fold(cell) in _LABELS else cell for cell in cells] for cells in rows]


_LABELS = {fold(word) for one in FIELDS for word in one.words} | {"mục", "nội dung điền"}


@pytest.mark.parametrize("change", [_moved, _typed_plain, lambda rows: rows[1:]], ids=["moved", "plain", "unmarked"])
@pytest.mark.parametrize("form", ["person", "list"])
def test_a_changed_template_is_read_by_its_words(form: Name, change: Change, tmp_path: Path) -> None:
    """Columns moved, the sheet renamed, labels typed again, the mark gone: the same is read."""
    before = one(filled(tmp_path / "a.xlsx", form, made.ONE))
    file = rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", change, sheet="Bản sao của cô H.")
    assert BY_FORM[form].reads(file)
    assert said(one([item for item in read(form, file) if isinstance(item, Draft | Returned)])) == said(before)


@pytest.mark.parametrize("form", ["person", "list"])
@pytest.mark.parametrize("key", ["ethnicity", "number", "statement"])
def test_a_label_retyped_is_refused_by_its_name(form: Name, key: str, tmp_path: Path) -> None:
    """A label that is not ours where one of ours is missing may be that one: the file is refused, ours is named."""
    filled(tmp_path / "a.xlsx", form, made.ONE)
    ours = BY_KEY[key].words[0]

    def change(rows: list[list[str]]) -> list[list[str]]:
        return [["Mục lạ của H." if fold(cell) == fold(ours) else cell for cell in cells] for cells in rows]

    with pytest.raises(RefusedError, match="file_header_missing") as refused:
        read(form, rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", change))
    assert refused.value.params["header"] == ours


def test_optional_columns_may_be_taken_out(tmp_path: Path) -> None:
    """A list with four columns and no other is a list."""
    rows = [[BY_KEY[key].words[0] for key in NOTICE], list(NOTICE.values())]
    filled(tmp_path / "a.xlsx", "list", made.ONE)
    file = rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", lambda _: rows)
    draft = one(read("list", file))
    assert draft.acts[0].facts["pathway"] == "returned_alone"


@pytest.mark.parametrize("form", ["person", "list"])
def test_another_item_is_told_and_never_consent(form: Name, tmp_path: Path) -> None:
    """An item about consent beside all of ours is not read, and said so."""
    filled(tmp_path / "a.xlsx", form, made.ONE)

    def change(rows: list[list[str]]) -> list[list[str]]:
        if form == "person":
            return [*rows, ["Sự đồng ý", "có"]]
        body = range(HEADER_ROW + 1, len(rows))
        return [
            [*cells, "Sự đồng ý" if at == HEADER_ROW else "có" if at in body else ""] for at, cells in enumerate(rows)
        ]

    items = read(form, rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", change))
    notes = {item.reason for item in items if isinstance(item, Note)}
    assert notes & {"note_label_not_read", "note_consent_not_taken"}
    assert {act.type for item in items if isinstance(item, Draft) for act in item.acts} <= {
        "case.notified", "support.recorded",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["person", "list"])
def test_a_newer_template_is_refused_with_both_versions(form: Name, tmp_path: Path) -> None:
    """What a newer form says may be more than we read."""
    filled(tmp_path / "a.xlsx", form, made.ONE)

    def change(rows: list[list[str]]) -> list[list[str]]:
        return [[f"generic.{form}/7"], *rows[1:]]

    with pytest.raises(RefusedError, match="file_template_newer") as refused:
        read(form, rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", change))
    assert refused.value.params == {"version": 7, "known": 1}


def test_a_label_twice_is_refused(tmp_path: Path) -> None:
    """Which of the two is meant only the office knows."""
    filled(tmp_path / "a.xlsx", "person", made.ONE)
    file = rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", lambda rows: [*rows, ["Ngày sinh", "1999"]])
    with pytest.raises(RefusedError, match="file_header_repeated"):
        read("person", file)


@pytest.mark.parametrize("form", ["person", "list"])
def test_a_secret_mark_anywhere_refuses_the_file(form: Name, tmp_path: Path) -> None:
    """Before anything of it is read."""
    with pytest.raises(RefusedError, match="file_secret_marked"):
        filled(tmp_path / "a.xlsx", form, {**made.ONE, "note": "Tài liệu TỐI MẬT"})


# -- hostile ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["person", "list"])
def test_a_bomb_a_lock_and_damage_are_refused(form: Name, tmp_path: Path) -> None:
    """By their codes, before or in the child process that opens workbooks."""
    with pytest.raises(RefusedError, match="file_zip_bomb"):
        read(form, workbooks.bomb(tmp_path / "a.xlsx", megabytes=201))
    with pytest.raises(RefusedError, match="file_password"):
        read(form, workbooks.locked(tmp_path / "b.xlsx"))
    whole = template(form, filled=[made.ONE])
    for at in range(0, len(whole), len(whole) // 5):
        (tmp_path / "c.xlsx").write_bytes(whole[:at] + b"\xff" * 40 + whole[at + 40 :])
        try:
            read(form, tmp_path / "c.xlsx")
        except RefusedError as error:
            assert error.code.startswith("file_")


CELLS = st.text(max_size=12) | st.sampled_from(
    ["05/2026", "nt", "-nt-", "=1+1", "1e309", "Tổng cộng", "I. A", "x" * 99]
)


@pytest.mark.parametrize("form", ["person", "list"])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(cells=st.lists(st.tuples(st.integers(1, 50), st.integers(0, 36), CELLS), max_size=25))
def test_any_cells_are_taken_or_answered(form: Name, cells: list[tuple[int, int, str]], tmp_path: Path) -> None:
    """Whatever stands anywhere: items and declared refusals, no value in what is said."""

    def change(rows: list[list[str]]) -> list[list[str]]:
        for row, column, text in cells:
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = "".join(c for c in text if c.isprintable())
        return rows

    (tmp_path / "a.xlsx").write_bytes(template(form, filled=[made.ONE]))
    try:
        items = read(form, rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", change))
    except RefusedError as error:
        assert error.code.startswith("file_")
        assert error.params.keys() <= {"header", "sheet", "version", "known"}
    else:
        assert all(made.ONE["full_name"] not in repr(item) for item in items if isinstance(item, Returned | Note))
