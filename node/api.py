"""A node over HTTP, on loopback: for its own officers' console and command line, with an officer's token.

Everything an officer reads is a view; everything an officer does becomes one signed statement. No answer to an error
carries anything of the request.
"""

import logging
import secrets
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from typing_extensions import override

from domain import problems
from domain.door import Door
from domain.errors import RefusedError
from domain.problems import Place, Problem, problem
from domain.wording import Language
from node import acts, quarantine, reading
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
BEARER = HTTPBearer(bearerFormat="JWT", scheme_name="officer", description="by the agency's key", auto_error=False)
EXPECTED: Mapping[type[Exception], str] = {
    HubUnavailableError: "hub_unavailable",
    HubAnswerError: "hub_answer_wrong",
    ClientDisconnect: "request_wrong",  # nobody reads it
}
LOG = logging.getLogger(__name__)


class Act(BaseModel):
    """One act on a case or an offer: its name and its arguments (codes, ids, dates, words to be sealed)."""

    model_config = {"extra": "forbid"}
    act: Annotated[str, Field(max_length=40)]  # one of `node.acts.ACTS`, which has its arguments
    on: Annotated[str, Field(max_length=acts.MAX_ON)]  # mã hồ sơ, or the id of an offer
    arguments: dict[str, Any] = {}


def create(node: Node, *, clock: Callable[[], int], today: Callable[[], date]) -> FastAPI:
    """Make the node's web application. `clock` gives seconds since 1970."""
    app = Application(
        title="Cầu Nối node",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would say the address again, with whatever is in it
        responses=problems.documented(400, 401, 404, 409, 413, 415, 422, 500, 502, 503),
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
    app.add_middleware(Door, limits={"/v1/ingest": MAX_FILE}, expected=EXPECTED, note=_note)
    _add_handlers(app)
    return app


class Application(FastAPI):
    """The framework's application, its published contract completed by the form of problems."""

    @override
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(problems.components() | acts.components())
        return document


def _officer_of(node: Node, clock: Callable[[], int]) -> Callable[..., Officer]:
    def key_of(kid: str) -> tuple[str, bytes] | None:
        known = node.projector.directory.keys.get(kid)
        revoked = known is not None and known.until is not None
        mine = kid in node.keystore.kids("sign") and not revoked
        return (node.agency, node.keystore.public(kid)) if mine else None

    def officer(given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> Officer:
        """The officer whose token this agency's key signed."""
        token = given.credentials if given else ""
        try:
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
            kind, found = node.projector.directory.agency(node.agency).kind, node.case_of_code(code).case.id
            return reading.one_case(node.rows, found, kind=kind, rules=node.rules, today=node.today())

    @to.get("/inbox")
    def inbox() -> list[dict[str, Any]]:
        """Offers: whose turn it is, since when, with their words."""
        with node.lock:
            return reading.inbox(node.rows, agency=node.agency, today=node.today())

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
    def act(wanted: Act, person: Officer = Depends(officer)) -> dict[str, Any]:  # noqa: B008, FAST002 - the dependency is made here
        """Do one act of an officer."""
        with node.lock:
            done = acts.do(person, wanted.act, wanted.on, wanted.arguments)
        if done is None:
            return {}
        return {"statement": done.statement, "index": done.index, "id": done.id}

    @to.post("/sync")
    def sync() -> dict[str, Any]:
        """Send and follow now."""
        with node.lock:
            reached = node.try_sync()
            waiting = node.store.count_queued()
            return {"hub": reached, "feed": node.projector.number, "queued": waiting, "alarm": node.alarm}


def _add_own_tables(to: APIRouter, node: Node) -> None:
    @to.get("/receipts")
    def receipts() -> list[dict[str, Any]]:
        """The hub's receipts to this agency."""
        with node.lock:
            return node.store.receipts()

    @to.get("/dump", response_class=Response, responses={200: {"content": {"application/x-ndjson": {}}}})
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

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def metrics() -> Response:
        """Prometheus text; no ids."""
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


def _figure(figure: Figure) -> dict[str, Any]:
    return {"count": figure.count, "entries": figure.entries}


def _figures(figures: dict[str, Figure]) -> dict[str, Any]:
    return {name: _figure(one) for name, one in sorted(figures.items())}


def _language(request: Request) -> Language:
    return problems.language_of(request.headers.get("accept-language", ""))


def _refusal(said: Problem, headers: dict[str, str] | None = None) -> Response:
    more = {**(headers or {}), **problems.headers_of(said)}
    return Response(msgspec.json.encode(said), status_code=said.status, media_type=problems.PROBLEM, headers=more)


def _note(what: str) -> str:
    incident = secrets.token_hex(8)
    LOG.error("incident %s: %s", incident, what)
    return incident


def _add_handlers(app: FastAPI) -> None:
    """Answer what the framework refuses as a problem, never with anything of the request (its own 422 would)."""

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        # Of a body only that it is wrong: the places in it may be names that came with it.
        places = tuple(Place(str(one["loc"][0]), one["type"]) for one in error.errors())
        return _refusal(problem("query_wrong", errors=places, language=_language(request)))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, RefusedError):
            raise error.__cause__  # a body that is too long, while the framework read it
        code = problems.code_of(error.status_code)
        return _refusal(problem(code, status=error.status_code, language=_language(request)), dict(error.headers or {}))
