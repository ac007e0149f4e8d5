"""Slips that read as something else: two persons as one, two months as a day, nothing as a gift. All made up."""

from __future__ import annotations

from datetime import date

import pytest

from adapters.values import dates, names, papers, phones
from domain.errors import RefusedError
from domain.wording import catalogue

TODAY = date(2026, 11, 2)


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    """Expect a refusal with exactly this code."""
    return pytest.raises(RefusedError, match=rf"^{code}\Z")


@pytest.mark.parametrize(
    "text",
    [
        *("Lò Thị Mai\nVàng Thị Sua", "Lò Thị Mai \r\n  Giàng A Páo", "LÒ THỊ MAI - VÀNG THỊ SUA"),
        *("Lò Thị Mai – Vàng Thị Sua", "Lò Thị Mai và con", "Lò Thị Mai cùng con gái", "Lò Thị Mai + con"),
        *("H'Mai Niê\nH'Linh Kđăm", "Rơ Châm Phyui\nRơ Châm Hlan", "Lò Mai\nVàng Sua", "Nguyễn Thị\nLò Thị Mai"),
        *("Lò Thị Mai\ncon", "Lò Thị Mai - H'Linh Niê"),
        *("Lò Thị Mai, con", "lò thị mai và hai con", "LÒ THỊ MAI VÀ CON"),
    ],
)
def test_two_persons_in_one_cell_are_never_one(text: str) -> None:
    """On two lines, with a dash, "và con": one name made of two would be nobody's."""
    with refused("value_name_two_persons"):
        names.full_name(text, at="B4")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nguyễn Thị\nMai", "Nguyễn Thị Mai"),
        ("Nguyễn Thị\nMai Anh", "Nguyễn Thị Mai Anh"),
        ("NGUYỄN\nTHỊ MAI ANH", "Nguyễn Thị Mai Anh"),
        ("Lò Thị\nNgọc Mai", "Lò Thị Ngọc Mai"),
        ("Giàng\nA Páo", "Giàng A Páo"),
        ("Giàng A\nPáo Sùng", "Giàng A Páo Sùng"),
        ("Y Blok\nÊ Ban", "Y Blok Ê Ban"),
        ("H'Mai\nNiê Kđăm", "H'Mai Niê Kđăm"),
        ("HỒ VÀ EM", "Hồ Và Em"),
        ("  Lò Thị Mai\n", "Lò Thị Mai"),
        ("Giàng A Páo\n(tức Páo)", "Giàng A Páo"),
        ("Lò Thị Mai (con bà Th.)", "Lò Thị Mai (con bà Th.)"),
        ("Jean-Luc Bríu", "Jean-Luc Bríu"),
        ("Lò Thị Em", "Lò Thị Em"),
        ("Hồ Và Em", "Hồ Và Em"),
        ("Con", "Con"),
    ],
)
def test_a_name_on_two_lines_is_one_name(text: str, name: str) -> None:
    """A line that is too short for a name of its own goes on with the one above it."""
    assert names.full_name(text, at="B4").value == name


@pytest.mark.parametrize(
    "text", ["con Lò Thị Mai", "Con gái Lò Thị Mai", "vợ Giàng A Páo", "Mẹ Lò Thị Mai", "chị gái Lò Thị Mai"]
)
def test_a_relative_is_not_the_person(text: str) -> None:
    """Con Lò Thị Mai is her child, whose name nobody wrote."""
    with refused("value_name_of_other"):
        names.full_name(text, at="B4")


@pytest.mark.parametrize("text", ["#N/A", "#ref!", "#NAME?", "####"])
def test_what_a_failed_formula_left_is_no_name(text: str) -> None:
    """It is returned with words of its own."""
    with refused("value_formula_failed"):
        names.full_name(text, at="B4")
    assert {"vi", "en"} <= catalogue()["value_formula_failed"].keys()


@pytest.mark.parametrize("text", ["tháng 3-4/2024", "tháng 3 - 4/2024", "3-4/2024", "03-04/2024"])
def test_two_months_are_no_day(text: str) -> None:
    """March and April, or the third of April: nobody can tell."""
    for reader in (dates.occasion, dates.birth):
        with refused("value_date_unreadable"):
            reader(text, at="F5", today=TODAY)


def test_a_day_before_a_month_stays_a_day() -> None:
    """14-3/2024 can only be a day, "ngày 3-4/2024" says so; T3/2024 and SN 1999 are as clerks write."""
    for text, value in (
        ("14-3/2024", {"year": 2024, "month": 3, "day": 14}),
        ("ngày 3-4/2024", {"year": 2024, "month": 4, "day": 3}),
        ("3-4-2024", {"year": 2024, "month": 4, "day": 3}),
        ("T3/2024", {"year": 2024, "month": 3}),
    ):
        assert dates.occasion(text, at="F5", today=TODAY).value == value
    assert dates.birth("SN 1999", at="D5", today=TODAY).value == {"year": 1999}


def test_a_number_that_lost_its_end_or_never_was_one_is_returned() -> None:
    """18 digits of which a spreadsheet kept 15; a cell filled with zeros."""
    with refused("value_paper_rounded"):
        papers.identity_paper("532623199901011000", at="G5")
    for text in ("000000000", "000000000000", "111111111"):
        with refused("value_paper_unreadable"):
            papers.identity_paper(text, at="G5")


def test_numbers_on_lines_of_their_own_are_several() -> None:
    """And one in brackets is no owner: it would be lost."""
    assert phones.phones("0912345678\n0987654321 (mẹ)", at="I5").value == [
        {"number": "0912345678", "owner": "unknown"},
        {"number": "0987654321", "owner": "mother"},
    ]
    with refused("value_phone_unreadable"):
        phones.phones("0912345678 (0987654321)", at="I5")
