"""Whether a section may be sealed and a key be granted: the disclosure table, consent and legal grounds, from headers.

The hub, every node and the auditor run this same code. Nothing in it needs a key.
"""

from __future__ import annotations

from domain.case import Case
from domain.case_state import offer_id
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import CaseStatement, DataKey, Grant, KeyUse, Section

OWN = "own"  # the ground of an author's grant to itself
WORDS = "referral_words"  # the ground on which the words of a referral go to its other side


def check_sealed(case: Case, statement: CaseStatement, *, day: str) -> None:
    """Check which data keys the sections of a statement are sealed under.

    Raises:
        RefusedError: `section_author_wrong`, `section_twice`, `epoch_wrong`, `stale_epoch`, `own_grant_missing`.
    """
    sections = [sealed.section for sealed in statement.sealed]
    if len(set(sections)) != len(sections):
        raise RefusedError("section_twice")
    granted_to_self = {key for g in statement.grants if g.to == statement.by for key in g.keys}
    for sealed in statement.sealed:
        if sealed.author != statement.by:
            raise RefusedError("section_author_wrong")
        key = sealed.key
        if key in case.keys:
            if case.stale(key, day):
                raise RefusedError("stale_epoch", section=key.section.value)
            continue
        epochs = [k.epoch for k in case.keys if k.section is key.section and k.author == key.author]
        if key.epoch != max(epochs, default=0) + 1:
            raise RefusedError("epoch_wrong", section=key.section.value)
        if key not in granted_to_self:
            raise RefusedError("own_grant_missing", section=key.section.value)


def check_grants(case: Case, statement: CaseStatement, *, directory: Directory, rules: Rules, day: str) -> None:
    """Check every grant a statement carries: grantee, key, who grants, table, ground, period.

    Raises:
        RefusedError: `grant_…` codes, `agency_unknown`, `key_unknown`, …
    """
    hashes = [grant.hash for grant in statement.grants]
    if len(set(hashes)) != len(hashes) or not case.grants.keys().isdisjoint(hashes):
        raise RefusedError("grant_repeated")
    for grant in statement.grants:
        _check_grant(case, statement, grant, directory=directory, rules=rules, day=day)


def _check_grant(
    case: Case, statement: CaseStatement, grant: Grant, *, directory: Directory, rules: Rules, day: str
) -> None:
    # (1): exactly one ground, a grantee and a key in force, sorted keys without repeats.
    if (grant.law is None) is (grant.consent is None):
        raise RefusedError("grant_ground_missing")
    directory.key(grant.kid, agency=grant.to, use=KeyUse.SEAL)
    if list(grant.keys) != sorted(set(grant.keys), key=sort_key):
        raise RefusedError("grant_keys_unsorted")
    if grant.until is not None and grant.until < day:
        raise RefusedError("grant_expired")
    # (2): the grantor must hold what it gives: as author, or by a grant in force.
    new = {sealed.key for sealed in statement.sealed}
    for key in grant.keys:
        if not (key in new and key.author == statement.by) and not case.holds(statement.by, key, day):
            raise RefusedError("grant_key_not_held", section=key.section.value)
    # (3): to itself an author may always grant what it wrote, and nothing else.
    if grant.to == statement.by:
        if grant.law != OWN or any(key.author != statement.by for key in grant.keys):
            raise RefusedError("grant_ground_wrong")
        return
    # (4): words go to the other side of their offer, or to whom the statement is addressed; nobody passes them on.
    if any(key.section is Section.MESSAGE for key in grant.keys):
        _check_words(case, statement, grant, new=new, rules=rules, directory=directory)
    # (5): table and ground, section by section.
    for key in grant.keys:
        check_disclosure(
            case, giver=statement.by, grant=grant, section=key.section, directory=directory, rules=rules, day=day
        )


def _check_words(
    case: Case, statement: CaseStatement, grant: Grant, *, new: set[DataKey], rules: Rules, directory: Directory
) -> None:
    if grant.law != WORDS:
        raise RefusedError("grant_ground_wrong", section=Section.MESSAGE.value)
    offer = case.offers.get(offer_id(statement) or "")
    sides = {*statement.to, *((offer.sender, offer.receiver) if offer else ())}
    if grant.to not in sides or not set(grant.keys) <= new:
        row = rules.cell(directory.agency(grant.to).kind, Section.MESSAGE)
        raise RefusedError("grant_forbidden", row=row.n, section=Section.MESSAGE.value)


def check_disclosure(
    case: Case, *, giver: str, grant: Grant, section: Section, directory: Directory, rules: Rules, day: str
) -> None:
    """Check one section of a grant against the disclosure table and its ground.

    Raises:
        RefusedError: `grant_forbidden` (with the table's row), `grant_needs_consent`, `grant_ground_wrong`,
            `grant_consent_not_in_force`, `kind_unknown`.
    """
    kind = directory.agency(grant.to).kind
    row = rules.cell(kind, section)
    if row.mode == "never":
        raise RefusedError("grant_forbidden", row=row.n, section=section.value)
    if grant.consent is not None:
        consent = case.consents.get(grant.consent) if case.seen_by(giver, grant.consent) else None
        if consent is None or not consent.covers(grant.to, section, day):
            raise RefusedError("grant_consent_not_in_force", section=section.value)
        return
    ground = rules.grounds.get(grant.law or "")
    if ground is None or not ground.covers(directory.agency(giver).kind, kind, section):
        raise RefusedError("grant_ground_wrong", section=section.value)
    if row.mode != "law" and not (row.emergency and ground.code == "emergency"):
        raise RefusedError("grant_needs_consent", row=row.n, section=section.value)


def sort_key(key: DataKey) -> tuple[str, str, int]:
    """The order of data keys in a grant."""
    return (key.section.value, key.author, key.epoch)
