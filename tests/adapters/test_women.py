"""The Women's Union's monthly list."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Draft, Item, Note, Returned, Total
from adapters.values.encodings import Encoding
from adapters.women_union import ADAPTER
from adapters.women_union.layout import ACTIVITIES, SUPPORTS
from domain.case_code import new as new_case_code
from domain.contents import FIELDS
from domain.errors import RefusedError
from domain.statements import Section
from domain.wording import catalogue
from tests.adapters import workbooks
from tests.adapters.test_values_fonts import written
from tests.mess.lettering import tcvn3, vni

TODAY = date(2024, 12, 1)
ROOT = Path(__file__).resolve().parents[2]
CODE = workbooks.CODES[0]


def read(file: Path) -> list[Item]:
    return list(ADAPTER.read(file, today=TODAY))


def of(tmp_path: Path, *rows: Sequence[str]) -> list[Item]:
    """The items of a CSV file with these rows."""
    file = tmp_path / "a.csv"
    file.write_text(workbooks.women_csv(rows), "utf-8", newline="")
    return read(file)


def personal(**changes: str) -> list[str]:
    cells = {"tt": "1", "code": CODE, "name": "Chị H.", "village": "bản Pa", "content": "thăm hỏi, tặng quà",
             "time": "tháng 3/2024", "given": "2 triệu", "headcount": "", "note": ""}  # fmt: skip
    return list({**cells, **changes}.values())


def group(**changes: str) -> list[str]:
    cells = {"tt": "", "code": "", "name": "Nhóm đồng đẳng xã Đ.", "village": "", "content": "sinh hoạt nhóm",
             "time": "14/3/2024", "given": "", "headcount": "14", "note": ""}  # fmt: skip
    return list({**cells, **changes}.values())


def test_workbook_and_csv_give_the_same(tmp_path: Path) -> None:
    """Two acts of support, one activity, one row that waits for its code."""
    workbook, text = workbooks.women(tmp_path / "a.xlsx", workbooks.women_rows()), tmp_path / "a.csv"
    text.write_text(workbooks.women_csv(workbooks.women_rows()), "utf-8", newline="")
    for file in (workbook, text):
        *drafts, returned = read(file)
        assert [d.record_key for d in drafts if isinstance(d, Draft)] == [
            (workbooks.CODES[0], "2024-03", "visit_gift"),
            (workbooks.CODES[1], "2024-03", "vocational"),
            ("group", "2024-03-14", "nhom dong dang xa d.", "group_meeting"),
        ]
        assert isinstance(returned, Returned)
        assert returned.reason == "row_no_case_key"


def test_the_examples_are_read() -> None:
    """Groups of two months; one village, left half typed in Telex, is returned with the text meant."""
    folder = ROOT / "examples" / "women_union"
    march, april = (read(folder / f"ho-tro-thang-{month}-2024.{kind}") for month, kind in ((3, "xlsx"), (4, "csv")))
    assert [type(item) for item in (*march, *april)] == [Draft] * 5 + [Returned]
    assert isinstance(april[2], Returned)
    assert (april[2].reason, april[2].where.column) == ("row_legacy_font", "D")
    assert [one.text for one in april[2].proposals] == ["bản Nà Mường"]


def test_a_personal_row_is_sealed_support(tmp_path: Path) -> None:
    """One act in `support`, its date as known; neither initials nor village are in it."""
    (draft,) = of(tmp_path, personal())
    assert isinstance(draft, Draft)
    (act,) = draft.acts
    assert (act.type, act.occurred, act.facts) == ("support.recorded", date(2024, 3, 1), {"regime": "visit_gift"})
    facts = act.sections[Section.SUPPORT]
    assert set(facts) <= FIELDS[Section.SUPPORT].keys()
    assert (facts["on"].value, facts["amount"].value) == ({"year": 2024, "month": 3}, 2_000_000)
    assert "Chị H." not in repr(draft)
    assert "bản Pa" not in repr(draft)


def test_a_group_row_names_nobody(tmp_path: Path) -> None:
    """An activity has a code, a day and a number of heads; nothing is sealed, nobody is named."""
    (draft,) = of(tmp_path, group(note="2 chị xin vay"))
    assert isinstance(draft, Draft)
    (act,) = draft.acts
    assert (act.type, act.facts) == (
        "activity.recorded", {"activity": "group_meeting", "day": "2024-03-14", "headcount": 14},
    )  # fmt: skip
    assert (act.sections, draft.code, draft.opens) == ({}, None, False)
    assert "Nhóm" not in repr(act)


@pytest.mark.parametrize(
    "cells",
    [
        personal(code=""),
        personal(code="", headcount="3"),
        personal(code="", name="Chị H. (nhóm đồng đẳng)", headcount="1"),
        group(headcount=""),
    ],
)
def test_a_person_without_code_never_becomes_a_group(tmp_path: Path, cells: list[str]) -> None:
    """Initials and a village identify her: the row waits for its mã hồ sơ."""
    (item,) = of(tmp_path, cells)
    assert isinstance(item, Returned)
    assert (item.reason, item.where.column) == ("row_no_case_key", "B")


@pytest.mark.parametrize(
    ("cells", "reason", "column"),
    [
        (personal(code="HS-23456-789AS"), "case_code_wrong", "B"),
        (personal(content="đi chợ"), "row_support_unknown", "E"),
        (personal(content=""), "value_missing", "E"),
        (personal(time="tháng 3"), "value_date_incomplete", "F"),
        (personal(time="31/02/2024"), "value_date_impossible", "F"),
        (personal(time="14/3/2025"), "value_date_future", "F"),
        (personal(time="2024"), "row_month_missing", "F"),
        (personal(given="500"), "row_unit_undeclared", "G"),
        (personal(headcount="3"), "row_person_and_group", "H"),
        (group(code=CODE), "row_person_and_group", "H"),
        (group(time="tháng 3/2024"), "row_day_missing", "F"),
        (group(headcount="14 (vắng 2)"), "row_number_unclear", "H"),
        (group(content="thăm hỏi"), "row_activity_unknown", "E"),
    ],
)
def test_what_is_wrong_is_returned_with_its_cell(tmp_path: Path, cells: list[str], reason: str, column: str) -> None:
    """Each with its code and column, and the row before it is taken."""
    first, second = of(tmp_path, personal(code=workbooks.CODES[1]), cells)
    assert isinstance(first, Draft)
    assert isinstance(second, Returned)
    assert (second.reason, second.where.row, second.where.column) == (reason, 5, column)


def test_rows_of_one_record_that_differ_are_returned(tmp_path: Path) -> None:
    """The same person, month and content, or the same group, month and activity, with another gift or number."""
    items = of(tmp_path, personal(), personal(given="1 triệu"), personal(time="4/2024"), group(), group(headcount="9"))
    assert [item.reason if isinstance(item, Returned) else "taken" for item in items] == [
        "row_repeated", "row_repeated", "taken", "row_repeated", "row_repeated",
    ]  # fmt: skip


def test_rows_that_say_the_same_are_one_only_with_their_day(tmp_path: Path) -> None:
    """Two visits of a month without a day may be two, so nobody is asked to guess; a group meets on several days."""
    of_month = of(tmp_path, personal(time="3/2024"), personal(time="3/2024"))
    assert [item.reason for item in of_month if isinstance(item, Returned)] == ["row_repeated"] * 2
    first, second, told = of(tmp_path, personal(time="14/3/2024"), personal(time="14/3/2024"))
    assert [type(first), type(second)] == [Draft, Draft]
    assert isinstance(told, Note)
    assert told.reason == "note_row_repeated"
    met = of(tmp_path, group(time="7/3/2024"), group(time="21/3/2024"))
    assert len({item.record_key for item in met if isinstance(item, Draft)}) == 2


def test_things_are_kept_in_words(tmp_path: Path) -> None:
    """Money with a pig stays words; an amount is taken only where the cell is nothing but money."""
    (item,) = of(tmp_path, personal(given="2 triệu + 1 con lợn giống"))
    assert isinstance(item, Draft)
    facts = item.acts[0].sections[Section.SUPPORT]
    assert facts["in_kind"].value == "2 triệu + 1 con lợn giống"
    assert "amount" not in facts


def test_the_total_is_compared(tmp_path: Path) -> None:
    """'Tổng cộng: 5' beside the two rows counted."""
    items = of(tmp_path, personal(), group(), ["Tổng cộng: 5"], ["", "", "NGƯỜI LẬP BIỂU"])
    assert [(t.written, t.counted) for t in items if isinstance(t, Total)] == [(5, 2)]


def test_cp1258_in_decomposed_form_gives_the_same_records(tmp_path: Path) -> None:
    """The same list in NFD gives the same keys and values as in NFC."""
    text = workbooks.women_csv([personal(), group()])
    results = []
    for form in ("NFC", "NFD"):
        file = tmp_path / f"{form}.csv"
        file.write_text(unicodedata.normalize(form, text), "utf-8", newline="")
        results.append(read(file))
    assert results[0] == results[1]


def test_dates_an_english_excel_exchanged_are_returned(tmp_path: Path) -> None:
    """A column with 4 March as a date and 14/3/2024 as text: the date cell may be the 3rd of April."""
    file = workbooks.women(tmp_path / "a.xlsx", [personal(time="14/3/2024")])
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for row, cells in enumerate([workbooks.WOMEN, personal(time="14/3/2024"), personal(time="")]):
            for column, text in enumerate(cells):
                page.write_string(row, column, text)
        page.write_datetime("F3", date(2024, 4, 3), book.add_format({"num_format": "dd/mm/yyyy"}))
    first, second = read(file)
    assert isinstance(first, Draft)
    assert isinstance(second, Returned)
    assert (second.reason, second.where.column) == ("row_date_order_unsure", "F")


CELL = st.one_of(st.text(max_size=30), st.sampled_from([CODE, "Nhóm", "14/3/2024", "thăm hỏi", "Tổng cộng", "I. X"]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELL, max_size=9), max_size=8))
def test_any_cells_are_taken_or_returned(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """Whatever stands in the cells, nothing but RefusedError comes out, and no value stands in what is returned."""
    import csv  # noqa: PLC0415

    file = tmp_path_factory.mktemp("cells") / "a.csv"
    with file.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([workbooks.WOMEN, *rows])
    try:
        items = read(file)
    except RefusedError as error:
        assert error.code.startswith("file_")
        return
    for item in items:
        if isinstance(item, Returned):
            assert set(item.params) <= {"header", "sheet"}


def test_contents_are_codes_of_the_rules() -> None:
    """Every code of the lists here is in the rules, and no words stand for two codes."""
    from domain.rules import load  # noqa: PLC0415

    lists = load(max((ROOT / "domain" / "rules").glob("*.toml")).read_bytes()).lists
    assert SUPPORTS.keys() <= lists["regime"].keys()
    assert ACTIVITIES.keys() <= lists["activity"].keys()
    words = [word for group_of in (SUPPORTS, ACTIVITIES) for words in group_of.values() for word in words]
    assert len(words) == len(set(words))


def test_row_that_was_not_filled_in(tmp_path: Path) -> None:
    """A row of the worklist that comes back as it went out says nothing; with half of it filled in it is returned."""
    (draft,) = of(tmp_path, personal(content="", time="", given=""))
    assert isinstance(draft, Draft)
    assert (draft.code, draft.acts) == (CODE, ())
    (half,) = of(tmp_path, personal(content="", given=""))
    assert isinstance(half, Returned)
    assert half.reason == "value_missing"


@pytest.mark.parametrize("said", ["nt", "-nt-", "như trên", "//"])
def test_as_above_is_read_from_the_row_above(tmp_path: Path, said: str) -> None:
    """Content, time, gift and note, down through several rows, each value with the cell it was read in."""
    first = personal(note="giả định")
    below = [
        personal(code=code, content=said, time=said, given=said, note=said)
        for code in (workbooks.CODES[1], new_case_code(bytes(16)))
    ]
    drafts = of(tmp_path, first, *below)
    assert all(isinstance(draft, Draft) for draft in drafts)
    told = [draft.acts[0].sections[Section.SUPPORT] for draft in drafts if isinstance(draft, Draft)]
    assert [{name: fact.value for name, fact in facts.items()} for facts in told[1:]] == [
        {name: fact.value for name, fact in told[0].items()}
    ] * 2
    assert {fact.at for fact in told[2].values()} == {"E4", "F4", "G4", "I4"}


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ([], personal(time="nt")),
        ([["I. THÔN GIẢ"]], personal(time="nt")),
        ([personal(), ["II. THÔN ĐỊNH"]], personal(code=workbooks.CODES[1], time="nt")),
        ([personal(), [""] * 9], personal(code=workbooks.CODES[1], time="nt")),
        ([personal(), ["", "Tổng cộng", "1"]], personal(code=workbooks.CODES[1], time="nt")),
        ([personal(given="")], personal(code=workbooks.CODES[1], given="nt")),
        ([personal(time="nt")], personal(code=workbooks.CODES[1], time="nt")),
        ([group()], personal(time="nt")),
        ([personal()], group(time="nt")),
        ([personal(name="NguyÔn ThÞ Hoa")], personal(code=workbooks.CODES[1], time="nt")),
        ([personal()], personal(code="nt")),
        ([group()], group(name="nt")),
        ([group()], group(headcount="nt")),
    ],
)
def test_as_above_reaches_no_further(tmp_path: Path, above: Sequence[Sequence[str]], row: Sequence[str]) -> None:
    """Not over a heading, a blank row or a total, not to another kind of row, never who or how many."""
    last = of(tmp_path, *above, row)[-1]
    assert isinstance(last, Returned)


def test_as_above_of_a_struck_out_or_hidden_row_is_returned(tmp_path: Path) -> None:
    """Nobody can tell which row its writer saw above."""
    for looks in ("struck", "hidden"):
        file = tmp_path / f"{looks}.xlsx"
        with xlsxwriter.Workbook(file) as book:
            page, struck = book.add_worksheet("T3"), book.add_format({"font_strikeout": True})
            rows = [workbooks.WOMEN, personal(), personal(code=workbooks.CODES[1], time="nt")]
            for index, cells in enumerate(rows):
                form = struck if looks == "struck" and index == 1 else None
                for column, text in enumerate(cells):
                    page.write_string(index, column, text, form)
            if looks == "hidden":
                page.set_row(1, None, None, {"hidden": True})
        last = read(file)[-1]
        assert isinstance(last, Returned)
        assert (last.reason, last.where.column) == ("value_ditto", "F")


@pytest.mark.parametrize(
    ("name", "how"), [("TCVN3", tcvn3), ("VNI", vni), ("VISCII", lambda text: written(text, Encoding.VISCII))]
)
def test_a_csv_in_an_old_encoding_is_refused_by_its_name(tmp_path: Path, name: str, how: Callable[[str], str]) -> None:
    """Its header tells which; never repaired."""
    file = tmp_path / "a.csv"
    file.write_bytes(how(workbooks.women_csv([personal(), group()])).encode("latin-1", "replace"))
    with pytest.raises(RefusedError) as refused:
        read(file)
    assert (refused.value.code, refused.value.params) == ("file_encoding_old", {"encoding": name})


def test_names_in_two_columns_are_read(tmp_path: Path) -> None:
    """Họ tên đệm | Tên: the list is found, persons and groups are read."""
    header = [*workbooks.WOMEN[:2], "Họ tên đệm", "Tên", *workbooks.WOMEN[3:]]
    rows = [personal(), group()]
    file = tmp_path / "a.csv"
    split = [[*row[:2], *(("Lò Thị", "H.") if row[1] else (row[2], "")), *row[3:]] for row in rows]
    file.write_text(workbooks.women_csv(split, header=header), "utf-8", newline="")
    assert [type(item) for item in read(file)] == [Draft, Draft]


def test_the_words_for_an_unknown_content_are_known() -> None:
    """What a returned row is told to write is what this form knows, and every kind of it is told."""
    for code, known in (("row_support_unknown", SUPPORTS), ("row_activity_unknown", ACTIVITIES)):
        for language in ("vi", "en"):
            told = catalogue()[code][language].split(": ", 1)[1].split(" – ")[0].split("; ")
            assert [next(name for name, words in known.items() if word in words) for word in told] == list(known)


def test_a_word_that_joins_changes_no_content(tmp_path: Path) -> None:
    """Thăm hỏi và tặng quà is thăm hỏi, tặng quà."""
    (taken,) = of(tmp_path, personal(content="Thăm hỏi và tặng quà"))
    assert isinstance(taken, Draft)
    assert taken.acts[0].facts["regime"] == "visit_gift"
