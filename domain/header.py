"""What headers are made of: sections, data keys, grants, codes, and the two shapes every statement has.

Everything in a header stays for ever and names nobody; see `domain/statements.py`.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from domain.ids import (
    AgencyId,
    CaseId,
    Code,
    Day,
    Hash,
    KeyId,
    Minute,
    Pseudonym,
    StatementId,
)


class Section(Enum):
    """One class of a case's personal data (phân mục dữ liệu)."""

    IDENTITY = "identity"  # nhân thân
    CONTACT = "contact"  # liên hệ và nơi ở
    ACCOUNT = "account"  # lời khai, diễn biến
    HEALTH = "health"  # sức khỏe
    SUPPORT = "support"  # hỗ trợ
    PROFILE = "profile"  # số liệu thống kê
    MESSAGE = "message"  # lời nhắn của một lần chuyển gửi


RECORD_SECTIONS = frozenset({Section.IDENTITY, Section.CONTACT, Section.PROFILE})
"""Sections of which a new one replaces the same author's old one; of the others each one is an item."""


class AgencyKind(Enum):
    """What an agency is, as far as the disclosure table cares."""

    REGISTRAR = "registrar"
    POLICE = "police"
    BORDER_GUARD = "border_guard"
    LABOUR = "labour"  # Sở LĐTBXH, since 2025 Sở Y tế
    WOMEN_UNION = "women_union"
    SUPPORT_FACILITY = "support_facility"
    LEGAL_AID = "legal_aid"
    POLICY_BANK = "policy_bank"
    STATISTICS = "statistics"
    AUDITOR = "auditor"
    COMMUNE = "commune"  # Ủy ban nhân dân cấp xã
    COAST_GUARD = "coast_guard"  # Cảnh sát biển
    MISSION = "mission"  # cơ quan đại diện Việt Nam ở nước ngoài


class Pathway(Enum):
    """How the person came into the mechanism; exclusive, so that counts add up (law.md §2)."""

    RESCUED = "rescued"  # A, giải cứu trong nước
    RETURNED_ALONE = "returned_alone"  # B, tự trở về
    HANDED_OVER = "handed_over"  # C, trao trả, tiếp nhận
    SELF_REPORTED = "self_reported"  # D, đến trình báo tại xã
    HOTLINE = "hotline"  # 111
    SCREENED = "screened"  # danh sách rà soát


class Status(Enum):
    """Where a case stands (law.md §2.0)."""

    SUSPECTED = "suspected"  # có dấu hiệu bị mua bán
    NOT_YET_RESCUED = "not_yet_rescued"  # chưa được giải cứu
    IN_IDENTIFICATION = "in_identification"  # đang trong quá trình xác định
    IDENTIFIED = "identified"  # nạn nhân
    NOT_A_VICTIM = "not_a_victim"  # không phải là nạn nhân
    IN_SUPPORT = "in_support"  # đang được hỗ trợ
    CLOSED = "closed"


class Outcome(Enum):
    """Answer of the competent authority to a request for identification."""

    VICTIM = "victim"
    NOT_VICTIM = "not_victim"
    LONGER = "longer"  # needs longer: complex, several localities


class KeyUse(Enum):
    """What a registered public key is for."""

    SIGN = "sign"
    SEAL = "seal"


Epoch = Annotated[int, Meta(ge=1, le=2**32 - 1)]


class DataKey(Struct, frozen=True, forbid_unknown_fields=True):
    """Names (never holds) the key of what one agency wrote in one section of one case in one epoch."""

    section: Section
    author: AgencyId
    epoch: Epoch


class SealedSection(Struct, frozen=True, forbid_unknown_fields=True):
    """One sealed section that travels beside the header: its data key, length and SHA-256 of the sealed bytes."""

    section: Section
    author: AgencyId
    epoch: Epoch
    length: Annotated[int, Meta(ge=1, le=32 * 1024 * 1024)]
    hash: Hash

    @property
    def key(self) -> DataKey:
        """The data key this section is sealed under."""
        return DataKey(self.section, self.author, self.epoch)


class Attached(Struct, frozen=True, forbid_unknown_fields=True):
    """The file of a paper, sealed, beside the header: what kind, length and SHA-256 of the sealed bytes."""

    format: Literal["pdf", "jpeg", "docx"]
    length: Annotated[int, Meta(ge=1, le=32 * 1024 * 1024)]
    hash: Hash


class Paper(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A paper a statement stands for (văn bản, giấy tờ): kind, date and kind of issuer; its words are sealed.

    Number, name of the issuer, signatory and title are in the sealed section of this statement that `section` names, at
    the same place in order (`domain/contents.py`).
    """

    kind: Code
    date: Day
    section: Section
    issuer: Code | None = None
    attached: Attached | None = None


class Grant(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Data keys of one case wrapped for one agency on one ground; `hash` is SHA-256 of the wrapped bytes.

    The ground is exactly one of *law* (code of a legal ground in the rules; `own` for an author's grant to itself)
    and *consent* (id of the consent.given statement).
    """

    to: AgencyId
    kid: KeyId
    keys: Annotated[tuple[DataKey, ...], Meta(min_length=1, max_length=64)]
    hash: Hash
    law: Code | None = None
    consent: StatementId | None = None
    until: Day | None = None

    @property
    def ground(self) -> str:
        """The ground as one string, bound into the wrapping: ``law:<code>`` or ``consent:<id>``."""
        return f"law:{self.law}" if self.law else f"consent:{self.consent}"


class Statement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """What every header carries.

    `by` signs with `kid`; `officer` is a pseudonym only the agency can resolve; `occurred` is when it happened,
    to the minute; `to` names the agencies addressed.
    """

    v: Literal[1]
    id: StatementId
    by: AgencyId
    kid: KeyId
    occurred: Minute
    officer: Pseudonym | None = None
    to: Annotated[tuple[AgencyId, ...], Meta(max_length=32)] = ()

    DECISION: ClassVar[bool] = False

    @property
    def type(self) -> str:
        """The statement's stable name in the log."""
        return str(self.__struct_config__.tag)


class CaseStatement(Statement, frozen=True, kw_only=True):
    """What every statement about a case carries.

    `prev` is the statement hash of the last entry of this case the author had seen; null only where a case opens.
    """

    case: CaseId
    prev: Hash | None
    sealed: Annotated[tuple[SealedSection, ...], Meta(max_length=16)] = ()
    grants: Annotated[tuple[Grant, ...], Meta(max_length=64)] = ()
    papers: Annotated[tuple[Paper, ...], Meta(max_length=8)] = ()
