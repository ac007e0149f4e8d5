"""Statements a node makes by itself, because somebody waits for them and no person needs to think.

delivered        once for each offer of a referral that reached this node
acknowledged     once for each withdrawn consent this agency had received from; its views have dropped the sections
access.granted   a request for data keys, where table, consent and law allow all of it; else an officer answers
access.failed    what was granted and does not open though hub and key store answered: once for each grant of a key
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from domain import statements as s
from domain.case import local_day
from domain.errors import RefusedError
from domain.rules import Rules
from domain.sharing import sort_key
from domain.statements import DataKey, Section
from node.access import answers, failures, named
from node.composer import Composer, Share, Submission
from node.routing import share_keys
from projections.casefile import CaseFile

KEYS_AT_ONCE = 64  # data keys one statement may name


def due(files: Iterable[CaseFile], composer: Composer, *, rules: Rules) -> Iterator[Submission]:
    """All that is due now, composed and signed."""
    for file in list(files):
        yield from _deliveries(file, composer)
        yield from _acknowledgements(file, composer)
        yield from _answers(file, composer, rules)
        yield from _failures(file, composer)


def now_minute(composer: Composer) -> str:
    """The present minute, UTC, as headers write it."""
    return datetime.fromtimestamp(composer.now() // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _deliveries(file: CaseFile, composer: Composer) -> Iterator[Submission]:
    for offer in list(file.head().offers.values()):
        if offer.kind == "referral" and offer.receiver == composer.agency and offer.state == "offered":
            facts = {"referral": offer.id}
            yield composer.compose(s.ReferralDelivered, file, occurred=now_minute(composer), facts=facts)


def _acknowledgements(file: CaseFile, composer: Composer) -> Iterator[Submission]:
    for consent in list(file.head().consents.values()):
        mine = composer.agency in consent.recipients and composer.agency not in consent.acknowledged
        if consent.withdrawn and mine:
            facts = {"consent": consent.id}
            yield composer.compose(s.WithdrawalAcknowledged, file, occurred=now_minute(composer), facts=facts)


def _answers(file: CaseFile, composer: Composer, rules: Rules) -> Iterator[Submission]:
    """Each request is answered once: what an officer took back again is not given a second time by itself."""
    head, day = file.head(), local_day(composer.now())
    answered = answers(file, by=composer.agency)
    for entry in file.statements(s.AccessRequested):
        request = entry.statement
        if not isinstance(request, s.AccessRequested) or composer.agency not in request.to or request.id in answered:
            continue
        missing = [key for key in request.keys if not head.holds(request.by, key, day)]
        mine = [key for key in missing if head.holds(composer.agency, key, day)]
        mine = [key for key in mine if composer.opening.data_key(head, key) is not None]
        if not mine:
            continue
        try:
            shares = share_keys(
                head,
                mine,
                giver=composer.agency,
                receiver=request.by,
                directory=composer.directory,
                rules=rules,
                day=day,
            )
            composer.directory.sealing_key(request.by)
        except RefusedError:
            continue  # an officer answers; until then it is listed as waiting
        yield composer.compose(
            s.AccessGranted,
            file,
            occurred=now_minute(composer),
            facts={"request": request.id},
            to=(request.by,),
            share=_giving(shares),
        )


def _giving(shares: list[Share]) -> Callable[[Mapping[Section, DataKey]], list[Share]]:
    return lambda _keys: shares


def _failures(file: CaseFile, composer: Composer) -> Iterator[Submission]:
    """Told to who granted it last, and so to the key's author. A sender that grants nonsense again is told again."""
    if not file.unreadable:
        return
    head, day = file.head(), local_day(composer.now())
    told = failures(file, day)
    grantors: dict[str, set[DataKey]] = {}
    for key in file.unreadable:
        held = [h for h in head.grants.values() if h.grant.to == composer.agency and key in h.grant.keys]
        last = next((h for h in reversed(held) if head.in_force(h, key, day)), None)
        if last is not None and (composer.agency, key) not in told:
            grantors.setdefault(last.grantor, set()).add(key)
    for grantor, keys in sorted(grantors.items()):
        for some in _portions(sorted(keys, key=sort_key)):
            yield composer.compose(
                s.AccessFailed,
                file,
                occurred=now_minute(composer),
                facts={"keys": [named(key) for key in some]},
                to=(grantor,) if _in_force(grantor, composer) else (),
            )


def _portions(keys: list[DataKey]) -> Iterator[list[DataKey]]:
    for start in range(0, len(keys), KEYS_AT_ONCE):
        yield keys[start : start + KEYS_AT_ONCE]


def _in_force(agency: str, composer: Composer) -> bool:
    known = composer.directory.agencies.get(agency)
    return known is not None and known.until is None
