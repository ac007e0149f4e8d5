"""The generic forms taken in by nodes: a case opens by its pathway, whom the law names is told, nothing comes twice."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from adapters.generic.choices import PATHWAY
from adapters.generic.templates import template
from domain.errors import RefusedError
from domain.statements import AgencyKind, CaseNotified
from hub.intake import Refused
from node.ingest import Report
from node.intake import take
from node.paper_reading import papers_of
from node.worklist import LAYOUTS_OF_FORM
from tests.adapters import generic_records as made
from tests.adapters.workbooks import MADE_UP
from tests.node.province import BORDER, FACILITY, LABOUR, LABOUR_14, POLICE, WOMEN, Office, Province, case_of

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


COMMUNE, COAST, LEGAL, MISSION, ISSUER = "ub-xa-t", "csb-vung-1", "tgpl-thanh-hoa", "sq-gia-dinh", "cuc-xnc"
KINDS = {COMMUNE: AgencyKind.COMMUNE, COAST: AgencyKind.COAST_GUARD, LEGAL: AgencyKind.LEGAL_AID}


def join(province: Province, agency: str, kind: AgencyKind, place: str | None = "38") -> Office:
    """Register an agency and start its node."""
    made = province.world.add_agency(agency, kind, place=place)
    assert not [one for one in province.world.send("so-danh-ba", *made) if isinstance(one, Refused)]
    return province[agency]


def test_a_commune_reports_to_the_health_agency_of_its_province(province: Province) -> None:
    """Law 53/2024 Art 27(2), 37: at once, without the account, with what it gave. The police learn of it there."""
    commune = join(province, COMMUNE, AgencyKind.COMMUNE)
    labour, police, elsewhere = province[LABOUR], province[POLICE], province[LABOUR_14]
    report = hand_in(commune, "phieu.xlsx", template("person", filled=[SELF_REPORTED]))
    assert (report.form, outcomes(report)) == ("generic.person/1", [("new", None)])
    province.check()
    kinds = told(labour)
    assert kinds[0][0] == "case.notified"
    assert (kinds[0][1]["pathway"].value, kinds[0][1]["law"]) == ("self_reported", "l53_art27")
    content = labour.content(case_of(labour, report.rows[0].code))
    shared = {section for section, authors in content.items() if COMMUNE in authors}
    assert shared == {"identity", "contact", "profile", "support"}
    assert told(police) == told(elsewhere) == []
    code = report.rows[0].code or ""
    with pytest.raises(RefusedError, match="grant_forbidden"):
        commune.officer.grant_access(code, to=LABOUR, sections=["account"])


@pytest.mark.parametrize("agency", [FACILITY, WOMEN, COAST, LEGAL])
def test_whoever_is_reported_to_tells_the_health_agency(agency: str, province: Province) -> None:
    """A shelter, the Women's Union, the coast guard, legal aid: a report to any nearest body reaches it."""
    office = join(province, agency, KINDS[agency]) if agency in KINDS else province[agency]
    labour, police = province[LABOUR], province[POLICE]
    report = hand_in(office, "phieu.xlsx", template("person", filled=[SELF_REPORTED]))
    assert outcomes(report) == [("new", None)]
    province.check()
    content = labour.content(case_of(labour, report.rows[0].code))
    shared = {section for section, authors in content.items() if agency in authors}
    assert shared - {"support"} == {"identity", "contact", "profile"}  # support: the Women's Union's own notice
    assert ("support" in shared) is (agency == WOMEN)
    assert told(police) == []


def test_the_coast_guard_rescues(province: Province) -> None:
    """Law 53/2024 Art 28: who was rescued at sea is told of to the health agency."""
    coast, labour = join(province, COAST, AgencyKind.COAST_GUARD), province[LABOUR]
    rescued = {**SELF_REPORTED, "pathway": PATHWAY["rescued"]["vi"]}
    assert outcomes(hand_in(coast, "phieu.xlsx", template("person", filled=[rescued]))) == [("new", None)]
    province.check()
    assert told(labour)[0][1]["law"] == "l53_art28"


def test_a_mission_tells_the_immigration_department(province: Province) -> None:
    """JC 01/2014 Art 4(1)(b): its file goes to the police agency without a province, and to no province."""
    issuer = join(province, ISSUER, AgencyKind.POLICE, None)
    mission = join(province, MISSION, AgencyKind.MISSION, None)
    handed_over = {**SELF_REPORTED, "pathway": PATHWAY["handed_over"]["vi"]}
    report = hand_in(mission, "phieu.xlsx", template("person", filled=[handed_over]))
    assert outcomes(report) == [("new", None)]
    police, labour = province[POLICE], province[LABOUR]
    province.check()
    content = issuer.content(case_of(issuer, report.rows[0].code))
    assert {section for section, authors in content.items() if MISSION in authors} == {"identity", "contact", "account"}
    assert told(police) == told(labour) == []


def test_who_may_read_the_person_reads_the_paper_of_the_notice(province: Province) -> None:
    """Kind, day and kind of issuer in the header; number, issuer, signatory and title sealed beside nhân thân."""
    commune, labour = join(province, COMMUNE, AgencyKind.COMMUNE), province[LABOUR]
    (answer,) = hand_in(commune, "phieu.xlsx", template("person", filled=[SELF_REPORTED])).rows
    province.check()
    (notice,) = (item.statement for item in labour.feed() if isinstance(item.statement, CaseNotified))
    (paper,) = notice.papers
    assert (paper.kind, paper.date, paper.issuer) == ("declaration", "2026-11-01", "committee_commune")
    assert (notice.received, notice.channel) == ("in_person", "labour_export")
    (seen,) = papers_of(labour.node.views, notice.case)
    words = [seen[name] for name in ("state", "paper_number", "issued_by", "signatory", "title")]
    assert words == ["open", "05/TK-UBND", *(made.ONE[name] for name in ("issued_by", "signatory", "title"))]
    content = labour.content(case_of(labour, answer.code))
    assert content["profile"][COMMUNE]["values"]["purpose"]["value"] == "forced_labour"


def test_told_upright_then_listed_is_one_case(province: Province) -> None:
    """Both templates are one book: the same number again is as before, a changed cell a correction, the rest new."""
    labour = province[LABOUR]
    first = hand_in(labour, "phieu.xlsx", template("person", filled=[SELF_REPORTED]))
    second, third = (
        {**SELF_REPORTED, "number": number, "declaration": f"{number[:2]}/TK-UBND, 01/11/2026"}
        for number in ("06/2026", "07/2026")
    )
    listed = hand_in(labour, "so.xlsx", template("list", filled=[SELF_REPORTED, second, third]))
    assert (listed.form, outcomes(listed)) == ("generic.list/1", [("same", None), ("new", None), ("new", None)])
    assert listed.rows[0].code == first.rows[0].code != listed.rows[1].code
    changed = {**SELF_REPORTED, "phones": "0987654321"}
    again = hand_in(labour, "phieu.xlsx", template("person", filled=[changed]))
    assert (outcomes(again), again.rows[0].code) == ([("changed", None)], first.rows[0].code)
    assert again.vanished == 0  # one person told upright is not the list with the others gone
    province.check()
    assert [kind for kind, _ in told(labour)].count("case.notified") == 3
    shorter = hand_in(labour, "so.xlsx", template("list", filled=[changed, second]))
    assert (outcomes(shorter), shorter.vanished) == ([("same", None)] * 2, 1)


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
