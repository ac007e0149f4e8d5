"""Who gets an entry on their feed, and which earlier entries follow it there. Pure; hub, node and audit share it.

An agency gets an entry because it made it or is named in it, holds a data key it seals under or grants, stands on a
side of its offer, is a recipient of its consent, or has custody. Where the case stands (`STATUS_TYPES`) is told to
whoever somebody has let read a section of it: an agency's own writing, or the words of an offer, entitle to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from domain import statements as s
from domain.case_state import offer_id, target_id
from domain.statements import CaseStatement, DataKey, Section

if TYPE_CHECKING:
    from domain.case import Case

STATUS_TYPES = (
    s.CaseNotified,
    s.IdentificationRequested,
    s.IdentificationAnswered,
    s.TransferAccepted,
    s.CaseClosed,
)
"""Statements about where the case stands, and who is in charge of it."""
CUSTODY_TYPES = (s.TransferOffered, s.TransferAccepted, s.TransferRefused, s.TransferRecalled)

Readers = Mapping[str, frozenset[DataKey]]


def readers(case: Case, day: str) -> Readers:
    """Every agency with the data keys of others it may open on that day, words of offers left out."""
    found: dict[str, set[DataKey]] = {}
    for held in case.grants.values():
        for key in held.grant.keys:
            foreign = key.author != held.grant.to and key.section is not Section.MESSAGE
            if foreign and case.in_force(held, key, day):
                found.setdefault(held.grant.to, set()).add(key)
    return {agency: frozenset(keys) for agency, keys in found.items()}


def audience(case: Case, statement: CaseStatement, *, day: str) -> set[str]:
    """Everybody who gets this statement on their feed; `case` has folded it already."""
    agencies = {statement.by, *statement.to}
    if case.custodian:
        agencies.add(case.custodian)
    touched = {sealed.key for sealed in statement.sealed} | {key for grant in statement.grants for key in grant.keys}
    agencies.update(grant.to for grant in statement.grants)
    agencies.update(key.author for key in touched | set(getattr(statement, "keys", ())))
    for key in touched:
        agencies |= case.holders(key, day)
    if isinstance(statement, STATUS_TYPES):
        agencies |= readers(case, day).keys()
    if isinstance(statement, STATUS_TYPES + CUSTODY_TYPES):
        agencies |= case.former_custodians
    offer = case.offers.get(offer_id(statement) or "")
    if offer is not None:
        agencies |= {offer.sender, offer.receiver}
    target = case.by_id.get(target_id(statement) or "")
    if target is not None:
        agencies |= target.audience
    return agencies | _consenting(case, statement)


def _consenting(case: Case, statement: CaseStatement) -> set[str]:
    """Recipients of the consent a statement is about; and, when it ends, who granted on it and whose keys."""
    consent = statement.id if isinstance(statement, s.ConsentGiven) else getattr(statement, "consent", None)
    agencies: set[str] = set()
    if consent in case.consents:
        agencies |= case.consents[consent].recipients
    if isinstance(statement, s.ConsentWithdrawn):
        for held in case.grants.values():
            if held.grant.consent == consent:
                agencies |= {held.grantor} | {key.author for key in held.grant.keys}
    return agencies


def backfill(case: Case, before: Readers, *, moved: str | None, day: str) -> dict[str, tuple[int, ...]]:
    """Earlier entries that agencies become entitled to now: by data keys gained since `before`, or by custody.

    Notes them as seen. Corrections and annulments follow what they mend.
    """
    now = readers(case, day)
    filled: dict[str, tuple[int, ...]] = {}
    for agency in sorted(now.keys() | ({moved} if moved else set())):
        gained = now.get(agency, frozenset()) - before.get(agency, frozenset())
        if not gained and agency != moved:
            continue
        indexes = []
        shown: set[str] = set()
        for noted in case.entries:
            if agency not in noted.audience and (
                agency == moved or noted.keys & gained or noted.target in shown or issubclass(noted.type, STATUS_TYPES)
            ):
                noted.audience.add(agency)
                indexes.append(noted.index)
            if agency in noted.audience:
                shown.add(noted.id)
        if indexes:
            filled[agency] = tuple(sorted(indexes))
    return filled
