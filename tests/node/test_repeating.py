"""A row that only repeats what other agencies shared states nothing: a worklist sent back is not news."""

from __future__ import annotations

from datetime import date

from adapters.contract import Act, Fact
from domain.statements import Section
from tests.node.province import (
    LABOUR,
    LABOUR_14,
    POLICE,
    Office,
    Province,
    case_of,
    facts,
    holding,
    notice,
    opened,
    paper,
    person,
    province,
    row,
)

__all__ = ["province"]

DAY = date(2026, 10, 3)
TOLD = {
    Section.IDENTITY: person(papers=holding(paper(), paper("9/TK", "declaration")), residence="xã Giả"),
    Section.CONTACT: facts(address="thôn Giả"),
}


def said(sections: dict[Section, dict[str, Fact]]) -> Act:
    """What a list says of a person it supports."""
    return Act(name="profile", type="section.appended", occurred=DAY, sections=sections)


def told(province: Province) -> tuple[Office, str]:
    """The Labour office of a case whose identity and contact the police shared with it by law; the mã hồ sơ."""
    code = opened(province[POLICE], notice(TOLD))
    province.sync()
    return province[LABOUR], code


def test_what_was_shared_and_comes_back_is_no_news(province: Province) -> None:
    """Every value told by another, some of its papers left out: như cũ, and nothing is stated."""
    labour, code = told(province)
    before = labour.node.projector.number
    repeated = {Section.IDENTITY: person(papers=holding(paper())), Section.CONTACT: facts(address="thôn Giả")}
    (answer,) = labour.take(row(said(repeated), opens=False, code=code)).rows
    assert (answer.outcome, answer.statements) == ("same", [])
    assert labour.node.projector.number == before


def test_what_differs_is_stated_and_only_its_section(province: Province) -> None:
    """Another address is the office's own record beside the police's; the identity is not repeated with it."""
    labour, code = told(province)
    differs = {Section.IDENTITY: person(), Section.CONTACT: facts(address="bản Khác")}
    (answer,) = labour.take(row(said(differs), opens=False, code=code)).rows
    assert answer.outcome == "new"
    shown = labour.content(case_of(labour, code))
    assert set(shown["contact"]) == {POLICE, LABOUR}
    assert set(shown["identity"]) == {POLICE}


def test_a_record_of_one_s_own_is_kept_up(province: Province) -> None:
    """An office that has said otherwise before and now agrees with the others says so."""
    labour, code = told(province)
    labour.officer.append(code, section="contact", values={"address": "bản Khác"})
    (answer,) = labour.take(row(said({Section.CONTACT: facts(address="thôn Giả")}), opens=False, code=code)).rows
    assert answer.outcome == "new"
    mine = labour.content(case_of(labour, code))["contact"][LABOUR]
    assert mine["values"]["address"]["value"] == "thôn Giả"


def test_inside_and_outside_are_seen_from_the_author_s_province(province: Province) -> None:
    """The police of 38 say outside; the office of her own province says inside, and that is the same."""
    profile = facts(residence="outside", residence_province="14")
    code = opened(
        province[POLICE], notice({Section.IDENTITY: person(residence_province="14"), Section.PROFILE: profile})
    )
    home = province[LABOUR_14]
    home.node.sync()
    same = {Section.PROFILE: facts(residence="inside", residence_province="14")}
    other = {Section.PROFILE: facts(residence="outside", residence_province="14")}
    assert "profile" in home.content(case_of(home, code))
    (answer,) = home.take(row(said(same), key="1", opens=False, code=code)).rows
    assert (answer.outcome, answer.statements) == ("same", [])
    (answer,) = home.take(row(said(other), key="2", opens=False, code=code)).rows
    assert answer.outcome == "new"
