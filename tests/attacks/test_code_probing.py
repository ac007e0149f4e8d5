"""Attack: a member opens cases under codes it saw or made up, to learn whether somebody is in the mechanism."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from domain import case_code
from domain import statements as s
from domain.statements import Section
from hub.intake import Refused
from hub.serving import Metrics
from ledger.receipt import Receipt
from node.composer import Submission
from sealing.encoding import to_base64
from sealing.envelope import pae, statement_hash
from tests.hub.log_fixtures import hub_dsn
from tests.world import LABOUR, POLICE, WOMEN, World, open_case, values

__all__ = ["hub_dsn"]

CODES = case_code.MODULUS**case_code.RANDOM_SYMBOLS


@pytest.fixture
def world(hub_dsn: str, tmp_path: Path) -> Iterator[World]:
    """A hub with a directory."""
    with World(hub_dsn, tmp_path / "hub") as made:
        yield made


def probe(world: World, code: str) -> Submission:
    """The Union opens a case under a code."""
    facts = {"code": code, "pathway": "self_reported"}
    contents = {Section.IDENTITY: values(full_name="Nguyễn Giả Định")}
    return world[WOMEN].compose(s.CaseNotified, uuid4().hex, facts=facts, contents=contents)


def spoiled(world: World, one: Submission, by: Submission) -> Submission:
    """The same statement with a grant that lies beside the log already: refused whatever its code."""
    women, parts, earlier = world[WOMEN], json.loads(one.body), json.loads(by.body)
    assert isinstance(one.statement, s.CaseStatement)
    assert isinstance(by.statement, s.CaseStatement)
    (grant,), (used,) = one.statement.grants, by.statement.grants
    statement = msgspec.structs.replace(one.statement, grants=(msgspec.structs.replace(grant, hash=used.hash),))
    line = s.write(statement)
    signature = women.keystore.sign(statement.kid, pae(line))
    parts |= {
        "header": line.decode(),
        "signatures": [{"kid": statement.kid, "sig": to_base64(signature)}],
        "grants": {used.hash: earlier["grants"][used.hash]},
    }
    return Submission(statement=statement, hash=statement_hash(line), body=json.dumps(parts).encode())


def test_guessing_is_hopeless() -> None:
    """A hundred thousand cases in 31^9 codes: a million guesses find one with less than four in a thousand."""
    cases, guesses = 100_000, 1_000_000
    assert math.log2(CODES) > 44.5
    assert cases * guesses / CODES < 0.004


def test_a_taken_code_gives_one_bit_and_a_trace(world: World) -> None:
    """Refused without parameters; nothing on the feed, nothing to fetch; the refusal is kept and counted."""
    case = open_case(world)
    code = world[POLICE].file(case).case.code or ""
    before = world.application.reader.feed(WOMEN, 0)
    (answer,) = world.send(WOMEN, probe(world, code))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.params) == ("case_code_taken", {})
    assert [e.index for e in world.application.reader.feed(WOMEN, 0)] == [e.index for e in before]
    kept = [one for _, one in world.application.refusals.after(WOMEN, 0)]
    assert [one.code for one in kept] == ["case_code_taken"]
    metrics = Metrics(world.intake)
    metrics.count([answer])
    assert b'caunoi_hub_answers_total{code="case_code_taken"} 1.0' in metrics.text()


def test_a_free_code_costs_a_case_in_the_log(world: World) -> None:
    """Whoever asks about a code that is free has opened a case under its own name, for ever."""
    (answer,) = world.send(WOMEN, probe(world, case_code.new(os.urandom(16))))
    assert isinstance(answer, Receipt)
    assert world.application.reader.feed(WOMEN, 0)[-1].index == answer.index


def test_what_is_refused_anyway_tells_nothing(world: World) -> None:
    """Taken and free get one answer where nothing would be recorded: no probing without a trace."""
    first = probe(world, case_code.new(os.urandom(16)))
    world.accept(world[WOMEN], first)
    taken = world[POLICE].file(open_case(world)).case.code or ""
    free = case_code.new(os.urandom(16))
    answers = world.send(WOMEN, *(spoiled(world, probe(world, code), first) for code in (taken, free)))
    assert [getattr(answer, "code", None) for answer in answers] == ["grant_repeated", "grant_repeated"]


def test_a_taken_code_leaves_nothing_at_its_owner(world: World) -> None:
    """The case it belongs to is as it was, for those it is shared with too."""
    case = open_case(world)
    police, labour = world[POLICE], world[LABOUR]
    code = police.file(case).case.code or ""
    entries = len(police.file(case).seen)
    world.send(WOMEN, probe(world, code))
    assert len(police.file(case).seen) == entries
    assert labour.projector.cases_of(f"code|{code}") == frozenset()
