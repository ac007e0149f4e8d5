"""An act asked twice under one key is done once; a key is one officer's, stands for one request, and lasts a day."""

from __future__ import annotations

import itertools
from typing import Any

import httpx2 as httpx
import pytest

from node import act_keys
from tests.node.province import opened
from tests.node.test_api import Desk, desk

__all__ = ["desk"]
KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'
CHINH, LAN = "b2" * 8, "c3" * 8


def act(desk: Desk, on: str, *, key: str = KEY, officer: str = CHINH, said: str = "lời") -> httpx.Response:
    body = {"act": "append", "on": on, "arguments": {"section": "account", "values": {"statement": said}}}
    return desk.client.post("/v1/acts", json=body, headers={**desk.token(officer), "Idempotency-Key": key})


def told(desk: Desk) -> int:
    """How many statements of the node's were ever queued."""
    row = desk.office.node.store.connection.execute("SELECT count(*) FROM outbox").fetchone()
    return int(row[0]) if row else 0


def test_once_and_the_same_answer(desk: Desk) -> None:
    """Also when the first answer came before the hub's: then the second knows more."""
    code = opened(desk.office)
    before = told(desk)
    answers = [act(desk, code).json() for _ in range(3)]
    assert answers == [answers[0]] * 3
    assert (told(desk), answers[0]["index"] > 0) == (before + 1, True)
    desk.office.line.cut = True
    first = act(desk, code, key=KEY.replace("8", "9")).json()
    desk.office.line.cut = False
    desk.office.node.sync()
    second = act(desk, code, key=KEY.replace("8", "9")).json()
    assert (first["statement"], first["index"]) == (second["statement"], None)
    assert (second["index"] > 0, told(desk)) == (True, before + 2)


def test_what_it_made_is_said_again(desk: Desk) -> None:
    """The mã hồ sơ of a new case, the id of an offer."""
    arguments = {"pathway": "hotline", "occurred": "2026-11-01T01:00Z", "values": {"full_name": "Nguyễn Giả Định"}}
    header = {**desk.token(), "Idempotency-Key": KEY}
    body = {"act": "notify", "on": "", "arguments": arguments}
    made = [desk.client.post("/v1/acts", json=body, headers=header).json() for _ in range(2)]
    assert made[0]["id"].startswith("HS-")
    assert made == [made[0]] * 2


def test_another_request_under_the_key(desk: Desk) -> None:
    """Is refused, and nothing is done; of another officer it is another key."""
    code = opened(desk.office)
    act(desk, code)
    before = told(desk)
    refused = act(desk, code, said="lời khác")
    assert (refused.status_code, refused.json()["code"], told(desk)) == (422, "act_key_used", before)
    assert act(desk, code, officer=LAN, said="lời khác").json()["statement"]
    assert told(desk) == before + 1


@pytest.mark.parametrize(
    "key", ["x", '"short"', KEY.strip('"'), f'"{"a" * 65}"', '"' + "a b" * 9 + '"', f"{KEY}, {KEY}"]
)
def test_no_key_of_its_form(desk: Desk, key: str) -> None:
    """Is refused and not echoed."""
    code = opened(desk.office)
    before = told(desk)
    refused = act(desk, code, key=key)
    assert (refused.status_code, refused.json()["code"], told(desk)) == (422, "query_wrong", before)
    assert key.strip('"') not in refused.text


def test_forgotten_after_a_day(desk: Desk) -> None:
    """The same key is a new one, and the table does not grow."""
    code, database = opened(desk.office), desk.office.node.store.connection
    first = act(desk, code).json()
    database.execute("UPDATE act_keys SET kept = kept - interval '25 hours'")
    assert act(desk, code).json()["statement"] != first["statement"]
    assert database.execute("SELECT count(*) FROM act_keys").fetchone() == (1,)


def test_a_key_is_not_kept_as_it_was_sent(desk: Desk) -> None:
    """Its sender may have put anything in it, a person's number too."""
    code, database = opened(desk.office), desk.office.node.store.connection
    assert act(desk, code, key='"cccd-001090012345"').status_code == 200
    assert "001090012345" not in str(database.execute("SELECT * FROM act_keys").fetchall())


def test_refused_acts(desk: Desk) -> None:
    """What was refused here may be asked again once it may be; what the hub refused stays so under its key."""
    code = opened(desk.office)
    assert act(desk, "HS-22222-22222").status_code in {404, 422}
    assert told(desk) == 1
    done = act(desk, code).json()["statement"]
    answer = '{"code": "case_closed", "params": {}}'
    desk.office.node.store.connection.execute(
        "UPDATE outbox SET state = 'refused', answer = %s WHERE statement_id = %s", (answer, done)
    )
    again = act(desk, code)
    assert (again.status_code, again.json()["code"]) == (409, "case_closed")


def test_key_and_statement_are_kept_together(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one cannot be kept the other is not: asked again, it is done once."""
    code = opened(desk.office)
    before, keep, fails = told(desk), act_keys.keep, itertools.count()

    def failing(*given: Any, **named: Any) -> None:
        keep(*given, **named)
        if next(fails) == 0:
            raise OSError

    monkeypatch.setattr(act_keys, "keep", failing)
    assert act(desk, code).status_code == 500
    assert told(desk) == before
    assert [act(desk, code).status_code for _ in range(2)] == [200, 200]
    assert told(desk) == before + 1
    desk.office.node.sync()
    assert desk.office.dumped() == desk.office.rebuilt()
