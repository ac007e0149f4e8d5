"""The hub over HTTP: submit, feed, bodies and grants by hash, entries, receipts, directory.

Agencies authenticate by a short-lived token signed with their registered key. No answer, log line or metric carries
anything of a request: errors name places of the interface, and what nobody expected is an incident number.
"""

import logging
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from eventsourcing.persistence import PersistenceError
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import RefusedError
from domain.problems import HEADERS, PROBLEM, RETRY_AFTER, Place, Problem, code_of, language_of, location, problem
from domain.statements import AgencyKind, KeyUse
from hub import documents as d
from hub.errors import IntakeUnavailableError
from hub.intake import Answer, Intake, Refused
from hub.sharing import Sharing
from hub.submission import MAX_SUBMISSION
from sealing.encoding import from_base64url, to_base64
from sealing.errors import TokenError
from sealing.tokens import Kind, verify

AUDIENCE = "caunoi-hub"
JSON, NDJSON = "application/json", "application/x-ndjson"
MAX_LINES = 5_000
MAX_BODY = 2 * MAX_SUBMISSION  # bytes of one request
MAX_ASKED = 128 * 1024  # bytes of a list of hashes
LOG = logging.getLogger(__name__)


class Metrics:
    """Counters without ids: nothing here can name a case."""

    def __init__(self, intake: Intake) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "caunoi_hub_answers_total", "submissions answered", ["code"], registry=self.registry
        )
        size = Gauge("caunoi_hub_log_size", "entries in the log", registry=self.registry)
        size.set_function(lambda: intake.head.frontier.size)

    def count(self, answers: Iterable[Answer]) -> None:
        """Count answers by their code."""
        for answer in answers:
            self.answers.labels(answer.code if isinstance(answer, Refused) else "recorded").inc()


@dataclass(frozen=True, slots=True)
class Serving:
    """What the addresses below work on. `clock` gives seconds since 1970."""

    intake: Intake
    sharing: Sharing
    registrar_public: bytes
    clock: Callable[[], int]
    metrics: Metrics

    def caller(self, token: str) -> str:
        """The agency in force whose registered signing key in force made this token.

        Raises:
            RefusedError: `token_wrong`, whatever is wrong with it.
        """
        try:
            return verify(token, kind=Kind.AGENCY, audience=AUDIENCE, now=self.clock(), key_of=self._key_of).agency
        except TokenError:
            raise RefusedError("token_wrong") from None

    def _key_of(self, kid: str) -> tuple[str, bytes] | None:
        found = self._registered(kid)
        if found is None:
            # The head may be being read anew just now; asked again once it is whole.
            with self.intake.head.held():
                found = self._registered(kid)
                if found is None and kid == self.intake.registrar and not self.intake.head.mechanism.directory.keys:
                    return "registrar", self.registrar_public
        return found

    def _registered(self, kid: str) -> tuple[str, bytes] | None:
        directory = self.intake.head.mechanism.directory
        known = directory.keys.get(kid)
        try:
            key = directory.key(kid, agency=known.agency if known else "", use=KeyUse.SIGN)
        except RefusedError:
            return None
        return key.agency, from_base64url(key.public)


BEARER = HTTPBearer(
    bearerFormat="JWT", scheme_name="agency", description="signed with the agency's key", auto_error=False
)
router = APIRouter()


def serving(request: Request) -> Serving:
    """The hub this application was made for."""
    made: Serving = request.app.state.serving
    return made


Hub = Annotated[Serving, Depends(serving)]


def caller(hub: Hub, given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> str:
    """The agency that calls."""
    return hub.caller(given.credentials if given else "")


Agency = Annotated[str, Depends(caller)]
After = Annotated[int, Query(ge=0, le=2**62)]
Limit = Annotated[int, Query(ge=1, le=2000)]


def says(document: type[msgspec.Struct], *errors: int, status: int = 200, kind: str = JSON) -> dict[int | str, Any]:
    """What an address answers, for the published contract."""
    name = d.REFERENCE.format(name=document.__name__)
    schema: dict[str, Any] = {"schema": {"$ref": name}}
    if kind == NDJSON:
        schema = {"schema": {"type": "string"}, "x-line-schema": {"$ref": name}}
    wrong = {"schema": {"$ref": d.REFERENCE.format(name=Problem.__name__)}}
    problems = {error: {"description": "problem", "content": {PROBLEM: wrong}} for error in (401, 500, 503, *errors)}
    return {status: {"description": "done", "content": {kind: schema}}, **dict(sorted(problems.items()))}


def takes(document: type[msgspec.Struct], *, lines: bool = False) -> dict[str, Any]:
    """What an address takes, for the published contract."""
    reference = {"$ref": d.REFERENCE.format(name=document.__name__)}
    content: dict[str, Any] = {JSON: {"schema": reference}}
    if lines:
        content[NDJSON] = {"schema": {"type": "string"}, "x-line-schema": reference}
    return {"requestBody": {"required": True, "content": content}}


SUBMITTED = says(d.Receipt, 400, 403, 404, 409, 413, 415, 422, status=201)
SUBMITTED[200] = {
    "description": "one line for each line sent",
    "content": {NDJSON: {"schema": {"type": "string"}, "x-line-schema": {
        "oneOf": [{"$ref": d.REFERENCE.format(name=one.__name__)} for one in (d.Receipt, d.SignedRefusal)]
    }}},
}  # fmt: skip
"""A single refusal comes with its signature; what never was a submission, without."""


@router.post("/v1/statements", responses=SUBMITTED, openapi_extra=takes(d.SubmissionText, lines=True))
async def submit(request: Request, hub: Hub, agency: Agency) -> Response:
    """Take one submission (JSON), or many (NDJSON, answered line by line)."""
    kind, body = await body_of(request, JSON, NDJSON)
    raw = [line for line in body.split(b"\n") if line.strip()] if kind == NDJSON else [body]
    if len(raw) > MAX_LINES:
        raise RefusedError("submission_too_large")
    answers = await run_in_threadpool(hub.intake.submit, raw, agency=agency)
    hub.metrics.count(answers)
    said = [d.answered(one, language=language(request)) for one in answers]
    if kind == NDJSON:
        return lines(said)
    one = said[0]
    return refusal(one) if isinstance(one, Problem) else document(one, status=201)


@router.get("/v1/feed", responses=says(d.FeedLine, 422, kind=NDJSON))
def feed(hub: Hub, agency: Agency, after: After = 0, limit: Limit = 500) -> Response:
    """The caller's feed after a feed number, entries verbatim."""
    page = hub.intake.head.application.reader.feed(agency, after, limit)
    return lines(d.FeedLine(one.number, one.index, one.entry.decode()) for one in page)


@router.get("/v1/entries", responses=says(d.LogLine, 403, 422, kind=NDJSON))
def entries(hub: Hub, agency: Agency, after: After = 0, limit: Limit = 500) -> Response:
    """The whole log after a log index, for auditors and the registrar."""
    known = hub.intake.head.mechanism.directory.agencies.get(agency)
    if known is None or known.kind not in {AgencyKind.AUDITOR, AgencyKind.REGISTRAR}:
        raise RefusedError("not_authorised")
    page = hub.intake.head.application.reader.entries(after, limit)
    return lines(d.LogLine(one.index, one.entry.decode()) for one in page)


BY_HASH = says(d.ByHash, 400, 413, 415, 422)


@router.post("/v1/bodies", responses=BY_HASH, openapi_extra=takes(d.Hashes), max_body_size=MAX_ASKED)
async def bodies(request: Request, hub: Hub, agency: Agency) -> Response:
    """Sealed bodies by hash; those of entries that are not on the caller's feed are absent."""
    wanted = await hashes_of(request)
    found = await run_in_threadpool(hub.sharing.bodies, wanted, agency=agency)
    return document({name: to_base64(one) for name, one in found.items()})


@router.post("/v1/grants", responses=BY_HASH, openapi_extra=takes(d.Hashes), max_body_size=MAX_ASKED)
async def grants(request: Request, hub: Hub, agency: Agency) -> Response:
    """Wrapped grants by hash; those not addressed to the caller, or not released, are absent."""
    wanted = await hashes_of(request)
    found = await run_in_threadpool(hub.sharing.grants, wanted, agency=agency)
    return document({name: to_base64(one) for name, one in found.items()})
