"""Attack: whoever stands between a node and its hub answers in the hub's name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from node.errors import HubAnswerError
from tests.hub.log_fixtures import hub_dsn
from tests.node.province import POLICE, Province, notice, opened, province, row

__all__ = ["hub_dsn", "province"]


def _forged(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "index": answer["index"] + 1}


def _of_another(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "statement": "00" * 32}


def _refused(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": "case_unknown", "statement_id": None, "statement": None, "recorded": 1, "kid": answer["kid"],
        "sig": answer["sig"],
    }  # fmt: skip


def _nonsense(answer: dict[str, Any]) -> dict[str, Any]:
    return {"detail": "no"}


@pytest.mark.parametrize("forge", [_forged, _of_another, _refused, _nonsense])
def test_a_forged_answer_counts_for_nothing(
    province: Province, forge: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """A receipt or a refusal that the pinned key did not sign: everything still waits, and an alarm is raised."""
    police = province[POLICE]

    def change(path: str, body: bytes) -> bytes:
        if path != "/v1/statements":
            return body
        return b"".join(json.dumps(forge(json.loads(line))).encode() + b"\n" for line in body.splitlines())

    police.line.change = change
    assert police.take(row()).queued
    with pytest.raises(HubAnswerError):
        police.node.sync()
    assert (police.queued(), police.node.store.receipts(), police.node.alarm is not None) == (1, [], True)
    police.line.change = lambda _path, body: body
    police.node.sync()
    assert (police.queued(), len(police.node.store.receipts()), police.node.alarm) == (0, 1, None)


def test_another_s_receipt_is_no_receipt(province: Province) -> None:
    """A true receipt of the hub for another statement is not taken for this one's."""
    police = province[POLICE]
    opened(police)
    (old,) = police.node.store.receipts()
    police.line.change = lambda path, body: json.dumps(old).encode() if path == "/v1/statements" else body
    police.take(row(notice(), key="2"))
    assert police.queued() == 1


def test_a_hub_that_answers_no_json_is_an_alarm(province: Province) -> None:
    """What is not an answer at all stops nothing and loses nothing."""
    police = province[POLICE]
    for wrong in (b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"a":1}\n{"b":2}\n', b"1\n"):
        police.line.change = lambda path, body, wrong=wrong: wrong  # type: ignore[misc]
        assert police.node.try_sync() is False or police.queued() == 0
        police.take(row(notice(), key="1"))
        assert police.queued() == 1
    police.line.change = lambda _path, body: body
    police.node.sync()
    assert police.queued() == 0
