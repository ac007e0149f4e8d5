"""The door around the web applications, without any of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.errors import RefusedError
from door.asgi import SMALL, Door, Message, Receive, Send


class AwayError(Exception):
    """Something that may come."""


def application(act: Callable[[], None]) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Reads its whole body, acts, and answers."""

    async def app(_scope: Message, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        act()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body", "body": b"done"})

    return app


def knock(act: Callable[[], None] = lambda: None, **scope: Any) -> tuple[int, dict[bytes, bytes], bytes, list[str]]:
    """One request through a door: status, headers, body, and what was noted."""
    noted: list[str] = []
    sent: list[Message] = []
    pieces = iter(scope.pop("pieces", [b""]))

    def note(what: str) -> str:
        noted.append(what)
        return "0123"

    async def receive() -> Message:
        piece = next(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Message) -> None:
        sent.append(message)

    limits = {"/big": 3 * SMALL, "/files/": 2 * SMALL}
    door = Door(application(act), expected={AwayError: "hub_unavailable"}, limits=limits, note=note)
    asked: Message = {"type": "http", "path": "/", "query_string": b"", "headers": [], **scope}
    asyncio.run(door(asked, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"], noted


def failing(error: Exception) -> Callable[[], None]:
    """An act that fails."""

    def act() -> None:
        raise error

    return act


def test_what_goes_well() -> None:
    """An answer passes as it is, with the headers of every answer."""
    status, headers, body, noted = knock()
    assert (status, body, noted) == (200, b"done", [])
    assert headers == {b"x": b"y", b"cache-control": b"no-store", b"x-content-type-options": b"nosniff"}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RefusedError("case_unknown"), 404, "case_unknown"),
        (AwayError("secret"), 503, "hub_unavailable"),
        (KeyError("secret"), 500, "internal_error"),
    ],
)
def test_every_error_is_a_problem(error: Exception, status: int, code: str) -> None:
    """What is refused, what may come, and what nobody expected; only the last is noted, without its text."""
    told, headers, body, noted = knock(failing(error), headers=[(b"accept-language", b"en")])
    said = json.loads(body)
    assert (told, said["code"], said["title"]) == (status, code, said["en"])
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"content-length"] == str(len(body)).encode()
    assert len(noted) == (status == 500) and "secret" not in body.decode() + "".join(noted)
    assert said.get("incident") == ("0123" if noted else None)


@pytest.mark.parametrize(
    ("path", "bytes_", "status"),
    [
        ("/", SMALL, 200),
        ("/", SMALL + 1, 413),
        ("/big", SMALL + 1, 200),
        ("/big", 3 * SMALL + 1, 413),
        ("/big/x", SMALL + 1, 413),
        ("/files/x", 2 * SMALL, 200),
        ("/files/x", 2 * SMALL + 1, 413),
        ("/files/x/y", SMALL + 1, 413),
        ("/files", SMALL + 1, 413),
    ],
)
def test_limits(path: str, bytes_: int, status: int) -> None:
    """A body has the length its path allows, whether it says so or not."""
    said = [(b"content-length", str(bytes_).encode())]
    assert knock(path=path, headers=said)[0] == status
    told, _, body, _ = knock(path=path, pieces=[b"x" * (bytes_ - 1), b"x"])
    assert told == status
    assert status == 200 or json.loads(body)["code"] == "submission_too_large"


@pytest.mark.parametrize("length", [b"", b"-1", b"x", b"\xff", "٣".encode(), b"9" * 5000])
def test_lengths_that_are_none(length: bytes) -> None:
    """A length that is no number is the server's to refuse; one that is too long for a number is too long."""
    assert knock(headers=[(b"content-length", length)])[0] == (413 if length.startswith(b"9") else 200)


@pytest.mark.parametrize(("query", "status"), [(b"a=1&b=1", 200), (b"a=1&a=1", 422), (b"%61=1", 422), (b"&&a", 200)])
def test_parameters_given_twice(query: bytes, status: int) -> None:
    """A name stands once in a query, in one spelling."""
    told, _, body, _ = knock(query_string=query)
    assert told == status
    assert status == 200 or json.loads(body)["code"] == "query_wrong"


def test_an_answer_that_has_begun() -> None:
    """It is broken off, never followed by a second one."""
    sent: list[Message] = []

    async def app(_scope: Message, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise KeyError("secret")

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    noted: list[str] = []

    def note(what: str) -> str:
        noted.append(what)
        return "0"

    door = Door(app, expected={}, limits={}, note=note)
    asyncio.run(door({"type": "http", "path": "/", "query_string": b"", "headers": []}, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert len(noted) == 1


def test_what_is_no_request_passes() -> None:
    """Lifespan and websockets are not the door's."""
    seen: list[Message] = []

    async def app(scope: Message, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def nothing() -> Message:
        return {}

    async def nowhere(_message: Message) -> None:
        return

    asyncio.run(Door(app, expected={}, limits={}, note=str)({"type": "lifespan"}, nothing, nowhere))
    assert seen == [{"type": "lifespan"}]
