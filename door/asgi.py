"""Around the web applications of hub and node: headers of every answer, a problem for every error, a limit for bodies.

Speaks ASGI 3.0 as plain calls, so that no framework is needed here; sending, chance and logs are the caller's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec

from domain.errors import RefusedError
from domain.wording import Language
from door import tracing
from door.problems import HEADERS, PROBLEM, Problem, described, headers_of, language_of, problem

SMALL = 128 * 1024  # bytes of a body where nothing else is said
LENGTH_TWICE = "length_twice"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Door:
    """Wraps an application. `expected` gives the code of errors that may come; `note` logs and numbers all others.

    What `note` is given is an error's type and place, never its text. `limits` gives the bytes a body may have, by
    path, or for all right below one that ends in `/`; what is longer is not read on.
    """

    app: Application
    expected: Mapping[type[Exception], str]
    limits: Mapping[str, int]
    note: Callable[[str], str]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        most = self._most(scope["path"])
        begun, taken = False, 0
        was = tracing.CURRENT.set(tracing.of_headers(scope["headers"]))

        async def take() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise RefusedError("submission_too_large")
            return message

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": [*message.get("headers", ()), *_raw(HEADERS)]}
            await send(message)

        try:
            _check_query(scope)
            _check_length(scope, most)
            await self.app(scope, take, answer)
        except Exception as error:  # noqa: BLE001 - the last handler: whoever else logs it would log its text
            said = self._said(error, _language(scope))
            # An answer that has begun is broken off; the server closes the connection.
            if not begun:
                await _send(said, answer)
        finally:
            tracing.CURRENT.reset(was)

    def _most(self, path: str) -> int:
        parent = path[: path.rfind("/") + 1]
        return self.limits.get(path, self.limits.get(parent, SMALL))

    def _said(self, error: Exception, language: Language) -> Problem:
        if isinstance(error, RefusedError):
            return problem(error.code, params=error.params, language=language)
        for kind, code in self.expected.items():
            if isinstance(error, kind):
                return problem(code, language=language)
        return problem("internal_error", incident=self.note(described(error)), language=language)


def _check_query(scope: Message) -> None:
    # A name given twice is read one way by one reader and another way by the next; ours are plain words.
    names = [part.partition(b"=")[0] for part in scope["query_string"].split(b"&") if part]
    if len(set(names)) != len(names) or any(b"%" in name or b"+" in name for name in names):
        raise RefusedError("query_wrong")


def _check_length(scope: Message, most: int) -> None:
    said = [value for name, value in scope["headers"] if name == b"content-length"]
    # Where its body ends can be read in two ways: what hides behind it must never be answered (RFC 9112, 6.3).
    if said and any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        raise RefusedError(LENGTH_TWICE)
    if any(value.isdigit() and int(value[:20]) > most for value in said):
        raise RefusedError("submission_too_large")


async def _send(said: Problem, send: Send) -> None:
    body = msgspec.json.encode(said)
    headers = {"Content-Type": PROBLEM, "Content-Length": str(len(body)), **headers_of(said)}
    if said.code == LENGTH_TWICE:
        headers["Connection"] = "close"
    await send({"type": "http.response.start", "status": said.status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": body})


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _language(scope: Message) -> Language:
    wished = [value for name, value in scope["headers"] if name == b"accept-language"]
    return language_of(b",".join(wished).decode("latin-1"))
