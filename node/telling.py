"""Composing a statement with all whom the law wants told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from domain.case import local_day
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
    facts, contents, tag = facts or {}, contents or {}, str(kind.__struct_config__.tag)
    for named in (facts, *(one.named for one in papers)):
        check_named(named, to=to, directory=composer.directory, rules=composer.rules)
    notices = told(tag, facts, contents, agency=composer.agency, directory=composer.directory, rules=composer.rules)
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
            *(papers_share(composer, kind, file, keys[place_of(tag, contents, papers)], to=to) if papers else ()),
            *share(),
        ],
        papers=papers,
    )


def papers_share(
    composer: Composer, kind: type[CaseStatement], file: CaseFile, key: DataKey, *, to: Sequence[str]
) -> Iterator[Share]:
    """The papers of a request for identification go to who is asked, those of an answer to who asked.

    Only as far as consent or law lets them: whoever it does not sees that there is a paper.
    """
    head, day = file.head(), local_day(composer.now())
    for receiver in _other_sides(kind, file, agency=composer.agency, to=to):
        if not head.holds(receiver, key, day):
            with suppress(RefusedError):
                yield from share_keys(
                    head,
                    [key],
                    giver=composer.agency,
                    receiver=receiver,
                    directory=composer.directory,
                    rules=composer.rules,
                    day=day,
                )


def _other_sides(kind: type[CaseStatement], file: CaseFile, *, agency: str, to: Sequence[str]) -> Sequence[str]:
    if issubclass(kind, IdentificationRequested):
        return tuple(to)
    if not issubclass(kind, IdentificationAnswered):
        return ()
    asked = (entry.statement for entry in file.statements(IdentificationRequested))
    return tuple(dict.fromkeys(one.by for one in asked if agency in one.to and one.by != agency))
