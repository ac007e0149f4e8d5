"""What the hub's addresses are asked with and answer in: who calls, a body of its type, documents, lines, problems."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from fastapi import Depends, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from domain.errors import RefusedError
from domain.wording import Language
from door.problems import PROBLEM, Problem, headers_of, language_of
from hub import documents as d
from hub.contract import JSON, NDJSON
from hub.serving import Serving


async def serving(request: Request) -> Serving:
    """The hub this application was made for."""
    made: Serving = request.app.state.serving
    return made


BEARER = HTTPBearer(bearerFormat="JWT", scheme_name="agency", description="by the agency's key", auto_error=False)
Token = Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
Hub = Annotated[Serving, Depends(serving)]


async def caller(hub: Hub, token: Token) -> str:
    """The agency that calls."""
    return hub.callers.agency(token.credentials if token else "")


Agency = Annotated[str, Depends(caller)]


def kind_of(request: Request, *kinds: str) -> str:
    """The type of a request's body, one of these and never compressed.

    Raises:
        RefusedError: `content_type_wrong`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds or "content-encoding" in request.headers:
        raise RefusedError("content_type_wrong")
    return kind


async def body_of(request: Request, *kinds: str) -> tuple[str, bytes]:
    """The type and bytes of a request's body, of one of these types and never compressed.

    Raises:
        RefusedError: `content_type_wrong`.
    """
    return kind_of(request, *kinds), await request.body()


async def hashes_of(request: Request) -> list[str]:
    """The hashes a request asks for.

    Raises:
        RefusedError: `content_type_wrong`, `submission_malformed`.
    """
    _, body = await body_of(request, JSON)
    try:
        return msgspec.json.decode(body, type=d.Hashes).hashes
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise RefusedError("submission_malformed") from None


def language(request: Request) -> Language:
    """The language a request asks for."""
    return language_of(request.headers.get("accept-language", ""))


def document(content: object, *, status: int = 200) -> Response:
    """One JSON document."""
    return Response(msgspec.json.encode(content), status_code=status, media_type=JSON)


def lines(rows: Iterable[object]) -> Response:
    """One JSON document a line, UTF-8."""
    return Response(msgspec.json.Encoder().encode_lines(list(rows)), media_type=NDJSON)


def refusal(content: Problem, headers: dict[str, str] | None = None) -> Response:
    """One problem, with what its status asks for."""
    more = {**(headers or {}), **headers_of(content)}
    return Response(msgspec.json.encode(content), status_code=content.status, media_type=PROBLEM, headers=more)
