"""The templates for offices without a form of their own: written, filled in, changed by hand, read back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Draft, Item, Note, Returned
from adapters.generic import ADAPTERS, LIST, UPRIGHT
from adapters.generic.choices import CHANNEL, PATHWAY, REGIME, STATUS, chosen
from adapters.generic.layout import BY_KEY, FIELDS, GROUPS, Field
from adapters.generic.person import LAW
from adapters.generic.templates import HEADER_ROW, Name, template
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import fold, plain
from adapters.values import dates
from domain.errors import RefusedError
from domain.rules import current
from domain.statements import Pathway, Section
from domain.wording import Language
from tests.adapters import generic_records as made
from tests.adapters import workbooks
from tests.tree import ROOT

TODAY = date(2026, 11, 22)
PERSON, LISTED, _ = ADAPTERS
BY_FORM = {"person": PERSON, "list": LISTED}
NOTICE = {"number": "5/2026", "reported_on": "05/11/2026", "pathway": "tự trở về", "full_name": "Lò Thị Giả"}
Change = Callable[[list[list[str]]], list[list[str]]]


def read(form: Name, file: Path) -> list[Item]:
    return list(BY_FORM[form].read(file, today=TODAY))


def filled(to: Path, form: Name, *records: Mapping[str, str], language: Language = "vi") -> list[Item]:
    """What is read of a template with these records, without notes."""
    to.write_bytes(template(form, language, filled=records))
    return [item for item in read(form, to) if not isinstance(item, Note)]


def reasons(items: Sequence[Item]) -> list[tuple[str, str | None]]:
    """Reason and column of each row returned."""
    return [(item.reason, item.where.column) for item in items if isinstance(item, Returned)]


def one(items: Sequence[Item]) -> Draft:
    (draft,) = items
    assert isinstance(draft, Draft), draft
    return draft


def said(draft: Draft) -> object:
    """What a draft says, without where it stands."""
    acts = [
        (act.name, act.type, act.occurred, dict(act.facts),
         {s: {name: fact.value for name, fact in facts.items()} for s, facts in act.sections.items()})
        for act in draft.acts
    ]  # fmt: skip
    return acts, draft.code, draft.papers, draft.opens, draft.record_key[1]


def rewritten(to: Path, source: Path, change: Change, *, sheet: str | None = None, dated: bool = False) -> Path:
    """A workbook made of the first sheet of another, its rows changed; `dated` writes dd/mm/yyyy as date cells."""
    first = read_sheets(source, (LIST,))[0]
    with xlsxwriter.Workbook(to) as book:
        page = book.add_worksheet(sheet or first.name)
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for row, cells in enumerate(change([list(cells) for cells in first.rows])):
            for column, text in enumerate(cells):
                if dated and len(text) == 10 and text[2] == text[5] == "/":
                    page.write_datetime(row, column, datetime.strptime(text, "%d/%m/%Y"), day)  # noqa: DTZ007
                elif text:
                    page.write_string(row, column, text)
    return to


# -- the layout ------------------------------------------------------------------------------------------------------


def test_labels_are_one_field_each() -> None:
    """No label of one field, in either language and with or without diacritics, is another's or a group's."""
    spelled = [(text, one.key) for one in FIELDS for word in one.words for text in {fold(word), plain(fold(word))}]
    owners: dict[str, set[str]] = {}
    for text, key in [*spelled, *((fold(words[language]), "") for words in GROUPS.values() for language in words)]:
        owners.setdefault(text, set()).add(key)
    assert {text: keys for text, keys in owners.items() if len(keys) > 1} == {}
    assert all(one.hint["vi"] and one.hint["en"] and one.group in GROUPS for one in FIELDS)


OFFERING = [one for one in FIELDS if one.choices or one.offers]
LANGUAGES: tuple[Language, ...] = ("vi", "en")


@pytest.mark.parametrize("field", OFFERING, ids=lambda one: one.key)
def test_each_word_offered_is_one_code(field: Field) -> None:
    """A word of a list is read, as one code that no other word of the list has, the same in both languages."""
    codes = []
    for language in LANGUAGES:
        read_ = [
            chosen(word, at="A1", choices=field.choices) if field.choices else field.reader(word, at="A1")
            for word in field.offered(language)
        ]
        codes.append([str(fact.value) for fact in read_])
    assert len(set(codes[0])) == len(codes[0]) > 1
    assert codes[0] == codes[1]
    assert codes[0] == list(field.choices) or field.offers


def test_lists_are_those_of_the_rules() -> None:
    """What the rules list is offered whole; every pathway has its ground among the rules' grounds."""
    rules = current()
    assert (list(CHANNEL), list(REGIME)) == (list(rules.lists["channel"]), list(rules.lists["regime"]))
    assert set(PATHWAY) == {one.value for one in Pathway} == set(LAW)
    assert set(LAW.values()) <= set(rules.grounds)
    assert list(STATUS) == ["suspected", "not_yet_rescued", "in_identification"]


# -- round trips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("form", ["person", "list"])
def test_a_template_is_the_same_bytes_and_says_nothing(form: Name, language: Language, tmp_path: Path) -> None:
    """Written twice it is the same; empty it is refused as empty, its example included; only its own form knows it."""
    assert template(form, language) == template(form, language)
    file = tmp_path / "a.xlsx"
    file.write_bytes(template(form, language))
    assert [adapter.form.id for adapter in ADAPTERS if adapter.reads(file)] == [f"generic.{form}/1"]
    with pytest.raises(RefusedError, match="file_empty"):
        read(form, file)


@pytest.mark.parametrize(
    ("form", "name", "records"),
    [("person", "mot-nguoi.xlsx", [made.ONE]), ("list", "danh-sach.xlsx", made.RECORDS)],
)
def test_the_examples_are_what_the_templates_are_today(form: Name, name: str, records: list[dict[str, str]]) -> None:
    """The committed files member by member (`python -m tests.adapters.generic_records` writes them anew), made up."""
    with zipfile.ZipFile(io.BytesIO(template(form, filled=records))) as new:
        with zipfile.ZipFile(ROOT / "examples" / "generic" / name) as kept:
            assert {member: kept.read(member) for member in kept.namelist()} == {
                member: new.read(member) for member in new.namelist()
            }
        assert "DỮ LIỆU GIẢ ĐỊNH".encode() in new.read("xl/sharedStrings.xml")


@pytest.mark.parametrize("form", ["person", "list"])
def test_cells_to_fill_in_are_text_and_unlocked(form: Name) -> None:
    """So that no program swaps a day, drops a zero or makes a formula; labels and lists are locked."""
    with zipfile.ZipFile(io.BytesIO(template(form, filled=[{**made.ONE, "note": "=1+1"}]))) as book:
        sheet, styles = book.read("xl/worksheets/sheet1.xml").decode(), book.read("xl/styles.xml").decode()
    formats = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", styles.split("<cellXfs")[1].split("</cellXfs>")[0])
    open_ = {str(at) for at, one_ in enumerate(formats) if 'locked="0"' in one_}
    assert len(open_) == 1
    assert all('numFmtId="49"' in formats[int(at)] for at in open_)
    cells = dict(re.findall(r'<c r="([A-Z]+[0-9]+)" s="([0-9]+)"', sheet))
    assert {cells["B6"]} == open_
    assert cells["A6" if form == "person" else "B4"] not in open_
    assert "<f>" not in sheet
    assert sheet.count("<dataValidation ") == len(FIELDS)
    assert sheet.count('type="list"') == len(OFFERING)


def test_every_field_comes_back(tmp_path: Path) -> None:
    """A record with every field: the same in both forms, each value as written, from the cell it stands in."""
    person = one(filled(tmp_path / "a.xlsx", "person", made.ONE))
    listed = one(filled(tmp_path / "b.xlsx", "list", made.ONE))
    assert said(person) == said(listed)
    assert [act.type for act in person.acts] == ["case.notified", "support.recorded"]
    assert person.acts[0].facts == {
        "pathway": "self_reported", "law": "l53_art27", "status": "in_identification", "channel": "online",
        "likely_child": False,
    }  # fmt: skip
    written = {fact.written for act in person.acts for facts in act.sections.values() for fact in facts.values()}
    outside = {"number", "reported_on", "pathway", "status", "channel", "residence_province", "destination"}
    joined = {"paper_kind", "paper_number", "declaration"}  # one list of papers
    assert {made.ONE[key] for key in made.ONE.keys() - outside - joined} <= written
    sheet = read_sheets(tmp_path / "a.xlsx", (UPRIGHT,))[0]
    for act in person.acts:
        for section, facts in act.sections.items():
            for fact in facts.values():
                if section is not Section.PROFILE and "papers" not in fact.written and "; " not in fact.written:
                    assert sheet.text(int(fact.at.rpartition("!B")[2]) - 1, 1) == fact.written


TEXTS = st.sampled_from(["Lò Thị Giả", "giả định", "xã T., tỉnh Sơn La", "không có thật", "=1+1", "x" * 300])
OPEN = [one.key for one in FIELDS if one.becomes and one.reader.__name__ == "free_text" and not one.choices]
CODED = [one.key for one in FIELDS if one.choices and one.key not in {"paper_kind", "regime"}]
RECORDS = st.fixed_dictionaries(
    {
        "number": st.from_regex(r"[1-9][0-9]{0,3}(/TN)?/20(2[0-9])", fullmatch=True),
        "reported_on": st.dates(date(2020, 1, 1), TODAY).map(lambda day: f"{day:%d/%m/%Y}"),
        "pathway": st.sampled_from([words["vi"] for words in PATHWAY.values()]),
        "full_name": st.sampled_from(["Lò Thị Giả", "GIÀNG A GIẢ (tức Páo)", "H'Giả", "Cháu A"]),
        "regime": st.sampled_from([words["vi"] for words in REGIME.values()]),
    },
    optional={
        **dict.fromkeys((key for key in OPEN if key != "residence"), TEXTS),
        **{
            key: st.sampled_from([words["vi"] for words in BY_KEY[key].choices.values()])
            for key in CODED
            if key != "pathway"
        },
        **{one.key: st.sampled_from(one.offers) for one in FIELDS if one.offers},
        "birth": st.sampled_from(["2003", "5/2003", "15/08/2003", "khoảng 15 tuổi", "15/8 ÂL 2003"]),
        "amount": st.integers(1, 9_999_999).map(lambda n: f"{n:,}".replace(",", ".")),
        "confirmation": st.from_regex(r"[1-9][0-9]{0,2}/GXN-PC0[1-9], 0[1-9]/0[1-9]/202[0-5]", fullmatch=True),
    },
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(record=RECORDS)
def test_what_is_filled_in_is_what_is_read(record: dict[str, str], tmp_path: Path) -> None:
    """Any filled template: both forms say the same, and every text is kept as it was written."""
    person = one(filled(tmp_path / "a.xlsx", "person", record))
    assert said(person) == said(one(filled(tmp_path / "b.xlsx", "list", record)))
    kept = {
        (section, name): fact
        for act in person.acts
        for section, facts in act.sections.items()
        for name, fact in facts.items()
    }
    for key, text in record.items():
        field = BY_KEY[key]
        if field.becomes is not None:
            assert kept[field.becomes].written == text, key
        if field.choices and key != "paper_kind":
            code = next(code for code, words in field.choices.items() if words["vi"] == text)
            stated = [*person.acts[0].facts.values(), *person.acts[1].facts.values(), *(f.value for f in kept.values())]
            assert code in stated
    if "amount" in record:
        assert kept[Section.SUPPORT, "amount"].value == int(record["amount"].replace(".", ""))
    assert person.acts[0].occurred == dates.read_day(record["reported_on"], today=TODAY)


def test_a_workbook_of_several_persons(tmp_path: Path) -> None:
    """Each sheet is a person; a child comes with the record of the adult."""
    adult, child = filled(tmp_path / "a.xlsx", "person", made.ONE, made.CHILD)
    assert isinstance(child, Draft)
    assert isinstance(adult, Draft)
    assert child.with_record == adult.record_key == ("book", "5/2026")
    assert child.where.sheet == "Một người (2)"
    assert child.acts[0].facts["likely_child"] is True


# -- changed by hand -------------------------------------------------------------------------------------------------


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


# -- what is returned ------------------------------------------------------------------------------------------------


WRONG: list[tuple[dict[str, str], str, str | None]] = [
    ({"number": ""}, "value_missing", "number"),
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
    assert [reason for reason, _ in reasons(wrong)] == ["row_repeated", "row_repeated"]


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
