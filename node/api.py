"""A node over HTTP, on loopback: for its own officers' console and command line, with an officer's token.

Everything an officer reads is a view; everything an officer does becomes one signed statement. No answer to an error
carries anything of the request.
"""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from domain.errors import RefusedError
from domain.wording import say
from node import quarantine, reading
from node.errors import HubAnswerError, HubUnavailableError
from node.intake import report_of, take
from node.node import Node
from node.officer import AUDIENCE, Officer
from node.statistics import Figure, victims_by_criminal_case
from node.worklist import as_document, worklist
from projections.rows import dump
from sealing.errors import TokenError
from sealing.tokens import Kind, verify

MAX_FILE = 200 * 1024 * 1024  # bytes


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


def create(node: Node, *, clock: Callable[[], int], today: Callable[[], date]) -> FastAPI:
    """Make the node's web application. `clock` gives seconds since 1970."""
    app = FastAPI(
        title="Cầu Nối node",
        version="1",
        docs_url=None,
        redoc_url=None,
        max_body_size=MAX_FILE,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    officer = _officer_of(node, clock)
    guarded = APIRouter(prefix="/v1", dependencies=[Depends(officer)])
    _add_intake(guarded, node, today)
    _add_views(guarded, node)
    _add_acts(guarded, node, officer)
    _add_own_tables(guarded, node)
    app.include_router(guarded)
    _add_health(app, node)
    _add_handlers(app)
    return app


def _officer_of(node: Node, clock: Callable[[], int]) -> Callable[..., Officer]:
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

    return officer


def _add_intake(to: APIRouter, node: Node, today: Callable[[], date]) -> None:
    read = {"rows": 0}  # of the file being taken

    @to.post("/ingest")
    async def ingest(request: Request, name: Annotated[str, Query(max_length=200)]) -> dict[str, Any]:
        """Take one file of this agency; answers row by row. Of `name` only the ending counts."""
        with tempfile.TemporaryDirectory(prefix="caunoi-") as directory:
            file = Path(directory) / ("file" + Path(name).suffix.lower())
            with file.open("wb") as stream:
                async for piece in request.stream():
                    stream.write(piece)
            read["rows"] = 0
            report = await run_in_threadpool(take, node, file, today(), progress=lambda n: read.update(rows=n))
        return report_of(report)

    @to.get("/ingest")
    def progress() -> dict[str, int]:
        """How many rows of the file being taken, or of the last one, were read."""
        return dict(read)

    @to.get("/worklist")
    def office_sheet() -> dict[str, Any]:
        """The office's own sheet with mã hồ sơ filled in, as text by column."""
        with node.lock:
            return as_document(worklist(node.rows, agency=node.agency, directory=node.projector.directory))

    @to.get("/quarantine")
    def set_aside() -> list[dict[str, Any]]:
        """What waits to be mended: reason and place, without content."""
        with node.lock:
            return [{k: v for k, v in one.items() if k != "sealed"} for one in node.store.quarantine()]

    @to.get("/quarantine/{number}")
    def one_set_aside(number: int) -> dict[str, Any]:
        """One of them with its content, opened for this agency's officer."""
        with node.lock:
            return quarantine.opened(quarantine.find(node.store.quarantine(), number), key=node.quarantine_key)


def _add_views(to: APIRouter, node: Node) -> None:
    @to.get("/caseload")
    def caseload() -> list[dict[str, Any]]:
        """All cases this agency may see."""
        with node.lock:
            return reading.caseload(node.rows)

    @to.get("/cases/{code}")
    def case(code: str) -> dict[str, Any]:
        """One case: sections with authors side by side, closed cells with their reason, timeline."""
        with node.lock:
            kind = node.projector.directory.agency(node.agency).kind
            return reading.one_case(node.rows, node.case_of_code(code).case.id, kind=kind, rules=node.rules, today=node.today())

    @to.get("/inbox")
    def inbox() -> list[dict[str, Any]]:
        """Offers: whose turn it is, since when, with their words."""
        with node.lock:
            return reading.inbox(node.rows, agency=node.agency)

    @to.get("/timeline")
    def timeline() -> list[dict[str, Any]]:
        """Every entry on this agency's feed."""
        with node.lock:
            return [{"case": row.case, **row.facts} for row in reading.timeline(node.rows)]

    @to.get("/statistics")
    def statistics(year: int | None = None) -> dict[str, Any]:
        """Victims found through criminal cases, from this agency's own view, with the entries behind each figure."""
        with node.lock:
            found = victims_by_criminal_case(node.rows.all("caseload"), agency=node.agency, year=year)
        return {
            "total": _figure(found.total),
            "by_residence": _figures(found.by_residence),
            "by_province": _figures(found.by_province),
            "by_regime": {regime: _figures(figures) for regime, figures in sorted(found.by_regime.items())},
        }


def _add_acts(to: APIRouter, node: Node, officer: Callable[..., Officer]) -> None:
    @to.post("/acts")
    def act(wanted: Act, person: Officer = Depends(officer)) -> dict[str, Any]:  # noqa: B008 - FastAPI's way
        """Do one act of an officer."""
        try:
            done = getattr(person, wanted.act)(wanted.on, **wanted.arguments)
        except (TypeError, ValueError):
            # An argument that is not there, or a section that does not exist.
            raise RefusedError("fact_wrong") from None
        if done is None:
            return {}
        return {"statement": done.statement, "index": done.index, "id": done.id}

    @to.post("/sync")
    def sync() -> dict[str, Any]:
        """Send and follow now."""
        reached = node.try_sync()
        return {"hub": reached, "feed": node.projector.number, "queued": node.store.count_queued()}


def _add_own_tables(to: APIRouter, node: Node) -> None:
    @to.get("/receipts")
    def receipts() -> list[dict[str, Any]]:
        """The hub's receipts to this agency."""
        with node.lock:
            return node.store.receipts()

    @to.get("/dump")
    def dumped() -> Response:
        """Every row of every view, opened, as lines of canonical JSON: for comparing with a replay."""
        with node.lock:
            return Response("".join(f"{line}\n" for line in dump(node.rows)), media_type="application/x-ndjson")


def _add_health(app: FastAPI, node: Node) -> None:
    registry = CollectorRegistry()
    Gauge("caunoi_node_outbox", "submissions waiting", registry=registry).set_function(node.store.count_queued)
    Gauge("caunoi_node_feed", "feed number followed", registry=registry).set_function(lambda: node.projector.number)

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


def _figure(figure: Figure) -> dict[str, Any]:
    return {"count": figure.count, "entries": figure.entries}


def _figures(figures: dict[str, Figure]) -> dict[str, Any]:
    return {name: _figure(one) for name, one in sorted(figures.items())}


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
