"""Whether a statement may be recorded: every edge of the case's life, and who may take it.

`decide` is run by the hub under the append lock at the head it finds there, and again by every auditor for every
entry. It returns nothing or raises `RefusedError` with a stable code (words in `domain/words/refusals.toml`).
An unknown case and somebody else's case get the same answer.
"""

from __future__ import annotations

from domain import statements as s
from domain.case import Case, local_day, topics
from domain.case_code import check as check_case_code
from domain.directory import Directory
from domain.errors import RefusedError
from domain.offering import check_answer, check_closing, check_offer
from domain.papers import check_papers
from domain.rules import Rules
from domain.sharing import check_grants, check_sealed
from domain.speaking import check_speaker
from domain.statements import CaseStatement, KeyUse, Statement, Status

FUTURE_MINUTES = 5  # a clock may run this much ahead of the hub's
NEVER_ANNULLED = (
    s.StatementAnnulled,
    s.ConsentGiven,
    s.ConsentWithdrawn,
    s.WithdrawalAcknowledged,
    s.ReferralDelivered,
    s.ReferralOpened,
    s.TransferAccepted,
    s.CaseClosed,
)
"""What happened and cannot be taken back: a consent is withdrawn, custody is transferred back."""


def check_author(statement: Statement, *, directory: Directory, rules: Rules, recorded: int) -> None:
    """Check what holds for every statement: author and key in force here, addressees known, not from the future.

    Raises:
        RefusedError: `agency_unknown`, `agency_revoked`, `key_unknown`, `key_revoked`, `kind_unknown`,
            `occurred_in_future`.
    """
    if not isinstance(statement, s.Genesis):
        directory.key(statement.kid, agency=statement.by, use=KeyUse.SIGN)
        rules.check_kind(directory.agency(statement.by).kind)
    for agency in statement.to:
        rules.check_kind(directory.agency(agency).kind)
    if s.minute(statement.occurred).timestamp() > recorded / 1e6 + FUTURE_MINUTES * 60:
        raise RefusedError("occurred_in_future")


def decide(case: Case | None, statement: CaseStatement, *, directory: Directory, rules: Rules, recorded: int) -> None:
    """Decide one case statement at the head.

    Args:
        case: the case as the log has it, or None where the log has none of that id.
        recorded: µs since 1970, UTC, as the entry's hub line will say.

    Raises:
        RefusedError: with a stable code; `newest` names the newest entry on the caller's own feed where a decision
            came too late.
    """
    day = local_day(recorded)
    # (1): who speaks, and whether it may speak of cases at all.
    check_author(statement, directory=directory, rules=rules, recorded=recorded)
    check_speaker(statement, directory=directory, rules=rules)
    # (2): opening a case, or a party to a known one; an unknown case and a stranger's get one answer.
    if statement.prev is None:
        _check_opening(case, statement)
        case = Case(statement.case)
    elif case is None or not case.is_party(statement.by):
        raise RefusedError("case_unknown")
    else:
        _check_prev(case, statement)
    # (3): the edge itself.
    _check_edge(case, statement, directory=directory, rules=rules, day=day)
    # (4): keys and grants.
    check_sealed(case, statement, day=day)
    check_grants(case, statement, directory=directory, rules=rules, day=day)
    # (5): the papers it stands for.
    check_papers(statement, rules=rules, day=day)


def _check_opening(case: Case | None, statement: CaseStatement) -> None:
    if not isinstance(statement, s.CaseNotified) or case is not None:
        raise RefusedError("case_unknown")
    if statement.code is None:
        raise RefusedError("case_code_missing")
    check_case_code(statement.code)


def _check_prev(case: Case, statement: CaseStatement) -> None:
    """The author must have seen `prev`; a decision conflicts only with one on the same topic since then.

    A conflicting entry that is not on the author's feed does not count: the author could never get past it.
    """
    seen = case.by_hash.get(statement.prev or "")
    if seen is None or statement.by not in seen.audience:
        raise RefusedError("prev_unknown")
    if not statement.DECISION:
        return
    mine = topics(statement)
    since = case.entries[case.entries.index(seen) + 1 :]
    if any(mine & noted.topics and statement.by in noted.audience for noted in since):
        newest = next(noted for noted in reversed(case.entries) if statement.by in noted.audience)
        raise RefusedError("decision_late", newest=newest.hash)


def _check_edge(case: Case, st: CaseStatement, *, directory: Directory, rules: Rules, day: str) -> None:
    closed = case.status is Status.CLOSED
    if closed and st.DECISION and not isinstance(st, s.ConsentWithdrawn):
        raise RefusedError("case_closed")
    match st:
        case s.CaseNotified():
            _check_notified(case, st, rules)
        case s.SectionAppended():
            if not st.sealed:
                raise RefusedError("section_missing")
        case s.StatementCorrected() | s.StatementAnnulled():
            _check_mending(case, st, rules)
        case s.ConsentGiven() | s.ConsentWithdrawn() | s.WithdrawalAcknowledged():
            _check_consent(case, st, directory, rules)
        case s.IdentificationRequested() | s.IdentificationAnswered():
            _check_identification(case, st, directory, rules, day)
        case s.ReferralOffered() | s.TransferOffered():
            check_offer(case, st, directory=directory, rules=rules, day=day)
        case s.AccessRequested() | s.AccessGranted() | s.AccessFailed():
            _check_access(case, st, rules, day)
        case s.SupportRecorded():
            _check_support(case, st, directory, rules, day)
        case s.CaseClosed():
            check_closing(case, st, rules=rules, day=day)
        case _:
            check_answer(case, st, rules=rules, day=day)


def _check_notified(case: Case, st: s.CaseNotified, rules: Rules) -> None:
    rules.check_code(st.channel, of="channel")
    rules.check_code(st.received, of="received")
    if st.law is not None and st.law not in rules.grounds:
        raise RefusedError("code_unknown", list="ground")
    if st.prev is not None and st.code not in (None, case.code):
        raise RefusedError("case_code_wrong")
    if st.accompanies == st.case:
        raise RefusedError("case_unknown")


def _check_mending(case: Case, st: s.StatementCorrected | s.StatementAnnulled, rules: Rules) -> None:
    """Đính chính, hủy bỏ: by the author or the custodian, once annulled never again."""
    correcting = isinstance(st, s.StatementCorrected)
    target = case.seen_by(st.by, st.corrects if isinstance(st, s.StatementCorrected) else st.annuls)
    if target is None:
        raise RefusedError("statement_unknown")
    if st.by not in {target.by, case.custodian}:
        raise RefusedError("not_author_or_custodian")
    if target.id in case.annulled:
        raise RefusedError("already_annulled")
    if correcting and not st.sealed:
        raise RefusedError("section_missing")
    if correcting and not {x.section for x in st.sealed} <= {key.section for key in target.keys}:
        raise RefusedError("correction_beyond_original")
    offer = case.offers.get(target.offer or "")
    moved = offer is not None and offer.kind == "transfer" and offer.state == "accepted"
    if not correcting and (issubclass(target.type, NEVER_ANNULLED) or target is case.entries[0] or moved):
        raise RefusedError("cannot_be_annulled")
    rules.check_code(st.reason, of="correction" if correcting else "annulment")


def _check_consent(
    case: Case,
    st: s.ConsentGiven | s.ConsentWithdrawn | s.WithdrawalAcknowledged,
    directory: Directory,
    rules: Rules,
) -> None:
    if isinstance(st, s.ConsentGiven):
        rules.check_code(st.purpose, of="purpose")
        rules.check_code(st.given_by, of="given_by")
        if st.until is not None and st.until < st.since:
            raise RefusedError("period_reversed")
        for recipient in st.recipients:
            kind = directory.agency(recipient).kind
            for section in st.sections:
                row = rules.cell(kind, section)
                if row.mode == "never":
                    raise RefusedError("grant_forbidden", row=row.n, section=section.value)
        return
    consent = case.consents.get(st.consent)
    if consent is None or case.seen_by(st.by, st.consent) is None:
        raise RefusedError("consent_unknown")
    if isinstance(st, s.ConsentWithdrawn):
        if consent.withdrawn:
            raise RefusedError("consent_already_withdrawn")
    elif not consent.withdrawn or st.by not in consent.recipients:
        raise RefusedError("nothing_to_acknowledge")
    elif st.by in consent.acknowledged:
        raise RefusedError("already_acknowledged")


def _check_identification(
    case: Case,
    st: s.IdentificationRequested | s.IdentificationAnswered,
    directory: Directory,
    rules: Rules,
    day: str,
) -> None:
    if isinstance(st, s.IdentificationRequested):
        if case.status not in {Status.SUSPECTED, Status.NOT_YET_RESCUED, Status.IN_IDENTIFICATION}:
            raise RefusedError("status_does_not_allow")
        if not st.to or any(directory.agency(a).kind not in rules.competent for a in st.to):
            raise RefusedError("not_competent")
        if st.law is not None and st.law not in rules.grounds:
            raise RefusedError("code_unknown", list="ground")
        return
    if directory.agency(st.by).kind not in rules.competent:
        raise RefusedError("not_competent")
    if case.status in {Status.IDENTIFIED, Status.IN_SUPPORT} and st.outcome is s.Outcome.VICTIM:
        raise RefusedError("already_identified")
    if st.legal_date > day:
        raise RefusedError("date_in_future")
    rules.check_code(st.paper, of="paper")


def _check_support(case: Case, st: s.SupportRecorded, directory: Directory, rules: Rules, day: str) -> None:
    rules.check_code(st.regime, of="regime")
    if st.since is not None and st.since > day:
        raise RefusedError("date_in_future")
    if st.since is not None and st.until is not None and st.until < st.since:
        raise RefusedError("period_reversed")
    offer = case.offers.get(st.referral or "")
    if st.referral is not None and (offer is None or st.by not in {offer.sender, offer.receiver}):
        raise RefusedError("referral_unknown")
    taken = (o for o in case.offers.values() if (o.kind, o.receiver, o.state) == ("referral", st.by, "accepted"))
    if directory.agency(st.by).kind in rules.answering and next(taken, None) is None:
        raise RefusedError("referral_unknown")


def _check_access(case: Case, st: s.AccessRequested | s.AccessGranted | s.AccessFailed, rules: Rules, day: str) -> None:
    match st:
        case s.AccessRequested():
            rules.check_code(st.purpose, of="purpose")
            for key in st.keys:
                if key not in case.keys or not any(case.holds(agency, key, day) for agency in st.to):
                    raise RefusedError("data_key_unknown")
        case s.AccessFailed():
            received = [held.grant.keys for held in case.grants.values() if held.reached and held.grant.to == st.by]
            if not set(st.keys) <= {key for keys in received for key in keys}:
                raise RefusedError("data_key_unknown")
        case s.AccessGranted():
            if all(grant.to == st.by for grant in st.grants):
                raise RefusedError("grant_missing")
            request = case.seen_by(st.by, st.request)
            if st.request is not None and (request is None or request.type is not s.AccessRequested):
                raise RefusedError("statement_unknown")
