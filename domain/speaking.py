"""Who may speak of cases at all: kinds of agency that keep cases say anything, others what the rules let them answer.

Nothing here knows the case; what it has to allow comes after (`domain/decisions.py`).
"""

from __future__ import annotations

from domain import statements as s
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import AgencyKind, CaseStatement


def check_speaker(st: CaseStatement, *, directory: Directory, rules: Rules) -> None:
    """Check that an agency of this kind may say this.

    Raises:
        RefusedError: `kind_not_author`, `agency_unknown`, `agency_revoked`.
    """
    kind = directory.agency(st.by).kind
    if kind in rules.authors:
        return
    answering = rules.answering.get(kind)
    if answering is None or st.type not in answering.statements:
        raise RefusedError("kind_not_author")
    if not {sealed.section for sealed in st.sealed} <= answering.sections:
        raise RefusedError("kind_not_author")
    if any(key.author != st.by for grant in st.grants for key in grant.keys):
        raise RefusedError("kind_not_author")
    if isinstance(st, s.SupportRecorded) and st.regime not in answering.regimes:
        raise RefusedError("kind_not_author")


def check_receiver(kind: AgencyKind, st: s.ReferralOffered | s.TransferOffered, *, rules: Rules) -> None:
    """Check that who is asked may answer: a kind that keeps cases, or one that answers referrals of this service.

    Raises:
        RefusedError: `kind_not_author`, `service_not_given`.
    """
    if kind in rules.authors:
        return
    answering = rules.answering.get(kind)
    if answering is None or isinstance(st, s.TransferOffered) or not answering.services:
        raise RefusedError("kind_not_author")
    if st.service not in answering.services:
        raise RefusedError("service_not_given")
