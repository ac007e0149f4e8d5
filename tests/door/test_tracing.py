"""`traceparent` by its grammar (W3C Trace Context §3.2), and nothing else of a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from door import tracing
from door.asgi import Door

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{PARENT}-01"


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (GOOD, GOOD),
        (f"00-{TRACE}-{PARENT}-00", f"00-{TRACE}-{PARENT}-00"),
        (f"00-{TRACE}-{PARENT}-03", f"00-{TRACE}-{PARENT}-03"),
        (f"00-{TRACE}-{PARENT}-ff", f"00-{TRACE}-{PARENT}-03"),  # flags nobody defined are not passed on
        (f"01-{TRACE}-{PARENT}-01", GOOD),
        (f"cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like", GOOD),
        (f"cc-{TRACE}-{PARENT}-01.what", None),
        (f"{GOOD}-more", None),
        (f"ff-{TRACE}-{PARENT}-01", None),
        (f"00-{'0' * 32}-{PARENT}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (GOOD.upper(), None),
        (f" {GOOD}", None),
        (f"{GOOD}\n", None),
        (f"00-{TRACE}-{PARENT}", None),
        (f"0-{TRACE}-{PARENT}-01", None),
        (f"00-{TRACE[:-1]}-{PARENT}-01", None),
        ("Nguyễn Văn Giả Định", None),
        ("", None),
    ],
)
def test_the_grammar(raw: str, read: str | None) -> None:
    """What is one is read; anything else is none."""
    assert tracing.read(raw.encode()) == read


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_nothing_else_comes_through(raw: bytes) -> None:
    """Whatever is read is hexadecimal of a fixed length."""
    found = tracing.read(raw)
    assert found is None or (len(found) == len(GOOD) and set(found) <= set("0123456789abcdef-"))


def seen(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The trace an application behind the door sees."""
    found: list[str | None] = []

    async def application(_scope: object, _receive: object, _send: object) -> None:
        found.append(tracing.CURRENT.get())

    async def nothing(*_: object) -> Any:
        return {}

    scope = {"type": "http", "path": "/", "query_string": b"", "headers": headers}
    expected: Mapping[type[Exception], str] = {}
    asyncio.run(Door(application, expected=expected, limits={}, note=str)(scope, nothing, nothing))
    return found[0]


def test_of_a_request() -> None:
    """One header is read; twice is none; what else a trace may carry is not looked at."""
    name = b"traceparent"
    assert seen([(name, GOOD.encode()), (b"tracestate", b"a=b"), (b"baggage", b"who=me")]) == GOOD
    assert seen([(name, GOOD.encode()), (name, GOOD.encode())]) is None
    assert seen([]) is None
    assert tracing.CURRENT.get() is None
