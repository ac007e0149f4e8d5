"""The office's own sheet from its own view: sent back, it is nothing new until somebody writes something in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from adapters.generic.choices import REGIME
from adapters.generic.layout import BY_KEY
from adapters.generic.templates import HEADER_ROW, Name, template
from domain.statements import AgencyKind, Section
from node.ingest import Report
from node.intake import take
from node.worklist import SHEETS, as_document, is_generic, worklist, write
from tests.adapters import generic_records as made
from tests.node.province import (
    FACILITY,
    LABOUR,
    POLICE,
    WOMEN,
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
)
from tests.tree import ROOT

__all__ = ["province"]

TODAY = date(2026, 11, 22)
COMMUNE, COAST, LEGAL, MISSION = "ub-xa-t", "csb-vung-1", "tgpl-thanh-hoa", "sq-gia-dinh"
KINDS = {
    COMMUNE: AgencyKind.COMMUNE,
    COAST: AgencyKind.COAST_GUARD,
    LEGAL: AgencyKind.LEGAL_AID,
    MISSION: AgencyKind.MISSION,
}
FILLED = [
    {**made.ONE, "reported_on": "01/11/2026", "support_on": "01/11/2026", "declaration": "05/TK-UBND, 01/11/2026"},
    {**made.CHILD, "reported_on": "01/11/2026"},
    {**made.RESCUED, "reported_on": "31/10/2026", "birth": "khoảng 15 tuổi"},
]
EVENTS = json.dumps(
    [
        made.notice(f"a{at}", full_name=one["full_name"], birth=one["birth"], reported_on="2026-11-01")
        for at, one in enumerate(FILLED)
    ]
).encode()  # fmt: skip


def office_of(province: Province, agency: str) -> Office:
    """An agency's office, registered first where the story has none of its kind."""
    if agency in KINDS:
        province.world.send("so-danh-ba", *province.world.add_agency(agency, KINDS[agency], place="38"))
    return province[agency]


def hand_in(office: Office, file: Path) -> Report:
    return take(office.node, file, TODAY)


def own_sheet(office: Office) -> tuple[Path, dict[str, Any]]:
    """The office's worklist as a file and as its interface gives it."""
    office.node.sync()
    directory = office.node.projector.directory
    document = as_document(worklist(office.node.views, agency=office.agency, directory=directory))
    file = office.home / "so.xlsx"
    write(document, file)
    return file, document


def stated(office: Office) -> int:
    office.node.sync()
    return office.node.projector.number


def written_in(file: Path, code: str, cells: Mapping[str, str]) -> Path:
    """The generic list with cells of one row filled in by hand."""
    book = openpyxl.load_workbook(file)
    page = book.worksheets[0]
    heads = {str(page.cell(HEADER_ROW + 1, at).value).removesuffix(" (*)"): at for at in range(1, page.max_column + 1)}
    column = heads[BY_KEY["code"].words[0]]
    (at,) = (at for at in range(HEADER_ROW + 2, page.max_row + 1) if page.cell(at, column).value == code)
    for key, text in cells.items():
        page.cell(at, heads[BY_KEY[key].words[0]]).value = text
    book.save(file)
    return file


def outcomes(report: Report) -> list[tuple[str, str | None]]:
    return [(one.outcome, one.reason) for one in report.rows]


# -- round trips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("agency", "form"), [(COMMUNE, "person"), (FACILITY, "list"), (FACILITY, "events")])
def test_taken_worklist_taken_again_is_nothing_new(agency: str, form: Name | str, province: Province) -> None:
    """Three persons by either template or by a program, one of unknown age: each row of the worklist is như cũ."""
    office = office_of(province, agency)
    file = office.home / ("a.json" if form == "events" else "a.xlsx")
    file.write_bytes(EVENTS if form == "events" else template("person" if form == "person" else "list", filled=FILLED))
    first = hand_in(office, file)
    assert {one.outcome for one in first.rows} == {"new"}
    before = stated(office)
    sheet, document = own_sheet(office)
    rows = document["sheets"][0]["rows"]
    assert {one["cells"]["code"] for one in rows} == {one.code for one in first.rows}
    assert {one["cells"]["full_name"] for one in rows} == {one["full_name"] for one in FILLED}
    assert all("number" not in one["cells"] and "statement" not in one["cells"] for one in rows)
    for _ in range(2):
        again = hand_in(office, sheet)
        assert (again.form, outcomes(again), again.vanished) == ("generic.list/1", [("same", None)] * 3, 0)
    assert stated(office) == before
    # And the office's own book goes on as it was.
    assert {one.outcome for one in hand_in(office, file).rows} == {"same"}
    province.check()


@pytest.mark.parametrize(("agency", "folder"), [(LABOUR, "labour_department"), (WOMEN, "women_union")])
def test_an_office_with_a_form_of_its_own_has_it_back(agency: str, folder: str, province: Province) -> None:
    """The example of each form that is a table: what was taken of it is on the worklist, and is nothing new."""
    office = province[agency]
    for file in sorted((ROOT / "examples" / folder).glob("*.*")):
        if file.suffix in {".xlsx", ".csv"}:
            hand_in(office, file)
    before = stated(office)
    sheet, document = own_sheet(office)
    rows = [one for page in document["sheets"] for one in page["rows"]]
    again = hand_in(office, sheet) if rows else None
    assert {one.outcome for one in again.rows} == {"same"} if again else agency == WOMEN
    assert stated(office) == before


def test_each_kind_without_a_form_has_it(province: Province) -> None:
    """Whoever keeps cases and has no form of its own."""
    for agency in (COAST, LEGAL, MISSION):
        office = office_of(province, agency)
        file = office.home / "mau.xlsx"
        file.write_bytes(template("list", filled=FILLED[:1]))
        hand_in(office, file)
        sheet, document = own_sheet(office)
        assert is_generic(document)
        assert outcomes(hand_in(office, sheet)) == [("same", None)]
    others = {AgencyKind.LABOUR, AgencyKind.WOMEN_UNION, AgencyKind.SUPPORT_FACILITY}
    assert set(SHEETS) == set(KINDS.values()) | others


TOLD = {
    Section.IDENTITY: person(
        "Lò Thị Mai", sex="f", ethnicity="Thái", nationality="VN", residence="xã T., tỉnh Sơn La",
        birth={"year": 1999}, residence_province="14", other_names=["Máy"],
        papers=[{"kind": "cccd", "number": "014199001234"}, *holding(paper(), paper("9/TK", "declaration"))],
    ),
    Section.CONTACT: facts(phones=[{"number": "0912345678", "owner": "mother"}], address="thôn Giả"),
    Section.PROFILE: facts(
        sex="f", birth_year=1999, minor=False, ethnic_group="minority", nationality="VN", residence_province="14",
        residence="outside", source="criminal_case",
    ),
}  # fmt: skip


def referred(province: Province, to: Office, *sections: str) -> str:
    """A case of the police, referred to another agency, which accepted it; the mã hồ sơ."""
    police = province[POLICE]
    code = opened(police, notice(TOLD))
    if sections:
        police.officer.give_consent(code, recipients=[to.agency], sections=sections, given_by="person")
    police.officer.refer(code, to=to.agency, service="shelter", message="xin tiếp nhận", sections=sections)
    province.sync()
    (offer,) = to.inbox()
    to.officer.accept(offer.key)
    province.sync()
    return code


@pytest.mark.parametrize("agency", [COMMUNE, LABOUR, WOMEN])
def test_a_case_that_was_referred_stands_on_it_and_is_no_news(agency: str, province: Province) -> None:
    """What others shared is filled in as shared; sent back it is nobody's statement, in every form that is kept."""
    office = office_of(province, agency)
    code = referred(province, office, "identity", "contact")
    before = stated(office)
    sheet, document = own_sheet(office)
    shown = [one["cells"] for page in document["sheets"] for one in page["rows"]]
    assert [one["code"] for one in shown] == [code]
    if is_generic(document):
        assert shown[0]["phones"] == "0912345678 (mẹ)"
        assert (shown[0]["nationality"], shown[0]["residence_province"]) == ("Việt Nam", "Sơn La")
    assert outcomes(hand_in(office, sheet)) == [("same", None)]
    assert stated(office) == before


# -- what is written in ----------------------------------------------------------------------------------------------


@pytest.fixture
def commune(province: Province) -> Iterator[tuple[Office, str]]:
    """A committee with one case of its own, and its mã hồ sơ."""
    office = office_of(province, COMMUNE)
    file = office.home / "mau.xlsx"
    file.write_bytes(template("person", filled=FILLED[:1]))
    (answer,) = hand_in(office, file).rows
    yield office, answer.code or ""
    province.check()


def test_support_written_in_is_recorded_under_its_own_number(commune: tuple[Office, str]) -> None:
    """Without a number the row is returned: a second support would else be the first one corrected."""
    office, code = commune
    sheet, _ = own_sheet(office)
    given = {"regime": REGIME["psychological"]["vi"], "given": "tư vấn 3 buổi", "support_on": "02/11/2026"}
    assert outcomes(hand_in(office, written_in(sheet, code, given))) == [("to_mend", "value_missing")]
    numbered = written_in(sheet, code, {"number": "09/2026"})
    assert outcomes(hand_in(office, numbered)) == [("new", None)]
    assert outcomes(hand_in(office, numbered)) == [("same", None)]
    content = office.content(case_of(office, code))
    assert {one["values"]["regime"]["value"] for one in content["support"][COMMUNE]} == {
        "essential_needs", "psychological",
    }  # fmt: skip
    # The next worklist leaves support open again.
    assert outcomes(hand_in(office, own_sheet(office)[0])) == [("same", None)]


def test_what_is_written_in_is_added_and_the_rest_stays(commune: tuple[Office, str]) -> None:
    """One cell is mended, one is emptied: only what is written counts, and its section keeps what else was said."""
    office, code = commune
    case = case_of(office, code)
    before = office.content(case)
    changed = written_in(own_sheet(office)[0], code, {"phones": "0987654321", "safe_contact": ""})
    assert outcomes(hand_in(office, changed)) == [("changed", None)]
    after = office.content(case)
    contact = {name: one["value"] for name, one in after["contact"][COMMUNE]["values"].items()}
    assert contact["phones"] == [{"number": "0987654321", "owner": "unknown"}]
    assert contact["safe_contact"] == made.ONE["safe_contact"]
    assert {name: after[name] for name in after.keys() - {"contact"}} == {
        name: before[name] for name in before.keys() - {"contact"}
    }
    assert outcomes(hand_in(office, changed)) == [("same", None)]


def test_the_profile_keeps_what_the_notice_said(commune: tuple[Office, str]) -> None:
    """Where the statistics count her is not asked in a worklist and is not lost by it."""
    office, code = commune
    changed = written_in(own_sheet(office)[0], code, {"purpose": "cưỡng bức đi ăn xin"})
    assert outcomes(hand_in(office, changed)) == [("changed", None)]
    values = office.content(case_of(office, code))["profile"][COMMUNE]["values"]
    assert (values["purpose"]["value"], values["source"]["value"]) == ("forced_begging", "self_report")


def test_while_the_hub_is_away_it_is_stated_once(commune: tuple[Office, str]) -> None:
    """What was written in and waits to be sent is not stated again."""
    office, code = commune
    changed = written_in(own_sheet(office)[0], code, {"address": "nhà tạm lánh"})
    office.line.cut = True
    assert outcomes(hand_in(office, changed)) == [("changed", None)]
    queued = office.queued()
    assert outcomes(hand_in(office, changed)) == [("same", None)]
    assert office.queued() == queued == 1
    office.line.cut = False


def test_what_was_mended_elsewhere_is_not_turned_back_by_an_unchanged_sheet(commune: tuple[Office, str]) -> None:
    """Written in, then mended by an officer: the worklist of today says what holds, and is no news."""
    office, code = commune
    hand_in(office, written_in(own_sheet(office)[0], code, {"address": "nhà tạm lánh"}))
    office.officer.append(code, section="contact", values={"address": "nhà mẹ đẻ"})
    assert outcomes(hand_in(office, own_sheet(office)[0])) == [("same", None)]
    content = office.content(case_of(office, code))
    assert content["contact"][COMMUNE]["values"]["address"]["value"] == "nhà mẹ đẻ"
    # And what was once written in may be written in again.
    hand_in(office, written_in(own_sheet(office)[0], code, {"address": "nhà tạm lánh"}))
    content = office.content(case_of(office, code))
    assert content["contact"][COMMUNE]["values"]["address"]["value"] == "nhà tạm lánh"


def test_another_person_written_over_a_row_is_returned(commune: tuple[Office, str]) -> None:
    """A row is known by its mã hồ sơ, so another name and birth in it are a mistake."""
    office, code = commune
    other = written_in(own_sheet(office)[0], code, {"full_name": "Vàng Thị Giả", "birth": "14/08/2003"})
    assert outcomes(hand_in(office, other)) == [("to_mend", "row_other_person")]
