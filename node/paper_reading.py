"""Reading papers: what a case's people see of each, and the file of one, opened piece by piece.

Whether a file is open is asked of the log's headers each time; what was open once and is not now is not read from
what was kept. A file that was destroyed reads as one, which is a normal state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.case import Recorded
from domain.errors import RefusedError
from domain.statements import Attached, Paper, SealedSection
from node.attachments import AttachmentTable
from node.errors import HubAnswerError
from node.node import Node
from node.papers import PaperFile
from projections.casefile import CaseFile
from projections.current import Current
from projections.papers import VIEW, name_of
from sealing.attachments import open_pieces
from sealing.envelope import check_body
from sealing.errors import BodyMismatchError, CannotOpenError

TYPES = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ENDINGS = {"pdf": "pdf", "jpeg": "jpg", "docx": "docx"}
WORDS = {"number": "paper_number", "issuer": "issued_by", "signatory": "signatory", "title": "title"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """The file of a paper, opened: a name that says nobody's, its type and size, and its bytes."""

    name: str
    media_type: str
    size: int
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One paper with a file: where it stands, and the section that has what opens it."""

    file: CaseFile
    entry: Recorded
    paper: Paper
    attached: Attached
    sealed: SealedSection
    place: int  # among the papers of its section, from 0


def papers_of(views: Current, case: str) -> list[dict[str, Any]]:
    """The papers of a case in the log's order: codes of all, the words of those that are open."""
    row = views.get(VIEW, case)
    if row is None:
        return []
    content = row.content or {}
    return [_shown(facts, content.get(name_of(facts))) for facts in row.facts["papers"]]


def _shown(facts: dict[str, Any], words: dict[str, Any] | None) -> dict[str, Any]:
    state = "closed" if words is None else "unreadable" if words.get("unreadable") else "open"
    said = words or {}
    named = {shown: said.get(name) for name, shown in WORDS.items()}
    return {**facts, "state": state, **named, "size": said.get("file", {}).get("size")}


def open_file(node: Node, statement: str, number: int) -> OpenFile:
    """The file of a statement's paper, counted from 1.

    Raises:
        RefusedError: `paper_unknown`; `paper_without_file`; `paper_closed`: not open to this agency today;
            `paper_unreadable`: destroyed, or damaged by its author.
        HubUnavailableError: the hub is away, and the file was never read here.
        HubAnswerError: the hub answered another file.
    """
    with node.lock:
        found = _found(node, statement, number)
        if not found.file.case.holds(node.agency, found.sealed.key, node.today()):
            raise RefusedError("paper_closed")
        file = _file(node, found)
        opened = open_pieces(
            _pieces(node, node.store.attachments, file.hash),
            file_key=file.key,
            author=found.entry.statement.by,
            size=file.size,
        )
    try:
        first = next(opened, b"")
    except CannotOpenError:
        raise RefusedError("paper_unreadable") from None
    code = found.file.case.code or "HS"
    return OpenFile(
        name=f"{code}-{found.paper.kind}-{found.paper.date}.{ENDINGS[file.format]}",
        media_type=TYPES[file.format],
        size=file.size,
        pieces=_joined(first, opened),
    )


def _found(node: Node, statement: str, number: int) -> _Found:
    for file in node.projector.files.values():
        entry = next((one for one in file.seen if one.statement.id == statement), None)
        if entry is not None and number <= len(entry.statement.papers):
            break
    else:
        raise RefusedError("paper_unknown")
    papers = entry.statement.papers
    paper = papers[number - 1]
    if paper.attached is None:
        raise RefusedError("paper_without_file")
    place = sum(one.section is paper.section for one in papers[: number - 1])
    sealed = next(one for one in entry.statement.sealed if one.section is paper.section)
    return _Found(file=file, entry=entry, paper=paper, attached=paper.attached, sealed=sealed, place=place)


def _file(node: Node, found: _Found) -> PaperFile:
    """The file with its bytes and its key here: from what is kept, else from the hub."""
    case, name = found.file.case, found.attached.hash
    kept = node.store.attachments.get(name)
    if kept is None:
        sealed = node.hub.attachment(name)
        if sealed is None:
            raise RefusedError("paper_unreadable")
        try:
            check_body(sealed, hash=name, length=found.attached.length)
        except BodyMismatchError:
            raise HubAnswerError("the hub answered another file") from None
        node.paper_files.put(name, sealed, case=case.id, now=node.now())
    known = None if kept is None else node.paper_files.opened(kept)
    if known is not None:
        return known
    key = node.opening.file_key(case, found.entry.statement, found.sealed, place=found.place)
    node.opening.forget(keep={case for case, file in node.projector.files.items() if file.ahead})
    if key is None:
        raise RefusedError("paper_unreadable")
    attached = found.attached
    file = PaperFile(hash=name, format=attached.format, length=attached.length, size=key.size, key=key.key)
    node.paper_files.remember(file, case=case.id)
    return file


def _pieces(node: Node, table: AttachmentTable, hash_: str) -> Iterator[bytes]:
    """The sealed bytes; the node is not held up between two pieces."""
    number = 0
    while True:
        with node.lock:
            piece = table.piece(hash_, number)
        if not piece:
            return
        yield piece
        number += 1


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
