"""Reading what a section's plaintext says (`domain.contents`), whatever its author sealed.

Whoever may seal may seal nonsense; it must not stop the views of those it was shared with. What opens a paper's file
goes to whoever reads that file, and never into a view.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

UNREADABLE: dict[str, Any] = {"unreadable": True}
"""Content of a section that this agency was granted but cannot open (destroyed, damaged, lost key)."""


class FileKey(Struct, frozen=True, forbid_unknown_fields=True):
    """The size of a paper's file in bytes, and the key it is sealed under."""

    size: Annotated[int, Meta(ge=0, le=32 * 1024 * 1024)]
    key: Annotated[bytes, Meta(min_length=32, max_length=32)]


class PaperWords(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is sealed of one paper."""

    number: str | None = None
    issuer: str | None = None
    signatory: str | None = None
    title: str | None = None
    file: FileKey | None = None


class _Papers(Struct, frozen=True):
    papers: list[PaperWords] = []


def content_of(plain: bytes) -> dict[str, Any]:
    """A section's content as JSON, its papers without the keys of their files; `UNREADABLE` where it is none."""
    try:
        content = msgspec.json.decode(plain, type=dict[str, Any])
        papers = _papers(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNREADABLE
    values = content.get("values", {})
    well = isinstance(values, dict) and all(isinstance(fact, dict) and "value" in fact for fact in values.values())
    if not well or not content.keys() <= {"source", "values", "text", "papers"}:
        return UNREADABLE
    return {**content, "papers": [_shown(paper) for paper in papers]} if papers else content


def papers_of(plain: bytes) -> list[PaperWords]:
    """The papers of a section, in order; none where it is nonsense."""
    try:
        return _papers(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []


def _papers(plain: bytes) -> list[PaperWords]:
    return msgspec.json.decode(plain, type=_Papers).papers


def _shown(paper: PaperWords) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(paper)
    if paper.file is not None:
        said["file"] = {"size": paper.file.size}
    return said
