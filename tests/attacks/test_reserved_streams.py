"""Attack: a member opens a case whose id is the stream of the directory, or of another agency's own statements.

A case in a stream that is not a case's could never be folded again, and the hub would not start any more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from domain import case_code
from domain import statements as s
from domain.statements import Section
from hub.head import AGENCY_STREAMS, DIRECTORY_STREAM
from hub.intake import Refused
from tests.hub.log_fixtures import hub_dsn
from tests.world import POLICE, WOMEN, World, open_case, values

__all__ = ["hub_dsn"]


@pytest.fixture
def world(hub_dsn: str, tmp_path: Path) -> Iterator[World]:
    """A hub with its directory."""
    with World(hub_dsn, tmp_path / "hub") as made:
        yield made


@pytest.mark.parametrize("stream", [DIRECTORY_STREAM, AGENCY_STREAMS, uuid5(AGENCY_STREAMS, WOMEN)], ids=str)
def test_a_case_takes_no_stream_of_the_hub_s(world: World, stream: UUID) -> None:
    """The answer is that of any unknown case; nothing is recorded, and the hub still starts."""
    police = world[POLICE]
    facts = {"code": case_code.new(os.urandom(16)), "pathway": "rescued"}
    contents = {Section.IDENTITY: values(full_name="Nguyễn Giả Định")}
    before = world.intake.head.frontier.size
    (answer,) = world.send(POLICE, police.compose(s.CaseNotified, stream.hex, facts=facts, contents=contents))

    assert isinstance(answer, Refused)
    assert ("case_unknown", before) == (answer.code, world.intake.head.frontier.size)
    assert before == world.new_intake().head.frontier.size


def test_other_cases_go_on(world: World) -> None:
    """A case of a random id is taken."""
    assert UUID(open_case(world)).version == 4
