"""What came over Kafka is in the log once, its positions with it; a refusal is kept with the append; nothing half."""

from __future__ import annotations

import json
from collections.abc import Sequence
from secrets import token_hex
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain import case_code
from domain import statements as s
from domain.errors import RefusedError
from hub.errors import IntakeUnavailableError
from hub.intake import Refused
from hub.log.appending import Appending
from hub.over_kafka import OverKafka
from node.composer import Submission
from tests.hub.intake_fixtures import hub_dsn, world
from tests.hub.log_fixtures import counts
from tests.world import POLICE, WOMEN, World, open_case, values

__all__ = ["hub_dsn", "world"]
TOPIC = "caunoi.statements.ca-thanh-hoa.v1"


def opening(world: World) -> Submission:
    """A notice that opens a case, composed and not sent."""
    facts = {"code": case_code.new(bytes.fromhex(token_hex(16))), "pathway": "rescued"}
    content = {s.Section.IDENTITY: values(full_name="Giả Định")}
    return world[POLICE].compose(s.CaseNotified, uuid4().hex, facts=facts, contents=content)


def brought(*submissions: Submission, position: int, aside: Sequence[dict[str, Any]] = (), by: str = POLICE) -> bytes:
    """A request as `caunoi kafka` makes it."""
    lines = [{"agency": by, "submission": json.loads(one.body)} for one in submissions]
    reached = [{"topic": TOPIC, "partition": 0, "position": position}]
    return json.dumps({"submissions": lines, "aside": list(aside), "positions": reached}).encode()


def reached(world: World) -> dict[tuple[str, int], int]:
    return {(one.topic, one.partition): one.position for one in OverKafka(world.intake).positions().positions}


def test_taken_once_with_its_position(world: World) -> None:
    """Brought again it gets the same receipt, and the position does not go back."""
    sent = opening(world)
    door = OverKafka(world.intake)
    (first,) = door.take(brought(sent, position=7))
    (second,) = door.take(brought(sent, position=3))
    assert first == second
    assert not isinstance(first, Refused)
    assert reached(world) == {(TOPIC, 0): 7}
    assert counts(world.dsn)["log"] == len(world.application.reader.entries(0, 1000))


def test_of_several_agencies_at_once(world: World) -> None:
    """Each is decided as its own sender's; one that speaks for another is refused."""
    case = open_case(world)
    mine = world[POLICE].compose(s.SectionAppended, case, contents={s.Section.ACCOUNT: values(statement="x")})
    lines = [
        {"agency": POLICE, "submission": json.loads(mine.body)},
        {"agency": WOMEN, "submission": json.loads(opening(world).body)},
    ]
    answers = OverKafka(world.intake).take(json.dumps({"submissions": lines, "aside": [], "positions": []}).encode())
    assert [isinstance(one, Refused) and one.code for one in answers] == [False, "case_unknown"]


def test_a_refusal_is_kept_with_the_append(world: World) -> None:
    """And the same message again says nothing new: it stays refused, whatever became possible since."""
    case = open_case(world)
    close = {"reason": "support_ended"}
    world[POLICE].say(s.CaseClosed, case, facts=close)
    again = world[POLICE].compose(s.CaseClosed, case, facts=close)
    door = OverKafka(world.intake)
    (answer,) = door.take(brought(again, position=1))
    assert isinstance(answer, Refused)
    assert counts(world.dsn)["refusals"] == 1
    assert door.take(brought(again, position=2)) == []
    assert counts(world.dsn)["refusals"] == 1
    assert reached(world) == {(TOPIC, 0): 2}


@pytest.mark.parametrize("step", ["refuse", "arrived", "insert"])
def test_a_crash_leaves_nothing_half(world: World, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Entry, refusal, aside and position together or not at all; brought again, all of it once."""
    case = open_case(world)
    world[POLICE].say(s.CaseClosed, case, facts={"reason": "support_ended"})
    refused = world[POLICE].compose(s.CaseClosed, case, facts={"reason": "support_ended"})
    aside = {"at": {"topic": TOPIC, "partition": 0, "position": 4}, "code": "kafka_not_opened", "hash": "ab" * 32}
    request = brought(opening(world), refused, position=5, aside=[aside])
    before = counts(world.dsn)
    with monkeypatch.context() as patched, pytest.raises(RuntimeError, match="plug"):
        _pull_the_plug(patched, step)
        OverKafka(world.intake).take(request)
    assert counts(world.dsn) == before
    assert reached(world) == {}
    door = OverKafka(world.new_intake())
    assert len(door.take(request)) == 2
    assert len(door.take(request)) == 1
    after = counts(world.dsn)
    assert (after["log"], after["refusals"]) == (before["log"] + 1, before["refusals"] + 1)
    with psycopg.connect(world.dsn) as connection:
        rows = connection.execute("SELECT topic, partition, position, code, agency FROM hub.kafka_aside").fetchall()
    assert rows == [(TOPIC, 0, 4, "kafka_not_opened", None)]


def _pull_the_plug(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    real = getattr(Appending, step)

    def broken(self: Appending, *arguments: Any, **options: Any) -> None:
        real(self, *arguments, **options)
        raise RuntimeError("plug")

    monkeypatch.setattr(Appending, step, broken)


def test_with_the_database_away_nothing_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever brought it brings it again."""
    sent = opening(world)
    with monkeypatch.context() as patched, pytest.raises(IntakeUnavailableError):
        patched.setattr(Appending, "arrived", _away)
        OverKafka(world.intake).take(brought(sent, position=1))
    (answer,) = OverKafka(world.new_intake()).take(brought(sent, position=1))
    assert not isinstance(answer, Refused)


def _away(*_: Any, **__: Any) -> None:
    raise OSError("no space left")


@pytest.mark.parametrize(
    "request_", [b"", b"{}", b"[]", b'{"submissions": [1], "aside": [], "positions": []}', b"\xff"]
)
def test_what_is_no_batch_is_refused(world: World, request_: bytes) -> None:
    """With a code, and nothing of it."""
    with pytest.raises(RefusedError, match="submission_malformed"):
        OverKafka(world.intake).take(request_)


def test_a_batch_is_one_transaction(world: World) -> None:
    """More than fits one is refused, not taken in pieces."""
    aside = [
        {"at": {"topic": TOPIC, "partition": 0, "position": n}, "code": "kafka_not_opened", "hash": "ab" * 32}
        for n in range(501)
    ]
    with pytest.raises(RefusedError, match="submission_too_large"):
        OverKafka(world.intake).take(brought(position=501, aside=aside))
