"""The generic forms taken in by nodes: a case opens by its pathway, whom the law names is told, nothing comes twice."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from adapters.generic.choices import PATHWAY
from adapters.generic.templates import template
from domain.statements import CaseNotified
from node.ingest import Report
from node.intake import take
from node.worklist import LAYOUTS_OF_FORM
from tests.adapters import generic_records as made
from tests.adapters.workbooks import MADE_UP
from tests.node.province import BORDER, FACILITY, LABOUR, POLICE, Office, Province, case_of

TODAY = date(2026, 11, 22)
SELF_REPORTED = {
    **made.ONE, "number": "05/2026", "reported_on": "01/11/2026", "support_on": "01/11/2026",
    "declaration": "05/TK-UBND, 01/11/2026",
}  # fmt: skip


def hand_in(office: Office, name: str, content: bytes) -> Report:
    """Hand a file in as the interface does."""
    file = office.home / name
    file.write_bytes(content)
    return take(office.node, file, TODAY)


def told(office: Office) -> list[tuple[str, dict[str, Any]]]:
    """Types and facts of the statements of its feed about cases."""
    office.node.sync()
    statements = [item.statement for item in office.feed() if hasattr(item.statement, "case")]
    return [
        (one.type, {"pathway": getattr(one, "pathway", None), "law": getattr(one, "law", None)}) for one in statements
    ]


def outcomes(report: Report) -> list[tuple[str, str | None]]:
    return [(row.outcome, row.reason) for row in report.rows]


def test_a_self_report_opens_a_case_and_the_police_are_told(province: Province) -> None:
    """Pathway D upright: Law 53/2024 Art 27 takes identity and contact to the police, and no account."""
    labour, police = province[LABOUR], province[POLICE]
    report = hand_in(labour, "phieu.xlsx", template("person", filled=[SELF_REPORTED]))
    assert (report.form, outcomes(report)) == ("generic.person/1", [("new", None)])
    province.check()
    kinds = told(police)
    assert kinds[0][0] == "case.notified"
    assert (kinds[0][1]["pathway"].value, kinds[0][1]["law"]) == ("self_reported", "l53_art27")
    content = police.content(case_of(police, report.rows[0].code))
    assert content["identity"][LABOUR]["values"]["full_name"]["value"] == "Lò Thị Giả Định"
    assert content["contact"][LABOUR]["values"]["phones"]["value"] == [{"number": "0912345678", "owner": "mother"}]
    assert not {"account", "health", "support"} & content.keys()
    own = labour.content(case_of(labour, report.rows[0].code))
    assert {"identity", "contact", "account", "health", "support", "profile"} <= own.keys()


@pytest.mark.parametrize("agency", [BORDER, FACILITY])
def test_whoever_keeps_cases_may_use_it(agency: str, province: Province) -> None:
    """A shelter's case from its program, a border post's from the list; the second time nothing is stated."""
    office = province[agency]
    event = made.notice(pathway="returned_alone", reported_on="2026-11-01", statement=MADE_UP)
    files = {
        "a.json": json.dumps(event, ensure_ascii=False).encode(),
        "b.xlsx": template("list", filled=[SELF_REPORTED]),
    }
    for name, content in files.items():
        assert outcomes(hand_in(office, name, content)) == [("new", None)]
    before = told(office)
    for name, content in files.items():
        assert outcomes(hand_in(office, name, content)) == [("same", None)]
    assert told(office) == before
    assert [kind for kind, _ in before].count("case.notified") == 2
    province.check()


def test_a_list_adds_to_the_case_of_its_code(province: Province) -> None:
    """A second support is a second row with the mã hồ sơ; the identity that was told stays."""
    labour = province[LABOUR]
    code = hand_in(labour, "phieu.xlsx", template("person", filled=[SELF_REPORTED])).rows[0].code or ""
    support = {"number": "06/2026", "code": code, "reported_on": "02/11/2026", "regime": "tâm lý", "given": "tư vấn"}
    waiting = {**support, "number": "07/2026", "code": "HS-23456-789AR"}
    report = hand_in(labour, "so.xlsx", template("list", filled=[support, waiting]))
    assert outcomes(report) == [("new", None), ("to_mend", "row_code_unknown_case")]
    content = labour.content(case_of(labour, code))
    assert {one["values"]["regime"]["value"] for one in content["support"][LABOUR]} == {
        "essential_needs",
        "psychological",
    }
    assert content["identity"][LABOUR]["values"]["full_name"]["value"] == "Lò Thị Giả Định"


def test_a_mended_row_is_taken_and_the_rest_stays(province: Province) -> None:
    """The list sent again whole after one cell was mended: only that row is new."""
    labour = province[LABOUR]
    other = {**SELF_REPORTED, "number": "06/2026", "declaration": "06/TK-UBND, 01/11/2026", "birth": "31/02/2003"}
    first = hand_in(labour, "a.xlsx", template("list", filled=[SELF_REPORTED, other]))
    assert outcomes(first) == [("new", None), ("to_mend", "value_date_impossible")]
    mended = {**other, "birth": "15/08/2003"}
    assert outcomes(hand_in(labour, "a.xlsx", template("list", filled=[mended, SELF_REPORTED]))) == [
        ("new", None), ("same", None),
    ]  # fmt: skip


def test_a_child_comes_with_the_adult(province: Province) -> None:
    """Two sheets of one workbook, the child's first: two cases, one accompanying the other."""
    labour = province[LABOUR]
    child = {**made.CHILD, "reported_on": "01/11/2026", "pathway": PATHWAY["self_reported"]["vi"]}
    report = hand_in(labour, "a.xlsx", template("person", filled=[child, SELF_REPORTED]))
    assert [one.outcome for one in report.rows] == ["new", "new"]
    cases = [case_of(labour, row.code) for row in report.rows]
    labour.node.sync()
    notices = [item.statement for item in labour.feed() if isinstance(item.statement, CaseNotified)]
    assert [one.accompanies for one in notices if one.case == cases[0]] == [cases[1]]


def test_answered_sheets_are_made_for_the_tables() -> None:
    """Both templates have a sheet to answer on; events have none."""
    assert {"generic.person/1", "generic.list/1"} <= LAYOUTS_OF_FORM.keys()
    assert "generic.events/1" not in LAYOUTS_OF_FORM
