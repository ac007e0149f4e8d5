"""The templates for offices without a form of their own: their layout, and what is filled in is what is read."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Draft
from adapters.generic import ADAPTERS, UPRIGHT
from adapters.generic.choices import CHANNEL, EXPLOITATION, ISSUER, PATHWAY, RECEIVED, REGIME, STATUS, chosen
from adapters.generic.fields import FIELDS, GROUPS, Field
from adapters.generic.layout import BY_KEY
from adapters.generic.person import LAW
from adapters.generic.templates import Name, template
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import fold, plain
from adapters.values import dates
from domain.errors import RefusedError
from domain.rules import current
from domain.statements import Pathway, Section
from domain.wording import Language
from tests.adapters import generic_records as made
from tests.adapters.generic_templates import NOTICE, TODAY, filled, one, read, said
from tests.tree import ROOT

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
    assert codes[0] == [code for code in field.choices if code not in field.withdrawn] or field.offers


def test_lists_are_those_of_the_rules() -> None:
    """What the rules list is offered whole; every pathway has its ground among the rules' grounds."""
    rules = current()
    listed = {
        "channel": CHANNEL,
        "received": RECEIVED,
        "exploitation": EXPLOITATION,
        "regime": REGIME,
        "issuer": ISSUER,
    }
    assert {name: list(choices) for name, choices in listed.items()} == {
        name: list(rules.lists[name]) for name in listed
    }
    # How a notice came is asked apart; a template of before may still say it as a channel.
    assert BY_KEY["channel"].offered("en") == ("labour export", "tourism", "marriage abroad")
    assert [chosen(CHANNEL[code]["vi"], at="A1", choices=CHANNEL).value for code in ("phone", "paper")] == [
        "phone",
        "paper",
    ]
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
        "pathway": "self_reported", "law": "l53_art27", "status": "in_identification", "channel": "labour_export",
        "received": "in_person",
        "likely_child": False,
    }  # fmt: skip
    written = {fact.written for act in person.acts for facts in act.sections.values() for fact in facts.values()}
    outside = {"number", "reported_on", "pathway", "status", "channel", "received", "residence_province"}
    joined = {"paper_kind", "paper_number", "declaration", "destination", "purpose"}  # of papers, of the profile
    outside |= {"issuer", "issued_by", "signatory", "title"}  # of the paper it stands for
    assert {made.ONE[key] for key in made.ONE.keys() - outside - joined} <= written
    sheet = read_sheets(tmp_path / "a.xlsx", (UPRIGHT,))[0]
    for act in person.acts:
        for section, facts in act.sections.items():
            for fact in facts.values():
                if section is not Section.PROFILE and "papers" not in fact.written and "; " not in fact.written:
                    assert sheet.text(int(fact.at.rpartition("!B")[2]) - 1, 1) == fact.written


TEXTS = st.sampled_from(["Lò Thị Giả", "giả định", "xã T., tỉnh Sơn La", "không có thật", "=1+1", "x" * 300])
OPEN = [one.key for one in FIELDS if one.becomes and one.reader.__name__ == "free_text" and not one.choices]
CODED = [one.key for one in FIELDS if one.choices and one.key not in {"paper_kind", "regime", "issuer"}]
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
        "amount": st.integers(1_000, 9_999_999).map(lambda n: f"{n:,}".replace(",", ".")),
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


def test_a_notice_stands_for_its_papers(tmp_path: Path) -> None:
    """Codes and day for the header, words as written to be sealed; a letter finds no case."""
    draft = one(filled(tmp_path / "a.xlsx", "person", made.ONE))
    (paper,) = draft.acts[0].papers
    assert (paper.kind, paper.issuer, paper.date.isoformat()) == ("declaration", "committee_commune", "2026-11-05")
    words = [fact and fact.value for fact in (paper.number, paper.issued_by, paper.signatory, paper.title)]
    assert words == ["05/TK-UBND", made.ONE["issued_by"], made.ONE["signatory"], made.ONE["title"]]
    assert draft.acts[1].papers == ()
    notice = {**NOTICE, "letter": "12/CV-UBND, 05/11/2026", "confirmation": "3/GXN, 04/11/2026"}
    draft = one(filled(tmp_path / "b.xlsx", "list", notice))
    assert [paper.kind for paper in draft.acts[0].papers] == ["confirmation", "official_letter"]
    assert [paper.kind for paper in draft.papers] == ["confirmation"]
    # Of a known case a paper only finds it, unless it is told of; a letter is what the row stands for.
    known = {"number": "6/2026", "reported_on": "06/11/2026", "regime": "tâm lý"}
    stated = [
        ({"confirmation": "3/GXN, 04/11/2026"}, []),
        ({"confirmation": "3/GXN, 04/11/2026", "signatory": "Trưởng công an"}, ["confirmation"]),
        ({"code": "HS-23456-789AR", "letter": "12/CV-UBND, 05/11/2026"}, ["official_letter"]),
    ]
    for more, kinds in stated:
        (act,) = one(filled(tmp_path / "c.xlsx", "list", {**known, **more})).acts
        assert (act.type, [paper.kind for paper in act.papers]) == ("support.recorded", kinds)


def test_a_workbook_of_several_persons(tmp_path: Path) -> None:
    """Each sheet is a person; a child comes with the record of the adult."""
    adult, child = filled(tmp_path / "a.xlsx", "person", made.ONE, made.CHILD)
    assert isinstance(child, Draft)
    assert isinstance(adult, Draft)
    assert child.with_record == adult.record_key == ("book", "5/2026")
    assert child.where.sheet == "Một người (2)"
    assert child.acts[0].facts["likely_child"] is True
