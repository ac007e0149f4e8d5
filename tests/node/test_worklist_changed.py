"""A worklist with cells written in: exactly these change, of this office alone, whoever told of the person."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.generic.choices import ISSUER, REGIME
from adapters.generic.templates import template
from domain.statements import Section
from tests.node.province import POLICE, Office, Province, case_of, notice, opened, person, province
from tests.node.test_papers import shown
from tests.node.test_worklist import (
    COMMUNE,
    FILLED,
    commune,
    hand_in,
    office_of,
    outcomes,
    own_sheet,
    referred,
    stated,
    written_in,
)

__all__ = ["commune", "province"]

OF_PAPER = ("declaration", "issuer", "issued_by", "signatory", "title")


def said(office: Office, code: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Values of each section that one author keeps as one record, by section, author and field."""
    content = office.content(case_of(office, code))
    return {
        section.value: {
            author: {name: one["value"] for name, one in record["values"].items()}
            for author, record in content.get(section.value, {}).items()
        }
        for section in (Section.IDENTITY, Section.CONTACT, Section.PROFILE)
    }


def filled_in(office: Office, code: str, **cells: str) -> list[tuple[str, str | None]]:
    """Write into the office's own worklist and send it back."""
    return outcomes(hand_in(office, written_in(own_sheet(office)[0], code, cells)))


# -- what others shared ----------------------------------------------------------------------------------------------


def test_one_cell_of_a_referred_case_makes_that_cell_alone_the_office_s_own(province: Province) -> None:
    """What the police shared stays theirs, so that it goes with their consent when it is withdrawn."""
    office = office_of(province, COMMUNE)
    code = referred(province, office, "identity", "contact")
    before = said(office, code)
    cells = {"safe_contact": "qua chị Hội", "ethnicity": "Mường", "confirmation": "99/GXN, 02/10/2026"}
    assert filled_in(office, code, **cells) == [("changed", None)]
    after = said(office, code)
    papers = [{"kind": "confirmation", "number": "99/GXN", "date": "2026-10-02"}]
    assert {section: authors.pop(COMMUNE) for section, authors in after.items() if COMMUNE in authors} == {
        "identity": {"ethnicity": "Mường", "papers": papers},
        "contact": {"safe_contact": "qua chị Hội"},
        "profile": {"ethnic_group": "minority"},  # which follows, and the police's was not shared
    }
    assert after == before
    # A second cell is added to it; the sheet sent back is no news.
    assert filled_in(office, code, residence="xã M., tỉnh Sơn La") == [("changed", None)]
    assert said(office, code)["identity"][COMMUNE]["ethnicity"] == "Mường"
    assert "full_name" not in said(office, code)["identity"][COMMUNE]
    sheet, _ = own_sheet(office)
    assert [outcomes(hand_in(office, sheet)) for _ in range(2)] == [[("same", None)]] * 2
    (consent,) = [
        one.statement.id
        for one in province[POLICE].node.case_of_code(code).seen
        if one.statement.type == "consent.given"
    ]
    province[POLICE].officer.withdraw_consent(code, consent=consent)
    province.sync()
    left = said(office, code)
    assert set(left["identity"]) == set(left["contact"]) == {COMMUNE}
    assert set(left["identity"][COMMUNE]) == {"ethnicity", "papers", "residence"}
    province.check()


def test_another_person_written_over_a_referred_row_is_returned(province: Province) -> None:
    """The office has said nothing of her, so the row is compared with what was shared with it."""
    office, police = office_of(province, COMMUNE), province[POLICE]
    code = opened(police, notice({Section.IDENTITY: person("Lò Thị Mai", sex="f", birth={"year": 1999})}))
    police.officer.give_consent(code, recipients=[COMMUNE], sections=["identity"], given_by="person")
    police.officer.refer(code, to=COMMUNE, service="shelter", message="xin tiếp nhận", sections=["identity"])
    province.sync()
    office.officer.accept(office.inbox()[0].key)
    province.sync()
    before = said(office, code)
    other = {"full_name": "Vàng Thị Giả", "birth": "14/08/2003"}
    assert filled_in(office, code, **other) == [("to_mend", "row_other_person")]
    assert said(office, code) == before
    # Also where the office has said something else of her.
    assert filled_in(office, code, ethnicity="Thái") == [("changed", None)]
    assert filled_in(office, code, **other) == [("to_mend", "row_other_person")]
    assert filled_in(office, code, full_name="Lò Thị Mại") == [("changed", None)]
    assert said(office, code)["identity"][COMMUNE] == {"full_name": "Lò Thị Mại", "ethnicity": "Thái"}


# -- what the office said --------------------------------------------------------------------------------------------

CHANGES: dict[str, tuple[str, dict[str, dict[str, Any]]]] = {
    "full_name": ("Lò Thị Giả Đình", {"identity": {"full_name": "Lò Thị Giả Đình"}}),
    "other_names": ("Mây", {"identity": {"other_names": ["Mây"]}}),
    "birth": (
        "16/09/2003", {"identity": {"birth": {"year": 2003, "month": 9, "day": 16}}},
    ),
    "ethnicity": ("Kinh", {"identity": {"ethnicity": "Kinh"}, "profile": {"ethnic_group": "kinh"}}),
    "nationality": ("Lào", {"identity": {"nationality": "LA"}, "profile": {"nationality": "LA"}}),
    "residence": ("bản Khác, xã K., tỉnh Sơn La", {"identity": {"residence": "bản Khác, xã K., tỉnh Sơn La"}}),
    "phones": ("0987654321", {"contact": {"phones": [{"number": "0987654321", "owner": "unknown"}]}}),
    "address": ("nhà tạm lánh", {"contact": {"address": "nhà tạm lánh"}}),
    "safe_contact": ("qua trưởng bản", {"contact": {"safe_contact": "qua trưởng bản"}}),
    "householder": ("Lò Văn Q.", {"contact": {"householder": "Lò Văn Q."}}),
    "destination": ("Lào", {"profile": {"destination": "LA"}}),
    "purpose": ("cưỡng bức đi ăn xin", {"profile": {"purpose": "forced_begging"}}),
}  # fmt: skip


def test_each_cell_changed_changes_itself_alone(commune: tuple[Office, str]) -> None:
    """One after the other, in one worklist each: what follows from it with it, and nothing else that was said."""
    office, code = commune
    for cell, (text, changes) in CHANGES.items():
        before = said(office, code)
        assert filled_in(office, code, **{cell: text}) == [("changed", None)], cell
        for section, values in changes.items():
            before[section][COMMUNE] |= values
        assert said(office, code) == before, cell
    assert outcomes(hand_in(office, own_sheet(office)[0])) == [("same", None)]


def test_each_cell_changed_of_a_referred_case_is_the_office_s_own_alone(province: Province) -> None:
    """The police's values stay theirs, cell by cell; the office has what it wrote and what follows from that."""
    office = office_of(province, COMMUNE)
    code = referred(province, office, "identity", "contact")
    for cell, (text, changes) in CHANGES.items():
        if cell == "birth":  # the number of her CCCD says another
            continue
        before = said(office, code)
        assert filled_in(office, code, **{cell: text}) == [("changed", None)], cell
        for section, values in changes.items():
            before[section][COMMUNE] = {**before[section].get(COMMUNE, {}), **values}
        assert said(office, code) == before, cell
    assert outcomes(hand_in(office, own_sheet(office)[0])) == [("same", None)]


def test_a_birth_less_known_leaves_no_year_of_the_old_one(commune: tuple[Office, str]) -> None:
    """What was drawn from the old birth is not kept beside the new one."""
    office, code = commune
    assert filled_in(office, code, birth="khoảng 20 tuổi", paper_number="", paper_kind="") == [("changed", None)]
    after = said(office, code)
    assert "age" in after["identity"][COMMUNE]["birth"]
    assert "birth_year" not in after["profile"][COMMUNE]
    assert after["profile"][COMMUNE]["source"] == "self_report"


def test_a_profile_without_a_pathway_leaves_the_source(commune: tuple[Office, str]) -> None:
    """A row that is found by its declaration tells of the person anew, and not where the statistics count her."""
    office, code = commune
    found = {
        key: FILLED[0][key] for key in ("reported_on", "full_name", "declaration", "birth", "sex", "residence_province")
    }
    file = office.home / "them.xlsx"
    file.write_bytes(template("list", filled=[{**found, "number": "80/2026", "destination": "Lào"}]))
    assert outcomes(hand_in(office, file)) == [("new", None)]
    file.write_bytes(template("list", filled=[{**found, "number": "80/2026", "destination": "Campuchia"}]))
    assert outcomes(hand_in(office, file)) == [("changed", None)]
    profile = said(office, code)["profile"][COMMUNE]
    assert (profile["destination"], profile["source"]) == ("KH", "self_report")
    assert outcomes(hand_in(office, file)) == [("same", None)]


def test_papers_the_worklist_has_no_cell_for_stay(commune: tuple[Office, str]) -> None:
    """It shows one paper of each kind: another cell changed leaves all, a paper changed leaves the others."""
    office, code = commune
    identity = said(office, code)["identity"][COMMUNE]
    papers = [
        {"kind": "cccd", "number": "014303001234"},
        {"kind": "passport", "number": "B1234567"},
        {"kind": "confirmation", "number": "1/GXN", "date": "2026-10-01"},
        {"kind": "confirmation", "number": "2/GXN", "date": "2026-10-02"},
    ]
    office.officer.append(code, section="identity", values={**identity, "papers": papers})
    assert filled_in(office, code, ethnicity="Mường") == [("changed", None)]
    assert said(office, code)["identity"][COMMUNE] == {**identity, "papers": papers, "ethnicity": "Mường"}
    assert filled_in(office, code, confirmation="3/GXN, 03/10/2026") == [("changed", None)]
    papers[2] = {"kind": "confirmation", "number": "3/GXN", "date": "2026-10-03"}
    assert said(office, code)["identity"][COMMUNE]["papers"] == papers
    # A kind that was not there is written in: it stands first, so the next worklist has it.
    assert filled_in(office, code, return_certificate="4/GCN, 04/10/2026") == [("changed", None)]
    assert said(office, code)["identity"][COMMUNE]["papers"][1:] == papers
    assert outcomes(hand_in(office, own_sheet(office)[0])) == [("same", None)]


# -- supports and letters --------------------------------------------------------------------------------------------


def test_a_support_in_a_worklist_row_states_the_support_alone(commune: tuple[Office, str]) -> None:
    """It has a number of its own, and what stands in the row beside it is no news."""
    office, code = commune
    before, number = said(office, code), stated(office)
    given = {"number": "77/2026", "regime": REGIME["psychological"]["vi"], "given": "tư vấn"}
    assert filled_in(office, code, **given, support_on="02/11/2026", letter="5/CV-UBND, 02/11/2026") == [("new", None)]
    assert (stated(office), said(office, code)) == (number + 1, before)
    assert [(one["kind"], one["section"]) for one in shown(office, code)][-1] == ("official_letter", "support")


def test_a_letter_in_a_worklist_row_is_stated_once(commune: tuple[Office, str]) -> None:
    """Under its own number; its number mended is a correction, and nobody is told of anew."""
    office, code = commune
    before, number = said(office, code), stated(office)
    letter = {"number": "78/2026", "letter": "5/CV-UBND, 02/11/2026"}
    assert filled_in(office, code, **letter) == [("new", None)]
    assert filled_in(office, code, **letter) == [("same", None)]
    assert (stated(office), said(office, code)) == (number + 1, before)
    assert filled_in(office, code, **{**letter, "letter": "6/CV-UBND, 02/11/2026"}) == [("changed", None)]
    assert [one["paper_number"] for one in shown(office, code)][-2:] == ["5/CV-UBND", "6/CV-UBND"]
    assert said(office, code) == before


@pytest.mark.parametrize("name", ["person", "list"])
def test_a_letter_added_to_a_row_sent_before_is_not_lost(name: Any, province: Province) -> None:
    """The form has the column, so an empty cell was no paper that nobody asked for."""
    office = office_of(province, COMMUNE)
    first = {key: text for key, text in FILLED[0].items() if key not in OF_PAPER}
    file = office.home / "mau.xlsx"
    file.write_bytes(template(name, filled=[first]))
    (answer,) = hand_in(office, file).rows
    letter = {"letter": "12/CV-UBND, 30/10/2026", "issuer": ISSUER["committee_commune"]["vi"]}
    file.write_bytes(template(name, filled=[{**first, **letter}]))
    assert outcomes(hand_in(office, file)) == [("changed", None)]
    assert [one["paper_number"] for one in shown(office, answer.code or "")] == ["12/CV-UBND"]
    assert outcomes(hand_in(office, file)) == [("same", None)]
    province.check()


def test_two_rows_of_one_number_with_two_letters_are_returned(province: Province) -> None:
    """Which letter is right only the office can tell."""
    office = office_of(province, COMMUNE)
    first = {key: text for key, text in FILLED[0].items() if key not in OF_PAPER}
    rows = [{**first, "letter": f"{number}/CV-UBND, 30/10/2026"} for number in (12, 99)]
    file = office.home / "mau.xlsx"
    file.write_bytes(template("list", filled=rows))
    assert outcomes(hand_in(office, file)) == [("to_mend", "row_repeated")] * 2
