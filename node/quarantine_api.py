"""The quarantine over HTTP: what waits, one entry opened, the file it is, an officer's word that it is settled."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from node.contract import leads
from node.node import Node

FILE = "application/octet-stream"
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class Entry(BaseModel):
    """What was refused: why, where, when first and last, how often, since when it is settled. Without content."""

    id: int
    code: str
    reference: str  # form, row, column; the hash of a file; the id of a statement; empty of what is marked secret
    received: str
    last: str
    seen: int
    settled: str | None


class Opened(Entry):
    """One entry with its content: the row as written, or as read; None where none is kept, or all is in pieces."""

    content: Any
    pieces: int  # in which a file, or a very large row, is kept; 0 where none is


def add_quarantine(to: APIRouter, node: Node) -> None:
    """Add the routes of the quarantine."""

    @to.get("/quarantine", responses={200: leads(one_set_aside={"number": "$response.body#/0/id"})})
    def set_aside(*, settled: Annotated[bool, Query()] = False) -> list[Entry]:
        """What waits to be mended: reason and place, without content; with `settled` also what no longer waits."""
        with node.lock:
            return [Entry(**one) for one in node.quarantine.list(settled=settled)]

    @to.get("/quarantine/{number}", responses={200: leads(file_set_aside={"number": "$response.body#/id"})})
    def one_set_aside(number: Number) -> Opened:
        """One of them with its content, opened for this agency's officer."""
        with node.lock:
            return Opened(**node.quarantine.open(number))

    @to.get("/quarantine/{number}/file", response_class=StreamingResponse, responses={200: {"content": {FILE: {}}}})
    def file_set_aside(number: Number) -> StreamingResponse:
        """The bytes of a file that was refused whole, or of a row too large to show; one piece in memory at a time."""
        with node.lock:
            count = node.quarantine.count(number)

        def pieces() -> Iterator[bytes]:
            for place in range(count):
                with node.lock:
                    piece = node.quarantine.piece(number, place)
                yield piece

        return StreamingResponse(pieces(), media_type=FILE)

    @to.post("/quarantine/{number}/settled")
    def settle(number: Number) -> Entry:
        """Say that an entry is settled; its content goes, the rest is listed on wish only."""
        with node.lock:
            return Entry(**node.quarantine.settle_one(number))
