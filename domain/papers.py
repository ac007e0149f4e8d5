"""Whether a statement may name the papers (văn bản, giấy tờ) it does, from the header alone."""

from __future__ import annotations

from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import CaseStatement, Section


def check_papers(statement: CaseStatement, *, rules: Rules, day: str) -> None:
    """Check the papers a statement stands for: codes, date, where their words are sealed, each file once.

    Raises:
        RefusedError: `code_unknown`, `date_in_future`, `paper_without_section`, `paper_in_profile`: what
            counts people names nobody; `attachment_twice`.
    """
    sealed = {piece.section for piece in statement.sealed}
    for paper in statement.papers:
        rules.check_code(paper.kind, of="paper")
        rules.check_code(paper.issuer, of="issuer")
        if paper.date > day:
            raise RefusedError("date_in_future")
        if paper.section not in sealed:
            raise RefusedError("paper_without_section", section=paper.section.value)
        if paper.section is Section.PROFILE:
            raise RefusedError("paper_in_profile")
    files = [paper.attached.hash for paper in statement.papers if paper.attached is not None]
    if len(set(files)) != len(files):
        raise RefusedError("attachment_twice")
