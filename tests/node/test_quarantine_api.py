"""The quarantine's routes: listed without content, opened for an officer, a file given back byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import RefusedError
from node import quarantine
from node.intake import take
from tests.node.province import POLICE, TODAY, Office, Province, province
from tests.node.test_api import Desk
from tests.node.test_quarantine import BAD, WRITTEN

__all__ = ["province"]
CONTENT = bytes(range(256)) * 20


@pytest.fixture
def desk(province: Province, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    """An officer of an office in whose quarantine are a row and a file of six pieces."""
    monkeypatch.setattr(quarantine, "PIECE", 1000)
    office: Office = province[POLICE]
    office.take(BAD)
    file = tmp_path / "a.json"
    file.write_bytes(CONTENT)
    with pytest.raises(RefusedError):
        take(office.node, file, TODAY)
    return Desk(office)


def test_a_list_has_no_content(desk: Desk) -> None:
    """Reason, place, times; what is settled only on wish."""
    listed = desk.get("/v1/quarantine")
    assert [set(one) for one in listed] == [{"id", "code", "reference", "received", "last", "seen", "settled"}] * 2
    number = listed[0]["id"]
    answer = desk.client.post(f"/v1/quarantine/{number}/settled", headers=desk.token())
    assert (answer.status_code, bool(answer.json()["settled"])) == (200, True)
    assert [one["id"] for one in desk.get("/v1/quarantine")] == [listed[1]["id"]]
    assert [one["id"] for one in desk.get("/v1/quarantine?settled=true")] == [number, listed[1]["id"]]


def test_a_row_and_a_file_are_opened(desk: Desk) -> None:
    """The row as written; the file in pieces, given back whole."""
    row, file = (one["id"] for one in desk.get("/v1/quarantine"))
    opened = [desk.get(f"/v1/quarantine/{number}") for number in (row, file)]
    assert [(one["content"], one["pieces"]) for one in opened] == [(WRITTEN, 0), (None, 6)]
    back = desk.client.get(f"/v1/quarantine/{file}/file", headers=desk.token())
    assert (back.headers["content-type"], back.content) == ("application/octet-stream", CONTENT)


def test_a_number_that_is_none_is_a_problem(desk: Desk) -> None:
    """Not found, or no number at all; never a fault."""
    answers = {}
    for number in (999_999, 2**63, 0, -1, "x"):
        for path, verb in (("", "GET"), ("/file", "GET"), ("/settled", "POST")):
            answer = desk.client.request(verb, f"/v1/quarantine/{number}{path}", headers=desk.token())
            answers[number, path] = (answer.status_code, answer.json()["code"])
    assert {answers.pop((999_999, path)) for path in ("", "/file", "/settled")} == {(404, "not_found")}
    assert set(answers.values()) == {(422, "query_wrong")}


def test_a_row_is_no_file(desk: Desk) -> None:
    """There is nothing to write back."""
    row = desk.get("/v1/quarantine")[0]["id"]
    assert desk.client.get(f"/v1/quarantine/{row}/file", headers=desk.token()).json()["code"] == "not_found"


def test_a_piece_that_does_not_open_breaks_the_answer_off(desk: Desk) -> None:
    """A changed row of the table gives no bytes as if they were the file's."""
    file = desk.get("/v1/quarantine")[1]["id"]
    connection = desk.office.node.store.connection
    connection.execute("UPDATE quarantine_pieces SET sealed = set_byte(sealed, 99, get_byte(sealed, 99) # 1)")
    answer = desk.client.get(f"/v1/quarantine/{file}/file", headers=desk.token())
    assert CONTENT[:1000] not in answer.content


def test_without_a_token_nothing_is_shown(desk: Desk) -> None:
    """It is as personal as a case."""
    number = desk.get("/v1/quarantine")[1]["id"]
    paths = ("", f"/{number}", f"/{number}/file")
    assert [desk.client.get(f"/v1/quarantine{path}").status_code for path in paths] == [401] * 3
