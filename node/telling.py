"""Composing a statement with all whom the law wants told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.case import Case, local_day
from domain.errors import RefusedError
from domain.statements import CaseStatement, DataKey, IdentificationAnswered, IdentificationRequested
from node.codes import check_named
from node.composer import Composer, Share, Submission
from node.papers import Contents, HeldPaper, place_of
from node.routing import notice_shares, share_keys, told, words_share
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
    tag = str(kind.__struct_config__.tag)
    notices = told(
        tag,
        facts or {},
        contents or {},
        agency=composer.agency,
        directory=composer.directory,
        rules=composer.rules,
    )
    head, day = file.head(), local_day(composer.now())
    sides = other_sides(kind, file, agency=composer.agency, to=to) if papers else ()
    place = place_of(tag, contents or {}, papers)
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
            *(one for side in sides for one in _lawful(composer, head, keys[place], to=side, day=day)),
            *share(),
        ],
        papers=papers,
    )


def other_sides(kind: type[CaseStatement], file: CaseFile, *, agency: str, to: Sequence[str]) -> Sequence[str]:
    """Who is to read the papers of a request for identification, and of its answer: who is asked, and who asked."""
    if issubclass(kind, IdentificationRequested):
        return tuple(to)
    if not issubclass(kind, IdentificationAnswered):
        return ()
    asked = (entry.statement for entry in file.statements(IdentificationRequested))
    return tuple(dict.fromkeys(one.by for one in asked if agency in one.to and one.by != agency))


def _lawful(composer: Composer, case: Case, key: DataKey, *, to: str, day: str) -> list[Share]:
    """The share of a data key with an agency that has it not, if consent or law lets it."""
    if case.holds(to, key, day):
        return []
    try:
        return share_keys(
            case,
            [key],
            giver=composer.agency,
            receiver=to,
            directory=composer.directory,
            rules=composer.rules,
            day=day,
        )
    except RefusedError:
        return []
