"""Composing a statement with all whom the law wants told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.case import local_day
from domain.statements import CaseStatement
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
    for named in (facts or {}, *(one.named for one in papers)):
        check_named(named, to=to, directory=composer.directory, rules=composer.rules)
    notices = told(
        str(kind.__struct_config__.tag),
        facts or {},
        contents or {},
        agency=composer.agency,
        directory=composer.directory,
        rules=composer.rules,
    )
    head, day = file.head(), local_day(composer.now())
    return composer.compose(
        kind,
        file,
        occurred=occurred,
        facts=facts,
        contents=contents,
        to=(*to, *(receiver for receiver, _ in notices)),
        share=lambda keys: [
            *notice_shares(notices, keys, case=head, day=day),
            *words_share(keys, words_to),
            *share(),
        ],
        papers=papers,
    )
