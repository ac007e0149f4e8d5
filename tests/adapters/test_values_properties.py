"""No text makes a reader raise anything but a refusal, and no refusal carries the text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Fact
from adapters.values import codes, dates, names, papers, people, phones, places, secrecy, writing
from domain.errors import RefusedError
from domain.folding import fold

TODAY = date(2024, 6, 1)

READERS: dict[str, Callable[[str], object]] = {
    "birth": lambda text: dates.birth(text, at="x", today=TODAY),
    "birth said": lambda text: dates.birth(text, at="x", today=TODAY, said_on=TODAY),
    "day": lambda text: dates.day(text, at="x", today=TODAY, century=2000),
    "occasion": lambda text: dates.occasion(text, at="x", today=TODAY, year=2024),
    "full_name": lambda text: names.full_name(text, at="x"),
    "aliases": lambda text: names.aliases(text, at="x"),
    "other_names": lambda text: names.other_names(text, at="x"),
    "paper_kind": lambda text: Fact(papers.paper_kind(text), text, "x"),
    "identity_paper": lambda text: papers.identity_paper(text, at="x"),
    "passport": lambda text: papers.identity_paper(text, at="x", kind="passport"),
    "reference": lambda text: papers.reference(text, kind="confirmation", today=TODAY),
    "phones": lambda text: phones.phones(text, at="x"),
    "province": lambda text: places.province(text, at="x"),
    "country": lambda text: places.country(text, at="x"),
    "residence": lambda text: places.residence(text, at="x"),
    "sex": lambda text: people.sex(text, at="x"),
    "ethnicity": lambda text: people.ethnicity(text, at="x"),
    "case_code": lambda text: codes.case_code(text, at="x"),
    "free_text": lambda text: writing.free_text(text, at="x"),
}

pieces = st.sampled_from(
    [
        *(
            "31",
            "02",
            "2002",
            "24",
            "00",
            "1999",
            "29",
            "9999",
            "0",
            "/",
            "-",
            ".",
            " ",
            ",",
            "(",
            ")",
            "tuổi",
            "khoảng ",
        ),
        *("ÂL", "tháng ", "năm ", "ngày ", "Canh", "Ngọ", "+84", "0912345678", "(mẹ)", "/GXN-PC02", "#", "tức ", "HS-"),
        *("\u00ad", "\ud800", "\u202e", "\x00", "Ð", "٣", "²", "Ⅷ", "ﬁ", "\ufeff", "İ"),
    ]
)
written = st.one_of(st.text(alphabet=st.characters()), st.lists(pieces, max_size=8).map("".join))


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@settings(max_examples=60, deadline=None)
@given(text=written)
def test_readers_only_refuse(reader: Callable[[str], object], text: str) -> None:
    """A fact that keeps the text as written, or a refusal without parameters."""
    try:
        fact = reader(text)
    except RefusedError as error:
        assert error.params == {}
        assert error.__cause__ is None
    else:
        if isinstance(fact, Fact):
            assert fact.written == text


@settings(deadline=None)
@given(text=written)
def test_helpers_never_raise(text: str) -> None:
    """Folding, asking for a missing value and the like work on any text."""
    assert fold(fold(text)) == fold(text)
    writing.missing(text)
    secrecy.levelled(text)
    secrecy.stamped(text)
    places.province_of(text)
    phones.split_householder(text)
    papers.disagrees(text, sex="f", year=1999)
