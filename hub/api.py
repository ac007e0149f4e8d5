"""The hub over HTTP: submit, feed, bodies and grants by hash, entries, receipts, directory.

Agencies authenticate by a short-lived token signed with their registered key. No answer, log line or metric carries
anything of a request: errors name places of the interface, and what nobody expected is an incident number.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from eventsourcing.persistence import PersistenceError
from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from typing_extensions import override

from domain.errors import RefusedError
from domain.statements import AgencyKind
from door import tracing
from door.asgi import Door
from door.problems import Place, Problem, code_of, problem
from hub import attachment_api, kafka_api
from hub import documents as d
from hub.attachments import Attachments
from hub.callers import AUDIENCE, Callers
from hub.carried import Carried
from hub.contract import (
    ANSWERED,
    BROUGHT,
    BY_HASH,
    CARRIED,
    JSON,
    METRICS,
    NDJSON,
    SUBMITTED,
    components,
    says,
    takes,
)
from hub.errors import IntakeUnavailableError
from hub.intake import Intake
from hub.requests import Agency, Hub, Token, body_of, document, hashes_of, language, lines, refusal
from hub.serving import Metrics, Serving
from hub.sharing import Sharing
from hub.submission import MAX_SUBMISSION
from sealing.encoding import to_base64
from sealing.envelope import MAX_ATTACHMENT
from sealing.manifests import MAX_BUNDLE

MAX_LINES = 5_000
MAX_BODY = 2 * MAX_SUBMISSION  # bytes of one request
LIMITS = {
    "/v1/statements": MAX_BODY,
    "/v1/carried": MAX_BUNDLE,
    attachment_api.PATH: MAX_ATTACHMENT,
    kafka_api.PATH: MAX_BODY,
}
EXPECTED: Mapping[type[Exception], str] = {
    IntakeUnavailableError: "hub_unavailable",
    PersistenceError: "hub_unavailable",
    ClientDisconnect: "request_wrong",  # nobody reads it
}
LOG = logging.getLogger(__name__)
__all__ = ["AUDIENCE", "create"]


After = Annotated[int, Query(ge=0, le=2**62)]
Limit = Annotated[int, Query(ge=1, le=2000)]
StatementId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
router = APIRouter()


def create(intake: Intake, sharing: Sharing, *, registrar_public: bytes, clock: Callable[[], int]) -> FastAPI:
    """Make the hub's web application. `clock` gives seconds since 1970."""
    app = Application(
        title="Cầu Nối hub",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would say the address again, with whatever is in it
        default_response_class=Response,
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    callers = Callers(intake.head, (intake.registrar, registrar_public), clock)
    app.state.serving = Serving(intake, sharing, callers, Metrics(intake), Attachments(intake.head.application))
    app.include_router(router)
    app.include_router(attachment_api.router)
    app.include_router(kafka_api.router)
    app.add_middleware(Door, limits=LIMITS, expected=EXPECTED, note=note)
    add_handlers(app)
    return app


class Application(FastAPI):
    """The framework's application, its published contract completed by the documents."""

    @override
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document.setdefault("components", {})["schemas"] = components()
        return document


# -- addresses -----------------------------------------------------------------------------------------------------


@router.post("/v1/statements", status_code=201, responses=SUBMITTED, openapi_extra=takes("Submission", lines=True))
async def submit(request: Request, hub: Hub, agency: Agency) -> Response:
    """Take one submission (JSON), or many (NDJSON, answered line by line)."""
    kind, body = await body_of(request, JSON, NDJSON)
    raw = [line for line in body.split(b"\n") if line.strip()] if kind == NDJSON else [body]
    if len(raw) > MAX_LINES:
        raise RefusedError("submission_too_large")
    answers = await hub.write(hub.intake.submit, raw, agency=agency)
    hub.metrics.count(answers)
    if tracing.CURRENT.get():  # the log names the trace in its line
        LOG.info("answered %d", len(answers))
    said = [d.answered(one, language=language(request)) for one in answers]
    if kind == NDJSON:
        return lines(said)
    return refusal(said[0]) if isinstance(said[0], Problem) else document(said[0], status=201)


@router.post("/v1/carried", responses=CARRIED, openapi_extra=BROUGHT)
async def carried(request: Request, hub: Hub, token: Token) -> Response:
    """Take a carried bundle, already opened: its signed manifest, then its content; answers with one of the same form.

    The token is the carrier's, signed with the hub's own key; the agency speaks by its signature on the manifest.
    """
    sign_as = hub.intake.sign_as
    hub.callers.carrier(token.credentials if token else "", kid=sign_as, public=hub.intake.signer.public(sign_as))
    _, body = await body_of(request, NDJSON)
    answer, answers = await hub.carry(Carried(hub.intake, hub.sharing).take, body)
    hub.metrics.count(answers)
    return Response(answer, media_type=NDJSON)


@router.get("/v1/feed", responses=says("FeedLine", *ANSWERED, kind=NDJSON))
async def feed(hub: Hub, agency: Agency, after: After = 0, limit: Limit = 500) -> Response:
    """The caller's feed after a feed number, entries verbatim."""
    page = await hub.read(hub.intake.head.application.reader.feed, agency, after, limit)
    return lines(d.FeedLine(one.number, one.index, one.entry.decode()) for one in page)


@router.get("/v1/entries", responses=says("LogLine", *ANSWERED, 403, kind=NDJSON))
async def entries(hub: Hub, agency: Agency, after: After = 0, limit: Limit = 500) -> Response:
    """The whole log after a log index, for auditors and the registrar."""
    known = hub.intake.head.mechanism.directory.agencies.get(agency)
    if known is None or known.kind not in {AgencyKind.AUDITOR, AgencyKind.REGISTRAR}:
        raise RefusedError("not_authorised")
    page = await hub.read(hub.intake.head.application.reader.entries, after, limit)
    return lines(d.LogLine(one.index, one.entry.decode()) for one in page)


@router.post("/v1/bodies", responses=BY_HASH, openapi_extra=takes("Hashes"))
async def bodies(request: Request, hub: Hub, agency: Agency) -> Response:
    """Sealed bodies by hash; those of entries that are not on the caller's feed are absent."""
    wanted = await hashes_of(request)
    found = await hub.read(hub.sharing.bodies, wanted, agency=agency)
    return document({name: to_base64(one) for name, one in found.items()})


@router.post("/v1/grants", responses=BY_HASH, openapi_extra=takes("Hashes"))
async def grants(request: Request, hub: Hub, agency: Agency) -> Response:
    """Wrapped grants by hash; those not addressed to the caller, or not released, are absent."""
    wanted = await hashes_of(request)
    found = await hub.read(hub.sharing.grants, wanted, agency=agency)
    return document({name: to_base64(one) for name, one in found.items()})


@router.get("/v1/receipts/{statement_id}", responses=says("Receipt", *ANSWERED, 404))
async def receipt(request: Request, hub: Hub, agency: Agency, statement_id: StatementId) -> Response:
    """The receipt of a statement the caller signed."""
    found = await hub.read(hub.intake.receipt, statement_id, agency=agency)
    return document(d.answered(found, language=language(request)))


@router.get("/v1/refusals", responses=says("RefusalLine", *ANSWERED, kind=NDJSON))
async def refusals(hub: Hub, agency: Agency, after: After = 0) -> Response:
    """The caller's signed refusals after a number, up to a thousand."""
    found = await hub.read(hub.intake.head.application.refusals.after, agency, after)
    return lines(d.refusal_line(number, one) for number, one in found)


@router.get("/v1/directory", responses=says("Directory", *ANSWERED))
async def directory(hub: Hub, agency: Agency) -> Response:
    """Agencies with their public cards and keys, as of the head."""
    return document(await hub.read(hub.intake.directory))


@router.get("/v1/head", responses=says("Head", *ANSWERED))
async def head(hub: Hub, agency: Agency) -> Response:
    """Size and Merkle root of the log, and the id of the hub's key."""
    return document(d.Head(*await hub.read(hub.intake.head.size_and_root), hub.intake.sign_as))


@router.get("/healthz", responses=says("Health"))
async def healthz() -> Response:
    """Alive."""
    return document(d.Health("ok"))


@router.get("/readyz", responses=says("Health", 503))
async def readyz(hub: Hub) -> Response:
    """Ready: the database answers."""
    try:
        await hub.read(hub.intake.head.application.reader.feed, "readyz", 0, 1)
    except (PersistenceError, RefusedError):
        raise RefusedError("not_ready") from None
    return document(d.Health("ok", hub.intake.head.frontier.size))


@router.get("/metrics", responses=METRICS)
async def show_metrics(hub: Hub) -> Response:
    """Prometheus text; no ids."""
    return Response(hub.metrics.text(), media_type="text/plain; version=0.0.4")


# -- what goes wrong ------------------------------------------------------------------------------------------------


def note(what: str) -> str:
    """Log what nobody expected; give its number."""
    incident = secrets.token_hex(8)
    LOG.error("incident %s: %s", incident, what)
    return incident


def add_handlers(app: FastAPI) -> None:
    """Answer what the framework refuses as a problem, never with anything of the request (its own 422 would)."""

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        # The parameters are ours; a body is never read by the framework.
        places = tuple(Place("/".join(map(str, one["loc"])), one["type"]) for one in error.errors())
        return refusal(problem("query_wrong", errors=places, language=language(request)))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        said = problem(code_of(error.status_code), status=error.status_code, language=language(request))
        return refusal(said, dict(error.headers or {}))
