"""What a node answers over HTTP, each document in one place; the published contract is made of these.

What a section holds is said in `domain.contents`; it is shown as its author sealed it, whatever that is.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.header import Pathway, Section, Status
from node.clocks import CaseClock

Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="16 bytes, hex")]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256, hex")]
Agency = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,39}$", description="stable id of an agency")]
Day = Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="date, Asia/Ho_Chi_Minh")]
Index = Annotated[int, Field(ge=1, description="log index")]
Count = Annotated[int, Field(ge=0)]
Micros = Annotated[int, Field(ge=0, description="µs since 1970 UTC")]
CaseCode = Annotated[str, Field(description="mã hồ sơ")]


class Health(BaseModel):
    """Alive."""

    status: Literal["ok"]


class Ready(Health):
    """The feed number up to which this node has followed."""

    feed: Count


class Identified(BaseModel):
    """The answer that the person is a victim."""

    index: Index
    legal_date: Day
    paper: str | None


class Support(BaseModel):
    """One act of support, by code; its words are in the section."""

    regime: str
    by: Agency
    index: Index
    statement: Id
    since: Day | None


class Consent(BaseModel):
    """A consent as it stands; who has acknowledged its end."""

    id: Id
    recipients: list[Agency]
    sections: list[Section]
    until: Day | None
    withdrawn: bool
    acknowledged: list[Agency]


class Case(BaseModel):
    """Where one case stands for this agency; `open`: the sections it may read, with their authors."""

    case: Id
    code: CaseCode | None
    pathway: Pathway | None
    status: Status | None
    custodian: Agency | None
    accompanies: Id | None
    since: Day
    entries: Count
    newest: Index
    identified: Identified | None
    support: list[Support]
    notified: list[Index]
    consents: list[Consent]
    open: dict[Section, list[Agency]]


class Mended(BaseModel):
    """A correction or annulment of an entry."""

    type: str
    by: Agency
    index: Index


class Step(Mended):
    """One entry of an offer's history."""

    recorded: Micros


class TimelineEntry(BaseModel):
    """One entry on this agency's feed, in codes."""

    index: Index
    statement: Id
    type: str
    by: Agency
    to: list[Agency]
    occurred: Annotated[str, Field(description="UTC, to the minute, as its author says")]
    recorded: Micros
    late: bool
    codes: dict[str, str]
    mended: list[Mended]


class FeedEntry(TimelineEntry):
    """The same with its case; None: it is nobody's, such as an agency's registration."""

    case: Id | None


class WhyClosed(BaseModel):
    """Why a cell is closed, with the row of the disclosure table; since when it is asked for."""

    code: Literal["cell_not_shared", "cell_nothing_shared", "cell_requested"]
    row: int
    since: Day | None = None


class SectionClosed(BaseModel):
    """A section this agency cannot read."""

    closed: WhyClosed


class SectionOpen(BaseModel):
    """A section by author: the newest record, or the list of what was recorded, each with its entry."""

    open: dict[Agency, dict[str, Any] | list[dict[str, Any]]]


class CasePaper(BaseModel):
    """A paper a statement stands for, its `number`-th; its words where they are open to this agency."""

    statement: Id
    number: Annotated[int, Field(ge=1, le=8)]
    index: Index
    by: Agency
    kind: str
    date: Day
    issuer: str | None
    section: Section
    format: Literal["pdf", "jpeg", "docx"] | None
    mended: list[Mended]
    state: Literal["open", "closed", "unreadable"]
    paper_number: str | None
    issued_by: str | None
    signatory: str | None
    title: str | None
    size: Count | None


class OneCase(Case):
    """A case with its sections, papers, entries and clocks."""

    sections: dict[Section, SectionOpen | SectionClosed]
    papers: list[CasePaper]
    timeline: list[TimelineEntry]
    clocks: list[CaseClock]


class Offer(BaseModel):
    """A referral or transfer: whose turn it is (None: nobody's), its entries, and its words as far as they are open."""

    id: Id
    case: Id
    code: CaseCode | None
    kind: Literal["referral", "transfer"]
    sender: Agency
    receiver: Agency
    service: str | None
    parent: Id | None
    answer_by: Day | None
    state: Literal["offered", "delivered", "opened", "accepted", "refused", "recalled", "expired", "entered_in_error"]
    turn: Literal["ours", "theirs"] | None
    steps: list[Step]
    words: list[dict[str, Any]]


class Figure(BaseModel):
    """A count with the log entries that make it."""

    count: Count
    entries: list[Index]


class Statistics(BaseModel):
    """Victims found through criminal cases: all; by residence, province code, and regime and residence."""

    total: Figure
    by_residence: dict[str, Figure]
    by_province: dict[str, Figure]
    by_regime: dict[str, dict[str, Figure]]


class Done(BaseModel):
    """A statement's id, its log index or None while it waits for the hub, the id of the offer or case it made."""

    statement: Id
    index: Index | None
    id: Id | CaseCode | None


class Nothing(BaseModel):
    """There was nothing to do."""

    model_config = ConfigDict(extra="forbid")


class Synced(BaseModel):
    """Whether the hub answered, how far the feed is followed and its views are made, what waits, what went wrong.

    `behind`: entries of the feed that are told of over Kafka and not here yet; 0 over HTTP.
    """

    hub: bool
    feed: Count
    behind: Count
    day: str
    queued: Count
    alarm: str | None


class Receipt(BaseModel):
    """Where the hub put a statement, signed by it (`ledger.receipt`)."""

    statement: Hash
    index: Index
    leaf: Hash
    recorded: Micros
    kid: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    sig: Annotated[str, Field(description="Ed25519, standard base64")]
