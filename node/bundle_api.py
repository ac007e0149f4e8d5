"""Carried bundles over HTTP, for the agency's own command line: one out, the hub's answer in, how many wait."""

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from node import bundles
from node.contract import A_FILE, FILE, says
from node.node import Node

Number = Annotated[int, Query(ge=1, le=2**53)]
Count = Annotated[int, Field(ge=0)]
A_BUNDLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "done", "content": {FILE: {"schema": {"type": "string", "format": "binary"}}}}
}


class Waiting(BaseModel):
    """How many statements wait that are in no bundle yet."""

    waiting: Count


class Taken(BaseModel):
    """What the answer to a bundle brought; `known` when all of it was here, `more` when the hub has more."""

    number: Annotated[int, Field(ge=1)]
    recorded: Count
    refused: Count
    feed: Count
    known: bool
    more: bool


def add_bundles(to: APIRouter, node: Node, check: Callable[[Request], None]) -> None:
    """Add the routes of bundles. `check` refuses a body that is compressed."""

    @to.get("/bundles", **says(Waiting))
    def waiting_for_bundles() -> dict[str, int]:
        """How many statements wait that are in no bundle yet."""
        return {"waiting": bundles.unpacked(node)}

    @to.post("/bundles", response_class=Response, responses=A_BUNDLE)
    def pack(follows: Number | None = None) -> Response:
        """A bundle of what waits, sealed to the hub; with `follows`, of what waits behind that bundle of ours."""
        return Response(bundles.pack(node, follows=follows), media_type=FILE)

    @to.post("/bundles/take", openapi_extra=A_FILE, **says(Taken))
    async def take(request: Request) -> dict[str, Any]:
        """Take the hub's answer to a bundle of ours."""
        check(request)
        return dataclasses.asdict(await run_in_threadpool(bundles.take, node, await request.body()))
