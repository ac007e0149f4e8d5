"""What was shared until a day is closed when the day is over, though nobody says another word."""

from __future__ import annotations

from audit.postgres import PostgresLogSource
from audit.replay import Difference, replay
from domain.statements import Section
from node.reading import inbox
from projections.current import left
from tests.node.province import LABOUR, POLICE, WOMEN, Office, Province, case_of, facts, notice, opened, paper, person
from tests.node.province import holding as papers

SECTIONS = {Section.IDENTITY: person(papers=papers(paper())), Section.CONTACT: facts(address="thôn Giả")}
PAPER = "paper|confirmation|12/gxn|2026-10-01"


def shared(province: Province, *, until: str, sections: list[str] | None = None) -> str:
    """A case of the police, shared with the Women's Union on a consent until a day; give its mã hồ sơ."""
    police = province[POLICE]
    code = opened(police, notice(SECTIONS))
    named = sections or ["identity"]
    police.officer.give_consent(code, recipients=[WOMEN], sections=named, given_by="person", until=until)
    police.officer.grant_access(code, to=WOMEN, sections=named)
    province.sync()
    return code


def replayed(province: Province, office: Office) -> list[Difference]:
    """What an auditor with the agency's keys finds different in the views it keeps."""
    node = office.node
    with PostgresLogSource(province.world.dsn) as log:
        rebuilt = replay(
            log,
            agency=office.agency,
            keystore=node.keystore,
            materials=node.hub,
            tag_key=node.tag_key,
            day=node.today(),
            kept_day=node.rows.day(),
        )
    return rebuilt.differences(node.rows)


def test_a_consent_that_has_run_out_closes_the_view(province: Province) -> None:
    """On its last day the section is open; on the next it is closed and its paper leads nowhere; replay agrees."""
    code, women = shared(province, until="2026-11-04"), province[WOMEN]
    case = case_of(women, code)
    province.world.on("2026-11-04T23:30")
    women.node.sync()
    assert "identity" in women.content(case)
    assert replayed(province, women) == []
    before = women.node.projector.number
    province.world.on("2026-11-05T00:30")
    women.node.sync()
    assert women.node.projector.number == before, "nobody said anything"
    assert women.content(case) == {}
    (row,) = women.node.rows.all("caseload")
    assert row.facts["open"] == {}
    assert women.node.projector.cases_of(PAPER) == frozenset()
    assert replayed(province, women) == []
    women.start()
    assert women.node.projector.day == "2026-11-05", "what was turned is not turned again"
    assert women.node.projector.cases_of(PAPER) == frozenset()


def test_what_is_still_shared_stays_open(province: Province) -> None:
    """Only what has run out is closed; the author's own view is as it was."""
    code = shared(province, until="2026-11-04")
    police, women = province[POLICE], province[WOMEN]
    police.officer.give_consent(code, recipients=[WOMEN], sections=["contact"], given_by="person", until="2027-01-01")
    police.officer.grant_access(code, to=WOMEN, sections=["contact"])
    province.sync()
    before = police.content(case_of(police, code))
    province.world.on("2026-11-09T09:00")
    province.sync()
    assert set(women.content(case_of(women, code))) == {"contact"}
    assert police.content(case_of(police, code)) == before


def test_a_consent_that_begins_opens_the_view(province: Province) -> None:
    """What may be read from a day on is read from that day on, without a further entry."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police, notice(SECTIONS))
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    women.node.sync()
    case = case_of(women, code)
    file = women.node.projector.files[case]
    (consent,) = file.case.consents.values()
    assert not file.turns(after=consent.since, by="2099-01-01")
    assert file.turns(after="2026-01-01", by=consent.since)


def test_without_the_hub_nothing_is_shown_past_its_day(province: Province) -> None:
    """The line is cut when the day turns: what is kept cannot be remade, and what is shown is closed all the same."""
    code, women = shared(province, until="2026-11-04"), province[WOMEN]
    case = case_of(women, code)
    shown = women.node.views.get("caseload", case)
    assert shown is not None and shown.content is not None and "identity" in shown.content
    women.line.cut = True
    province.world.on("2026-11-05T09:00")
    assert not women.node.try_sync()
    shown = women.node.views.get("caseload", case)
    assert shown is not None and (shown.content, shown.facts["open"]) == (None, {})
    assert [row.content for row in women.node.views.all("caseload") if row.key == case] == [None]
    women.line.cut = False
    women.node.sync()
    assert women.content(case) == {}


def test_a_correction_past_its_day_is_not_shown_either(province: Province) -> None:
    """What mends a section is sealed under a key of its own, and is judged by it."""
    code = shared(province, until="2026-11-04")
    police, women = province[POLICE], province[WOMEN]
    target = next(e.statement.id for e in police.node.case_of_code(code).seen if e.statement.sealed)
    police.officer.correct(
        code,
        statement=target,
        section="identity",
        values={"full_name": "Tên Đúng"},
        reason="source_corrected",
    )
    province.sync()
    case = case_of(women, code)
    assert women.content(case)["identity"][POLICE]["corrected"]["by"] == POLICE
    province.world.on("2026-11-05T09:00")
    women.line.cut = True
    shown = women.node.views.get("caseload", case)
    assert shown is not None and shown.content is None


def test_an_offer_runs_out_by_date_alone(province: Province) -> None:
    """Both sides' kept inboxes say so the day after, and replay agrees."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=[], answer_by="2026-11-05")
    women.node.sync()
    province.world.on("2026-11-06T09:00")
    province.sync()
    for office in (police, women):
        assert [row.facts["state"] for row in office.inbox()] == ["expired"]
        (offer,) = inbox(office.node.views, agency=office.agency, today="2026-11-06")
        assert (offer["state"], offer["turn"]) == ("expired", None)
        assert replayed(province, office) == []


def test_a_stopped_node_s_view_past_its_day_is_named_as_such(province: Province) -> None:
    """A view nobody has turned still holds what has run out: the auditor is told that, not that it was changed."""
    code, women = shared(province, until="2026-11-04"), province[WOMEN]
    province.world.on("2026-11-05T09:00")
    found = replayed(province, women)
    assert {one.kind for one in found} == {"past_day"}
    assert {(one.view, one.key) for one in found} >= {("caseload", case_of(women, code))}
    labour = province[LABOUR]
    labour.node.sync()
    assert replayed(province, labour) == []


def test_what_mends_and_what_is_mended_are_judged_each_by_its_own_entry() -> None:
    """An item that was corrected is shown only while both entries are open; others do not suffer with it."""
    item = {"index": 3, "statement": "aa", "values": {}}
    mended = {**item, "corrected": {"by": POLICE, "index": 5, "reason": "source_corrected"}}
    assert left({POLICE: mended, LABOUR: [item, mended]}, {3: {"support"}}, "support") == {LABOUR: [item]}
    assert left({POLICE: mended}, {3: {"support"}, 5: {"support"}}, "support") == {POLICE: mended}
    assert left({POLICE: item}, {3: {"identity"}}, "support") == {}
