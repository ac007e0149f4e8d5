"""Statements about one case, from the first notice to the closing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from domain.header import CaseStatement, DataKey, Outcome, Pathway, Section
from domain.ids import AgencyId, CaseCode, CaseId, Code, Day, ReferralId, StatementId


class CaseNotified(CaseStatement, frozen=True, kw_only=True, tag="case.notified"):
    """An agency tells of a person (thông báo). Opens the case when `prev` is null, else adds a second notice.

    `code` is the mã hồ sơ and is required where the case opens. `accompanies` names the case of the adult a minor
    came with. `law` is the legal ground of the notice (Law 53/2024 Art 27-30, or the instrument of its time).
    `channel` is the way by which the person was trafficked, `received` how the notice came.
    """

    code: CaseCode | None = None
    pathway: Pathway
    status: Literal["suspected", "not_yet_rescued", "in_identification"] = "suspected"
    channel: Code | None = None
    received: Code | None = None
    law: Code | None = None
    accompanies: CaseId | None = None
    likely_child: bool = False


class SectionAppended(CaseStatement, frozen=True, kw_only=True, tag="section.appended"):
    """More of what the author knows: only sections, no change of status."""


class StatementCorrected(CaseStatement, frozen=True, kw_only=True, tag="statement.corrected"):
    """Đính chính: the sections of `corrects` are replaced by those sealed here."""

    corrects: StatementId
    reason: Code


class StatementAnnulled(CaseStatement, frozen=True, kw_only=True, tag="statement.annulled"):
    """Hủy bỏ (ghi nhầm): `annuls` counts no more; it stays in the log and is shown as annulled."""

    annuls: StatementId
    reason: Code


class ConsentGiven(CaseStatement, frozen=True, kw_only=True, tag="consent.given"):
    """What the person agreed: purpose × recipients × sections × period × who gave it. Never from an importer."""

    DECISION: ClassVar[bool] = True
    purpose: Code
    recipients: Annotated[tuple[AgencyId, ...], Meta(min_length=1, max_length=32)]
    sections: Annotated[tuple[Section, ...], Meta(min_length=1)]
    since: Day
    until: Day | None = None
    given_by: Code


class ConsentWithdrawn(CaseStatement, frozen=True, kw_only=True, tag="consent.withdrawn"):
    """The person takes a consent back; every recipient is told and acknowledges."""

    DECISION: ClassVar[bool] = True
    consent: StatementId


class WithdrawalAcknowledged(CaseStatement, frozen=True, kw_only=True, tag="consent.withdrawal_acknowledged"):
    """A recipient confirms that it stopped using what the consent had opened."""

    consent: StatementId


class IdentificationRequested(CaseStatement, frozen=True, kw_only=True, tag="identification.requested"):
    """Công văn đề nghị xác minh: asks the competent authority named in `to`."""

    DECISION: ClassVar[bool] = True
    law: Code | None = None


class IdentificationAnswered(CaseStatement, frozen=True, kw_only=True, tag="identification.answered"):
    """Văn bản trả lời of the competent authority; `legal_date` decides the regime of support (Law 53/2024 Art 63)."""

    DECISION: ClassVar[bool] = True
    outcome: Outcome
    legal_date: Day
    paper: Code | None = None


class ReferralOffered(CaseStatement, frozen=True, kw_only=True, tag="referral.offered"):
    """Chuyển gửi: asks `to` (one agency) for a service; custody stays."""

    DECISION: ClassVar[bool] = True
    referral: ReferralId
    parent: ReferralId | None = None
    service: Code
    answer_by: Day | None = None


class ReferralDelivered(CaseStatement, frozen=True, kw_only=True, tag="referral.delivered"):
    """The receiver's node has the offer. Once for each referral."""

    referral: ReferralId


class ReferralOpened(CaseStatement, frozen=True, kw_only=True, tag="referral.opened"):
    """A person at the receiver opened the offer. Once for each referral."""

    referral: ReferralId


class ReferralAccepted(CaseStatement, frozen=True, kw_only=True, tag="referral.accepted"):
    """Tiếp nhận; releases the grants lodged with the offer."""

    DECISION: ClassVar[bool] = True
    referral: ReferralId


class ReferralRefused(CaseStatement, frozen=True, kw_only=True, tag="referral.refused"):
    """Từ chối tiếp nhận: coded reason, and words in `message` (Circular 35/2013 Art 16(3))."""

    DECISION: ClassVar[bool] = True
    referral: ReferralId
    reason: Code


class ReferralRecalled(CaseStatement, frozen=True, kw_only=True, tag="referral.recalled"):
    """Thu hồi đề nghị by the sender, before an answer."""

    DECISION: ClassVar[bool] = True
    referral: ReferralId
    reason: Code


class TransferOffered(CaseStatement, frozen=True, kw_only=True, tag="transfer.offered"):
    """Bàn giao: offers custody to `to` (one agency); it moves only when that agency accepts."""

    DECISION: ClassVar[bool] = True
    transfer: ReferralId
    answer_by: Day | None = None


class TransferAccepted(CaseStatement, frozen=True, kw_only=True, tag="transfer.accepted"):
    """Custody moves to the author, who was offered it."""

    DECISION: ClassVar[bool] = True
    transfer: ReferralId


class TransferRefused(CaseStatement, frozen=True, kw_only=True, tag="transfer.refused"):
    """Custody stays; coded reason, and words in `message`."""

    DECISION: ClassVar[bool] = True
    transfer: ReferralId
    reason: Code


class TransferRecalled(CaseStatement, frozen=True, kw_only=True, tag="transfer.recalled"):
    """The custodian takes its offer back, before an answer."""

    DECISION: ClassVar[bool] = True
    transfer: ReferralId
    reason: Code


class AccessRequested(CaseStatement, frozen=True, kw_only=True, tag="access.requested"):
    """Asks a holder named in `to` for data keys, for a coded purpose."""

    keys: Annotated[tuple[DataKey, ...], Meta(min_length=1, max_length=64)]
    purpose: Code


class AccessGranted(CaseStatement, frozen=True, kw_only=True, tag="access.granted"):
    """Answers a request, or shares unasked: the grants it carries."""

    DECISION: ClassVar[bool] = True
    request: StatementId | None = None


class AccessFailed(CaseStatement, frozen=True, kw_only=True, tag="access.failed"):
    """The author cannot open what it was granted, and says so."""

    keys: Annotated[tuple[DataKey, ...], Meta(min_length=1, max_length=64)]


class SupportRecorded(CaseStatement, frozen=True, kw_only=True, tag="support.recorded"):
    """One act of support under one regime (Law 53/2024 Art 37(1)); what exactly is in `support`."""

    regime: Code
    since: Day | None = None
    until: Day | None = None
    referral: ReferralId | None = None


class CaseClosed(CaseStatement, frozen=True, kw_only=True, tag="case.closed"):
    """Support is finished; coded reason."""

    DECISION: ClassVar[bool] = True
    reason: Code
