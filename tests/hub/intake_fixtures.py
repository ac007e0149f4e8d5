"""A hub to send to, statements to send, changed on the way if need be, and what is expected of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain import statements as s
from domain.statements import Section
from hub.intake import Answer, Refused
from ledger.receipt import Receipt
from node.composer import Submission
from sealing.encoding import to_base64
from sealing.envelope import pae
from tests.hub.log_fixtures import hub_dsn
from tests.world import OCCURRED, Member, World, values

__all__ = ["hub_dsn", "world"]


@pytest.fixture
def world(hub_dsn: str, tmp_path: Path) -> Iterator[World]:
    """A hub whose directory stands."""
    with World(hub_dsn, tmp_path / "hub") as made:
        yield made


def activity(member: Member, *, headcount: int = 5) -> Submission:
    """A small statement of an agency's own."""
    facts = {"activity": "training", "day": "2026-11-02", "headcount": headcount}
    return member.composer.compose_activity(occurred=OCCURRED, facts=facts)


def notice(member: Member) -> Submission:
    """A new case, not sent."""
    return member.compose(
        s.CaseNotified,
        uuid4().hex,
        facts={"code": "HS-23456-7892F", "pathway": "rescued"},
        contents={Section.IDENTITY: values(full_name="Nguyễn Giả Định")},
    )


def edited(submission: Submission, **parts: Any) -> Submission:
    """The same with parts of its JSON replaced."""
    return replace(submission, body=json.dumps({**json.loads(submission.body), **parts}).encode())


def resigned(member: Member, submission: Submission, **header: Any) -> Submission:
    """The same statement with header fields changed, signed anew."""
    body = json.loads(submission.body)
    line = json.dumps({**json.loads(body["header"]), **header}, separators=(",", ":"), ensure_ascii=False)
    kid = submission.statement.kid
    signature = to_base64(member.keystore.sign(kid, pae(line.encode())))
    return edited(submission, header=line, signatures=[{"kid": kid, "sig": signature}])


def only(answers: Sequence[Answer]) -> Receipt:
    """The one receipt."""
    (answer,) = answers
    assert isinstance(answer, Receipt), answer
    return answer


def code(answers: Sequence[Answer]) -> str:
    """The code of the one refusal."""
    (answer,) = answers
    assert isinstance(answer, Refused), answer
    return answer.code
