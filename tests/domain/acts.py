"""Acts of the case stories: each statement with what is usual in it, all of it changeable. Nobody here is real."""

from __future__ import annotations

from typing import Any

from domain import statements as s
from domain.statements import Section
from tests.domain.story import (
    CODE,
    IDENTITY,
    LABOUR,
    MESSAGE,
    POLICE,
    SUPPORT,
    WOMEN,
    Act,
    Share,
    act,
    share,
    uid,
    words,
)


def notified(by: str = POLICE, name: str = "notified", **options: Any) -> Act:
    """A first notice by police of a person rescued, with identity."""
    return act(s.CaseNotified, by, name, **{"pathway": s.Pathway.RESCUED, "code": CODE, "seals": [IDENTITY], **options})


def told_too(by: str, name: str = "told too", **options: Any) -> Act:
    """A second notice of the same case."""
    return act(s.CaseNotified, by, name, **{"pathway": s.Pathway.RESCUED, **options})


def appended(by: str = POLICE, *sections: Section, name: str = "appended", **options: Any) -> Act:
    """More sections."""
    return act(s.SectionAppended, by, name, **{"seals": sections or (IDENTITY,), **options})


def corrected(target: str, by: str = POLICE, name: str = "corrected", **options: Any) -> Act:
    """Đính chính."""
    facts = {"corrects": uid(target), "reason": "typing", "seals": [IDENTITY], **options}
    return act(s.StatementCorrected, by, name, **facts)


def annulled(target: str, by: str = POLICE, name: str = "annulled", **options: Any) -> Act:
    """Hủy bỏ."""
    return act(s.StatementAnnulled, by, name, **{"annuls": uid(target), "reason": "entered_in_error", **options})


def consented(
    recipients: list[str], sections: list[Section], *, by: str = POLICE, name: str = "consent", **options: Any
) -> Act:
    """The person agrees."""
    facts = {
        "purpose": "support",
        "recipients": tuple(recipients),
        "sections": tuple(sections),
        "since": "2026-11-01",
        "given_by": "person",
        **options,
    }
    return act(s.ConsentGiven, by, name, **facts)


def withdrew(consent: str = "consent", *, by: str = POLICE, name: str = "withdrew", **options: Any) -> Act:
    """The person takes a consent back."""
    return act(s.ConsentWithdrawn, by, name, **{"consent": uid(consent), **options})


def acknowledged(by: str, consent: str = "consent", *, name: str = "acknowledged", **options: Any) -> Act:
    """A recipient stopped using it."""
    return act(s.WithdrawalAcknowledged, by, name, **{"consent": uid(consent), **options})


def requested(by: str = LABOUR, *, to: str = POLICE, name: str = "requested", **options: Any) -> Act:
    """Identification is asked for."""
    return act(s.IdentificationRequested, by, name, **{"to": [to], **options})


def answered(outcome: str = "victim", *, by: str = POLICE, name: str = "answered", **options: Any) -> Act:
    """The competent authority answers."""
    facts = {"outcome": s.Outcome(outcome), "legal_date": "2026-11-01", **options}
    return act(s.IdentificationAnswered, by, name, **facts)


def offered(
    to: str = WOMEN, *, by: str = POLICE, name: str = "offered", referral: str = "referral", **options: Any
) -> Act:
    """A referral with its words."""
    facts = {
        "referral": uid(referral),
        "to": [to],
        "service": "reintegration",
        "seals": [MESSAGE],
        "shares": [words(to)],
        **options,
    }
    return act(s.ReferralOffered, by, name, **facts)


def delivered(by: str = WOMEN, *, referral: str = "referral", name: str = "delivered", **options: Any) -> Act:
    """The receiver's node has it."""
    return act(s.ReferralDelivered, by, name, **{"referral": uid(referral), **options})


def opened(by: str = WOMEN, *, referral: str = "referral", name: str = "opened", **options: Any) -> Act:
    """A person there opened it."""
    return act(s.ReferralOpened, by, name, **{"referral": uid(referral), **options})


def accepted(by: str = WOMEN, *, referral: str = "referral", name: str = "accepted", **options: Any) -> Act:
    """Tiếp nhận."""
    return act(s.ReferralAccepted, by, name, **{"referral": uid(referral), **options})


def refused(
    by: str = WOMEN, *, to: str = POLICE, referral: str = "referral", name: str = "refused", **options: Any
) -> Act:
    """Từ chối, with words."""
    facts = {
        "referral": uid(referral),
        "reason": "no_capacity",
        "seals": [MESSAGE],
        "shares": [words(to)],
        **options,
    }
    return act(s.ReferralRefused, by, name, **facts)


def recalled(by: str = POLICE, *, referral: str = "referral", name: str = "recalled", **options: Any) -> Act:
    """The sender takes it back."""
    return act(s.ReferralRecalled, by, name, **{"referral": uid(referral), "reason": "no_longer_needed", **options})


def handover(
    to: str = LABOUR, *, by: str = POLICE, name: str = "handover", transfer: str = "transfer", **options: Any
) -> Act:
    """Custody is offered."""
    return act(s.TransferOffered, by, name, **{"transfer": uid(transfer), "to": [to], **options})


def took_over(by: str = LABOUR, *, transfer: str = "transfer", name: str = "took over", **options: Any) -> Act:
    """Custody is accepted."""
    return act(s.TransferAccepted, by, name, **{"transfer": uid(transfer), **options})


def declined(by: str = LABOUR, *, transfer: str = "transfer", name: str = "declined", **options: Any) -> Act:
    """Custody is refused, with words."""
    facts = {"transfer": uid(transfer), "reason": "not_competent", "seals": [MESSAGE], **options}
    return act(s.TransferRefused, by, name, **facts)


def kept(by: str = POLICE, *, transfer: str = "transfer", name: str = "kept", **options: Any) -> Act:
    """The custodian takes its offer back."""
    return act(s.TransferRecalled, by, name, **{"transfer": uid(transfer), "reason": "no_longer_needed", **options})


def asked(by: str, *, to: str = POLICE, keys: list[s.DataKey], name: str = "asked", **options: Any) -> Act:
    """Data keys are asked for."""
    return act(s.AccessRequested, by, name, **{"to": [to], "keys": tuple(keys), "purpose": "support", **options})


def shared(*shares: Share, by: str = POLICE, name: str = "shared", **options: Any) -> Act:
    """Data keys are granted."""
    return act(s.AccessGranted, by, name, **{"shares": shares, **options})


def failed(by: str, *keys: s.DataKey, name: str = "failed", **options: Any) -> Act:
    """What was granted does not open."""
    return act(s.AccessFailed, by, name, **{"keys": tuple(keys), **options})


def supported(by: str = LABOUR, *, name: str = "supported", **options: Any) -> Act:
    """One act of support."""
    return act(s.SupportRecorded, by, name, **{"regime": "initial_hardship", "seals": [SUPPORT], **options})


def closed(by: str = POLICE, *, name: str = "closed", **options: Any) -> Act:
    """Support is finished."""
    return act(s.CaseClosed, by, name, **{"reason": "support_ended", **options})


def to_labour(*sections: Section, law: str = "l53_art28", **options: Any) -> Share:
    """What the Labour department is told by law."""
    return share(LABOUR, *(sections or (IDENTITY,)), law=law, **options)
