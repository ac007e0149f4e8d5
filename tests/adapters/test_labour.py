"""The Labour department's workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from adapters.contract import Draft, Item, Note, Returned, Total
from adapters.labour_department import ADAPTER
from adapters.labour_department.layout import REGIMES
from domain.contents import FIELDS
from domain.errors import RefusedError
from domain.statements import Section
from tests.adapters import workbooks

TODAY = date(2024, 12, 1)
ROOT = Path(__file__).resolve().parents[2]


def read(file: Path) -> list[Item]:
    return list(ADAPTER.read(file, today=TODAY))


def drafts(items: Sequence[Item]) -> list[Draft]:
    return [item for item in items if isinstance(item, Draft)]


def row(**changes: str) -> list[str]:
    """A good row with some cells changed, by header."""
    headers = [
        below.removesuffix(" (1.000đ)") if above == "Hỗ trợ" else below or above for above, below in workbooks.HEADINGS
    ]
    cells = dict(zip(headers, workbooks.OUTSIDE[0], strict=True))
    named = {"nam": "Nam", "nu": "Nữ", "ten": "Họ và tên", "ma": "Mã hồ sơ", "giay": "Số QĐ/Giấy XN", "kk": "KKBĐ",
             "cccd": "Số CMND/CCCD", "tamly": "Tâm lý", "dantoc": "Dân tộc", "sdt": "Chủ hộ, SĐT",
             "noi": "Nơi cư trú"}  # fmt: skip
    return list({**cells, **{named[key]: text for key, text in changes.items()}}.values())


def one(tmp_path: Path, *rows: Sequence[str]) -> list[Item]:
    """The items of a workbook whose only persons are these, from outside the province."""
    file = workbooks.labour(tmp_path / "a.xlsx", outside=rows, inside=(), returned=())
    return [item for item in read(file) if isinstance(item, (Draft, Returned))]


def refused(tmp_path: Path, *rows: Sequence[str]) -> tuple[str, str | None]:
    """Reason and column of the last row, which must be returned."""
    last = one(tmp_path, *rows)[-1]
    assert isinstance(last, Returned)
    assert last.where.row == 7 + len(rows)
    return last.reason, last.where.column


def test_the_example_is_read_whole() -> None:
    """The committed example gives five persons, its totals agree; a phone that lost its zero is returned."""
    items = read(ROOT / "examples/labour_department/danh-sach-ho-tro-2024.xlsx")
    assert [d.record_key for d in drafts(items)] == [
        ("paper", "12/gxn-pc02", "2024-03-21"),
        ("paper", "13/gxn-pc02", "2024-03-21"),
        ("paper", "15/gxn-pc02", "2024-04-02"),
        ("paper", "3/tk-ubnd", "2024-05-10"),
    ]
    totals = [(t.what, t.written, t.counted) for t in items if isinstance(t, Total)]
    assert totals == [("total_group_outside", 3, 3), ("total_group_inside", 1, 1), ("total_rows", 4, 4)]
    (lost,) = [item for item in items if isinstance(item, Returned)]
    assert (lost.record_key, lost.reason) == (("paper", "14/gxn-pc02", "2024-04-02"), "value_phone_lost_zero")
    assert [(one_.column, one_.text) for one_ in lost.proposals] == [("I", "0912345678")]


def test_the_group_heading_says_inside_or_outside(tmp_path: Path) -> None:
    """Residence and source of the profile come from the heading and the sheet, with codes only."""
    found = drafts(read(workbooks.labour(tmp_path / "a.xlsx")))
    profiles = [next(a for a in d.acts if a.name == "profile").sections[Section.PROFILE] for d in found]
    assert [p["residence"].value if "residence" in p else None for p in profiles] == [
        "outside", "outside", "outside", "inside", None,
    ]  # fmt: skip
    assert [p["source"].value for p in profiles] == ["criminal_case"] * 4 + ["self_report"]


def test_a_commune_is_taken_by_the_list_of_the_row_s_day_or_returned_with_choices(tmp_path: Path) -> None:
    """A row of 2024: its commune of then with those of today; one name twice in the province is returned, proposed."""
    (draft,) = drafts(one(tmp_path, row(noi="bản Pa, xã Tân Thành, tỉnh Tuyên Quang")))
    identity = next(act for act in draft.acts if act.name == "profile").sections[Section.IDENTITY]
    value = identity["residence_commune"].value
    assert isinstance(value, dict)
    assert (value["code"], value["list"]) == ("02401", "before-2025-07")
    twice, phone = one(
        tmp_path, row(noi="xã Chiềng Chung, tỉnh Sơn La"), row(giay="21/GXN-PC02, 21/3/24", sdt="0162 123 4567")
    )
    assert isinstance(twice, Returned)
    assert isinstance(phone, Returned)
    assert (twice.reason, twice.where.column, len(twice.proposals)) == ("value_place_ambiguous", "H", 2)
    assert {one_.text.partition(",")[0] for one_ in twice.proposals} == {"Xã Chiềng Chung"}
    assert [one_.text for one_ in phone.proposals] == ["0321234567"]
    assert twice.params == phone.params == {}


def test_ticks_become_acts_of_support(tmp_path: Path) -> None:
    """One act for each ticked regime, named after it, with the cell it stood in; an amount only with its unit."""
    draft = drafts(one(tmp_path, row()))[0]
    supports = [act for act in draft.acts if act.type == "support.recorded"]
    assert [(act.name, act.facts) for act in supports] == [
        (f"support.{code}", {"regime": code})
        for code in ("initial_hardship", "psychological", "legal_advice", "medical")
    ]
    facts = supports[0].sections[Section.SUPPORT]
    assert (facts["amount"].value, facts["amount"].written, facts["amount"].at) == (
        1_000_000, "1.000", "'Nạn nhân qua vụ án'!K8",
    )  # fmt: skip


def test_one_who_returned_alone_opens_a_case(tmp_path: Path) -> None:
    """The other sheet's rows are notified on their declaration; those of criminal cases never open a case."""
    *victims, alone = drafts(read(workbooks.labour(tmp_path / "a.xlsx")))
    assert [d.opens for d in victims] == [False] * 4
    assert alone.opens
    assert (alone.acts[0].name, alone.acts[0].type, alone.acts[0].occurred, alone.acts[0].facts) == (
        "notice", "case.notified", date(2024, 5, 10), {"pathway": "returned_alone", "law": "l53_art27"},
    )  # fmt: skip
    assert alone.papers[0].kind == "declaration"


def test_a_confirmation_that_comes_later_does_not_change_the_record(tmp_path: Path) -> None:
    """On Tự trở về the declaration stays the key when the confirmation paper arrives; both papers join."""
    headings = [*workbooks.RETURNED_HEADINGS, ("Số QĐ/Giấy XN", "")]
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        cells = [*workbooks.RETURNED[0], "40/GXN-PC02, 01/6/2024"]
        workbooks.table(book, "Tự trở về", "DANH SÁCH", headings, [cells])
    (draft,) = drafts(read(file))
    assert draft.record_key == ("paper", "3/tk-ubnd", "2024-05-10")
    assert [paper.kind for paper in draft.papers] == ["declaration", "confirmation"]
    assert draft.opens


def test_sections_hold_only_fields_that_exist(tmp_path: Path) -> None:
    """Every field of every section is named in domain.contents, and facts of a header are codes and dates."""
    for draft in drafts(read(workbooks.labour(tmp_path / "a.xlsx"))):
        for act in draft.acts:
            assert set(act.facts) <= {"regime", "pathway", "law"}
            for section, facts in act.sections.items():
                assert set(facts) <= FIELDS[section].keys()


def test_the_record_key_is_the_paper_not_the_place_in_the_list(tmp_path: Path) -> None:
    """Re-sorted, renumbered, with codes filled in: the same keys."""
    rows = [list(cells) for cells in workbooks.OUTSIDE]
    before = {d.record_key for d in drafts(one(tmp_path, *rows))}
    rows.reverse()
    for number, cells in enumerate(rows, start=101):
        cells[0] = str(number)
    rows[0][1] = workbooks.CODES[0]
    after = drafts(one(tmp_path, *rows))
    assert {d.record_key for d in after} == before
    assert after[0].code == workbooks.CODES[0]


def test_a_row_with_only_a_code_is_keyed_by_it(tmp_path: Path) -> None:
    """It needs a day of support, since no paper dates it."""
    assert refused(tmp_path, row(ma=workbooks.CODES[0], giay="")) == ("row_date_missing", None)


def test_totals_that_do_not_agree_are_told(tmp_path: Path) -> None:
    """'Tổng cộng ghi 19, đếm được 4' is given, and stops nothing."""
    items = read(workbooks.labour(tmp_path / "a.xlsx", total=19))
    assert [(t.written, t.counted) for t in items if isinstance(t, Total) and t.what == "total_rows"] == [(19, 4)]
    assert len(drafts(items)) == 5


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"giay": ""}, ("row_no_case_key", None)),
        ({"giay": "(đang xin)"}, ("value_paper_pending", "J")),
        ({"giay": "12/GXN-PC02"}, ("value_paper_without_date", "J")),
        ({"giay": "12/GXN-PC02, 31/02/2024"}, ("value_date_impossible", "J")),
        ({"giay": "12/GXN-PC02, 21/3/2025"}, ("value_date_future", "J")),
        ({"giay": "12/GXN-PC02, 21/3/22012"}, ("value_date_impossible", "J")),
        ({"ma": "HS-23456-789AS"}, ("case_code_wrong", "B")),
        ({"nam": "1999"}, ("row_sex_twice", "E")),
        ({"nu": "15/8"}, ("value_date_unreadable", "E")),
        ({"cccd": "14199001234", "nu": "không rõ"}, ("value_paper_lost_zero", "G")),
        ({"cccd": "14198001234"}, ("value_paper_lost_zero", "G")),
        ({"cccd": "14099001234"}, ("value_paper_lost_zero", "G")),
        ({"cccd": "50123456"}, ("value_paper_lost_zero", "G")),
        ({"cccd": "3,8186E+10"}, ("value_paper_rounded", "G")),
        ({"cccd": "014099001234"}, ("row_paper_disagrees", "G")),
        ({"tamly": "3/24"}, ("row_tick_unclear", "L")),
        ({"tamly": "không rõ"}, ("row_tick_unclear", "L")),
        ({"kk": "1"}, ("row_amount_unclear", "K")),
        ({"kk": "500 + 20kg gạo"}, ("row_amount_unclear", "K")),
        ({"ten": ""}, ("value_missing", "C")),
        ({"ten": "NguyÔn ThÞ Hoa"}, ("row_legacy_font", "C")),
        ({"dantoc": "nt"}, ("value_ditto", "F")),
        ({"sdt": "0912 34"}, ("value_phone_unreadable", "I")),
    ],
)
def test_what_is_wrong_is_returned_with_its_cell(
    tmp_path: Path, changes: dict[str, str], reason: tuple[str, str | None]
) -> None:
    """A row is returned with a stable code and the column; the rows beside it are taken."""
    assert refused(tmp_path, workbooks.OUTSIDE[1], row(**changes)) == reason
    assert len(drafts(one(tmp_path, workbooks.OUTSIDE[1], row(**changes)))) == 1


@pytest.mark.parametrize("said", ["nt", "-nt-", "như trên", "//"])
def test_as_above_is_read_from_the_row_above(tmp_path: Path, said: str) -> None:
    """What was given and said of it, each value with the cell it was read in."""
    other = {"giay": "98/GXN-PC02, 22/3/2024", "cccd": ""}
    first, second = drafts(one(tmp_path, row(kk="1.000", tamly="3/2024"), row(kk=said, tamly=said, **other)))
    assert [act.name for act in first.acts] == [act.name for act in second.acts]
    for act, below in zip(first.acts, second.acts, strict=True):
        support, same = (one_.sections.get(Section.SUPPORT, {}) for one_ in (act, below))
        if act.name in {"support.initial_hardship", "support.psychological"}:
            assert {(fact.value != {}, fact.at) for fact in support.values()} == {
                (fact.value != {}, fact.at) for fact in same.values()
            }
            assert {name: fact.value for name, fact in support.items()} == {
                name: fact.value for name, fact in same.items()
            }


@pytest.mark.parametrize("cell", ["ten", "nu", "dantoc", "noi", "sdt", "giay", "cccd", "ma"])
def test_as_above_is_never_read_for_who_it_is(tmp_path: Path, cell: str) -> None:
    """Name, birth, people, home, householder, papers and code stand in each row themselves."""
    other = {"giay": "98/GXN-PC02, 22/3/2024", "cccd": "", cell: "nt"}
    reason, column = refused(tmp_path, row(), row(**other))
    assert column is not None
    assert reason == {"cccd": "value_ditto"}.get(cell, reason)


def test_as_above_does_not_reach_over_a_heading(tmp_path: Path) -> None:
    """Out of the group of those from outside into that of those from inside the province."""
    file = workbooks.labour(tmp_path / "a.xlsx", outside=[row(tamly="x")],
                            inside=[row(tamly="nt", giay="98/GXN-PC02, 22/3/2024", cccd="")], returned=())  # fmt: skip
    assert [item.reason for item in read(file) if isinstance(item, Returned)] == ["value_ditto"]


def test_rows_of_one_record_that_differ_are_returned(tmp_path: Path) -> None:
    """Both of them: one paper beside two names or two codes, one code beside two papers."""
    first, second = (row(ma=code) for code in workbooks.CODES)
    other = row(ma=workbooks.CODES[0], giay="99/GXN-PC02, 21/3/2024", cccd="")
    for one_, two, reason in (
        (row(), row(ten="Lò Thị Khác"), ("row_repeated", None)),
        (first, second, ("row_repeated", None)),
        (first, other, ("row_code_twice", "B")),
    ):
        assert refused(tmp_path, one_, two) == reason
        assert drafts(one(tmp_path, one_, two)) == []


def test_shifted_and_merged_rows_are_returned(tmp_path: Path) -> None:
    """A cell under no header, or one merged with the next row, is never interpreted."""
    assert refused(tmp_path, [*row(), "lệch"])[0] == "row_cell_without_header"

    def merge(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("Nạn nhân qua vụ án").merge_range("H8:H9", "xã T.")

    items = read(workbooks.labour(tmp_path / "a.xlsx", also=merge))
    assert [(r.where.row, r.reason) for r in items if isinstance(r, Returned)] == [
        (8, "row_merged_cells"),
        (9, "row_merged_cells"),
    ]


def test_a_person_below_the_total_is_returned_not_lost(tmp_path: Path) -> None:
    """A numbered row after Tổng cộng is named."""

    def append(book: xlsxwriter.Workbook) -> None:
        for column, text in enumerate(row(giay="77/GXN-PC02, 21/3/2024")):
            book.get_worksheet_by_name("Nạn nhân qua vụ án").write_string(20, column, text)

    items = read(workbooks.labour(tmp_path / "a.xlsx", also=append))
    assert [(r.where.row, r.reason) for r in items if isinstance(r, Returned)] == [(21, "row_after_total")]


def test_a_heading_that_says_neither_is_noted(tmp_path: Path) -> None:
    """Its rows are taken without residence: it is not guessed from the province."""

    def heading(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("Nạn nhân qua vụ án").write_string("A7", "I. NĂM 2024")

    items = read(workbooks.labour(tmp_path / "a.xlsx", also=heading))
    assert "note_group_unknown" in [note.reason for note in items if isinstance(note, Note)]
    profile = drafts(items)[0].acts[0].sections[Section.PROFILE]
    assert "residence" not in profile


def test_the_sheet_of_returners_needs_its_own_paper(tmp_path: Path) -> None:
    """A sheet named Tự trở về without the declaration's column is refused, never read as victims of a case."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        workbooks.table(book, "Tự trở về", "DANH SÁCH", workbooks.HEADINGS, workbooks.OUTSIDE)
    with pytest.raises(RefusedError) as refusal:
        read(file)
    assert (refusal.value.code, refusal.value.params["header"]) == ("file_header_missing", "Số, ngày tờ khai")


def test_the_adapter_knows_its_own_files(tmp_path: Path) -> None:
    """Its form by header words, not another agency's list; a locked file it claims, to say why."""
    assert ADAPTER.reads(workbooks.labour(tmp_path / "a.xlsx"))
    assert ADAPTER.reads(workbooks.locked(tmp_path / "b.xlsx"))
    assert not ADAPTER.reads(workbooks.women(tmp_path / "c.xlsx", workbooks.women_rows()))
    assert not ADAPTER.reads(tmp_path / "d.json")


def test_bombs_are_refused(tmp_path: Path) -> None:
    """A zip of 300 MB, one long text in 4,000 cells, a last cell at XFD1048576: none takes anything with it."""
    bomb = workbooks.bomb(tmp_path / "a.xlsx", megabytes=300)
    far = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(far) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "STT")
        page.write_string(1_048_575, 16_383, "x")
    wide = tmp_path / "c.xlsx"
    with xlsxwriter.Workbook(wide) as book:
        page = book.add_worksheet()
        for row in range(4000):
            page.write_string(row, 0, "x" * 32_000)
    for file, code in ((wide, "file_too_large"), (bomb, "file_zip_bomb"), (far, "file_too_large")):
        with pytest.raises(RefusedError) as refusal:
            read(file)
        assert refusal.value.code == code


def test_no_value_is_in_a_refusal(tmp_path: Path) -> None:
    """Params of what is returned hold no cell's text."""
    name = "Quý Hiếm Độc"
    returned = list(one(tmp_path, row(ten=name, giay=name), row(ten=name, cccd=name)))
    assert len(returned) == 2
    assert all(name not in repr(item) for item in returned)


def test_regimes_are_codes_of_the_rules() -> None:
    """Every column of support is a code of the list of regimes."""
    from domain.rules import load  # noqa: PLC0415

    file = max((ROOT / "domain" / "rules").glob("*.toml"))
    assert {column.key for column in REGIMES} <= load(file.read_bytes()).lists["regime"].keys()


def test_a_cccd_that_lost_its_zero_is_completed_only_where_the_row_agrees(tmp_path: Path) -> None:
    """A number typed as a number: 11 digits are taken with a note when sex and year digits are the row's."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        cells = row()
        workbooks.table(book, "Nạn nhân qua vụ án", "DANH SÁCH", workbooks.HEADINGS, [cells])
        book.get_worksheet_by_name("Nạn nhân qua vụ án").write_number(6, 6, 14199001234)
    items = read(file)
    (draft,) = drafts(items)
    identity = next(act for act in draft.acts if act.name == "profile").sections[Section.IDENTITY]
    papers = identity["papers"]
    assert isinstance(papers.value, list)
    assert (papers.value[0], papers.written) == ({"kind": "cccd", "number": "014199001234"}, "14199001234")
    assert [(n.reason, n.where.row, n.where.column) for n in items if isinstance(n, Note)] == [
        ("note_paper_zero_added", 7, "G")
    ]


def two_columns(file: Path, *names: tuple[str, str], headers: tuple[str, str] = ("Họ và tên đệm", "Tên")) -> list[Item]:
    """A workbook whose names are in two columns; the rows' papers differ."""
    headings = [*workbooks.HEADINGS[:2], *((header, "") for header in headers), *workbooks.HEADINGS[3:]]
    body = []
    for number, halves in enumerate(names, 1):
        cells = row(cccd="", giay=f"{number}/GXN-PC02, 21/3/2024")
        body.append([*cells[:2], *halves, *cells[3:]])
    with xlsxwriter.Workbook(file) as book:
        workbooks.table(book, "Nạn nhân qua vụ án", "DANH SÁCH", headings, body)
    return [item for item in read(file) if isinstance(item, (Draft, Returned))]


@pytest.mark.parametrize("headers", [("Họ và tên đệm", "Tên"), ("HỌ ĐỆM", "TÊN"), ("Họ", "Tên")])
def test_a_name_in_two_columns_is_one_name(tmp_path: Path, headers: tuple[str, str]) -> None:
    """As written, one after the other; who has one name has it in the second column."""
    found = drafts(two_columns(tmp_path / "a.xlsx", ("Lò Thị", "Mây (tức Máy)"), ("", "Dúa"), headers=headers))
    names = [draft.acts[0].sections[Section.IDENTITY]["full_name"].value for draft in found]
    assert names == ["Lò Thị Mây", "Dúa"]


@pytest.mark.parametrize(
    ("halves", "reason"),
    [
        (("Lò Thị", ""), "value_missing"),
        (("Lò Thị", "không rõ"), "value_missing"),
        (("không rõ", "Dúa"), "value_missing"),
        (("nt", "Dúa"), "value_ditto"),
        (("Lò Thị", "nt"), "value_ditto"),
        (("", ""), "value_missing"),
        (("Loø Thò", "Maây"), "row_legacy_font"),
        (("Lß", "ThÞ"), "row_legacy_font"),
    ],
)
def test_half_a_name_is_returned(tmp_path: Path, halves: tuple[str, str], reason: str) -> None:
    """A half that is not there, or says nothing, or is in an old font."""
    (item,) = two_columns(tmp_path / "a.xlsx", halves)
    assert isinstance(item, Returned)
    assert item.reason == reason


def test_one_of_two_name_headers_is_not_enough(tmp_path: Path) -> None:
    """Họ đệm without Tên beside it: the header of the name is missing, and named."""
    with pytest.raises(RefusedError, match="file_header_missing"):
        two_columns(tmp_path / "a.xlsx", ("Lò Thị", "Mây"), headers=("Họ và tên đệm", "Xóm"))


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("Lò Văn Chủ, ĐT: 0900011111", "Lò Văn Chủ", "0900011111"),
        ("Lò Văn Chủ (SĐT 0900 011 111)", "Lò Văn Chủ", "0900011111"),
        ("Lò Văn Chủ - điện thoại: 0900011111", "Lò Văn Chủ", "0900011111"),
        ("đt 0900011111", None, "0900011111"),
    ],
)
def test_the_word_before_a_number_is_no_name(tmp_path: Path, text: str, name: str | None, number: str) -> None:
    """ĐT, SĐT, điện thoại are not kept in the householder's name."""
    (draft,) = drafts(one(tmp_path, row(sdt=text)))
    contact = draft.acts[0].sections[Section.CONTACT]
    assert (contact["householder"].value if name else contact.get("householder")) == name
    assert contact["phones"].value == [{"number": number, "owner": "unknown"}]


def test_a_number_that_is_announced_and_not_there_is_returned(tmp_path: Path) -> None:
    """ĐT mẹ 0900… names an owner where none is read; it is no part of the name either."""
    assert refused(tmp_path, row(sdt="Lò Văn Chủ, ĐT mẹ 0900011111")) == ("value_phone_unreadable", "I")


def test_nothing_in_a_column_of_money_is_nothing_given(tmp_path: Path) -> None:
    """0 is no support of 0 đồng; an empty sum that Excel shows as – is stored as 0."""
    for cell, given in (("0", False), ("0 đ", False), ("1.000", True)):
        (taken,) = drafts(one(tmp_path, row(kk=cell)))
        assert ("support.initial_hardship" in [act.name for act in taken.acts]) is given
