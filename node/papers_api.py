"""Papers over HTTP: a file handed in for a case, sealed as it comes; the file of a paper, opened as it goes."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from node.acts import MAX_PAPERS
from node.contract import A_FILE, FILE, says
from node.node import Node
from node.paper_files import NEW, spooled
from node.paper_reading import TYPES, open_file

PATH = "/v1/papers/"  # below it a file is handed in
On = Annotated[str, Path(max_length=64, description="mã hồ sơ, the id of an offer, or `new`")]
StatementId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Number = Annotated[int, Path(ge=1, le=MAX_PAPERS)]
A_PAPER: dict[int | str, dict[str, Any]] = {
    200: {"description": "done", "content": {kind: {} for kind in TYPES.values()}}
}


class PaperFile(BaseModel):
    """A file that was handed in, to be named in `papers` of one act; what kind it is, and its size in bytes."""

    file: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    format: Literal["pdf", "jpeg", "docx"]
    size: Annotated[int, Field(ge=1)]


def add_papers(to: APIRouter, node: Node, check: Callable[..., None]) -> None:
    """Add the routes of papers. `check` refuses a body that is compressed or of another type."""

    @to.post("/papers/{on}", openapi_extra=A_FILE, **says(PaperFile))
    async def hand_in(request: Request, on: On) -> dict[str, Any]:
        """Hand in one file for a case, or as `new` for one that a notice is to open, which alone may name it then.

        It is sealed as it comes, and kept in the clear nowhere.
        """
        check(request, FILE)
        stream, loop = request.stream(), asyncio.get_running_loop()

        async def piece() -> bytes:
            return await anext(stream, b"")

        def source() -> Iterator[bytes]:
            while taken := asyncio.run_coroutine_threadsafe(piece(), loop).result():
                yield taken

        return await run_in_threadpool(_take, node, on, source())

    @to.get("/papers/{statement}/{number}", response_class=StreamingResponse, responses=A_PAPER)
    def file_of_paper(statement: StatementId, number: Number) -> StreamingResponse:
        """The file of a statement's paper, counted from 1, byte for byte as it was handed in."""
        file = open_file(node, statement, number)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Content-Length": str(file.size)}
        return StreamingResponse(file.pieces, media_type=file.media_type, headers=headers)


def _take(node: Node, on: str, source: Iterator[bytes]) -> dict[str, Any]:
    with node.lock:
        case = NEW if on == "new" else node.file_of(on).case.id
    with spooled(source, author=node.agency) as (file, sealed), node.lock:
        node.paper_files.keep(file, sealed, case=case, now=node.now())
    return {"file": file.hash, "format": file.format, "size": file.size}
