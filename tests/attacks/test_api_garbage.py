"""Garbage at every address: not looked at without a token, refused with one, and never an error inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from hub.contract import JSON, NDJSON
from node.acts import ACTS
from tests.attacks.test_api_access import GUARDED, LONG_AGO
from tests.contracts.fixtures import Served, bearer, served
from tests.world import POLICE

__all__ = ["served"]
GARBAGE: dict[str, tuple[str | None, bytes]] = {
    "no JSON": (JSON, b"{"),
    "not UTF-8": (JSON, b"\xff\xfe\x00"),
    "a list": (JSON, b"[[[[]]]]"),
    "deep": (JSON, b"[" * 50_000),
    "another type": ("text/html", b"<x>"),
    "no type": (None, b"\x00"),
    "lines": (NDJSON, b"{\n{\n\n"),
    "a form": ("application/x-www-form-urlencoded", b"a=1&a=2"),
    "parts": ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
}
QUERY = "?after=x&limit=-1&year=x&settled=x&name=" + "x" * 300


def addresses(name: str) -> Iterator[tuple[str, str]]:
    """Every guarded path and method, the path with garbage in it."""
    for path, verb in GUARDED[name]:
        yield path.replace("{statement_id}", "%ff").replace("{code}", "%00").replace("{number}", "x"), verb


def wrong(served: Served, name: str) -> dict[str, dict[str, str]]:
    """No token, a wrong one, and one that was good."""
    old = served.token(POLICE, now=LONG_AGO) if name == "hub" else served.officer(now=LONG_AGO)
    return {"none": {}, "wrong": bearer("a.b.c"), "expired": bearer(old)}


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", ["hub", "node"])
def test_the_token_comes_first(served: Served, name: str, garbage: str) -> None:
    """Whoever has no right is told so, whatever else is wrong: every operation, each wrong token, each garbage."""
    client = served.hub if name == "hub" else served.node
    kind, body = GARBAGE[garbage]
    for path, verb in addresses(name):
        for said, headers in wrong(served, name).items():
            more = {**headers, "Content-Encoding": "gzip", **({"Content-Type": kind} if kind else {})}
            answer = client.request(verb, path + QUERY, headers=more, content=body)
            assert (answer.status_code, answer.json()["code"]) == (401, "token_wrong"), (path, verb, said)


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", ["hub", "node"])
def test_garbage_is_refused(served: Served, name: str, garbage: str, caplog: pytest.LogCaptureFixture) -> None:
    """With a token the same is refused, or not asked for: no error inside anywhere."""
    client = served.hub if name == "hub" else served.node
    kind, body = GARBAGE[garbage]
    headers = served.as_(POLICE) if name == "hub" else served.as_officer()
    for path, verb in addresses(name):
        more = {**headers, **({"Content-Type": kind} if kind else {})}
        for query in ("", QUERY):
            assert client.request(verb, path + query, headers=more, content=body).status_code < 500, (path, verb)
    assert "incident" not in caplog.text


LONG = "x" * 30_000
WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, -(10**400), 1.5, "", " ", LONG, "\x00", "a\x00b", "\u202e", "😀" * 64, "A" * 64,
    [], [[]], ["identity", ["identity"]], [None], ["identity"] * 99, {}, {"a": {"b": {}}}, {"": ""}, {LONG: 1},
    {"identity": "identity"}, "../x", "'; --", "%00", "2026-02-31", "0000-00-00", "khong-co",
)  # fmt: skip
HOSTILE: list[bytes] = [json.dumps(one).encode() for one in WRONG] + [
    b'"\\ud800"', b'["\\udfff"]', b'{"\\ud800":1}', b"1e400", b"NaN", b"-0", b"9" * 5000, b"[" * 500 + b"]" * 500,
    b'"\xff"', b'"\xed\xa0\x80"',
]  # fmt: skip
ID = '"' + "0" * 32 + '"'
GOOD: dict[str, bytes] = {
    "recipients": b'["cd-thanh-hoa"]',
    "sections": b'["identity"]',
    "section": b'"identity"',
    "values": b'{"full_name":"x"}',
    "to": b'"bp-thanh-hoa"',
    "outcome": b'"victim"',
    "legal_date": b'"2026-11-01"',
    "service": b'"reintegration"',
    "regime": b'"medical"',
    "reason": b'"other"',
    "given_by": b'"person"',
    "message": b'"x"',
    "given": b'"x"',
    "pathway": b'"hotline"',
    "occurred": b'"2026-11-01T00:00Z"',
    **dict.fromkeys(("consent", "statement", "request", "parent"), ID.encode()),
}


def raw(served: Served, act: bytes, on: bytes, arguments: dict[str, bytes]) -> Any:
    """Do an act, its JSON put together from pieces that need not be JSON."""
    inner = b",".join(b'"' + name.encode() + b'":' + one for name, one in arguments.items())
    body = b'{"act":' + act + b',"on":' + on + b',"arguments":{' + inner + b"}}"
    return served.node.post("/v1/acts", headers={**served.as_officer(), "Content-Type": JSON}, content=body)


def code_of_case(served: Served) -> bytes:
    """The mã hồ sơ of a case the police may act on."""
    cases = served.node.get("/v1/caseload", headers=served.as_officer()).json()
    return json.dumps(cases[0]["code"]).encode()


def check_refused(served: Served, answer: Any, size: int) -> None:
    """Refused with a code and without an incident."""
    assert answer.status_code in {400, 404, 409, 422}, answer.text
    assert served.police.store.count_queued() == 0
    assert served.world.intake.head.frontier.size == size


FREE = {"message", "given", "values"}
"""Arguments that hold words: of them some of the hostile ones are words."""


@pytest.mark.parametrize("act", ACTS)
def test_hostile_arguments(served: Served, act: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each argument of each act as everything it is not: a clear refusal, nothing recorded, nothing left waiting."""
    on = code_of_case(served)
    fields = msgspec.structs.fields(ACTS[act])
    good = {one.name: GOOD[one.name] for one in fields if one.required}
    for field in fields:
        for hostile in HOSTILE:
            size = served.world.intake.head.frontier.size
            answer = raw(served, json.dumps(act).encode(), on, {**good, field.name: hostile})
            if answer.status_code == 200 and (field.name in FREE or hostile in {b"null", b"[]"}):
                continue
            check_refused(served, answer, size)
    assert "incident" not in caplog.text


def test_hostile_names(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """What is no act, and what nothing can be done on."""
    size = served.world.intake.head.frontier.size
    for hostile in HOSTILE:
        check_refused(served, raw(served, hostile, code_of_case(served), {}), size)
        for act in (b'"close"', b'"open"', b'"accept"'):
            check_refused(served, raw(served, act, hostile, {"reason": b'"other"'} if act == b'"close"' else {}), size)
    assert "incident" not in caplog.text


@pytest.mark.parametrize("section", ["identity", "profile", "support", "contact"])
def test_hostile_values(served: Served, section: str, caplog: pytest.LogCaptureFixture) -> None:
    """What is sealed as a value may be nonsense; it must neither stop the node nor those who read it."""
    on, name = code_of_case(served), {"contact": "phones", "support": "amount"}.get(section, "residence_province")
    for hostile in HOSTILE:
        values = b'{"' + name.encode() + b'":' + hostile + b"}"
        answer = raw(served, b'"append"', on, {"section": json.dumps(section).encode(), "values": values})
        assert answer.status_code in {200, 400, 422}, answer.text
    for path in ("caseload", "inbox", "timeline", "statistics", "dump", "cases/" + json.loads(on)):
        assert served.node.get(f"/v1/{path}", headers=served.as_officer()).status_code == 200, path
    assert "incident" not in caplog.text


@pytest.mark.parametrize(
    "name", ["x", "x.\x00", "x." + "é" * 90, "x.json/../../y", ".", "..", "x." + "a" * 190, "\ud800"]
)
def test_hostile_file_names(served: Served, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Of a file's name the ending counts, if it is one; no name reaches a path."""
    query = quote(name.encode("utf-8", "surrogatepass"))
    answer = served.node.post(f"/v1/ingest?name={query}", headers=served.as_officer(), content=b"{}")
    assert answer.status_code == 422, answer.text
    assert "incident" not in caplog.text


@pytest.mark.parametrize("number", ["0", "-1", "9" * 19, "9" * 5000, "1e3", "x", "%00", "1%0a", "٣"])
def test_hostile_numbers(served: Served, number: str) -> None:
    """A number that is none, or that there is none of."""
    for path in ("", "/file"):
        answer = served.node.get(f"/v1/quarantine/{number}{path}", headers=served.as_officer())
        assert answer.status_code in {404, 422}, (number, answer.text)
    assert served.node.get(f"/v1/cases/{number}", headers=served.as_officer()).status_code in {404, 422}
    assert served.node.get(f"/v1/statistics?year={number}", headers=served.as_officer()).status_code in {200, 422}


def test_the_node_still_works(served: Served) -> None:
    """After all this an officer's act is recorded as ever."""
    done = raw(served, b'"append"', code_of_case(served), {"section": b'"identity"', "values": b'{"full_name":"x"}'})
    assert done.status_code == 200 and done.json()["index"]
