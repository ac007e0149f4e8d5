"""Feed in, views out: the same whatever the pages, the stops, and the order in which entries come."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import statements as s
from domain.errors import RefusedError
from domain.statements import Section
from node.following import feed_item
from node.hub_client import FeedLine
from projections.errors import FeedGapError
from projections.opening import Opening
from projections.projector import FeedItem, Projector
from projections.rows import MemoryRows, dump
from tests.conftest import Databases
from tests.hub.log_fixtures import migrated
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
)
from tests.world import World, consenting, key, open_case, story, values

MEMBERS = (POLICE, LABOUR, WOMEN, BORDER)


def projector(office: Office, rows: MemoryRows | None = None) -> Projector:
    """A new one over an office's keys and the hub."""
    opening = Opening(agency=office.agency, keystore=office.world[office.agency].keystore, materials=office.node.hub)
    return Projector(rows=rows or MemoryRows(), opening=opening, tag_key=office.node.tag_key)


def told(province: Province) -> str:
    """Some of everything that may happen to a case; give its id."""
    police, labour, women = (province[agency] for agency in (POLICE, LABOUR, WOMEN))
    code = opened(
        police,
        notice({Section.IDENTITY: person(papers=holding(paper())), Section.CONTACT: facts(address="x")}),
        answer(),
    )
    consent = police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    offer = police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"])
    women.node.sync()
    assert offer.id is not None
    women.officer.accept(offer.id)
    province.world.on("2026-11-04T09:00")
    police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
    police.officer.transfer(code, to=LABOUR, message="bàn giao", sections=["identity", "contact"])
    labour.node.sync()
    (offered,) = labour.inbox()
    assert (offered.facts["kind"], offered.facts["sender"]) == ("transfer", POLICE)
    labour.officer.accept(offered.key)
    given_support = labour.officer.record_support(code, regime="medical", given="khám")
    labour.officer.annul(code, statement=given_support.statement, reason="entered_in_error")
    province.sync()
    police.officer.withdraw_consent(code, consent=consent.statement)
    province.check()
    return case_of(police, code)


def test_pages_and_stops_change_nothing(province: Province) -> None:
    """One page, one entry at a time, or a restart after each entry: the same dump."""
    told(province)
    for agency in (POLICE, LABOUR, WOMEN):
        office = province[agency]
        feed, expected = office.feed(), office.rebuilt()
        assert len(expected) > 5
        rows = MemoryRows()
        for number, item in enumerate(feed):
            again = projector(office, rows)
            again.load(feed[:number])
            again.apply([item])
        assert list(dump(rows)) == expected
        assert all(not file.contents for file in again.files.values()), "nothing is kept open in memory"


def test_a_restart_opens_nothing_and_asks_nobody(province: Province) -> None:
    """What is written is not opened again: a thousand cases start as fast as their headers are read."""
    told(province)
    office = province[LABOUR]
    office.line.cut = True
    again = projector(office)
    again.rows.write([one for view in office.node.rows.views() for one in office.node.rows.all(view)], position=99)
    again.load(office.feed())
    (shown,) = office.node.rows.all("caseload")
    assert again.cases_of(f"code|{shown.facts['code']}") == {shown.key}


def test_entries_that_come_late_are_folded_in_the_log_s_order(province: Province) -> None:
    """Who becomes entitled to earlier entries has them before the later ones in its case, not in its feed."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    statement = police.feed()[-1].statement
    police.officer.correct(
        code, statement=statement.id, section="identity", values={"full_name": "Tên Đúng"}, reason="source_corrected"
    )
    police.officer.append(code, section="identity", values={"full_name": "Tên Sau"})
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    province.check()
    indexes = [item.index for item in women.feed() if isinstance(item.statement, s.CaseStatement)]
    assert indexes != sorted(indexes)
    case = case_of(police, code)
    seen = [entry.index for entry in women.node.projector.files[case].seen]
    assert seen == sorted(indexes)
    shown = [one.key for one in women.node.rows.all("timeline") if one.case == case]
    assert shown == sorted(shown)
    assert women.content(case)["identity"][POLICE]["values"]["full_name"]["value"] == "Tên Sau"


def test_a_gap_is_an_alarm_and_changes_nothing(province: Province) -> None:
    """A feed number that is missing is never waited for."""
    told(province)
    office = province[POLICE]
    feed = office.feed()
    again = projector(office)
    again.apply(feed[:3])
    with pytest.raises(FeedGapError):
        again.apply(feed[4:])
    assert (again.number, again.rows.position()) == (3, 3)


def test_join_tags_follow_what_may_be_read(province: Province) -> None:
    """A paper that was corrected, or may be read no more, leads nowhere."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police, notice({Section.IDENTITY: person(papers=holding(paper("1/GXN")))}))
    case = case_of(police, code)
    consent = police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    women.node.sync()
    old, new = "paper|confirmation|1/gxn|2026-10-01", "paper|confirmation|2/gxn|2026-10-01"
    assert women.node.projector.cases_of(old) == {case}
    police.take(row(notice({Section.IDENTITY: person(papers=holding(paper("2/GXN")))})))
    women.node.sync()
    assert women.node.projector.cases_of(old) == frozenset()
    assert women.node.projector.cases_of(new) == {case}
    police.officer.withdraw_consent(code, consent=consent.statement)
    province.check()
    assert women.node.projector.cases_of(new) == frozenset()
    women.start()
    assert women.node.projector.cases_of(new) == frozenset()
    assert police.node.projector.cases_of(new) == {case}


def test_an_offer_runs_out_with_any_later_entry(province: Province) -> None:
    """The inbox is told though nothing was said of the offer."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=[], answer_by="2026-11-05")
    women.node.sync()
    province.world.on("2026-11-07T09:00")
    police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
    province.check()
    assert [one.facts["state"] for one in police.inbox()] == ["expired"]


# -- random scripts --------------------------------------------------------------------------------------------------

ACTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.booleans()), min_size=3, max_size=9)


def play(world: World, script: list[tuple[int, int, bool]]) -> None:
    """What members try, one after the other; what may not be is refused and goes on. Followed by some each time."""
    case = open_case(world)
    for step, (act, who, follow) in enumerate(script):
        member = world[MEMBERS[who]]
        with suppress(RefusedError):
            _attempt(world, case, act, who)
        if follow:
            member.follow()
        if step % 3 == 2:
            world.clock += 86_400_000_000


def _attempt(world: World, case: str, act: int, who: int) -> None:
    member, police = world[MEMBERS[who]], world[POLICE]
    identity = key(Section.IDENTITY, POLICE)
    consents = list(police.file(case).case.consents)
    attempts: list[Any] = [
        lambda: member.compose(
            s.SectionAppended, case, contents={Section.IDENTITY: values(full_name=os.urandom(2).hex())}
        ),
        lambda: police.compose(s.ConsentGiven, case, facts=consenting(WOMEN)),
        lambda: police.compose(s.ConsentWithdrawn, case, facts={"consent": consents[-1]} if consents else {}),
        lambda: police.compose(
            s.AccessGranted,
            case,
            to=[WOMEN],
            share=lambda _: [police.share(WOMEN, identity, consent=consents[-1])] if consents else [],
        ),
        lambda: police.compose(
            s.AccessGranted, case, to=[LABOUR], share=lambda _: [police.share(LABOUR, identity, law="l53_art28")]
        ),
        lambda: police.compose(
            s.StatementAnnulled,
            case,
            facts={"annuls": police.file(case).seen[-1].statement.id, "reason": "entered_in_error"},
        ),
        lambda: police.compose(
            s.TransferOffered,
            case,
            to=[BORDER],
            facts={"transfer": os.urandom(16).hex(), "answer_by": "2026-11-04"},
            share=lambda _: [police.share(BORDER, identity, law="jc01_2014_art4")],
        ),
        lambda: world[BORDER].compose(
            s.TransferAccepted, case, facts={"transfer": next(iter(world[BORDER].file(case).case.offers), "00" * 16)}
        ),
        lambda: police.compose(s.IdentificationAnswered, case, facts={"outcome": "victim", "legal_date": "2026-11-01"}),
        lambda: member.compose(
            s.SupportRecorded, case, facts={"regime": "medical"}, contents={Section.SUPPORT: values(given="x")}
        ),
    ]
    file = member.file(case)
    if not file.seen and act in {0, 9}:
        return
    composed = attempts[act]()
    author = world[composed.statement.by]
    (reply,) = world.send(composed.statement.by, composed)
    if not hasattr(reply, "leaf"):
        author.file(case).take_back(composed.hash)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=ACTS)
def test_live_and_rebuilt_are_the_same(
    databases: Databases, tmp_path: Path, script: list[tuple[int, int, bool]]
) -> None:
    """Whatever was tried, and whenever each followed: views from the first entry are the views that were kept."""
    dsn = databases.fresh(databases.template("hub", migrated))
    with World(dsn, tmp_path / os.urandom(4).hex()) as world:
        play(world, script)
        for agency in MEMBERS:
            member = world[agency]
            member.follow()
            assert list(dump(member.rows)) == list(dump(rebuilt(member)))
    databases.drop(dsn)


def rebuilt(member: Any) -> MemoryRows:
    """A member's views from its whole feed, in one page."""
    rows = MemoryRows()
    opening = Opening(agency=member.agency, keystore=member.keystore, materials=member.materials)
    again = Projector(rows=rows, opening=opening, tag_key=b"\x07" * 32)
    lines = member.world.application.reader.feed(member.agency, 0)
    feed: list[FeedItem] = [feed_item(FeedLine(one.number, one.index, one.entry)) for one in lines]
    again.apply(feed)
    return rows


def test_the_audit_s_story(databases: Databases, tmp_path: Path) -> None:
    """The story of tests/world.py, whose views an auditor replays, comes out the same here."""
    dsn = databases.fresh(databases.template("hub", migrated))
    with World(dsn, tmp_path / "story") as world:
        story(world)
        for agency in MEMBERS:
            world[agency].follow()
            assert list(dump(world[agency].rows)) == list(dump(rebuilt(world[agency])))
    databases.drop(dsn)
