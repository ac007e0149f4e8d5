"""The versioned maps: whole, in both languages, no spelling with two codes; what is proposed for a returned cell."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from adapters.generic.choices import PAPER
from adapters.values import maps, mending, own_paper, papers, people, phones, places
from domain.errors import RefusedError
from domain.folding import fold, spelling

FILES = ("people.toml", "papers.toml", "phones.toml")
LISTS = (("papers.toml", "kinds"), ("phones.toml", "owners"))


@pytest.mark.parametrize("file", FILES)
def test_a_map_says_its_version_and_its_day(file: str) -> None:
    """So that what was read by an earlier one can be told."""
    about = maps.table(file)["map"]
    assert about["version"] >= 1
    assert isinstance(about["since"], date)


@pytest.mark.parametrize(("file", "name"), LISTS)
def test_every_code_has_words_and_no_spelling_has_two_codes(file: str, name: str) -> None:
    """In Vietnamese and English; compared folded, as they are read."""
    listed = maps.table(file)[name]
    assert all(one["vi"].strip() and one["en"].strip() for one in listed.values())
    spellings = Counter(fold(written) for one in listed.values() for written in set(map(fold, one["spellings"])))
    assert [written for written, times in spellings.items() if times > 1] == []


def test_ethnic_groups_are_54_in_both_languages_and_no_spelling_means_two() -> None:
    """Compared with their marks, whatever the apostrophe and the place of the tone."""
    table = maps.table("people.toml")
    groups = table["ethnicities"]
    assert len(groups) == 54
    assert list(groups) == list(table["english"])
    assert all(english.isascii() for english in table["english"].values())
    spellings = Counter(written for name, others in groups.items() for written in {*map(spelling, [name, *others])})
    assert [written for written, times in spellings.items() if times > 1] == []


@pytest.mark.parametrize(
    ("written", "group"),
    [
        *(("H’Mông", "Mông"), ("h mông", "Mông"), ("Hmông", "Mông"), ("MÈO", "Mông"), ("dân tộc Thái đen", "Thái")),
        *(("Dao đỏ", "Dao"), ("Mán", "Dao"), ("Sán Chỉ", "Sán Chay"), ("K'Ho", "Cơ-ho"), ("Pa Cô", "Ta-ôi")),
    ],
)
def test_ethnic_groups_by_their_spellings(written: str, group: str) -> None:
    """Local names lead to the listed group."""
    assert people.ethnicity(written, at="x").value == group


@pytest.mark.parametrize("written", ["Xá", "Thượng", "Mong Cai", "Thai", "thiểu số"])
def test_an_unlisted_group_is_returned(written: str) -> None:
    """What several groups are called by, what has no marks, what is none."""
    with pytest.raises(RefusedError, match=r"^value_ethnicity_unknown\Z"):
        people.ethnicity(written, at="x")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        *(("CCCD gắn chip", "cccd"), ("thẻ căn cước", "cccd"), ("C.M.N.D", None), ("Chứng minh thư", "cmnd")),
        *(("giấy chứng nhận căn cước", "identity_certificate"), ("GTH", "travel_paper"), ("身份证", "foreign_id")),
        *(("Hộ chiếu", "passport"), ("bằng lái xe", None)),
    ],
)
def test_kinds_of_papers_by_their_spellings(written: str, kind: str | None) -> None:
    """A kind that is not listed is returned."""
    if kind is None:
        with pytest.raises(RefusedError, match=r"^value_paper_kind_unknown\Z"):
            papers.paper_kind(written)
    else:
        assert papers.paper_kind(written) == kind


def test_the_templates_offer_listed_kinds_in_the_same_words() -> None:
    """What a template's list says is read back as the same kind."""
    listed = maps.table("papers.toml")["kinds"]
    assert {code: {"vi": one["vi"], "en": one["en"]} for code, one in listed.items() if code in PAPER} == PAPER


def test_a_chinese_number_is_of_a_foreign_paper() -> None:
    """18 signs, the last may be X; as a CCCD it is returned."""
    number = "53262319990101123X"
    assert papers.identity_paper(number, at="x").value == {"kind": "foreign_id", "number": number}
    assert papers.identity_paper(number, at="x", kind="foreign_id").value == {"kind": "foreign_id", "number": number}
    with pytest.raises(RefusedError, match=r"^value_paper_kind_mismatch\Z"):
        papers.identity_paper(number, at="x", kind="cccd")


def test_the_prefixes_of_2018_lead_to_numbers_of_today() -> None:
    """21 prefixes of four digits, each to one of three that no other has; ten digits come out."""
    table = maps.table("phones.toml")["renumbered"]
    assert (len(table), len(set(table.values()))) == (21, 21)
    for old in table:
        made = phones.mended(f"{old}1234567")
        assert made is not None
        assert phones.phones(made, at="x").value == [{"number": made, "owner": "unknown"}]


@pytest.mark.parametrize(
    ("code", "text", "proposed"),
    [
        ("value_phone_old_number", "0162 123 4567 (mẹ)", ["0321234567 (mẹ)"]),
        ("value_phone_old_number", "+84 162 123 4567", ["0321234567"]),
        ("value_phone_old_number", "0161 123 4567", []),
        ("value_phone_old_number", "01621234567/0912345678", []),
        ("value_phone_lost_zero", "912345678", ["0912345678"]),
        ("value_province_lost_zero", "8", ["08"]),
        ("value_province_lost_zero", "3", []),
        ("value_commune_lost_zero", "97", ["00097"]),
        ("value_place_ambiguous", "x" * 400, []),
        ("value_phone_unreadable", "0162 123 4567", []),
    ],
)
def test_what_is_proposed(code: str, text: str, proposed: list[str]) -> None:
    """Only where one value, or a few places, can be meant; the reader itself refuses all the same."""
    assert mending.mended(code, text) == proposed


def test_nothing_proposed_is_filled_in() -> None:
    """The reader refuses what the proposal would mend."""
    for code, read, text in (
        ("value_phone_old_number", phones.phones, "01621234567"),
        ("value_province_lost_zero", places.province, "8"),
    ):
        with pytest.raises(RefusedError, match=rf"^{code}\Z"):
            read(text, at="x")


def test_every_map_is_tested_here() -> None:
    """A new file of values is a map with a version, or the list of places, tested in its own module."""
    found = {file.name for file in Path(str(maps.__file__)).parent.glob("*.toml")}
    assert found == {*FILES, "places.toml"}


def test_an_identity_certificate_of_twelve_digits() -> None:
    """Of its own kind, as `papers.toml` calls it, with its word before the number too; no other paper has so many."""
    found = own_paper.own_paper("Giấy chứng nhận căn cước 099199000012", at="x", kind=None, identity={})
    assert found.value == {"kind": "identity_certificate", "number": "099199000012"}
    with pytest.raises(RefusedError, match=r"^value_paper_unreadable\Z"):
        papers.identity_paper("099199000012", at="x", kind="travel_paper")
    with pytest.raises(RefusedError, match=r"^value_paper_unreadable\Z"):
        papers.identity_paper("09919900001", at="x", kind="identity_certificate")
