"""Problems (RFC 9457) as hub and nodes answer them: a stable code, its words in both languages, nothing of the request.

Only the document and what belongs to every answer; sending it is the APIs' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

import msgspec

from domain.wording import Language, say

PROBLEM = "application/problem+json"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""What every answer carries: nothing about a case is kept on the way, nothing is guessed to be of another type."""

STATUS = {
    "length_twice": 400,
    "request_wrong": 400,
    "token_wrong": 401,
    "not_authorised": 403,
    "not_found": 404,
    "case_unknown": 404,
    "referral_unknown": 404,
    "paper_closed": 404,
    "paper_unknown": 404,
    "paper_unreadable": 404,
    "paper_without_file": 404,
    "method_wrong": 405,
    "paper_too_large": 413,
    "submission_too_large": 413,
    "content_type_wrong": 415,
    "internal_error": 500,
    "hub_answer_wrong": 502,
    "hub_unavailable": 503,
    "not_ready": 503,
}
CONFLICTS = frozenset(
    {
        "agency_taken",
        "case_closed",
        "case_code_taken",
        "decision_late",
        "key_taken",
        "offer_expired",
        "offer_open",
        "prev_unknown",
        "referral_taken",
        "stale_epoch",
        "statement_id_taken",
        "transfer_open",
    }
)
MEANING = {
    400: "not as the interface asks",
    401: "no valid token",
    403: "not for this agency",
    404: "unknown, or not shared with this agency",
    409: "something else stands already",
    413: "too large",
    415: "another content type, or compressed",
    422: "refused, or not of its form",
    500: "an error inside; the incident number is in the log",
    502: "the hub answered out of contract",
    503: "not now: send the same again after Retry-After seconds",
}
_OF_STATUS = {400: "request_wrong", 404: "not_found", 405: "method_wrong", 413: "submission_too_large"}
_FRAMES = 6  # innermost calls named in a log line


class Place(msgspec.Struct, frozen=True):
    """Where a request is wrong: a name of the interface, never one that came with the request."""

    at: str
    type: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request is refused (RFC 9457). `code` is the contract; `title` is `vi` or `en` by Accept-Language."""

    type: str
    title: str
    status: int
    code: str
    vi: str
    en: str
    params: dict[str, str | int] = {}
    errors: tuple[Place, ...] = ()
    incident: str | None = None


def status_of(code: str) -> int:
    """The HTTP status of a code."""
    if code in STATUS:
        return STATUS[code]
    return 409 if code in CONFLICTS or code.startswith("already_") else 422


def code_of(status: int) -> str:
    """The code for what the web framework refuses by itself."""
    return _OF_STATUS.get(status, "request_wrong")


def problem(
    code: str,
    *,
    language: Language = "vi",
    params: Mapping[str, str | int] | None = None,
    status: int | None = None,
    errors: tuple[Place, ...] = (),
    incident: str | None = None,
) -> Problem:
    """Make the document for a code."""
    words = dict(params or {})
    said: dict[Language, str] = {"vi": say(code, "vi", **words), "en": say(code, "en", **words)}
    return Problem(
        type=f"urn:caunoi:problem:{code}",
        title=said[language],
        status=status_of(code) if status is None else status,
        code=code,
        vi=said["vi"],
        en=said["en"],
        params=words,
        errors=errors,
        incident=incident,
    )


def headers_of(said: Problem) -> dict[str, str]:
    """The headers a problem's status asks for (RFC 9110 §10.2.3, §11.6.1, §12.5.3)."""
    more = {401: {"WWW-Authenticate": "Bearer"}, 415: {"Accept-Encoding": "identity"}, 503: {"Retry-After": "1"}}
    return {"Vary": "Accept-Language", **more.get(said.status, {})}


def language_of(accept: str) -> Language:
    """Choose between Vietnamese and English by an Accept-Language header (RFC 9110 §12.5.4); Vietnamese else."""
    wishes = {"vi": -1.0, "en": -1.0}
    for part in accept.split(","):
        name, _, parameter = part.partition(";")
        language, quality = name.strip().lower().partition("-")[0], _quality(parameter)
        if language in wishes:
            wishes[language] = max(wishes[language], quality)
    return "en" if wishes["en"] > max(wishes["vi"], 0.0) else "vi"


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    digits = value.strip()
    if name.strip().lower() != "q" or not digits.replace(".", "", 1).isdecimal() or not digits.isascii():
        return 1.0
    return float(digits)


def described(error: BaseException) -> str:
    """An error's type and where it came from, innermost call first, as `module:line`; never its text."""
    places = [f"{name}:{line}" for name, line in _calls(error.__traceback__)]
    return f"{type(error).__qualname__} at {' < '.join(reversed(places[-_FRAMES:]))}"


def _calls(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace is not None:
        yield str(trace.tb_frame.f_globals.get("__name__", "?")), trace.tb_lineno
        trace = trace.tb_next


# -- in the published contracts


def components() -> dict[str, Any]:
    """The schemas of problems by name (JSON Schema 2020-12)."""
    _, found = msgspec.json.schema_components((Problem,), ref_template="#/components/schemas/{name}")
    return found


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these statuses: each is answered with a problem."""
    content = {PROBLEM: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
    return {status: {"description": MEANING[status], "content": content} for status in statuses}
