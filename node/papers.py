"""The papers (văn bản, giấy tờ) an act stands for: what an officer states of one, and where its words are sealed.

Kind, date and kind of issuer stand in the header; number, name of the issuer, signatory and title in one section of the
same statement, so who may read that section reads the paper. An act that seals what its papers belong to seals them
there, else in the first of `ORDER` that it seals; one that seals none of these seals one section more, see `PLACES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.header import Attached, Paper, Section
from node.paper_formats import Format
from sealing.encoding import to_base64

PLACES = {
    "case.notified": Section.IDENTITY,
    "identification": Section.IDENTITY,
    "consent": Section.IDENTITY,
    "support": Section.SUPPORT,
    "referral": Section.MESSAGE,
    "transfer": Section.MESSAGE,
}
"""Where the papers of a statement belong, by its type or the first word of it; of all others to `account`."""
ORDER = (Section.IDENTITY, Section.SUPPORT, Section.MESSAGE, Section.HEALTH, Section.CONTACT, Section.ACCOUNT)
"""Of what an act seals instead, where its papers go: never to `profile`, which is read by who only counts."""

Contents = Mapping[Section, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPaper:
    """A paper as an officer or an office's file states it.

    kind: of the list `paper`; issuer: of the list `issuer`, what kind of body; issued_by: its name.
    date: of the paper, ISO; file: id of a file handed in for this case.
    """

    kind: str
    date: str
    issuer: str | None = None
    number: str | None = None
    issued_by: str | None = None
    signatory: str | None = None
    title: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFile:
    """A sealed file: SHA-256 and length of its sealed bytes, its own size, and the key that opens it."""

    hash: str
    format: Format
    length: int
    size: int
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPaper:
    """A paper as stated, with its file, and the section of its words where that is settled."""

    stated: StatedPaper
    file: PaperFile | None = None
    place: Section | None = None

    @property
    def named(self) -> dict[str, str | None]:
        """The codes its header names."""
        return {"paper": self.stated.kind, "issuer": self.stated.issuer}


def placed(kind: str, contents: Contents, papers: Sequence[HeldPaper]) -> tuple[Contents, tuple[Paper, ...]]:
    """What a statement of this type seals with the words of its papers, and what its header says of them."""
    if not papers:
        return contents, ()
    section = place_of(kind, contents, papers)
    words = [_words(paper) for paper in papers]
    held = {**contents.get(section, {}), "papers": words}
    return {**contents, section: held}, tuple(_named(paper, section) for paper in papers)


def place_of(kind: str, contents: Contents, papers: Sequence[HeldPaper] = ()) -> Section:
    """The section that has the words of a statement's papers."""
    if papers and papers[0].place is not None:
        return papers[0].place
    place = PLACES.get(kind) or PLACES.get(kind.partition(".")[0], Section.ACCOUNT)
    return next((section for section in (place, *ORDER) if section in contents), place)


def _words(paper: HeldPaper) -> dict[str, Any]:
    stated, file = paper.stated, paper.file
    said = {
        "number": stated.number,
        "issuer": stated.issued_by,
        "signatory": stated.signatory,
        "title": stated.title,
        "file": None if file is None else {"size": file.size, "key": to_base64(file.key)},
    }
    return {name: value for name, value in said.items() if value is not None}


def _named(paper: HeldPaper, section: Section) -> Paper:
    stated, file = paper.stated, paper.file
    attached = None if file is None else Attached(file.format, file.length, file.hash)
    return Paper(stated.kind, stated.date, section, stated.issuer, attached)
