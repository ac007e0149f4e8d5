"""A node over HTTP, on loopback: for its own officers' console and command line, with an officer's token.

Everything an officer reads is a view; everything an officer does becomes one signed statement. No answer to an error
carries anything of the request.
"""

import asyncio
import logging
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import psycopg
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from typing_extensions import override

from domain.errors import RefusedError
from domain.wording import Language
from door import problems
from door.asgi import Door
from door.problems import Place, Problem, problem
from node import documents as d
from node import intake_documents as i
from node import reading
from node.access import asked
from node.access_api import add_requests
from node.acts_api import add_acts
from node.bundle_api import add_bundles
from node.clocks_api import add_clocks, clocks_of
from node.contract import A_FILE, DUMP, JSON, METRICS, NDJSON, completed, says
from node.errors import HubAnswerError, HubUnavailableError
from node.figures import Figures
from node.ingest import Progress
from node.intake import report_of, take
from node.node import Node
from node.officer import AUDIENCE, Officer
from node.papers_api import PATH, add_papers
from node.quarantine_api import add_quarantine
from node.readiness import database_answers
from node.searching import add_search
from node.statistics_api import add_statistics
from projections.rows import dump
from sealing.errors import TokenError
from sealing.manifests import MAX_BUNDLE
from sealing.tokens import Kind, verify

MAX_FILE = 200 * 1024 * 1024  # bytes
# A paper may be less than any file; what is more is refused with its own code, as it comes.
LIMITS = {"/v1/ingest": MAX_FILE, PATH: MAX_FILE, "/v1/bundles/take": MAX_BUNDLE}
BEARER = HTTPBearer(bearerFormat="JWT", scheme_name="officer", description="by the agency's key", auto_error=False)
EXPECTED: Mapping[type[Exception], str] = {
    HubUnavailableError: "hub_unavailable",
    HubAnswerError: "hub_answer_wrong",
    psycopg.OperationalError: "not_ready",
    ClientDisconnect: "request_wrong",  # nobody reads it
}
LOG = logging.getLogger(__name__)


def create(node: Node, *, clock: Callable[[], int], today: Callable[[], date]) -> FastAPI:
    """Make the node's web application. `clock` gives seconds since 1970."""
    app = Application(
        title="Cầu Nối node",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would say the address again, with whatever is in it
        responses=problems.documented(400, 401, 404, 409, 413, 415, 422, 500, 502, 503),
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    officer = _officer_of(node, clock)
    guarded = APIRouter(prefix="/v1", dependencies=[Depends(officer)])
    _add_intake(guarded, node, today)
    _add_views(guarded, node)
    add_acts(guarded, node, officer, _check_content)
    _add_own_tables(guarded, node)
    app.include_router(guarded)
    _add_health(app, node)
    app.add_middleware(Door, limits=LIMITS, expected=EXPECTED, note=_note)
    _add_handlers(app)
    return app


class Application(FastAPI):
    """The framework's application, its published contract completed by the forms of problems and acts."""

    @override
    def openapi(self) -> dict[str, Any]:
        return completed(super().openapi())


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
    read = Progress()

    @to.post("/ingest", openapi_extra=A_FILE, **says(i.Report, case={"code": "$response.body#/rows/0/code"}))
    async def ingest(request: Request, name: Annotated[str, Query(max_length=200)]) -> Response:
        """Take one file of this agency; answers row by row. Of `name` only the ending counts."""
        _check_content(request)
        ending = Path(name).suffix.lower()
        with tempfile.TemporaryDirectory(prefix="caunoi-") as directory:
            file = Path(directory) / ("file" + (ending if ending[1:].isalnum() and ending.isascii() else ""))
            with file.open("wb") as stream:
                async for piece in request.stream():
                    stream.write(piece)
            report = await run_in_threadpool(take, node, file, today(), progress=read)
        return StreamingResponse(report_of(report), media_type=JSON)

    @to.get("/ingest", **says(i.Progress))
    def progress() -> dict[str, int]:
        """How far the file being taken is, or the last one."""
        return asdict(read)

    @to.get("/worklist", **says(i.Worklist))
    def office_sheet() -> dict[str, Any]:
        """The office's own sheet with mã hồ sơ filled in, as text by column."""
        from node.worklist import as_document, worklist  # noqa: PLC0415 - loads what writes workbooks

        with node.lock:
            return as_document(worklist(node.views, agency=node.agency, directory=node.projector.directory))

    add_quarantine(to, node)
    add_bundles(to, node, _check_content)
    add_papers(to, node, _check_content)


def _add_views(to: APIRouter, node: Node) -> None:
    @to.get("/caseload", **says(list[d.Case], case={"code": "$response.body#/0/code"}))
    def caseload() -> list[dict[str, Any]]:
        """All cases this agency may see."""
        with node.lock:
            return reading.caseload(node.views)

    @to.get("/cases/{code}", **says(d.OneCase))
    def case(code: str) -> dict[str, Any]:
        """One case: sections with authors side by side, closed cells with their reason, timeline."""
        with node.lock:
            kind, file = node.projector.directory.agency(node.agency).kind, node.case_of_code(code)
            waits, clocks = asked(file, by=node.agency, day=node.today()), clocks_of(node, file)
            return reading.one_case(node.views, file.case.id, kind=kind, rules=node.rules, clocks=clocks, asked=waits)

    @to.get("/inbox", **says(list[d.Offer], case={"code": "$response.body#/0/code"}))
    def inbox() -> list[dict[str, Any]]:
        """Offers: whose turn it is, since when, with their words."""
        with node.lock:
            return reading.inbox(node.views, agency=node.agency, today=node.today())

    for add in (add_requests, add_clocks, add_search):
        add(to, node)

    @to.get("/timeline", **says(list[d.FeedEntry]))
    def timeline() -> list[dict[str, Any]]:
        """Every entry on this agency's feed."""
        with node.lock:
            return [{"case": row.case, **row.facts} for row in reading.timeline(node.views)]

    add_statistics(to, node)


def _add_own_tables(to: APIRouter, node: Node) -> None:
    @to.get("/receipts", **says(list[d.Receipt]))
    def receipts() -> list[dict[str, Any]]:
        """The hub's receipts to this agency."""
        with node.lock:
            return node.store.receipts()

    @to.get("/dump", response_class=Response, responses=DUMP)
    def dumped() -> Response:
        """Every row of every view, opened, as lines of canonical JSON: for comparing with a replay."""
        with node.lock:
            return Response("".join(f"{line}\n" for line in dump(node.rows)), media_type=NDJSON)


def _add_health(app: FastAPI, node: Node) -> None:
    figures = Figures(node)

    @app.get("/healthz", **says(d.Health))
    async def healthz() -> dict[str, str]:
        """Alive."""
        return {"status": "ok"}

    @app.get("/readyz", **says(d.Ready))
    async def readyz() -> dict[str, Any]:
        """Ready: the database answers."""
        # In a thread that officers who wait for the database cannot take.
        if not await asyncio.to_thread(database_answers, node.store.connection):
            raise RefusedError("not_ready")
        return {"status": "ok", "feed": node.projector.number}

    @app.get("/metrics", response_class=Response, responses=METRICS)
    def metrics() -> Response:
        """Prometheus text; no ids."""
        return Response(figures.text(), media_type="text/plain; version=0.0.4")


def _check_content(request: Request, *kinds: str) -> None:
    """Take only these types of body, if any are named, and none that is compressed.

    Raises:
        RefusedError: `content_type_wrong`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (kinds and kind not in kinds) or "content-encoding" in request.headers:
        raise RefusedError("content_type_wrong")


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
