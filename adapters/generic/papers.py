"""The papers of a record: those that two offices hold and find its case by, and those its statement stands for."""

from __future__ import annotations

from datetime import date
from typing import Final

from adapters.contract import Fact, PaperRef, StatedPaper
from adapters.generic.choices import chosen
from adapters.generic.layout import BY_KEY
from adapters.values import papers
from adapters.values.fields import Fields, located
from adapters.values.writing import free_text
from domain.errors import RefusedError

PAPERS: Final = ("declaration", "confirmation", "return_certificate")
LETTER: Final = "letter"
DETAILS: Final = ("issuer", "issued_by", "signatory", "title")
"""What may be said of a record's paper besides number and date."""


def paper_of(fields: Fields, name: str, today: date) -> PaperRef | None:
    """The paper of a field "number, day".

    Raises:
        RefusedError: as `papers.reference`, with the field as `column`.
    """
    text = fields.text(name)
    return None if text is None else located(name, papers.reference, text, kind=name, today=today)


def stated_papers(fields: Fields, held: tuple[PaperRef, ...], *, whole: bool, today: date) -> tuple[StatedPaper, ...]:
    """The papers a record's statement stands for: a letter, and of a notice (`whole`) those its case is found by.

    Of a case that is known already these only find it, unless more is said of one.

    Raises:
        RefusedError: `value_missing` where something is said of a paper that is not there, `row_papers_several` where
            there is more than one, so that nobody knows of which it is said.
    """
    letter = paper_of(fields, LETTER, today)
    there = [*held, *([] if letter is None else [letter])]
    detail = next((name for name in DETAILS if fields.text(name) is not None), None)
    if detail is not None and len(there) != 1:
        raise (
            RefusedError("row_papers_several", column=detail) if there else RefusedError("value_missing", column=LETTER)
        )
    issuer = fields.fact("issuer", chosen, choices=BY_KEY["issuer"].choices)
    said = {name: fields.fact(name, free_text) for name in ("issued_by", "signatory", "title")}
    return tuple(
        StatedPaper(
            kind="official_letter" if paper.kind == LETTER else paper.kind,
            date=paper.date,
            issuer=None if issuer is None else str(issuer.value),
            number=Fact(paper.number, fields.texts[paper.kind], fields.at(paper.kind)),
            **said,
        )
        for paper in there
        if whole or paper.kind == LETTER or detail is not None
    )
