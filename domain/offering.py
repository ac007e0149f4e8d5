"""Offers: who may offer a case or a service of it to whom, who may answer, and when a case may be closed."""

from __future__ import annotations

from domain import statements as s
from domain.case import OPEN_STATES, Case
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules
from domain.speaking import check_receiver
from domain.statements import CaseStatement, Section


def check_offer(
    case: Case, st: s.ReferralOffered | s.TransferOffered, *, directory: Directory, rules: Rules, day: str
) -> None:
    """Check a new referral or transfer: one receiver that can answer, one open transfer, custody or an accepted parent.

    Raises:
        RefusedError: `one_receiver_needed`, `kind_not_author`, `service_not_given`, `date_in_past`, `not_custodian`,
            `referral_taken`, `transfer_open`, `referral_unknown`, `code_unknown`.
    """
    if len(st.to) != 1 or st.to[0] == st.by:
        raise RefusedError("one_receiver_needed")
    check_receiver(directory.agency(st.to[0]).kind, st, rules=rules)
    if st.answer_by is not None and st.answer_by < day:
        raise RefusedError("date_in_past")
    if isinstance(st, s.TransferOffered):
        _check_transfer(case, st, day)
    else:
        _check_referral(case, st, rules)


def _check_transfer(case: Case, st: s.TransferOffered, day: str) -> None:
    if st.by != case.custodian:
        raise RefusedError("not_custodian")
    if st.transfer in case.offers:
        raise RefusedError("referral_taken")
    if any(offer.kind == "transfer" and offer.waits(day) for offer in case.offers.values()):
        raise RefusedError("transfer_open")


def _check_referral(case: Case, st: s.ReferralOffered, rules: Rules) -> None:
    rules.check_code(st.service, of="service")
    if st.referral in case.offers:
        raise RefusedError("referral_taken")
    parent = case.offers.get(st.parent or "")
    accepted = parent is not None and parent.kind == "referral" and parent.state == "accepted"
    if st.parent is not None and (parent is None or not accepted or parent.receiver != st.by):
        raise RefusedError("referral_unknown")
    if st.by != case.custodian and parent is None:
        raise RefusedError("not_custodian")


def check_answer(case: Case, st: CaseStatement, *, rules: Rules, day: str) -> None:
    """Check delivered, opened, accepted, refused, recalled: each edge of an offer with who may take it.

    Delivered and opened are facts: once each, but never refused because the offer is closed meanwhile.

    Raises:
        RefusedError: `referral_unknown`, `not_your_decision`, `already_delivered`, `already_opened`,
            `already_answered`, `offer_expired`, `refusal_words_missing`, `code_unknown`.
    """
    kind, _, step = st.type.partition(".")
    offer = case.offers.get(getattr(st, kind, ""))
    if offer is None or offer.kind != kind or st.by not in {offer.sender, offer.receiver}:
        raise RefusedError("referral_unknown")
    if st.by != (offer.sender if step == "recalled" else offer.receiver):
        raise RefusedError("not_your_decision")
    if step == "delivered" and offer.delivered:
        raise RefusedError("already_delivered")
    if step == "opened" and offer.opened:
        raise RefusedError("already_opened")
    if step in {"delivered", "opened"}:
        return
    if offer.state not in OPEN_STATES and offer.state != "expired":
        raise RefusedError("already_answered")
    if not offer.waits(day):
        raise RefusedError("offer_expired")
    if step == "refused" and Section.MESSAGE not in {sealed.section for sealed in st.sealed}:
        raise RefusedError("refusal_words_missing")
    if step in {"refused", "recalled"}:
        rules.check_code(getattr(st, "reason", None), of="refusal" if step == "refused" else "recall")


def check_closing(case: Case, st: s.CaseClosed, *, rules: Rules, day: str) -> None:
    """Check that the custodian closes, and that nobody is left waiting.

    Raises:
        RefusedError: `not_custodian`, `offer_open`, `code_unknown`.
    """
    if st.by != case.custodian:
        raise RefusedError("not_custodian")
    if any(offer.waits(day) for offer in case.offers.values()):
        raise RefusedError("offer_open")
    rules.check_code(st.reason, of="closing")
