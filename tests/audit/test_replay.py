"""Replay rebuilds what an agency's node keeps, from the log alone; every changed row is named, and no value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from audit.errors import FindingError
from audit.folding import feed_of
from audit.postgres import PostgresLogSource
from audit.replay import Difference, Rebuilt, replay
from audit.sources import MemoryLogSource
from domain import statements as s
from domain.statements import Section
from node.store import connect
from projections.postgres import PostgresRows
from projections.rows import dump
from sealing.shredding import ShredKeys
from tests.hub.log_fixtures import hub_dsn
from tests.world import BORDER, KINDS, LABOUR, POLICE, TAG_KEY, WOMEN, World, consenting, key, open_case, story, values

__all__ = ["hub_dsn"]


@pytest.fixture
def world(hub_dsn: str, tmp_path: Path) -> Iterator[World]:
    """A hub with the story told, and every agency's feed followed."""
    with World(hub_dsn, tmp_path / "hub") as made:
        story(made)
        for member in made.members.values():
            member.follow()
        yield made


@pytest.fixture
def log(world: World) -> MemoryLogSource:
    """The story's log."""
    with PostgresLogSource(world.dsn) as source:
        return MemoryLogSource.copy_of(source)


def rebuild(world: World, log: MemoryLogSource, agency: str, **limits: Any) -> Rebuilt:
    """Replay for one agency."""
    member = world[agency]
    return replay(log, agency=agency, keystore=member.keystore, materials=member.materials, tag_key=TAG_KEY, **limits)


@pytest.mark.parametrize("agency", KINDS)
def test_the_computed_feed_is_the_hub_s(world: World, log: MemoryLogSource, agency: str) -> None:
    """Number for number, the feed made from the log is the one the hub keeps."""
    kept = [(row.number, row.index) for row in log.stored_feeds if row.agency == agency]
    assert [(item.number, item.index) for item in feed_of(log, agency)] == kept


@pytest.mark.parametrize("agency", KINDS)
def test_a_rebuilt_view_is_the_kept_one(world: World, log: MemoryLogSource, agency: str) -> None:
    """Folding all at once and entry by entry gives the same rows, contents included."""
    rebuilt = rebuild(world, log, agency)
    assert rebuilt.differences(world[agency].rows) == []
    assert list(dump(rebuilt.rows)) == list(dump(world[agency].rows))


def test_the_views_hold_something(world: World, log: MemoryLogSource) -> None:
    """What is compared is not empty: police and Labour see the name, the Women's Union no longer does."""
    text = {agency: "\n".join(dump(rebuild(world, log, agency).rows)) for agency in KINDS}
    assert "Nguyễn Giả Định" in text[POLICE] and "Nguyễn Giả Định" in text[LABOUR]
    assert "Nguyễn Giả Định" not in text[WOMEN]
    assert "lời khai" not in text[BORDER]


def test_as_of_stops_at_an_entry(world: World, log: MemoryLogSource) -> None:
    """Nothing later than the index is in the view; before the first entry of a feed there is nothing."""
    indexes = [row.index for row in log.stored_feeds if row.agency == POLICE]
    half = sorted(indexes)[len(indexes) // 2]
    rows = rebuild(world, log, POLICE, as_of=half).rows
    assert 0 < max(row.facts["index"] for row in rows.all("timeline")) <= half
    assert list(dump(rebuild(world, log, WOMEN, as_of=1).rows)) == []


def test_position_stops_where_the_kept_view_is(world: World, log: MemoryLogSource) -> None:
    """A node that is behind is compared with what it has seen."""
    behind = rebuild(world, log, POLICE, position=20)
    assert behind.rows.position() == 20
    assert behind.differences(world[POLICE].rows) != []


def test_differences_are_named_without_values(world: World, log: MemoryLogSource) -> None:
    """Changed, missing and extra rows are told apart; what they say is not repeated."""
    rebuilt, kept = rebuild(world, log, POLICE), world[POLICE].rows
    first, second, *_ = rebuilt.rows.all("timeline")
    kept.write([replace(first, facts={**first.facts, "by": "ai-do"})], position=kept.position())
    kept.write([replace(first, key="z", content={"secret": "Trần Giả"})], position=kept.position())
    rebuilt.rows.write([replace(second, key="y")], position=rebuilt.rows.position())

    found = rebuilt.differences(kept)
    assert found == [
        Difference("timeline", first.key, "changed"),
        Difference("timeline", "y", "missing"),
        Difference("timeline", "z", "extra"),
    ]
    assert "Trần" not in repr(found)


def test_one_row_changed_by_sql_is_named(world: World, log: MemoryLogSource, tmp_path: Path) -> None:
    """In a view kept in PostgreSQL, clear facts, sealed content and the row's case are all covered."""
    rebuilt = rebuild(world, log, POLICE)
    with (
        connect(world.dsn, schema="node_police") as connection,
        ShredKeys.create(tmp_path / "views", tmp_path / "views-master") as keys,
    ):
        kept = PostgresRows(connection, keys=keys)
        kept.write(
            [row for view in rebuilt.rows.views() for row in rebuilt.rows.all(view)], position=rebuilt.rows.position()
        )
        assert rebuilt.differences(kept) == []

        ((case,),) = connection.execute("SELECT min(key) FROM view_rows WHERE sealed IS NOT NULL AND view = 'caseload'")
        for change in (
            "facts = jsonb_set(facts, '{pathway}', to_jsonb('hotline'::text))",
            "sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)",
            "sealed = NULL",
        ):
            connection.execute("BEGIN")
            connection.execute(
                sql.SQL("UPDATE view_rows SET {} WHERE view = 'caseload' AND key = %s").format(sql.SQL(change)), (case,)
            )
            assert rebuilt.differences(kept) == [Difference("caseload", case, "changed")], change
            connection.execute("ROLLBACK")
        connection.execute("DELETE FROM view_rows WHERE view = 'joins'")
        assert {(one.view, one.kind) for one in rebuilt.differences(kept)} == {("joins", "missing")}


def test_a_log_with_a_gap_is_not_replayed(world: World, log: MemoryLogSource) -> None:
    """A view of half a log would be taken for the whole."""
    del log.stored_entries[16]
    with pytest.raises(FindingError) as raised:
        rebuild(world, log, POLICE)
    assert (raised.value.index, raised.value.code) == (17, "finding_index_missing")


def test_dumps_are_canonical(world: World, log: MemoryLogSource) -> None:
    """One JSON object a line, sorted names, in key order."""
    lines = list(dump(rebuild(world, log, POLICE).rows))
    rows = [json.loads(line) for line in lines]
    assert [(row["view"], row["key"]) for row in rows] == sorted((row["view"], row["key"]) for row in rows)
    assert all(
        json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")) == line
        for row, line in zip(rows, lines, strict=True)
    )


def check_all(world: World) -> None:
    """Every agency's kept views are what the log gives."""
    with PostgresLogSource(world.dsn) as source:
        log = MemoryLogSource.copy_of(source)
    for member in world.members.values():
        member.follow()
        assert rebuild(world, log, member.agency).differences(member.rows) == []


def consented(world: World, case: str, **period: str) -> s.Statement:
    """Share identity with the Women's Union on a consent; give the consent."""
    police = world[POLICE]
    consent = police.say(s.ConsentGiven, case, facts=consenting(WOMEN, **{"since": "2026-11-03", **period}))
    shared = police.share(WOMEN, key(Section.IDENTITY, POLICE), consent=consent.id)
    police.say(s.AccessGranted, case, to=[WOMEN], share=lambda _: [shared])
    world[WOMEN].follow()
    return consent


def test_what_has_run_out_is_rebuilt_as_it_is_kept(world: World) -> None:
    """A grant whose day has passed, a consent that expired: live and rebuilt agree."""
    police, labour = world[POLICE], world[LABOUR]
    until, agreed = open_case(world), open_case(world)
    shared = police.share(LABOUR, key(Section.IDENTITY, POLICE), law="l53_art28", until="2026-11-06")
    police.say(s.AccessGranted, until, to=[LABOUR], share=lambda _: [shared])
    labour.follow()
    consented(world, agreed, until="2026-11-07")
    world.on("2026-11-09T09:00")
    for case in (until, agreed):
        police.say(s.SectionAppended, case, to=[LABOUR, WOMEN], contents={Section.ACCOUNT: values(route="giả định")})
    check_all(world)


def test_an_annulled_sharing_is_rebuilt_as_it_is_kept(world: World) -> None:
    """What was opened on a sharing that was annulled is closed in the kept view too."""
    police, case = world[POLICE], open_case(world)
    grant = police.share(LABOUR, key(Section.IDENTITY, POLICE), law="l53_art28")
    shared = police.say(s.AccessGranted, case, to=[LABOUR], share=lambda _: [grant])
    world[LABOUR].follow()
    police.say(s.StatementAnnulled, case, to=[LABOUR], facts={"annuls": shared.id, "reason": "wrong_person"})
    check_all(world)


def test_papers_of_a_withdrawn_consent_are_rebuilt_as_they_are_kept(world: World) -> None:
    """Tags of papers that may be read no more are gone from the kept view too."""
    papers = [{"kind": "cccd", "number": "000000000000", "date": "2020-01-01"}]
    identity = {"values": {"papers": {"value": papers, "written": "giả định", "at": "A1"}}}
    case = open_case(world, contents={Section.IDENTITY: identity})
    consent = consented(world, case)
    world[POLICE].say(s.ConsentWithdrawn, case, facts={"consent": consent.id})
    check_all(world)


def test_as_of_an_entry_compares_what_has_not_moved_since(world: World) -> None:
    """Up to an earlier entry, a case nothing was said of since is compared; one with later entries is left out."""
    police = world[POLICE]
    still = open_case(world)
    police.follow()
    as_of = police.projector.files[still].seen[-1].index
    case = next(one for one in police.projector.files if one != still)
    police.say(s.SectionAppended, case, contents={Section.ACCOUNT: values(statement="thêm (giả định)")})
    police.follow()
    with PostgresLogSource(world.dsn) as source:
        log = MemoryLogSource.copy_of(source)
    early = rebuild(world, log, POLICE, as_of=as_of)
    assert early.moved == {case}
    assert early.differences(police.rows) == []
    row = police.rows.get("caseload", still)
    assert row is not None
    for changed, expected in ((row, ["changed"]), (police.rows.get("caseload", case), [])):
        assert changed is not None
        wrong = replace(changed, facts={**changed.facts, "pathway": "hotline"})
        police.rows.write([wrong], position=police.rows.position())
        assert [one.kind for one in early.differences(police.rows)] == expected
        police.rows.write([changed], position=police.rows.position())
