"""The hub over HTTP: submit, feed, bodies and grants by hash, entries, receipts, directory.

Agencies authenticate by a short-lived token signed with their registered key. No answer, log line or metric carries
anything of a request's body; validation errors name places, never values.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from domain.errors import RefusedError
from domain.statements import AgencyKind, KeyUse
from hub.errors import IntakeUnavailableError
from hub.intake import Answer, Intake, Refused
from hub.problems import problem, status_of
from hub.sharing import Sharing
from hub.submission import MAX_SUBMISSION
from ledger import receipt as receipts
from sealing.encoding import from_base64url, to_base64
from sealing.errors import TokenError
from sealing.tokens import Kind, verify

AUDIENCE = "caunoi-hub"
NDJSON = "application/x-ndjson"
MAX_LINES = 5_000
HashText = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Hashes(BaseModel):
    """Hashes of bodies or grants, 64 hex digits each."""

    model_config = {"extra": "forbid"}
    hashes: Annotated[list[HashText], Field(max_length=1000)]


class Metrics:
    """Counters without ids: nothing here can name a case."""

    def __init__(self, intake: Intake) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "caunoi_hub_answers_total", "submissions answered", ["code"], registry=self.registry
        )
        size = Gauge("caunoi_hub_log_size", "entries in the log", registry=self.registry)
        size.set_function(lambda: intake.head.frontier.size)

    def count(self, answer: Answer) -> None:
        """Count one answer by its code."""
        self.answers.labels(answer.code if isinstance(answer, Refused) else "recorded").inc()


def create(
    intake: Intake, sharing: Sharing, *, registrar_public: bytes, clock: Callable[[], int]
) -> FastAPI:
    """Make the hub's web application. `clock` gives seconds since 1970."""
    app = FastAPI(
        title="Cầu Nối hub",
        version="1",
        docs_url=None,
        redoc_url=None,
        max_body_size=MAX_SUBMISSION * 2,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        responses={
            code: {"description": text, "content": {"application/problem+json": {}}}
            for code, text in {
                400: "malformed", 401: "no valid token", 403: "not authorised", 404: "unknown or not shared",
                405: "no such method", 409: "conflict", 413: "too large", 415: "wrong content type",
                422: "refused", 503: "try again",
            }.items()
        },
    )
    metrics = Metrics(intake)
    add_handlers(app)

    def key_of(kid: str) -> tuple[str, bytes] | None:
        key = intake.head.mechanism.directory.keys.get(kid)
        if key is None and kid == intake.registrar and not intake.head.mechanism.directory.keys:
            return "registrar", registrar_public
        if key is None or key.use is not KeyUse.SIGN or key.until is not None:
            return None
        return key.agency, from_base64url(key.public)

    def caller(authorization: Annotated[str, Header()] = "") -> str:
        """The agency whose registered key signed the token."""
        scheme, _, token = authorization.partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise TokenError("token_malformed")
            return verify(token, kind=Kind.AGENCY, audience=AUDIENCE, now=clock(), key_of=key_of).agency
        except TokenError:
            raise RefusedError("token_wrong") from None

    Agency = Annotated[str, Depends(caller)]
    After = Annotated[int, Query(ge=0, le=2**62)]
    Limit = Annotated[int, Query(ge=1, le=2000)]

    @app.post(
        "/v1/statements",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"type": "object"}}, NDJSON: {"schema": {"type": "string"}}},
            }
        },
    )
    async def submit(request: Request, agency: Agency) -> Response:
        """Take one submission (JSON), or many (NDJSON, answered line by line)."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in {"application/json", NDJSON}:
            raise HTTPException(415)
        body = await request.body()
        lines = body.split(b"\n") if kind == NDJSON else [body]
        raw = [line for line in lines if line.strip()]
        if len(raw) > MAX_LINES:
            raise RefusedError("submission_too_large")
        answers = await run_in_threadpool(intake.submit, raw, agency=agency)
        for answer in answers:
            metrics.count(answer)
        if kind == NDJSON:
            text = b"".join(json.dumps(answer_of(one), ensure_ascii=False).encode() + b"\n" for one in answers)
            return Response(text, media_type=NDJSON)
        if not answers:
            raise RefusedError("submission_malformed")
        one = answers[0]
        if isinstance(one, Refused):
            return problem_response(answer_of(one))
        return JSONResponse(answer_of(one), status_code=201)

    @app.get("/v1/feed", response_class=StreamingResponse)
    def feed(agency: Agency, after: After = 0, limit: Limit = 500) -> Response:
        """The caller's feed after a feed number: NDJSON of number, index, entry (text, verbatim)."""
        page = intake.head.application.reader.feed(agency, after, limit)
        rows = ({"number": e.number, "index": e.index, "entry": e.entry.decode()} for e in page)
        return ndjson(iter(rows))

    @app.get("/v1/entries", response_class=StreamingResponse)
    def entries(agency: Agency, after: After = 0, limit: Limit = 500) -> Response:
        """The whole log, for auditors and the registrar."""
        if intake.head.mechanism.directory.agency(agency).kind not in {AgencyKind.AUDITOR, AgencyKind.REGISTRAR}:
            raise RefusedError("not_authorised")
        page = intake.head.application.reader.entries(after, limit)
        return ndjson(iter({"index": e.index, "entry": e.entry.decode()} for e in page))

    @app.post("/v1/bodies")
    def bodies(agency: Agency, wanted: Hashes) -> dict[str, str]:
        """Sealed bodies by hash; those of entries that are not on the caller's feed are absent."""
        return {name: to_base64(body) for name, body in sharing.bodies(wanted.hashes, agency=agency).items()}

    @app.post("/v1/grants")
    def grants(agency: Agency, wanted: Hashes) -> dict[str, str]:
        """Wrapped grants by hash; those not addressed to the caller, or not released, are absent."""
        return {name: to_base64(one) for name, one in sharing.grants(wanted.hashes, agency=agency).items()}

    @app.get("/v1/receipts/{statement_id}")
    def receipt(statement_id: str, agency: Agency) -> dict[str, Any]:
        """The receipt of a statement the caller signed."""
        if not re.fullmatch("[0-9a-f]{32}", statement_id):
            raise RefusedError("not_found")
        again = intake.receipt(statement_id, agency=agency)
        return answer_of(again)

    @app.get("/v1/refusals")
    def refusals(agency: Agency, after: After = 0) -> list[dict[str, Any]]:
        """The caller's signed refusals after a number."""
        return [
            {
                "number": number,
                "statement_id": r.statement_id,
                "statement": r.statement_hash.hex(),
                "code": r.code,
                "recorded": r.recorded,
                "kid": r.kid,
                "sig": to_base64(r.signature),
            }
            for number, r in intake.head.application.refusals.after(agency, after)
        ]

    @app.get("/v1/directory")
    def directory(agency: Agency) -> dict[str, Any]:
        """Agencies with their public cards and keys, as of the head."""
        return intake.directory()

    @app.get("/v1/head")
    def head(agency: Agency) -> dict[str, Any]:
        """Size and Merkle root of the log, and the hub's public key."""
        return {"size": intake.head.frontier.size, "root": intake.head.root(), "kid": intake.sign_as}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Alive."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> dict[str, Any]:
        """Ready: the database answers."""
        intake.head.application.reader.feed("readyz", 0, 1)
        return {"status": "ok", "size": intake.head.frontier.size}

    @app.get("/metrics")
    def show_metrics() -> Response:
        """Prometheus text; no ids."""
        return Response(generate_latest(metrics.registry), media_type="text/plain; version=0.0.4")

    return app


def answer_of(answer: Answer) -> dict[str, Any]:
    """A receipt or a refusal as JSON."""
    if isinstance(answer, Refused):
        return problem(
            answer.code,
            params=answer.params,
            statement_id=answer.statement_id,
            statement=answer.hash,
            recorded=answer.recorded,
            kid=answer.kid,
            sig=b64encode(answer.signature).decode(),
        )
    document: dict[str, Any] = json.loads(receipts.write(answer))
    return document


def ndjson(rows: Iterator[dict[str, Any]]) -> Response:
    """One JSON object a line, UTF-8."""
    return Response(
        b"".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for row in rows),
        media_type=NDJSON,
        headers={"Cache-Control": "no-store"},
    )


def problem_response(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """A problem with its status and media type."""
    return JSONResponse(
        document, status_code=document["status"], media_type="application/problem+json", headers=headers
    )


def add_handlers(app: FastAPI) -> None:
    """Answer every error as a problem; never echo the input (FastAPI's own 422 would)."""

    @app.exception_handler(RefusedError)
    def refused(request: Request, error: RefusedError) -> Response:
        language = request.headers.get("accept-language", "vi")
        headers = {"WWW-Authenticate": "Bearer"} if error.code == "token_wrong" else None
        return problem_response(problem(error.code, params=dict(error.params), language=language), headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        places = [{"at": "/".join(str(part) for part in e["loc"][:1]), "type": e["type"]} for e in error.errors()]
        return problem_response(problem("submission_malformed", errors=places[:20]))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 413: "submission_too_large"}.get(error.status_code, "request_wrong")
        document = {**problem(code), "status": error.status_code}
        return problem_response(document, dict(error.headers or {}))

    @app.exception_handler(IntakeUnavailableError)
    def unavailable(request: Request, error: IntakeUnavailableError) -> Response:
        return problem_response(problem("hub_unavailable"), {"Retry-After": "1"})


__all__ = ["AUDIENCE", "create", "status_of"]
