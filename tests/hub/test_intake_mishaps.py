"""The door into the log when a commit is lost, the database or the eraser is away, or somebody else writes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from audit.errors import FindingError
from audit.postgres import PostgresLogSource
from audit.verify import verify
from caunoi.serving_hub import sweep_daily
from domain import statements as s
from domain.statements import Section
from hub.errors import EraserAwayError, IntakeUnavailableError
from hub.intake import Intake
from ledger.receipt import Receipt
from tests.hub.intake_fixtures import activity, hub_dsn, only, world
from tests.hub.log_fixtures import check_whole, counts
from tests.world import BORDER, LABOUR, POLICE, WOMEN, World, consenting, key, open_case, story, values

__all__ = ["hub_dsn", "world"]


def break_commit(world: World, monkeypatch: pytest.MonkeyPatch, *, committed: bool) -> None:
    """Make the next append end in a lost connection, before or after its commit."""
    recorder = world.application.recorder
    appending = type(recorder).appending

    class Broken:
        def __init__(self) -> None:
            self._inner = appending(recorder)

        def __enter__(self) -> Any:
            return self._inner.__enter__()

        def __exit__(self, *error: Any) -> None:  # noqa: PYI036 - handed on as it comes
            monkeypatch.undo()
            if committed:
                self._inner.__exit__(*error)
            else:
                lost = OperationalError("lost")
                self._inner.__exit__(OperationalError, lost, None)
            raise OperationalError("lost")

    monkeypatch.setattr(type(recorder), "appending", lambda self: Broken())


@pytest.mark.parametrize("committed", [False, True])
def test_a_lost_commit_is_asked_for_again(world: World, monkeypatch: pytest.MonkeyPatch, committed: bool) -> None:
    """Whether or not the lost append was recorded, sending the same again gives the one receipt there is."""
    case = open_case(world)
    world.on("2026-11-04T09:00")
    sent = world[POLICE].compose(s.SectionAppended, case, contents={Section.ACCOUNT: values(route="giả định")})
    size = check_whole(world.dsn)
    break_commit(world, monkeypatch, committed=committed)
    with pytest.raises(IntakeUnavailableError):
        world.send(POLICE, sent)
    assert check_whole(world.dsn) == size + committed

    receipt = only(world.send(POLICE, sent))
    assert receipt.index == check_whole(world.dsn) == size + 1
    assert only(world.send(POLICE, sent)) == receipt
    assert world.new_intake().head.root() == world.intake.head.root()


def test_what_was_not_committed_is_not_shared(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grant whose release was lost with its append is not handed out."""
    police, women, case = world[POLICE], world[WOMEN], open_case(world)
    identity = key(Section.IDENTITY, POLICE)
    consent = police.say(s.ConsentGiven, case, facts=consenting(WOMEN))
    referral = os.urandom(16).hex()
    offered = police.say(
        s.ReferralOffered,
        case,
        to=[WOMEN],
        facts={"referral": referral, "service": "psychological"},
        share=lambda _: [police.share(WOMEN, identity, consent=consent.id)],
    )
    (grant,) = offered.grants  # type: ignore[attr-defined]
    accepted = women.compose(s.ReferralAccepted, case, facts={"referral": referral})
    assert world.sharing.grants([grant.hash], agency=WOMEN) == {}
    break_commit(world, monkeypatch, committed=False)
    with pytest.raises(IntakeUnavailableError):
        world.send(WOMEN, accepted)
    assert world.sharing.grants([grant.hash], agency=WOMEN) == {}

    only(world.send(WOMEN, accepted))
    assert list(world.sharing.grants([grant.hash], agency=WOMEN)) == [grant.hash]
    assert world.sharing.grants([grant.hash], agency=LABOUR) == {}


def test_a_database_that_is_away_is_said(world: World) -> None:
    """Nothing is acknowledged while the database is away, and afterwards all goes on."""
    sent = activity(world[WOMEN])
    with psycopg.connect(world.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE hub.log RENAME TO elsewhere")
        with pytest.raises(IntakeUnavailableError):
            world.send(WOMEN, sent)
        with pytest.raises(IntakeUnavailableError):
            world.send(WOMEN, sent)
        connection.execute("ALTER TABLE hub.elsewhere RENAME TO log")
    only(world.send(WOMEN, sent))
    check_whole(world.dsn)


def test_a_restart_finds_the_same_head(world: World) -> None:
    """Directory, codes, cases, versions and tree are the same when read from the log."""
    case = story(world)
    before, after = world.intake.head, world.new_intake().head

    assert after.root() == before.root()
    assert after.frontier.size == before.frontier.size == check_whole(world.dsn)
    assert after.versions == before.versions
    assert after.mechanism.directory == before.mechanism.directory
    assert after.mechanism.codes == before.mechanism.codes
    again, kept = after.cases[case], before.cases[case]
    assert (again.status, again.custody, again.grants) == (kept.status, kept.custody, kept.grants)
    assert [(one.hash, one.index, one.audience) for one in again.entries] == [
        (one.hash, one.index, one.audience) for one in kept.entries
    ]


def test_another_process_may_have_written(world: World) -> None:
    """A hub that finds the log longer than its head reads it anew before it decides."""
    other = world.new_intake()
    case = open_case(world)
    sent = world[POLICE].compose(s.SectionAppended, case, contents={Section.ACCOUNT: values(route="giả định")})
    only(other.submit([sent.body], agency=POLICE))
    only(world.send(POLICE, activity(world[POLICE])))
    assert world.intake.head.root() == world.new_intake().head.root()


def test_dropped_grants_are_deleted(world: World) -> None:
    """After refusal and withdrawal only grants that stand are left, each of them in force."""
    story(world)
    stored = _stored(world)
    cases = [world.intake.head.cases[stream.hex] for stream in world.application.reader.granted_streams()]
    standing = {h for case in cases for h, held in case.grants.items() if held.state != "dropped"}
    dropped = {h for case in cases for h, held in case.grants.items() if held.state == "dropped"}
    assert stored == standing
    assert len(dropped) == 2


def test_what_the_eraser_left_is_deleted_later(world: World) -> None:
    """An eraser that is away fails nobody; the next submission, or the next start, deletes what is due."""

    def away(_: Sequence[str]) -> None:
        raise EraserAwayError("away")

    world.intake.eraser = away
    story(world)
    left = _stored(world)
    restarted: Intake = world.new_intake()
    restarted.sweep()
    swept = _stored(world)
    assert len(left) == len(swept) + 2

    deleted: list[str] = []
    world.intake.eraser = deleted.extend
    only(world.send(WOMEN, activity(world[WOMEN])))
    assert set(deleted) == left - swept
    assert world.intake.unerased == set()


def test_what_was_lodged_with_an_offer_goes_when_its_day_is_over(world: World) -> None:
    """Nobody answered and nobody said a word: the next sweep deletes the grant, and an auditor of that day agrees."""
    police, case = world[POLICE], open_case(world)
    shared = police.share(BORDER, key(Section.IDENTITY, POLICE), law="jc01_2014_art4")
    police.say(
        s.TransferOffered,
        case,
        to=[BORDER],
        facts={"transfer": os.urandom(16).hex(), "answer_by": "2026-11-05"},
        share=lambda _: [shared],
    )
    before = _stored(world)
    world.on("2026-11-05T23:00")
    world.intake.sweep()
    assert _stored(world) == before
    world.on("2026-11-06T01:00")
    world.intake.sweep()
    assert len(before - _stored(world)) == 1
    with PostgresLogSource(world.dsn) as log:
        verify(log, registrar_kid=world.registrar_kid, day="2026-11-06")
        with pytest.raises(FindingError, match="finding_grant_missing"):
            verify(log, registrar_kid=world.registrar_kid, day="2026-11-05")


def test_the_hub_sweeps_when_a_new_day_comes(world: World) -> None:
    """Once a day; a database that is away is asked again."""
    swept: list[str] = []

    class Watched:
        today = world.intake.today

        def sweep(self) -> None:
            swept.append(self.today())
            if len(swept) == 1:
                raise IntakeUnavailableError("away")
            if len(swept) == 3:
                stop.set()

    stop = threading.Event()
    thread = threading.Thread(target=sweep_daily, args=(Watched(), stop), kwargs={"every": 0.01}, daemon=True)
    world.on("2026-11-02T23:59")
    thread.start()
    time.sleep(0.1)
    assert swept == []
    world.on("2026-11-03T00:01")
    while len(swept) < 2:
        time.sleep(0.01)
    world.on("2026-11-04T00:01")
    thread.join(10)
    assert swept == ["2026-11-03", "2026-11-03", "2026-11-04"]


def test_a_held_head_is_kept_from_others(world: World) -> None:
    """While one thread holds the head, another's submission waits: order of the tree is order of the log."""
    sent = activity(world[WOMEN])
    with ThreadPoolExecutor(1) as pool:
        with world.intake.head.held():
            waiting = pool.submit(world.send, WOMEN, sent)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        only(waiting.result(timeout=10))


def test_threads_do_not_disturb_each_other(world: World) -> None:
    """Submitted from several threads at once, the log is dense and the head's tree is the log's."""
    members = [world[agency] for agency in (POLICE, BORDER, LABOUR, WOMEN)]
    batches = [(member.agency, [activity(member) for _ in range(5)]) for member in members for _ in range(5)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda batch: world.send(batch[0], *batch[1]), batches))
    assert all(isinstance(answer, Receipt) for answers in results for answer in answers)
    assert check_whole(world.dsn) == world.intake.head.frontier.size
    assert world.new_intake().head.root() == world.intake.head.root()
    assert counts(world.dsn)["refusals"] == 0


def _stored(world: World) -> set[str]:
    with psycopg.connect(world.dsn) as connection:
        return {bytes(row[0]).hex() for row in connection.execute("SELECT hash FROM hub.grants")}
