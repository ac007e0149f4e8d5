"""Files of papers over HTTP: one address, uploaded and fetched by hash, streamed both ways."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from domain.errors import RefusedError
from hub.contract import FETCHED, OCTETS, UPLOADED, file_of
from hub.log.attachments import PIECE
from hub.requests import Agency, Hub, kind_of
from hub.serving import Serving

PATH = "/v1/attachments/"
Name = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
router = APIRouter()


@router.put(PATH + "{hash}", status_code=204, responses=UPLOADED, openapi_extra={"requestBody": file_of(OCTETS)})
async def upload(request: Request, hub: Hub, agency: Agency, hash: Name) -> Response:  # noqa: A002 - as in the path
    """Take a sealed file of a paper before the statement that names it; known or new, the answer is the same."""
    kind_of(request, OCTETS)
    await hub.read(hub.attachments.check_room, agency)
    with hub.attachments.taking(agency) as spool:
        async for piece in request.stream():
            await run_in_threadpool(spool.write, piece)
        await run_in_threadpool(partial(hub.attachments.keep, spool, hash, agency=agency))
    return Response(status_code=204)


@router.get(PATH + "{hash}", responses=FETCHED)
async def fetch(hub: Hub, agency: Agency, hash: Name) -> Response:  # noqa: A002 - as in the path
    """A sealed file that an entry on the caller's feed names."""
    length = await hub.read(partial(hub.attachments.length, hash, agency=agency))
    return StreamingResponse(_pieces(hub, hash, length), media_type=OCTETS, headers={"Content-Length": str(length)})


async def _pieces(hub: Serving, name: str, length: int) -> AsyncIterator[bytes]:
    for number in range(1, -(-length // PIECE) + 1):
        piece = await hub.read(hub.intake.head.application.attachments.piece, name, number)
        if piece is None:  # erased meanwhile: the answer breaks off
            raise RefusedError("not_found")
        yield piece
