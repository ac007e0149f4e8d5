"""Records of the templates that must be mended: the reason, the cell, and no value in what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.contract import Draft, Note, Returned
from adapters.generic import LIST
from adapters.generic.layout import BY_KEY
from adapters.generic.templates import HEADER_ROW, Name
from adapters.tables.reading import read_sheets
from tests.adapters.generic_templates import NOTICE, Change, filled, read, reasons, rewritten

WRONG: list[tuple[dict[str, str], str, str | None]] = [
    ({"number": ""}, "value_missing", "number"),
    ({"number": "", "pathway": "", "code": "HS-23456-789AR", "regime": "tâm lý"}, "value_missing", "number"),
    ({"number": "", "pathway": "", "code": "HS-23456-789AB"}, "case_code_wrong", "code"),
    (
        {"number": "", "pathway": "", "code": "HS-23456-789AR", "received": "trực tiếp"},
        "row_pathway_missing",
        "received",
    ),
    ({"letter": "12/CV-UBND"}, "value_paper_without_date", "letter"),
    ({"signatory": "Chủ tịch"}, "value_missing", "letter"),
    (
        {"letter": "1/CV, 05/11/2026", "declaration": "2/TK, 05/11/2026", "title": "về việc"},
        *("row_papers_several", "title"),
    ),
    ({"number": "", "pathway": "", "code": "HS-23456-789AR", "letter": "1/CV, 05/11/2026"}, "value_missing", "number"),
    ({"purpose": "đi chơi"}, "row_code_unknown", "purpose"),
    ({"number": "5"}, "row_book_number", "number"),
    ({"number": "12/TB-UBND"}, "row_book_number", "number"),
    ({"number": "x" * 90}, "value_too_long", "number"),
    ({"reported_on": ""}, "value_missing", "reported_on"),
    ({"reported_on": "01/01/2030"}, "value_date_future", "reported_on"),
    ({"pathway": "đi lạc"}, "row_code_unknown", "pathway"),
    ({"pathway": ""}, "row_no_case_key", "code"),
    ({"pathway": "", "code": "HS-23456-789AR", "status": "đang xác định"}, "row_pathway_missing", "status"),
    ({"pathway": "", "code": "HS-23456-789AR", "full_name": ""}, "row_says_nothing", None),
    ({"pathway": "", "code": "HS-23456-789AR", "full_name": "", "birth": "1999"}, "value_missing", "full_name"),
    ({"code": "HS-23456-789AB"}, "case_code_wrong", "code"),
    ({"full_name": ""}, "value_missing", "full_name"),
    ({"birth": "31/02/2003"}, "value_date_impossible", "birth"),
    ({"ethnicity": "Mông Cổ"}, "value_ethnicity_unknown", "ethnicity"),
    ({"nationality": "Nước X"}, "value_country_unknown", "nationality"),
    ({"residence_province": "Tỉnh X"}, "value_province_unknown", "residence_province"),
    ({"paper_number": "12345678"}, "value_paper_lost_zero", "paper_number"),
    ({"paper_number": "014303001234", "sex": "nam"}, "row_paper_disagrees", "paper_number"),
    ({"phones": "12"}, "value_phone_unreadable", "phones"),
    ({"declaration": "05/TK-UBND"}, "value_paper_without_date", "declaration"),
    ({"given": "quần áo"}, "row_regime_missing", "regime"),
    ({"regime": "y tế (sức khỏe)", "amount": "nhiều"}, "row_amount_unclear", "amount"),
    ({"number": "5/2026", "with_number": "05/2026"}, "row_companion_unknown", "with_number"),
    ({"full_name": "NguyÔn ThÞ Hoa"}, "row_legacy_font", "full_name"),
]


@pytest.mark.parametrize("form", ["person", "list"])
def test_what_is_wrong_is_named_by_its_cell(form: Name, tmp_path: Path) -> None:
    """A record that is not whole is returned with the cell, and no value in what is said."""
    records = [{**NOTICE, "number": f"{at}/2026", **changes} for at, (changes, _, _) in enumerate(WRONG, start=20)]
    items = filled(tmp_path / "a.xlsx", form, *records)
    sheets = {sheet.name: sheet for sheet in read_sheets(tmp_path / "a.xlsx", (LIST,))}
    for item, record, (changes, reason, field) in zip(items, records, WRONG, strict=True):
        assert isinstance(item, Returned), changes
        assert (item.reason, item.where.column is None) == (reason, field is None), changes
        assert item.params == {}
        if field is not None:
            sheet, row, label = sheets[item.where.sheet], item.where.row - 1, BY_KEY[field].words[0]
            headed = [at for at, cell in enumerate(sheet.rows[HEADER_ROW]) if cell.startswith(label)]
            assert form == "list" or sheet.text(row, 0).startswith(label)
            assert sheet.text(row, headed[0] if form == "list" else 1) == record.get(field, "")


def test_one_number_for_two_is_taken_for_neither(tmp_path: Path) -> None:
    """Also written otherwise, also where one of the two is wrong by itself: which is which only the office knows."""
    twice = [NOTICE, {**NOTICE, "number": "05/2026", "full_name": "Vàng Thị Giả"}, {**NOTICE, "number": "6/2026"}]
    found = filled(tmp_path / "a.xlsx", "list", *twice)
    assert reasons(found) == [("row_repeated", "B"), ("row_repeated", "B")]
    assert [item.record_key for item in found if isinstance(item, Returned)] == [None, None]
    assert [item.record_key for item in found if isinstance(item, Draft)] == [("book", "6/2026")]
    wrong = filled(tmp_path / "b.xlsx", "list", NOTICE, {**NOTICE, "birth": "sai"})
    assert [reason for reason, _ in reasons(wrong)] == ["row_repeated", "value_date_unreadable"]


def test_notices_that_share_a_case_are_returned(tmp_path: Path) -> None:
    """Two persons with one paper or one mã hồ sơ would become one; a support that names it is none of them."""
    paper = {"declaration": "05/TK-UBND, 05/11/2026"}
    support = {"number": "8/2026", "reported_on": "06/11/2026", "regime": "tâm lý", **paper}
    rows = [{**NOTICE, **paper}, {**NOTICE, "number": "6/2026", **paper}, support]
    found = filled(tmp_path / "a.xlsx", "list", *rows)
    assert [reason for reason, _ in reasons(found)] == ["row_paper_shared"] * 2
    assert [item.where.row for item in found if isinstance(item, Returned)] == [6, 7]
    (draft,) = (item for item in found if isinstance(item, Draft))
    assert (draft.opens, [act.type for act in draft.acts]) == (False, ["support.recorded"])
    code = {"code": "HS-23456-789AR"}
    found = filled(tmp_path / "b.xlsx", "person", {**NOTICE, **code}, {**NOTICE, "number": "6/2026", **code})
    assert [reason for reason, _ in reasons(found)] == ["row_code_twice"] * 2


def test_the_example_is_never_taken(tmp_path: Path) -> None:
    """Whole it is told and passed over; with a person written over part of it the row is returned."""
    filled(tmp_path / "a.xlsx", "list", NOTICE)

    def over(column: int, text: str) -> Change:
        def change(rows: list[list[str]]) -> list[list[str]]:
            rows[HEADER_ROW + 1][column] = text
            return rows

        return change

    assert [item.reason for item in read("list", tmp_path / "a.xlsx") if isinstance(item, Note)] == ["note_example_row"]
    for column, text in ((1, "7/2026"), (8, "Giàng A Giả"), (10, "1999")):
        found = read("list", rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", over(column, text)))
        assert reasons(found) == [("row_example_changed", "B")]


@pytest.mark.parametrize("form", ["person", "list"])
def test_a_number_that_became_a_date_is_returned(form: Name, tmp_path: Path) -> None:
    """05/2026 typed into a cell that is not text is a day of May for Excel."""
    filled(tmp_path / "a.xlsx", form, {**NOTICE, "number": "01/05/2026"})
    file = rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", lambda rows: rows, dated=True)
    assert [reason for reason, _ in reasons(read(form, file))] == ["row_book_number"]


def test_a_lone_date_cell_that_may_be_exchanged_is_returned(tmp_path: Path) -> None:
    """On one sheet nothing tells whether 05/11 was 11/05; the 15th and 11/11 can only be themselves."""
    for day, expected in (("05/11/2026", ["row_date_order_unsure"]), ("15/11/2026", []), ("11/11/2026", [])):
        filled(tmp_path / "a.xlsx", "person", {**NOTICE, "reported_on": day})
        file = rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", lambda rows: rows, dated=True)
        assert [reason for reason, _ in reasons(read("person", file))] == expected


def test_a_cell_beside_the_form_is_returned(tmp_path: Path) -> None:
    """Something written where nothing is asked may belong to the record."""
    filled(tmp_path / "a.xlsx", "person", NOTICE)

    def change(rows: list[list[str]]) -> list[list[str]]:
        return [[*cells, "", "ghi thêm"] if cells[0] == "Ngày sinh" else cells for cells in rows]

    file = rewritten(tmp_path / "b.xlsx", tmp_path / "a.xlsx", change)
    assert [reason for reason, _ in reasons(read("person", file))] == ["row_cell_without_header"]
