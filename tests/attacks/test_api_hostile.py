"""Hostile requests at the hub's door: refused with a stable code, nothing lost, nothing half done, never a 500."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import zlib
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import pytest
import uvicorn

from caunoi.serving import config
from door.asgi import SMALL
from hub.api import MAX_BODY, MAX_LINES
from hub.contract import JSON, NDJSON
from sealing.encoding import from_base64url, to_base64url
from tests.contracts.fixtures import Served, bearer, served
from tests.world import LABOUR, POLICE, WOMEN, open_case

__all__ = ["served"]


def activity(served: Served, headcount: int = 12) -> bytes:
    """A good submission of the Women's Union."""
    facts = {"activity": "group_meeting", "day": "2026-11-04", "headcount": headcount}
    return served.world[WOMEN].composer.compose_activity(occurred="2026-11-02T01:00Z", facts=facts).body


def post(served: Served, content: Any, *, kind: str | None = JSON, **headers: str) -> Any:
    """Send bytes to the hub as the Women's Union."""
    more = {"Content-Type": kind} if kind else {}
    return served.hub.post("/v1/statements", headers={**served.as_(WOMEN), **more, **headers}, content=content)


def size(served: Served) -> int:
    """How many entries the log has."""
    return served.world.intake.head.frontier.size


def nested(depth: int) -> bytes:
    return b'{"header":' + b"[" * depth + b"]" * depth + b',"signatures":[]}'


GOOD_FORM = {"header": "{}", "signatures": []}
NOT_A_SUBMISSION: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n ",
    "no JSON": b"<x/>",
    "half": b'{"header":"{}","signa',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "many digits": b"1" * 100_000,
    "NaN": b"NaN",
    "NaN inside": b'{"header":NaN,"signatures":[]}',
    "an infinite number": b'{"header":1e999999,"signatures":[]}',
    "nested": nested(100_000),
    "nested less": nested(900),
    "invalid UTF-8": b'{"header":"\xff\xfe","signatures":[]}',
    "half a surrogate": b'{"header":"\\ud800","signatures":[]}',
    "overlong UTF-8": b'{"header":"\xc0\xaf","signatures":[]}',
    "byte order mark": b"\xef\xbb\xbf" + json.dumps(GOOD_FORM).encode(),
    "UTF-16": json.dumps(GOOD_FORM).encode("utf-16"),
    "NUL before": b"\x00{}",
    "NUL after": json.dumps(GOOD_FORM).encode() + b"\x00",
    "two documents": b"{}{}",
    "unknown field": json.dumps({**GOOD_FORM, "extra": 1}).encode(),
    "null for text": json.dumps({**GOOD_FORM, "header": None}).encode(),
    "a body that is no base64": json.dumps({**GOOD_FORM, "bodies": {"0" * 64: "*"}}).encode(),
    "a body with bits to spare": json.dumps({**GOOD_FORM, "bodies": {"0" * 64: "YR=="}}).encode(),
    "no header": b'{"signatures":[]}',
}
NOT_A_HEADER: dict[str, str] = {
    "nothing": "",
    "a list": "[]",
    "no type": "{}",
    "duplicate key": '{"type":"genesis","type":"genesis","v":1}',
    "NaN": '{"type":"genesis","v":NaN}',
    "a huge number": '{"type":"genesis","v":' + "9" * 5000 + "}",
    "nested": '{"type":"genesis","v":' + "[" * 5000 + "]" * 5000 + "}",
    "two lines": '{"type":"genesis",\n"v":1}',
    "NUL": '{"type":"genesis\x00"}',
    "too long": '{"type":"' + "x" * 20_000 + '"}',
}


@pytest.mark.parametrize("name", NOT_A_SUBMISSION)
def test_what_is_no_submission(served: Served, name: str) -> None:
    """Bytes that are no submission are refused as such, and nothing is recorded."""
    before = size(served)
    answer = post(served, NOT_A_SUBMISSION[name])
    assert (answer.status_code, answer.json()["code"]) == (422, "submission_malformed")
    assert size(served) == before


@pytest.mark.parametrize("name", NOT_A_HEADER)
def test_what_is_no_header(served: Served, name: str) -> None:
    """A header that is none is refused with a code of its own."""
    body = json.dumps({"header": NOT_A_HEADER[name], "signatures": []}).encode()
    answer = post(served, body)
    assert answer.status_code == 422
    assert answer.json()["code"] in {"header_malformed", "header_too_long", "type_unknown"}


def test_a_field_given_twice(served: Served) -> None:
    """A submission that gives a field twice is read in no way at all, not in the last one."""
    twice = activity(served)[:-1] + b',"signatures":[]}'
    before = size(served)
    assert post(served, b'{"signatures":[],' + activity(served)[1:]).status_code == 422
    assert post(served, twice).status_code == 422
    assert size(served) == before


def test_one_bad_line_among_good(served: Served) -> None:
    """Each line gets its own answer, in order; the good ones are recorded, before the bad one and after it."""
    before = size(served)
    made = [activity(served, 1), *NOT_A_SUBMISSION.values(), activity(served, 2), b"{}", activity(served, 3)]
    sent = [one.replace(b"\n", b" ") for one in made if one.strip()]
    answer = post(served, b"\n".join(sent), kind=NDJSON)
    told = [json.loads(line) for line in answer.content.splitlines()]
    good = [number for number, one in enumerate(told) if "index" in one]
    assert answer.status_code == 200 and len(told) == len(sent)
    assert good == [0, len(sent) - 3, len(sent) - 1]
    assert [told[number]["index"] for number in good] == [before + 1, before + 2, before + 3]
    assert {one["code"] for one in told if "index" not in one} == {"submission_malformed"}
    assert size(served) == before + 3


def test_the_same_again(served: Served) -> None:
    """The same line twice in one request, and again in the next, gets one receipt and one entry."""
    one, before = activity(served), size(served)
    lines = post(served, one + b"\n" + one, kind=NDJSON).content.splitlines()
    assert lines[0] == lines[1] == post(served, one).content
    assert size(served) == before + 1


@pytest.mark.parametrize("kind", [None, "", "text/plain", "application/xml", "multipart/form-data; boundary=x", "json"])
def test_another_content_type(served: Served, kind: str | None) -> None:
    """Only the two types of the contract are read."""
    for path in ("/v1/statements", "/v1/bodies", "/v1/grants"):
        more = {"Content-Type": kind} if kind is not None else {}
        answer = served.hub.post(path, headers={**served.as_(WOMEN), **more}, content=activity(served))
        assert (answer.status_code, answer.json()["code"]) == (415, "content_type_wrong")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])
def test_compressed(served: Served, encoding: str) -> None:
    """Nothing compressed is taken, so that nothing can swell: 415 whatever is inside."""
    packed = gzip.compress(activity(served)) if "gzip" in encoding else zlib.compress(activity(served))
    answer = post(served, packed, **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (415, "content_type_wrong")
    assert answer.headers["accept-encoding"] == "identity"


def test_a_bomb_is_only_bytes(served: Served) -> None:
    """A bomb that hides its encoding is bytes that are no submission."""
    bomb = gzip.compress(b"\x00" * 50_000_000)
    assert len(bomb) < 100_000
    assert post(served, bomb).json()["code"] == "submission_malformed"


@pytest.mark.parametrize(("path", "most"), [("/v1/statements", MAX_BODY), ("/v1/bodies", SMALL)])
def test_too_large_by_its_word(served: Served, path: str, most: int) -> None:
    """What says that it is too large is refused before a byte is read."""
    headers = {**served.as_(WOMEN), "Content-Type": JSON, "Content-Length": str(most + 1)}
    answer = raw(served, "POST", path, headers, [])
    assert (answer["status"], json.loads(answer["body"])["code"]) == (413, "submission_too_large")
    assert answer["taken"] == 0


@pytest.mark.parametrize(("path", "most"), [("/v1/statements", MAX_BODY), ("/v1/bodies", SMALL)])
def test_too_large_without_a_word(served: Served, path: str, most: int) -> None:
    """What comes in pieces, without saying how many, is read up to the limit and not on."""
    answer = raw(served, "POST", path, {**served.as_(WOMEN), "Content-Type": JSON}, repeat(b"x" * (1 << 20), LONG))
    assert (answer["status"], json.loads(answer["body"])["code"]) == (413, "submission_too_large")
    assert answer["taken"] <= most + (1 << 20)


LONG = 2 * MAX_BODY >> 20  # pieces of 1 MiB


def raw(served: Served, method: str, path: str, headers: dict[str, str], pieces: Any) -> dict[str, Any]:
    """One request as a server would hand it on, piece by piece, so that we see how much is taken."""
    told: dict[str, Any] = {"taken": 0, "body": b""}
    more = iter(pieces)

    async def receive() -> dict[str, Any]:
        piece = next(more, b"")
        told["taken"] += len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Any) -> None:
        told["status"] = message.get("status", told.get("status"))
        told["body"] += message.get("body", b"")

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
    }  # fmt: skip
    assert served.hub.portal is not None
    served.hub.portal.call(served.hub_app, scope, receive, send)
    return told


def test_too_many_lines(served: Served) -> None:
    """More lines than one request may have are refused before the first is looked at."""
    answer = post(served, b"{}\n" * (MAX_LINES + 1), kind=NDJSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "submission_too_large")


@pytest.mark.parametrize("path", ["/v1/bodies", "/v1/grants"])
@pytest.mark.parametrize(
    "asked",
    [
        {"hashes": ["0" * 64] * 1001}, {"hashes": ["0" * 63]}, {"hashes": ["Z" * 64]}, {"hashes": ["0" * 64 + "\n"]},
        {"hashes": "0" * 64}, {"hashes": [None]}, {"hashes": {"0" * 64: 1}}, {}, [], None, {"hashes": [], "more": 1},
    ],
)  # fmt: skip
def test_lists_of_hashes(served: Served, path: str, asked: Any) -> None:
    """A list that is too long, or has what is no hash, is refused."""
    answer = served.hub.post(path, headers={**served.as_(WOMEN), "Content-Type": JSON}, content=json.dumps(asked))
    assert (answer.status_code, answer.json()["code"]) == (422, "submission_malformed")


@pytest.mark.parametrize(
    "query",
    [
        "after=-1", "after=" + "9" * 30, "after=" + "9" * 60_000, "after=1e3", "after=x", "after=%00", "after=%ff",
        "after='--", "limit=0", "limit=2001", "limit=" + "9" * 5000, "after=", "after=NaN", "after=0x1",
    ],
)  # fmt: skip
def test_query_values(served: Served, query: str) -> None:
    """A number of the query that is none, or out of range, is refused; which one is told, and not what it was."""
    answer = served.hub.get(f"/v1/feed?{query}", headers=served.as_(WOMEN))
    name = query.partition("=")[0]
    assert (answer.status_code, answer.json()["code"]) == (422, "query_wrong")
    assert [place["at"] for place in answer.json()["errors"]] == [f"query/{name}"]


@pytest.mark.parametrize("query", ["after=1&after=2", "after=1&%61fter=2", "x=1&x=1", "after=x&limit=1&after=1"])
def test_parameters_given_twice(served: Served, query: str) -> None:
    """A parameter that is given twice, in whatever spelling, is not read as one of them."""
    answer = served.hub.get(f"/v1/feed?{query}", headers=served.as_(WOMEN))
    assert (answer.status_code, answer.json()["code"]) == (422, "query_wrong")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/receipts/%2e%2e/feed", "/v1/receipts/..%2ffeed", "/v1/%2e%2e/metrics", "/v1/../v1/entries", "//v1/entries",
        "/v1/entries/", "/V1/entries", "/v1/entries%00", "/v1/entries;x=1", "/v1/receipts/%2e%2e%2fentries",
        "/v1/receipts/" + "0" * 31 + "%00", "/v1/receipts/" + "0" * 32 + "%0a", "/v1/receipts/" + "%c0%af" * 16,
        "/v1/statements/../entries", "/%76%31/entries/.", "/v1/receipts/" + "A" * 32,
    ],
)  # fmt: skip
def test_paths(served: Served, path: str) -> None:
    """No spelling of a path leads past what the caller may see, and none is answered with a redirect."""
    answer = served.hub.request("GET", path, headers=served.as_(WOMEN))
    assert answer.status_code in {403, 404, 422}
    assert "location" not in answer.headers
    assert answer.status_code != 404 or answer.json()["code"] == "not_found"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X"])
def test_methods(served: Served, method: str) -> None:
    """No other method does anything; what there is, is said."""
    answer = served.hub.request(method, "/v1/statements", headers=served.as_(WOMEN))
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"
    overridden = served.hub.get("/v1/head", headers={**served.as_(WOMEN), "X-HTTP-Method-Override": "DELETE"})
    assert overridden.status_code == 200


def test_tokens_are_not_taken_from_elsewhere(served: Served) -> None:
    """A token in the query, a cookie or another header opens nothing."""
    token = served.token(WOMEN)
    asked = [
        served.hub.get("/v1/feed", params={"access_token": token, "authorization": f"Bearer {token}"}),
        served.hub.get("/v1/feed", headers={"Cookie": f"Authorization=Bearer {token}"}),
        served.hub.get("/v1/feed", headers={"X-Authorization": f"Bearer {token}", "Proxy-Authorization": token}),
        served.hub.get("/v1/feed", headers={"X-Forwarded-User": WOMEN, "X-Real-IP": "127.0.0.1"}),
    ]
    assert {answer.status_code for answer in asked} == {401}


def test_a_token_with_doubled_claims(served: Served) -> None:
    """A token whose payload names its agency twice is not one."""
    head, payload, signature = served.token(WOMEN).split(".")
    doubled = from_base64url(payload)[:-1] + f',"iss":"{LABOUR}"}}'.encode()
    answer = served.hub.get("/v1/head", headers=bearer(f"{head}.{to_base64url(doubled)}.{signature}"))
    assert answer.status_code == 401


# -- on a socket -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port(served: Served) -> Iterator[int]:
    """The hub behind its real server on loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config(served.hub_app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield int(listening.getsockname()[1])
    server.should_exit = True
    thread.join(10)
    listening.close()


def talk(port: int, sent: bytes) -> bytes:
    """Send bytes, and read until the server closes or says nothing more."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        connection.settimeout(1.0)
        found = b""
        try:
            while piece := connection.recv(65536):
                found += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return found


def head_of(served: Served, *lines: str) -> bytes:
    token = served.token(WOMEN)
    first = ["POST /v1/statements HTTP/1.1", "Host: hub", f"Authorization: Bearer {token}", "Content-Type: " + JSON]
    return "\r\n".join([*first, *lines, "", ""]).encode()


HIDDEN = b"GET /v1/directory HTTP/1.1\r\nHost: hub\r\n\r\n"
SMUGGLED = {
    "both lengths": ("Content-Length: 4", "Transfer-Encoding: chunked"),
    "two lengths": ("Content-Length: 4", "Content-Length: 60"),
    "a length with a sign": ("Content-Length: +4",),
    "a negative length": ("Content-Length: -4",),
    "no number": ("Content-Length: 4x",),
    "a blank before the colon": ("Content-Length : 4",),
    "chunked twice": ("Transfer-Encoding: chunked, chunked",),
    "unknown coding": ("Transfer-Encoding: xchunked",),
    "chunked, hidden": ("Transfer-Encoding:\x0bchunked",),
    "folded": ("X: 1", " Transfer-Encoding: chunked", "Content-Length: 4"),
    "NUL in a header": ("X: a\x00b", "Content-Length: 4"),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_one_request_one_answer(served: Served, port: int, name: str) -> None:
    """A request whose end can be read in two ways gets one answer at most, never one for what hides behind it."""
    found = talk(port, head_of(served, *SMUGGLED[name]) + b"0\r\n\r\n" + HIDDEN)
    assert not found.startswith(b"HTTP/1.1 20")
    if name != "folded":  # whose first line is whole, and refused
        assert found.count(b"HTTP/1.1 ") <= 1, found
    assert b'"agencies"' not in found


def test_chunked_is_whole(served: Served, port: int) -> None:
    """A submission in chunks, cut anywhere, is the same submission; the connection goes on."""
    body, before = activity(served), size(served)
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 7]), body[i : i + 7]) for i in range(0, len(body), 7))
    sent = head_of(served, "Transfer-Encoding: chunked") + pieces + b"0\r\n\r\n" + HIDDEN
    found = talk(port, sent)
    assert re.findall(rb"HTTP/1\.1 (\d+)", found) == [b"201", b"401"]
    assert size(served) == before + 1


def test_a_body_behind_an_offer_is_whole(served: Served, port: int) -> None:
    """A request that offers to speak HTTP/2 as well, as Java's client does, is answered with its body."""
    body, before = activity(served), size(served)
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAA")
    found = talk(port, head_of(served, *offer, f"Content-Length: {len(body)}") + body)
    assert found.startswith(b"HTTP/1.1 201")
    assert size(served) == before + 1


def test_broken_off(
    served: Served, port: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A submission that breaks off in the middle is not recorded, and no log has a byte of it."""
    before, body = size(served), activity(served)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head_of(served, f"Content-Length: {len(body)}") + body[:-5] + b"CANARY")
    assert talk(port, head_of(served, "Content-Length: 2") + b"{}").startswith(b"HTTP/1.1 422")
    assert size(served) == before
    told = capfd.readouterr()
    assert "CANARY" not in told.out + told.err + caplog.text
    assert "incident" not in caplog.text


def test_garbage_instead_of_http(served: Served, port: int) -> None:
    """What is no HTTP is told so, without being repeated."""
    found = talk(port, b"CANARY \xff\x00 CANARY\r\n\r\n")
    assert b" 400 " in found.split(b"\r\n")[0] and b"CANARY" not in found


def test_hub_still_works(served: Served) -> None:
    """After all this the hub takes a case as ever, and its log is whole."""
    assert open_case(served.world, by=POLICE)
    assert served.hub.get("/readyz").json()["size"] == size(served)
