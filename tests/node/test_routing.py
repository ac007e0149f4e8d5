"""Whom the law wants told, found by its place: commune of the seat, province of seat and residence, then and now."""

from __future__ import annotations

from typing import Any

import pytest

from domain.directory import Agency, Directory
from domain.places import List, commune_of, communes, province_of
from domain.rules import current
from domain.statements import AgencyKind, Section
from node.intake import take
from node.routing import province_of_residence, told
from node.worklist import as_document, worklist, write
from tests.node.province import LABOUR, TODAY, Province, case_of, notice, person, province, row

__all__ = ["province"]

COMMITTEE, POST = "ub-xa-m", "don-bp-m"
COMMUNE = next(code for code, one in communes(List.TODAY).items() if one.province == "38")
BECAME = next(  # of before, now one commune, and a code that no commune of today has
    code
    for code, one in communes(List.BEFORE).items()
    if code not in communes(List.TODAY) and len(one.now) == 1 and communes(List.TODAY)[one.now[0]].province == "38"
)
SPLIT = next(
    code for code, one in communes(List.BEFORE).items() if len(one.now) > 1 and code not in communes(List.TODAY)
)


def directory(*agencies: tuple[str, AgencyKind, str | None]) -> Directory:
    """A directory of these agencies."""
    made = [Agency(id=name, kind=kind, place=place, since=at) for at, (name, kind, place) in enumerate(agencies)]
    return Directory(agencies={agency.id: agency for agency in made})


def living(commune: str | None = None, province: str | None = None) -> dict[Section, dict[str, Any]]:
    """What is sealed of somebody who lives there."""
    values: dict[str, Any] = {} if province is None else {"residence_province": {"value": province}}
    if commune is not None:
        of = List.TODAY if commune in communes(List.TODAY) else List.BEFORE
        one = communes(of)[commune]
        values["residence_commune"] = {"value": {"code": commune, "list": of.value, "now": list(one.now)}}
    return {Section.IDENTITY: {"values": values}}


AGENCIES = (
    ("yt-38", AgencyKind.LABOUR, "38"),
    ("ca-38", AgencyKind.POLICE, "38"),
    ("yt-14", AgencyKind.LABOUR, "14"),
    ("ca-14", AgencyKind.POLICE, "14"),
)


def who(
    seat: str | None, pathway: str, *more: tuple[str, AgencyKind, str | None], by: str = "border_guard"
) -> set[str]:
    """Who is told of a notice by an agency with this seat."""
    of = directory(*AGENCIES, *more, ("me", AgencyKind(by), seat))
    found = told("case.notified", {"pathway": pathway}, living(), agency="me", directory=of, rules=current())
    return {receiver for receiver, _ in found}


COMMITTEES = [(COMMITTEE, AgencyKind.COMMUNE, COMMUNE), ("ub-khac", AgencyKind.COMMUNE, "00004")]


def test_given_a_post_in_a_commune_with_a_committee_when_one_returns_then_it_is_told() -> None:
    """Law 53/2024 Art 27(1), JC 01/2014 Art 5(1)(a): she is brought to the commune of its seat; the province knows."""
    assert who(COMMUNE, "returned_alone", *COMMITTEES) == {COMMITTEE, "yt-38", "ca-38"}


def test_given_no_committee_there_when_one_reports_herself_then_the_province_is_told() -> None:
    """To whom the committee would have gone at once; with one it is the committee that tells it."""
    for by in ("border_guard", "police"):
        assert who(COMMUNE, "self_reported", COMMITTEES[1], by=by) == {"yt-38"}
        assert who("38", "self_reported", *COMMITTEES, by=by) == {"yt-38"}
        assert who(COMMUNE, "self_reported", *COMMITTEES, by=by) == {COMMITTEE}


def test_given_a_seat_by_its_code_of_before_when_one_returns_then_its_successor_is_told() -> None:
    """A commune that became one of today; of one that became several nobody can tell which committee it is."""
    now = communes(List.BEFORE)[BECAME].now[0]
    assert who(BECAME, "returned_alone", ("ub", AgencyKind.COMMUNE, now)) == {"ub", "yt-38", "ca-38"}
    several = [(f"ub-{code}", AgencyKind.COMMUNE, code) for code in communes(List.BEFORE)[SPLIT].now]
    assert not {name for name, _, _ in several} & who(SPLIT, "returned_alone", *several)


def test_given_an_agency_without_a_place_when_it_notifies_then_no_place_is_made_up() -> None:
    """A department of a ministry has no commune and no province."""
    assert who(None, "returned_alone", *COMMITTEES) == set()


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (living(), None),
        (living(province="14"), "14"),
        (living(commune=COMMUNE), "38"),
        (living(commune=BECAME), "38"),
        (living(commune=SPLIT), province_of(SPLIT)),
        ({Section.IDENTITY: {"values": {"residence_commune": {"value": ["x"]}, "residence_province": {"value": 7}}}},
         None),
    ],
)  # fmt: skip
def test_a_province_of_residence_that_is_not_said_follows_from_the_commune(contents: Any, expected: str | None) -> None:
    """From what it is today; a commune of before that is now part of several is in one province."""
    assert province_of_residence(contents) == expected


def test_of_a_known_commune_of_residence_its_province_is_told() -> None:
    """JC 01/2014 Art 4(3)(a) speaks of the province; no rule of the commune."""
    contents = living(commune=next(code for code, one in communes(List.TODAY).items() if one.province == "14"))
    of = directory(*AGENCIES)
    found = told("case.notified", {"pathway": "rescued"}, contents, agency="ca-38", directory=of, rules=current())
    assert {receiver for receiver, _ in found} == {"yt-38", "yt-14", "ca-14"}


def test_codes_of_places_have_a_commune_and_a_province() -> None:
    """Every code of both lists of which the sources agree what became of it."""
    assert (province_of("38"), commune_of("38")) == ("38", None)
    assert (province_of("99999"), commune_of("99999")) == (None, None)
    for code, one in communes(List.BEFORE).items():
        if code not in communes(List.TODAY):
            assert (province_of(code) is None) is (one.now == ())
            assert commune_of(code) == (one.now[0] if len(one.now) == 1 else None)


def test_a_committee_is_told_that_there_is_a_case_and_nothing_more(province: Province) -> None:
    """The mã hồ sơ of somebody who is being brought, on its worklist too: no section without consent (row 23)."""
    for name, kind in ((COMMITTEE, AgencyKind.COMMUNE), (POST, AgencyKind.BORDER_GUARD)):
        province.world.send("so-danh-ba", *province.world.add_agency(name, kind, place=COMMUNE))
    post, committee, labour = province[POST], province[COMMITTEE], province[LABOUR]
    (answer,) = post.take(row(notice({Section.IDENTITY: person()}, pathway="returned_alone"))).rows
    province.check()
    case = case_of(committee, answer.code)
    assert committee.content(case) == {}
    sheets = as_document(worklist(committee.node.views, agency=COMMITTEE, directory=committee.node.projector.directory))
    assert [one["cells"] for one in sheets["sheets"][0]["rows"]] == [{"code": answer.code, "reported_on": "02/11/2026"}]
    file = committee.home / "so.xlsx"
    write(sheets, file)
    assert [one.outcome for one in take(committee.node, file, TODAY).rows] == ["same"]
    assert set(labour.content(case)) == {"identity"}
