"""A node over HTTP, on loopback: for its own officers' console and command line, with an officer's token.

Everything an officer reads is a view; everything an officer does becomes one signed statement. No answer to an error
carries anything of the request.
"""

import json
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from domain.errors import RefusedError
from domain.wording import say
from node import reading
from node.errors import HubAnswerError, HubUnavailableError
from node.forms import adapter_for
from node.ingest import Ingest, Report
from node.node import Node
from node.officer import Officer
from node.statistics import victims_by_criminal_case
from projections.rows import dump
from sealing.errors import TokenError
from sealing.tokens import Kind, verify

MAX_FILE = 200 * 1024 * 1024  # bytes
AUDIENCE = "caunoi-node"


class Act(BaseModel):
    """One act on a case or an offer: its name and its arguments (codes, ids, dates, words to be sealed)."""

    model_config = {"extra": "forbid"}
    act: Literal[
        "give_consent", "withdraw_consent", "refer", "transfer", "open", "accept", "refuse", "recall",
        "request_identification", "answer_identification", "record_support", "append", "correct", "annul",
        "request_access", "grant_access", "close",
    ]
    on: Annotated[str, Field(max_length=64)]  # mã hồ sơ, or the id of an offer
    arguments: dict[str, Any] = {}


def create(node: Node, *, clock: Callable[[], int], today: Callable[[], date]) -> FastAPI:  # noqa: C901
    """Make the node's web application. `clock` gives seconds since 1970."""
    app = FastAPI(
        title="Cầu Nối node",
        version="1",
        docs_url=None,
        redoc_url=None,
        max_body_size=MAX_FILE,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    registry = CollectorRegistry()
    Gauge("caunoi_node_outbox", "submissions waiting", registry=registry).set_function(node.store.count_queued)
    Gauge("caunoi_node_feed", "feed number followed", registry=registry).set_function(lambda: node.projector.number)
    _add_handlers(app)

    def key_of(kid: str) -> tuple[str, bytes] | None:
        return (node.agency, node.keystore.public(kid)) if kid in node.keystore.kids("sign") else None

    def officer(authorization: Annotated[str, Header()] = "") -> Officer:
        """The officer whose token this agency's key signed."""
        try:
            token = authorization.partition(" ")[2]
            claims = verify(token, kind=Kind.OFFICER, audience=AUDIENCE, now=clock(), key_of=key_of)
        except TokenError:
            raise RefusedError("token_wrong") from None
        return Officer(node, pseudonym=claims.officer)

    Person = Annotated[Officer, Depends(officer)]

    @app.post("/v1/ingest")
    async def ingest(request: Request, _person: Person, name: Annotated[str, Query(max_length=200)]) -> dict[str, Any]:
        """Take one file of this agency; answers row by row."""
        from starlette.concurrency import run_in_threadpool

        with tempfile.TemporaryDirectory(prefix="caunoi-") as directory:
            file = Path(directory) / ("file" + Path(name).suffix.lower())
            with file.open("wb") as stream:
                async for piece in request.stream():
                    stream.write(piece)
            report = await run_in_threadpool(take, node, file, today())
        return report_of(report)

    @app.get("/v1/caseload")
    def caseload(_person: Person) -> list[dict[str, Any]]:
        """All cases this agency may see."""
        with node.lock:
            return reading.caseload(node.rows)

    @app.get("/v1/cases/{code}")
    def case(code: str, _person: Person) -> dict[str, Any]:
        """One case: sections with authors side by side, closed cells with their reason, timeline."""
        with node.lock:
            kind = node.projector.directory.agency(node.agency).kind
            return reading.one_case(node.rows, node.case_of_code(code).case.id, kind=kind, rules=node.rules)

    @app.get("/v1/inbox")
    def inbox(_person: Person) -> list[dict[str, Any]]:
        """Offers: whose turn it is, since when, with their words."""
        with node.lock:
            return reading.inbox(node.rows, agency=node.agency)

    @app.get("/v1/timeline")
    def timeline(_person: Person) -> list[dict[str, Any]]:
        """Every entry on this agency's feed."""
        with node.lock:
            return [{"case": row.case, **row.facts} for row in reading.timeline(node.rows)]

    @app.get("/v1/statistics")
    def statistics(_person: Person, year: int | None = None) -> dict[str, Any]:
        """Victims found through criminal cases, from this agency's own view, with the entries behind each figure."""
        with node.lock:
            found = victims_by_criminal_case(node.rows.all("caseload"), agency=node.agency, year=year)
        return {
            "total": _figure(found.total),
            "by_residence": {name: _figure(one) for name, one in sorted(found.by_residence.items())},
            "by_province": {name: _figure(one) for name, one in sorted(found.by_province.items())},
            "by_regime": {
                regime: {name: _figure(one) for name, one in sorted(figures.items())}
                for regime, figures in sorted(found.by_regime.items())
            },
        }

    @app.post("/v1/acts")
    def act(person: Person, wanted: Act) -> dict[str, Any]:
        """Do one act of an officer."""
        try:
            done = getattr(person, wanted.act)(wanted.on, **wanted.arguments)
        except TypeError:
            raise RefusedError("fact_wrong") from None
        if done is None:
            return {}
        return {"statement": done.statement, "index": done.index, "id": done.id}

    @app.post("/v1/sync")
    def sync(_person: Person) -> dict[str, Any]:
        """Send and follow now."""
        reached = node.try_sync()
        return {"hub": reached, "feed": node.projector.number, "queued": node.store.count_queued()}

    @app.get("/v1/quarantine")
    def quarantine(_person: Person) -> list[dict[str, Any]]:
        """What waits to be mended: reason and place, without content."""
        with node.lock:
            return [{k: v for k, v in one.items() if k != "sealed"} for one in node.store.quarantine()]

    @app.get("/v1/receipts")
    def receipts(_person: Person) -> list[dict[str, Any]]:
        """The hub's receipts to this agency."""
        with node.lock:
            return node.store.receipts()

    @app.get("/v1/dump")
    def dumped(_person: Person) -> Response:
        """Every row of every view, opened, as lines of canonical JSON: for comparing with a replay."""
        with node.lock:
            return Response("".join(f"{line}\n" for line in dump(node.rows)), media_type="application/x-ndjson")

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Alive."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> dict[str, Any]:
        """Ready."""
        return {"status": "ok", "feed": node.projector.number}

    @app.get("/metrics")
    def metrics() -> Response:
        """Prometheus text; no ids."""
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return app


def take(node: Node, file: Path, day: date) -> Report:
    """Take in a file by the adapter of this agency that knows its form.

    Raises:
        RefusedError: no adapter of this agency reads it, or it cannot be read.
    """
    kind = node.projector.directory.agency(node.agency).kind
    return Ingest(node, adapter_for(kind, file)).take(file, today=day)


def report_of(report: Report) -> dict[str, Any]:
    """A report as JSON: codes and places, never a value."""
    return {
        "form": report.form,
        "file": report.file_hash,
        "rows": [
            {
                "sheet": row.where.sheet,
                "row": row.where.row,
                "column": row.where.column,
                "outcome": row.outcome,
                "reason": row.reason,
                "params": row.params,
                "code": row.code,
            }
            for row in report.rows
        ],
        "totals": [
            {"sheet": t.where.sheet, "row": t.where.row, "what": t.what, "written": t.written, "counted": t.counted}
            for t in report.totals
        ],
        "notes": [{"row": n.where.row, "reason": n.reason, "params": dict(n.params)} for n in report.notes],
        "vanished": report.vanished,
        "queued": report.queued,
    }


def _figure(figure: Any) -> dict[str, Any]:
    return {"count": figure.count, "entries": figure.entries}


def _add_handlers(app: FastAPI) -> None:
    def answer(code: str, status: int, params: dict[str, Any] | None = None) -> Response:
        words = params or {}
        vi, en = say(code, "vi", **words), say(code, "en", **words)
        body = {"type": f"urn:caunoi:problem:{code}", "title": vi, "status": status, "code": code, "vi": vi, "en": en}
        if words:
            body["params"] = words
        return JSONResponse(body, status_code=status, media_type="application/problem+json")

    @app.exception_handler(RefusedError)
    def refused(_request: Request, error: RefusedError) -> Response:
        status = {"token_wrong": 401, "case_unknown": 404, "referral_unknown": 404}.get(error.code, 422)
        return answer(error.code, status, dict(error.params))

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, _error: RequestValidationError) -> Response:
        return answer("request_wrong", 422)

    @app.exception_handler(HTTPException)
    def http(_request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 413: "submission_too_large"}.get(error.status_code, "request_wrong")
        return answer(code, error.status_code)

    @app.exception_handler(HubUnavailableError)
    def away(_request: Request, _error: HubUnavailableError) -> Response:
        return answer("hub_unavailable", 503)

    @app.exception_handler(HubAnswerError)
    def wrong(_request: Request, _error: HubAnswerError) -> Response:
        return answer("hub_unavailable", 502)


def as_json(value: object) -> str:
    """JSON for people: Vietnamese as it is."""
    return json.dumps(value, ensure_ascii=False, indent=2)
