"""Reading papers: what a case's people see of each, and the file of one, opened piece by piece.

Whether a file is open is asked of the log's headers each time; what was open once and is not now is not read from
what was kept. A file that was destroyed reads as one, which is a normal state.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.case import Recorded
from domain.errors import RefusedError
from domain.statements import Attached, Paper, SealedSection
from node.node import Node
from node.paper_formats import Passing
from node.papers import PaperFile
from projections.casefile import CaseFile
from projections.current import Current
from projections.papers import VIEW, name_of
from sealing.attachments import open_pieces
from sealing.errors import CannotOpenError

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
        found = _open(node, statement, number)
        kept = node.store.attachments.get(found.attached.hash)
    if kept is None:
        _fetch(node, found)
    with node.lock:
        found = _open(node, statement, number)
        file = _file(node, found)
    try:
        if file.format == "docx":  # what it is made of is listed at its end
            deque(_opened(node, found, file), maxlen=0)
        opened = _opened(node, found, file)
        first = next(opened, b"")
    except (CannotOpenError, RefusedError):
        raise RefusedError("paper_unreadable") from None
    code = found.file.case.code or "HS"
    return OpenFile(
        name=f"{code}-{found.paper.kind}-{found.paper.date}.{ENDINGS[file.format]}",
        media_type=TYPES[file.format],
        size=file.size,
        pieces=_joined(first, opened),
    )


def _open(node: Node, statement: str, number: int) -> _Found:
    found = _found(node, statement, number)
    if not found.file.case.holds(node.agency, found.sealed.key, node.today()):
        raise RefusedError("paper_closed")
    return found


def _fetch(node: Node, found: _Found) -> None:
    """Keep a file as the hub hands it out. The node is not held up while it comes."""
    name, length = found.attached.hash, found.attached.length
    with tempfile.TemporaryFile() as spool:
        if not node.hub.attachment(name, spool, length=length):
            raise RefusedError("paper_unreadable")
        spool.seek(0)
        with node.lock:
            node.paper_files.put(name, spool, length=length, case=found.file.case.id, now=node.now())


def _opened(node: Node, found: _Found, file: PaperFile) -> Iterator[bytes]:
    """The pieces of a file, looked at once more: its author's node may have let another type pass.

    Raises:
        CannotOpenError: it was changed.
        RefusedError: it is not of the type its header says.
    """
    sealed, passing = node.store.attachments.pieces(file.hash, lock=node.lock), Passing()
    opened = open_pieces(sealed, file_key=file.key, author=found.entry.statement.by, size=file.size)
    for piece in passing.pieces(opened):
        if passing.format != file.format:
            raise RefusedError("paper_format_unknown")
        yield piece


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
    """The file with what opens it: kept here, else from its section."""
    case, name = found.file.case, found.attached.hash
    kept = node.store.attachments.get(name)
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


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
