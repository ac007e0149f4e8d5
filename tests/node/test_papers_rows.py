"""Papers that the rows of an office's file stand for.

Everything in it is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from adapters.contract import Act, Draft, Fact, StatedPaper
from domain.statements import Section
from tests.node.province import LABOUR, POLICE, Office, Province, answer, case_of, facts, notice, person, row
from tests.node.test_papers import shown


def stated(number: str = "12/GXN", kind: str = "confirmation") -> StatedPaper:
    """A paper as an adapter gives it."""
    return StatedPaper(kind=kind, date=date(2026, 10, 1), number=Fact(number, number, "SoGXN"))


def with_paper(act: Act, *papers: StatedPaper) -> Act:
    """An act that stands for papers."""
    return replace(act, papers=papers or (stated(),))


def taken(office: Office, draft: Draft) -> Any:
    """The outcome of one row."""
    (one,) = office.take(draft).rows
    assert one.reason is None
    return one


def types(office: Office, code: str) -> list[str]:
    """Types of the statements of a case."""
    return [entry.statement.type for entry in office.node.case_of_code(code).seen]


def test_a_row_states_its_papers(province: Province) -> None:
    """Each with the statement it stands for, sealed where that belongs; taken again it is as before."""
    police, labour = province[POLICE], province[LABOUR]
    sections = {Section.ACCOUNT: facts(statement="lời khai"), Section.IDENTITY: person()}
    draft = row(with_paper(notice(sections), stated("3/BB", "handover")), with_paper(answer()))
    code = taken(police, draft).code
    province.sync()
    handover, confirmation = shown(labour, code)
    assert (handover["paper_number"], handover["section"], handover["kind"]) == ("3/BB", "identity", "handover")
    assert (confirmation["paper_number"], confirmation["section"]) == ("12/GXN", "identity")
    assert labour.content(case_of(labour, code))["identity"][POLICE]["values"]["full_name"]["value"]
    assert taken(police, draft).outcome == "same"
    province.check()


def test_a_file_taken_before_papers_were_stated_is_as_before(province: Province) -> None:
    """The same row, now with its papers: nothing is new in it."""
    police = province[POLICE]
    code = taken(police, row(notice(), answer())).code
    again = row(with_paper(notice(), stated("3/BB", "handover")), with_paper(answer()))
    assert taken(police, again).outcome == "same"
    assert types(police, code) == ["case.notified", "identification.answered"]
    changed = row(with_paper(notice({Section.IDENTITY: person("Tên Khác")})), with_paper(answer()))
    assert taken(police, changed).outcome == "changed"
    assert types(police, code)[2:] == ["statement.corrected"]
    assert police.node.quarantine.list() == []
    province.check()


@pytest.mark.parametrize("lost", [False, True])
def test_a_paper_that_changed_is_a_correction(province: Province, *, lost: bool) -> None:
    """Its number alone: the statement is corrected where it had sealed it; a paper taken out leaves it annulled."""
    police = province[POLICE]
    sections = {Section.ACCOUNT: facts(statement="lời khai"), Section.IDENTITY: person()}
    code = taken(police, row(notice(sections), with_paper(answer()))).code
    second = answer() if lost else with_paper(answer(), stated("13/GXN"))
    assert taken(police, row(notice(sections), second)).outcome == "changed"
    if lost:
        assert types(police, code)[2:] == ["statement.annulled", "identification.answered"]
    else:
        assert types(police, code)[2:] == ["statement.corrected"]
        old, new = shown(police, code)
        assert ([one["type"] for one in old["mended"]], new["paper_number"]) == (["statement.corrected"], "13/GXN")
    record = police.content(case_of(police, code))["identity"][POLICE]
    assert record["values"]["full_name"]["value"]
    assert police.node.quarantine.list() == []
    province.check()


def test_a_notice_s_paper_is_corrected_where_it_was_sealed(province: Province) -> None:
    """In `identity`, though the correction is of another type and the notice seals more."""
    police = province[POLICE]
    sections = {Section.ACCOUNT: facts(statement="lời khai"), Section.IDENTITY: person()}
    code = taken(police, row(with_paper(notice(sections)))).code
    assert taken(police, row(with_paper(notice(sections), stated("13/GXN")))).outcome == "changed"
    assert [one["section"] for one in shown(police, code)] == ["identity", "identity"]
    province.check()
