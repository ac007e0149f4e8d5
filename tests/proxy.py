"""A proxy as a State platform runs one: ends TLS, keeps few headers, buffers, cuts bodies anew, sends twice.

Listens on the loopback with a certificate of its own authority; speaks plain HTTP to one server behind it.
"""

from __future__ import annotations

import random
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import h11

from tests.certificates import certificate

# What passes, both ways; the proxy says itself how long a body is.
KEPT = (b"host", b"authorization", b"content-type", b"accept", b"user-agent", b"date")
PREFIX = "/nen-tang/caunoi"  # the address that the platform gives us
WITHIN = 20.0  # seconds for one look at a socket
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came to the proxy."""

    method: str
    target: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as it came from behind."""

    status: int
    headers: Headers
    body: bytes


def once(asked: Asked, send: Callable[[Asked], Answered]) -> Answered:
    """Send a request once."""
    return send(asked)


@dataclass(slots=True)
class Proxy:
    """Use it as a context manager. `way` says what is done with a request, and how often; `kept`, what passes."""

    behind: tuple[str, int]
    directory: Path
    seed: int = 0
    kept: tuple[bytes, ...] = KEPT
    way: Callable[[Asked, Callable[[Asked], Answered]], Answered] = once
    asked: list[Asked] = field(default_factory=list)
    _listening: socket.socket = field(init=False)
    _tls: ssl.SSLContext = field(init=False)
    _chance: random.Random = field(init=False)
    _open: set[socket.socket] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate(self.directory))

    @property
    def url(self) -> str:
        """Where those outside find what is behind."""
        return f"https://127.0.0.1:{self._listening.getsockname()[1]}{PREFIX}"

    @property
    def ca(self) -> Path:
        """The authority that vouches for it."""
        return self.directory / "ca.pem"

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._listening, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                outside, _ = self._listening.accept()
                outside.settimeout(WITHIN)
                threading.Thread(target=self._serve, args=(outside,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        """One connection from outside, kept alive as long as it wants."""
        self._open.add(raw)
        with suppress(OSError, h11.ProtocolError), raw, self._tls.wrap_socket(raw, server_side=True) as outside:
            self._open.add(outside)
            speaking = h11.Connection(h11.SERVER)
            while (request := _next(speaking, outside)) is not None:
                assert isinstance(request, h11.Request)
                asked = Asked(
                    request.method.decode(), request.target.decode(), list(request.headers), _body(speaking, outside)
                )
                self.asked.append(asked)
                answered = self.way(asked, self._send)
                outside.sendall(self._said(speaking, answered))
                if speaking.our_state is h11.MUST_CLOSE:
                    return
                speaking.start_next_cycle()
        self._open.discard(raw)

    def _said(self, speaking: h11.Connection, answered: Answered) -> bytes:
        headers = self._kept(answered.headers)
        if answered.status != 204:
            headers.append((b"transfer-encoding", b"chunked"))
        sent = speaking.send(h11.Response(status_code=answered.status, headers=headers)) or b""
        for piece in self._pieces(answered.body):
            sent += speaking.send(h11.Data(piece)) or b""
        return sent + (speaking.send(h11.EndOfMessage()) or b"")

    def _send(self, asked: Asked) -> Answered:
        """Send a request to the server behind, over a connection of its own."""
        headers = [*self._kept(asked.headers), (b"connection", b"close")]
        if asked.body:
            headers.append((b"transfer-encoding", b"chunked"))
        with socket.create_connection(self.behind, timeout=WITHIN) as inside:
            speaking = h11.Connection(h11.CLIENT)
            target = asked.target.removeprefix(PREFIX)
            inside.sendall(speaking.send(h11.Request(method=asked.method, target=target, headers=headers)) or b"")
            for piece in self._pieces(asked.body):
                inside.sendall(speaking.send(h11.Data(piece)) or b"")
            inside.sendall(speaking.send(h11.EndOfMessage()) or b"")
            answer = _next(speaking, inside)
            assert isinstance(answer, h11.Response)
            return Answered(answer.status_code, list(answer.headers), _body(speaking, inside))

    def _kept(self, headers: Headers) -> Headers:
        return [(name, value) for name, value in headers if name.lower() in self.kept]

    def _pieces(self, body: bytes) -> Iterator[bytes]:
        """A body cut anew: odd sizes, some of one byte."""
        start = 0
        while start < len(body):
            size = self._chance.choice([1, 2, 3, 257, 4_099, 65_537])
            yield body[start : start + size]
            start += size


def _next(speaking: h11.Connection, other: socket.socket) -> h11.Request | h11.Response | None:
    """The head of the next message; None where there is none."""
    while True:
        event = speaking.next_event()
        if event is h11.NEED_DATA:
            speaking.receive_data(other.recv(65_536))
        elif isinstance(event, h11.Request | h11.Response):
            return event
        else:
            return None


def _body(speaking: h11.Connection, other: socket.socket) -> bytes:
    """All of a message's body."""
    found = bytearray()
    while not isinstance(event := speaking.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Data):
            found += event.data
        else:
            speaking.receive_data(other.recv(65_536))
    return bytes(found)
