"""Search over HTTP, by name or number, in what is open to this agency today.

The text comes in the body, never in an address, and no answer to an error has it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from domain.errors import RefusedError
from domain.matching import Key
from node import documents as d
from node.contract import JSON, says, takes
from node.node import Node
from projections.search import nearest

MAX_SEARCH = 120  # characters
MAX_FOUND = 200
NEARNESS = ("number", *(key.value for key in Key))
A_SEARCH = takes(
    JSON,
    {
        "type": "object",
        "properties": {"text": {"type": "string", "minLength": 1, "maxLength": MAX_SEARCH}},
        "required": ["text"],
        "additionalProperties": False,
    },
)


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """What is looked for: a name in any order, with or without marks, or the number of a paper or phone."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SEARCH)]


class Found(BaseModel):
    """A case that may be meant, and what of it fits: from the same number to names that begin and end alike."""

    case: d.Id
    code: d.CaseCode | None
    nearness: Literal["number", "order_free", "core", "sound", "ends"]
    fits: Annotated[str, Field(description="the name or number that is open to this agency")]
    since: d.Day


def add_search(to: APIRouter, node: Node) -> None:
    """Add the route of the search."""

    @to.post("/search", openapi_extra=A_SEARCH, **says(list[Found], case={"code": "$response.body#/0/code"}))
    async def search(request: Request) -> list[dict[str, Any]]:
        """Cases by a person's name or number, in what is open to this agency; the nearest first, at most 200."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise RefusedError("content_type_wrong")
        text = read(await request.body())

        def look() -> list[dict[str, Any]]:
            with node.lock:
                return found(node, text)

        return await run_in_threadpool(look)


def read(body: bytes) -> str:
    """The text looked for.

    Raises:
        RefusedError: `request_wrong`.
    """
    try:
        return msgspec.json.decode(body, type=Search).text
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # The cause may quote the input.
        raise RefusedError("request_wrong") from None


def found(node: Node, text: str) -> list[dict[str, Any]]:
    """The cases that fit by what is open today: a tag alone may be of a day that is over."""
    fitting: list[dict[str, Any]] = []
    for case in node.projector.searched(text):
        row = node.views.get("caseload", case)
        near = None if row is None or row.content is None else nearest(text, row.content)
        if row is not None and near is not None:
            code, since = row.facts["code"], row.facts["since"]
            fitting.append({"case": case, "code": code, "nearness": near[0], "fits": near[1], "since": since})
    return sorted(fitting, key=lambda one: (NEARNESS.index(one["nearness"]), one["since"], one["case"]))[:MAX_FOUND]
