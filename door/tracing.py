"""W3C Trace Context, level 1 §3.2 (https://www.w3.org/TR/trace-context/): `traceparent`, passed on or dropped.

We take no part in a trace and begin none: what comes is passed on as it came, in the operator's log and to whoever is
asked because of it. By its grammar it is hexadecimal of a fixed length; nothing else of a trace is ever passed on:
`tracestate` and `baggage` may hold words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

TRACEPARENT: Final = "traceparent"
CURRENT: Final[ContextVar[str | None]] = ContextVar(TRACEPARENT, default=None)
"""The trace of the request that is being answered."""
_FORM: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
_KNOWN: Final = 0b11  # flags: sampled (§3.2.2.5.1), and of level 2 that the trace id is random


def read(raw: bytes | None) -> str | None:
    """A `traceparent` in version 00; None where it is none. Of a later version what we know is read (§4.3)."""
    found = _FORM.fullmatch(raw or b"")
    if found is None:
        return None
    version, trace, parent, flags, more = found.groups()
    later = version != b"00"
    if version == b"ff" or (more is not None and not later) or not int(trace, 16) or not int(parent, 16):
        return None
    return f"00-{trace.decode()}-{parent.decode()}-{int(flags, 16) & _KNOWN:02x}"


def of_headers(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The trace that a request's headers name; none where the header is there twice (§3.2)."""
    values = [value for name, value in headers if name == TRACEPARENT.encode()]
    return read(values[0]) if len(values) == 1 else None


def onward() -> dict[str, str]:
    """The headers of a message or request that is sent because of the one being answered."""
    trace = CURRENT.get()
    return {} if trace is None else {TRACEPARENT: trace}
