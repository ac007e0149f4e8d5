"""Files handed in twice, changed, cut short, refused: what each row is answered, and what is stated of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adapters.contract import Act, Returned, Where
from domain.statements import Section
from tests.node.province import (
    BORDER,
    LABOUR,
    POLICE,
    WOMEN,
    Office,
    Province,
    answer,
    case_of,
    facts,
    holding,
    notice,
    opened,
    paper,
    person,
    row,
    support,
)

FUTURE = date(2030, 1, 1)  # the hub refuses what has not happened yet
CONTACT = {Section.CONTACT: facts(address="thôn Giả")}


def types(office: Office) -> list[str]:
    """Types of all statements on the feed that are about cases."""
    office.node.sync()
    return [item.statement.type for item in office.feed() if hasattr(item.statement, "case")]


def test_a_row_is_recorded_and_the_law_s_recipients_see_it(province: Province) -> None:
    """A police row reaches the Labour department's caseload with what the law lets it have."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(
        police, notice({Section.IDENTITY: person("Lò Thị Giả"), Section.ACCOUNT: facts(statement="kể")}), answer()
    )
    province.check()
    content = labour.content(case_of(labour, code))
    assert content["identity"][POLICE]["values"]["full_name"]["value"] == "Lò Thị Giả"
    assert "account" not in content


def test_the_same_file_twice_states_nothing_twice(province: Province) -> None:
    """Every row is answered như cũ, wherever it stands now."""
    police = province[POLICE]
    rows = [row(key="1"), row(notice(), answer(), key="2")]
    assert [one.outcome for one in police.take(*rows).rows] == ["new", "new"]
    before = types(police)
    moved = [replace(rows[1], where=Where(row=1)), replace(rows[0], where=Where(row=2))]
    report = police.take(*moved)
    assert [one.outcome for one in report.rows] == ["same", "same"]
    assert types(police) == before
    assert report.vanished == 0


def test_a_changed_row_is_a_correction(province: Province) -> None:
    """The view shows the new value as đã đính chính, with who and where."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police, notice({Section.IDENTITY: person("Lo Thi Gia")}))
    (changed,) = police.take(row(notice({Section.IDENTITY: person("Lò Thị Giả")}))).rows
    assert (changed.outcome, changed.code) == ("changed", code)
    province.check()
    for office in (police, labour):
        record = office.content(case_of(office, code))["identity"][POLICE]
        assert record["values"]["full_name"]["value"] == "Lò Thị Giả"
        index = max(item.index for item in police.feed())
        assert record["corrected"] == {"by": POLICE, "index": index, "reason": "source_corrected"}
    assert [one.outcome for one in police.take(row(notice({Section.IDENTITY: person("Lò Thị Giả")}))).rows] == ["same"]


def test_what_a_later_delivery_adds_is_appended(province: Province) -> None:
    """A correction cannot go beyond what it corrects: a new section is appended, and corrected later by itself."""
    police = province[POLICE]
    code = opened(police)
    both = {Section.IDENTITY: person(), **CONTACT}
    (added,) = police.take(row(notice(both))).rows
    assert (added.outcome, added.reason) == ("changed", None)
    assert types(police) == ["case.notified", "section.appended"]
    assert [one.outcome for one in police.take(row(notice(both))).rows] == ["same"]
    (moved,) = police.take(row(notice({Section.IDENTITY: person(), Section.CONTACT: facts(address="nơi khác")}))).rows
    assert (moved.outcome, moved.reason) == ("changed", None)
    assert types(police)[2:] == ["statement.corrected"]
    contact = police.content(case_of(police, code))["contact"][POLICE]
    assert contact["values"]["address"]["value"] == "nơi khác"
    province.check()


def test_a_changed_header_is_annulled_and_stated_anew(province: Province) -> None:
    """Another legal date: the old answer counts no more, the new one does."""
    police = province[POLICE]
    code = opened(police, notice(), answer("2026-10-02"))
    (changed,) = police.take(row(notice(), answer("2026-10-05"))).rows
    assert (changed.outcome, changed.reason) == ("changed", None)
    assert types(police)[2:] == ["statement.annulled", "identification.answered"]
    shown = police.node.rows.get("caseload", case_of(police, code))
    assert shown is not None
    assert shown.facts["identified"]["legal_date"] == "2026-10-05"
    province.check()


def test_what_an_officer_annulled_is_stated_anew_when_the_row_comes_again(province: Province) -> None:
    """A changed row whose statement counts no more is not annulled twice."""
    police = province[POLICE]
    code = opened(police, notice(), answer())
    statement = next(i.statement for i in police.feed() if i.statement.type == "identification.answered")
    police.officer.annul(code, statement=statement.id, reason="entered_in_error")
    (again,) = police.take(row(notice(), answer("2026-10-07"))).rows
    assert (again.outcome, again.reason) == ("changed", None)
    assert types(police)[-1] == "identification.answered"


def test_a_row_gone_from_a_list_is_counted_and_means_nothing(province: Province) -> None:
    """Nothing is stated of it; it is listed as long as the list comes without it."""
    police = province[POLICE]
    police.take(row(key="1"), row(key="2"), row(key="3"))
    before = types(police)
    assert police.take(row(key="1"), row(key="3")).vanished == 1
    gone = police.take(row(key="3"))
    assert (gone.vanished, len(gone.vanished_codes)) == (2, 2)
    assert set(gone.vanished_codes) < {file.case.code for file in police.node.projector.files.values()}
    assert types(police) == before


def test_another_list_of_the_same_form_makes_nothing_vanish(province: Province) -> None:
    """A second criminal case's file says nothing of the first one's persons."""
    police = province[POLICE]
    police.take(row(key="1"), row(key="2"))
    assert police.take(row(key="3")).vanished == 0


# -- finding the case ------------------------------------------------------------------------------------------------


def test_a_row_finds_its_case_by_code(province: Province) -> None:
    """Mã hồ sơ joins a row of another office."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    labour.node.sync()
    (joined,) = labour.take(row(support(), code=code, opens=False)).rows
    assert (joined.outcome, joined.code) == ("new", code)
    province.check()
    assert len(police.node.projector.files) == 1


def test_a_row_finds_its_case_by_a_paper(province: Province) -> None:
    """A paper both offices hold joins, however it is spaced; and the next delivery finds it by its record."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police, notice({Section.IDENTITY: person(papers=holding(paper("012/GXN")))}))
    labour.node.sync()
    (joined,) = labour.take(row(support(), papers=(paper("12 / gxn"),), opens=False)).rows
    assert (joined.outcome, joined.code) == ("new", code)
    (again,) = labour.take(row(support("legal_advice"), opens=False)).rows
    assert (again.outcome, again.code) == ("new", code)


def test_nobody_is_joined_by_name(province: Province) -> None:
    """Two people of one name in two files stay two cases."""
    police = province[POLICE]
    one = opened(police, key="1")
    two = opened(police, key="2")
    assert one != two
    assert len(list(police.node.rows.all("caseload"))) == 2


def test_a_row_that_leads_nowhere_waits(province: Province) -> None:
    """Chưa ghép được hồ sơ: kept, sealed, with its place."""
    labour = province[LABOUR]
    (waits,) = labour.take(row(support(given="tiền giả định"), opens=False)).rows
    assert (waits.outcome, waits.reason) == ("waiting", "row_not_joined")
    (kept,) = labour.node.quarantine.list()
    assert kept["code"] == "row_not_joined"
    content = labour.node.quarantine.open(kept["id"])["content"]
    assert content["acts"][0]["sections"]["support"]["given"]["value"] == "tiền giả định"


def test_papers_that_lead_to_two_cases_join_neither(province: Province) -> None:
    """Also one paper that two cases hold: the office must write the code."""
    police, labour = province[POLICE], province[LABOUR]
    first = {Section.IDENTITY: person(papers=holding(paper("1/GXN"), paper("9/GXN")))}
    second = {Section.IDENTITY: person(papers=holding(paper("2/GXN"), paper("9/GXN")))}
    codes = [opened(police, notice(first), key="1"), opened(police, notice(second), key="2")]
    labour.node.sync()
    for papers in ((paper("1/GXN"), paper("2/GXN")), (paper("9/GXN"),)):
        (returned,) = labour.take(row(support(), papers=papers, opens=False)).rows
        assert (returned.outcome, returned.reason) == ("to_mend", "row_case_ambiguous")
    (coded,) = labour.take(row(support(), papers=(paper("9/GXN"),), code=codes[1], opens=False)).rows
    assert (coded.outcome, coded.code) == ("new", codes[1])


@pytest.mark.parametrize("code", [True, False], ids=["code", "record"])
def test_a_code_or_record_that_contradicts_a_paper_is_returned(province: Province, code: bool) -> None:
    """A row that names one case and holds the paper of another is one mistake or two persons."""
    police, labour = province[POLICE], province[LABOUR]
    held = {Section.IDENTITY: person(papers=holding(paper("1/GXN")))}
    codes = [opened(police, notice(held), key="1"), opened(police, key="2")]
    labour.node.sync()
    labour.take(row(support(), code=codes[1], opens=False))
    again = row(support("legal_advice"), papers=(paper("1/GXN"),), code=codes[1] if code else None, opens=False)
    (returned,) = labour.take(again).rows
    assert (returned.outcome, returned.reason) == ("to_mend", "row_case_ambiguous")


def test_a_record_whose_code_changed_is_returned(province: Province) -> None:
    """A row that was one person's and names another now is not guessed."""
    police, labour = province[POLICE], province[LABOUR]
    codes = [opened(police, key="1"), opened(police, key="2")]
    labour.node.sync()
    labour.take(row(support(), code=codes[0], opens=False))
    (returned,) = labour.take(row(support(), code=codes[1], opens=False)).rows
    assert (returned.outcome, returned.reason) == ("to_mend", "row_case_ambiguous")


def test_somebody_else_s_code_is_as_an_unknown_one(province: Province) -> None:
    """The answer does not tell that there is such a case."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    women.node.sync()
    answers = [women.take(row(support(), code=one, opens=False)).rows[0] for one in (code, "HS-22222-22222")]
    assert {(one.outcome, one.reason, tuple(one.params)) for one in answers} == {
        ("to_mend", "row_code_unknown_case", ())
    }


# -- refused ---------------------------------------------------------------------------------------------------------


def test_an_importer_asserts_no_consent(province: Province) -> None:
    """Whatever an adapter says of consent is refused; nothing else of the row is recorded."""
    police = province[POLICE]
    consent = Act(name="consent", type="consent.given", occurred=date(2026, 10, 1))
    (refused,) = police.take(row(notice(), consent)).rows
    assert (refused.outcome, refused.reason) == ("to_mend", "consent_from_importer")
    assert types(police) == []


def test_a_refused_row_may_come_again_once_mended(province: Province) -> None:
    """What the hub refused is forgotten, kept sealed in the quarantine, and taken when it is right."""
    police = province[POLICE]
    (refused,) = police.take(row(notice(day=FUTURE))).rows
    assert (refused.outcome, refused.reason) == ("to_mend", "occurred_in_future")
    (kept,) = police.node.quarantine.list()
    assert (kept["code"], kept["reference"]) == ("occurred_in_future", "giả định/1 1")
    assert police.node.quarantine.open(kept["id"])["content"]["record_key"] == ["vụ 1", "1"]
    assert opened(police)
    province.check()


def test_all_of_a_refused_row_is_refused(province: Province) -> None:
    """A row is set aside once, however many statements it stands for."""
    police = province[POLICE]
    police.take(row(notice(day=FUTURE), answer(), support()))
    assert len(police.node.quarantine.list()) == 1
    assert types(police) == []
    assert opened(police, notice(), answer(), support())


def test_a_refused_correction_may_come_again(province: Province) -> None:
    """The record is as it was before, so that the mended row is a change again; what stood for it still does."""
    police = province[POLICE]
    opened(police, notice(), answer("2026-10-02"))
    (refused,) = police.take(row(notice(), answer("2030-01-01"))).rows
    assert (refused.outcome, refused.reason) == ("to_mend", "date_in_future")
    (mended,) = police.take(row(notice(), answer("2026-10-09"))).rows
    assert (mended.outcome, mended.reason) == ("changed", None)
    counting = [e for f in police.node.projector.files.values() for e in f.statements(type(f.seen[-1].statement))]
    assert [e.statement.legal_date for e in counting if hasattr(e.statement, "legal_date")] == ["2026-10-09"]
    province.check()


def test_a_row_without_a_needed_fact_is_returned(province: Province) -> None:
    """An adapter that forgot one is no reason to stop."""
    police = province[POLICE]
    for missing in (
        Act(name="a", type="case.notified", occurred=date(2026, 10, 1)),
        Act(name="b", type="activity.recorded", occurred=date(2026, 10, 1), facts={"by": POLICE}),
    ):
        (refused,) = police.take(row(missing)).rows
        assert (refused.outcome, refused.reason) == ("to_mend", "fact_wrong")
    assert police.node.projector.files == {}


def test_a_row_that_fails_half_way_leaves_nothing(province: Province) -> None:
    """Its first statement is not remembered, so that the case can go on."""
    police = province[POLICE]
    code = opened(police)
    bad = Act(name="bad", type="support.recorded", occurred=date(2026, 10, 1), facts={"regime": "medical", "since": 7})
    (refused,) = police.take(row(notice(), support(), bad)).rows
    assert (refused.outcome, refused.reason) == ("to_mend", "fact_wrong")
    assert police.officer.append(code, section="identity", values={"sex": "f"}).index is not None
    (bad_new,) = police.take(row(notice(), bad, key="2")).rows
    assert bad_new.reason == "fact_wrong"
    assert len(police.node.projector.files) == 1


def test_a_returned_row_is_set_aside_by_its_place(province: Province) -> None:
    """An adapter's reason and place; nothing is recorded."""
    police = province[POLICE]
    returned = Returned(where=Where(row=4, column="G"), reason="date_impossible", content={"NgaySinh": "31/02/1999"})
    report = police.take(returned, row())
    assert [(one.outcome, one.reason) for one in report.rows] == [("to_mend", "date_impossible"), ("new", None)]
    (kept,) = police.node.quarantine.list()
    assert kept["reference"] == "giả định/1 4G"
    assert police.node.quarantine.open(kept["id"])["content"] == {"NgaySinh": "31/02/1999"}


# -- persons who came together ---------------------------------------------------------------------------------------


def test_a_minor_is_joined_to_the_adult_it_came_with(province: Province) -> None:
    """Whichever row comes first."""
    border = province[BORDER]
    child = row(notice(pathway="handed_over"), key="1", with_record=("vụ 1", "2"))
    report = border.take(child, row(notice(pathway="handed_over"), key="2"))
    assert [one.outcome for one in report.rows] == ["new", "new"]
    minor, adult = (case_of(border, one.code) for one in report.rows)
    assert border.node.projector.files[minor].case.accompanies == adult


@pytest.mark.parametrize("refused_by", ["adapter", "hub"])
def test_a_minor_whose_adult_was_not_taken_waits(province: Province, refused_by: str) -> None:
    """Until the adult's row is mended nobody knows whom it came with."""
    border = province[BORDER]
    wrong = notice(pathway="handed_over", day=FUTURE)
    returned = Returned(where=Where(row=2), reason="date_impossible", content={})
    adult = returned if refused_by == "adapter" else row(wrong, key="2")
    child = row(notice(pathway="handed_over"), key="1", with_record=("vụ 1", "2"))
    report = border.take(child, adult)
    assert [one.outcome for one in report.rows] == ["waiting", "to_mend"]
    assert report.rows[0].reason == "row_companion_unknown"
    assert types(border) == []
    mended = border.take(child, row(notice(pathway="handed_over"), key="2"))
    assert [one.outcome for one in mended.rows] == ["new", "new"]


def test_activities_are_nobody_s_case(province: Province) -> None:
    """A group meeting is recorded once, and shown by its number of heads."""
    women = province[WOMEN]
    meeting = Act(
        name="activity",
        type="activity.recorded",
        occurred=date(2026, 10, 1),
        facts={"activity": "group_meeting", "day": "2026-10-01", "headcount": 14},
    )
    assert [women.take(row(meeting)).rows[0].outcome for _ in range(2)] == ["new", "same"]
    women.node.sync()
    (shown,) = women.node.rows.all("activities")
    assert (shown.case, shown.facts["headcount"]) == (None, 14)
