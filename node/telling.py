"""Composing a statement with all whom the law wants told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.case import local_day
from domain.errors import RefusedError
from domain.statements import CaseStatement, IdentificationAnswered, IdentificationRequested, Section
from node.codes import check_named
from node.composer import Composer, Share, Submission
from node.papers import Contents, HeldPaper
from node.routing import notice_shares, told, words_share
from projections.casefile import CaseFile


def compose_told(
    composer: Composer,
    kind: type[CaseStatement],
    file: CaseFile,
    *,
    occurred: str,
    facts: Mapping[str, Any] | None = None,
    contents: Contents | None = None,
    to: Sequence[str] = (),
    words_to: str | None = None,
    share: Callable[[], Sequence[Share]] = tuple,
    papers: Sequence[HeldPaper] = (),
) -> Submission:
    """Compose a statement and tell whom the law wants told of it, with what the law lets them have.

    Raises:
        RefusedError: `code_unknown`, `agency_unknown`: see `node.codes`.
    """
    facts, contents = facts or {}, contents or {}
    for named in (facts, *(one.named for one in papers)):
        check_named(named, to=to, directory=composer.directory, rules=composer.rules)
    tag = str(kind.__struct_config__.tag)
    notices = told(tag, facts, contents, agency=composer.agency, directory=composer.directory, rules=composer.rules)
    written_to = _written_to(composer, kind, file, to=to) if papers else ()
    papers = [replace(paper, place=Section.MESSAGE) for paper in papers] if written_to else papers
    return composer.compose(
        kind,
        file,
        occurred=occurred,
        facts=facts,
        contents=contents,
        to=(*to, *written_to, *(receiver for receiver, _ in notices)),
        share=lambda keys: [
            *notice_shares(notices, keys, case=file.head(), day=local_day(composer.now())),
            *(one for side in (words_to, *written_to) for one in words_share(keys, side)),
            *share(),
        ],
        papers=papers,
    )


def _written_to(composer: Composer, kind: type[CaseStatement], file: CaseFile, *, to: Sequence[str]) -> tuple[str, ...]:
    """To whom the papers of a statement are written that may not read where they would lie otherwise.

    Those of a request for identification are for whom it asks, those of an answer for who asked: words to them, sealed
    as `message` under a key of their own that opens nothing else.
    """
    head, day = file.head(), local_day(composer.now())
    sides = to if issubclass(kind, IdentificationRequested) else ()
    if issubclass(kind, IdentificationAnswered):
        asked = [entry.statement for entry in file.statements(IdentificationRequested)]
        sides = [one.by for one in asked if composer.agency in one.to]
    own = [key for key in head.keys if (key.section, key.author) == (Section.IDENTITY, composer.agency)]
    newest = max(own, key=lambda key: key.epoch, default=None)
    others = [side for side in dict.fromkeys(sides) if side != composer.agency and _is_there(composer, side)]
    return () if newest and all(head.holds(side, newest, day) for side in others) else tuple(others)


def _is_there(composer: Composer, agency: str) -> bool:
    try:
        composer.directory.sealing_key(agency)
    except RefusedError:
        return False
    return True
