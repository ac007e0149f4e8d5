"""The papers of a case as one row: what headers say of each, and the words of those that are open to this agency.

A file itself is never in a view, nor what opens it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from domain.case import Recorded
from domain.statements import Paper
from projections.casefile import CaseFile
from projections.plaintext import UNREADABLE
from projections.rows import Content, Row

VIEW = "papers"


def papers_row(file: CaseFile) -> Row | None:
    """All papers of a case in the log's order, with the corrections and annulments of their statements."""
    facts, content = [], {}
    for entry in file.seen:
        for number, (paper, words) in enumerate(_papers(file, entry), start=1):
            facts.append(_facts(file, entry, paper, number))
            if words is not None:
                content[f"{entry.index}.{number}"] = words
    if not facts:
        return None
    return Row(view=VIEW, key=file.case.id, case=file.case.id, facts={"papers": facts}, content=content or None)


def papers_left(row: Row, held: Mapping[int, Container[str]]) -> Content | None:
    """What is left of a row's words where only these sections (by log index) are held."""
    open_ = {name_of(one) for one in row.facts["papers"] if one["section"] in held.get(one["index"], ())}
    return {name: words for name, words in (row.content or {}).items() if name in open_} or None


def name_of(facts: Mapping[str, Any]) -> str:
    """Under which name a paper's words stand in the row's content."""
    return f"{facts['index']}.{facts['number']}"


def _papers(file: CaseFile, entry: Recorded) -> Iterator[tuple[Paper, dict[str, Any] | None]]:
    """Each paper of a statement with its words, None where they are not open."""
    taken: dict[str, int] = {}
    for paper in entry.statement.papers:
        section = paper.section.value
        place = taken[section] = taken.get(section, -1) + 1
        content = file.contents.get(entry.statement.id, {}).get(section)
        words = None if content is None else content.get("papers", [])
        yield paper, words if words is None else (words[place] if place < len(words) else UNREADABLE)


def _facts(file: CaseFile, entry: Recorded, paper: Paper, number: int) -> dict[str, Any]:
    statement = entry.statement
    return {
        "statement": statement.id,
        "number": number,
        "index": entry.index,
        "by": statement.by,
        "kind": paper.kind,
        "date": paper.date,
        "issuer": paper.issuer,
        "section": paper.section.value,
        "format": None if paper.attached is None else paper.attached.format,
        "mended": file.mended(statement.id),
    }
