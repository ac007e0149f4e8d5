"""What the hub takes and answers over HTTP, each document in one place; the published contract is made of these.

Encoding is `msgspec.json.encode`. Hashes are hex, bytes standard base64, times µs since 1970 UTC.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from domain.ids import AgencyId, CaseId, Hash, KeyId, PlaceCode, PublicKey, StatementId
from domain.statements import MAX_HEADER, AgencyKind, KeyUse
from domain.wording import Language
from door.problems import Problem, problem
from hub.intake import Answer, Refused
from hub.log.records import Refusal
from ledger import receipt as receipts
from ledger.entry import MAX_SIGNATURES

REFERENCE = "#/components/schemas/{name}"
MAX_HASHES = 1000

Index = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Micros = Annotated[int, Meta(ge=0, le=2**63 - 1, description="µs since 1970 UTC")]
Base64 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]*={0,2}$", description="standard base64, padded, canonical")]
HeaderLine = Annotated[
    str,
    Meta(
        max_length=MAX_HEADER,
        description="the statement's bytes as they were signed, one line",
        extra_json_schema={
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": REFERENCE.format(name="Statement")},
        },
    ),
]
EntryText = Annotated[str, Meta(description="the entry verbatim: header line, signatures, the hub's line")]


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """One Ed25519 signature over the header line's PAE."""

    kid: KeyId
    sig: Base64


class Submission(Struct, frozen=True, forbid_unknown_fields=True):
    """One statement with what its header names: sealed bodies and wrapped grants by SHA-256."""

    header: HeaderLine
    signatures: Annotated[list[Signature], Meta(min_length=1, max_length=MAX_SIGNATURES)]
    bodies: dict[Hash, Base64] = {}
    grants: dict[Hash, Base64] = {}


class Hashes(Struct, frozen=True, forbid_unknown_fields=True):
    """Hashes of bodies or grants that are asked for."""

    hashes: Annotated[list[Hash], Meta(max_length=MAX_HASHES)]


class Receipt(Struct, frozen=True):
    """Where the hub put a statement, signed by it (`ledger.receipt`)."""

    statement: Hash
    index: Index
    leaf: Hash
    recorded: Micros
    kid: KeyId
    sig: Base64


class SignedRefusal(Problem, frozen=True, kw_only=True):
    """A refusal of a statement, signed by the hub over its id, hash, code and time; nulls where it was unreadable."""

    statement_id: StatementId | None
    statement: Hash | None
    recorded: Micros
    kid: KeyId
    sig: Base64


class RefusalLine(Struct, frozen=True):
    """One of the refusals an agency was given, numbered densely."""

    number: Index
    statement_id: StatementId
    statement: Hash
    code: str
    recorded: Micros
    kid: KeyId
    sig: Base64


class AsideTold(Struct, frozen=True, kw_only=True):
    """A message that was no submission: the id it gave, why, signed. The statement itself may be sent again."""

    statement_id: StatementId | None
    code: str
    recorded: Micros
    kid: KeyId
    sig: Base64


class FeedLine(Struct, frozen=True):
    """One entry on the caller's feed: its number there, its log index."""

    number: Index
    index: Index
    entry: EntryText


class Brought(Struct, frozen=True, forbid_unknown_fields=True):
    """First line of a carried bundle, opened: its manifest as it was signed. After it one submission or file a line."""

    manifest: Annotated[str, Meta(max_length=4096)]
    sig: Base64


class CarriedFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a carried bundle, before the submissions that name it: the sealed file of a paper."""

    attachment: Hash
    bytes: Base64


class CarriedAnswer(Struct, frozen=True):
    """First line of the answer to a carried bundle: its manifest, whom to seal it for, what to tell the carrier."""

    manifest: str
    sig: Base64
    public: PublicKey
    suite: str
    new: Count
    known: Count
    refused: Count


class CarriedLine(Struct, frozen=True, omit_defaults=True):
    """One line of the content of an answer: one of the first five.

    `answer` is a receipt or a signed refusal. A body or a grant without `bytes` is not for the agency, or not yet; a
    file comes with the feed line of the entry that names it, without `bytes` if it was erased.
    """

    answer: Any = None
    feed: FeedLine | None = None
    body: Hash | None = None
    grant: Hash | None = None
    attachment: Hash | None = None
    case: CaseId | None = None
    bytes: Base64 | None = None


class KafkaPosition(Struct, frozen=True, forbid_unknown_fields=True):
    """A place in a topic: of a message, or how far a partition was taken in (the position after the last message)."""

    topic: Annotated[str, Meta(pattern=r"^[a-z0-9.-]{1,249}\Z")]
    partition: Count
    position: Count


class Arrived(Struct, frozen=True, forbid_unknown_fields=True):
    """One submission that lay in a topic, opened, and the agency whose it is."""

    agency: AgencyId
    submission: msgspec.Raw


class SetAside(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One message that was no submission: where, why, the SHA-256 of its value; whom to tell of which statement."""

    at: KafkaPosition
    code: Annotated[str, Meta(pattern=r"^kafka_[a-z_]{1,40}\Z")]
    hash: Hash
    agency: AgencyId | None = None
    statement: StatementId | None = None


class Arrivals(Struct, frozen=True, forbid_unknown_fields=True):
    """What lay in topics up to these positions; taken in one transaction, or not at all."""

    submissions: list[Arrived]
    aside: list[SetAside]
    positions: list[KafkaPosition]


class KafkaPositions(Struct, frozen=True):
    """How far each partition was taken in; those never read are absent."""

    positions: list[KafkaPosition]


class KafkaTaken(Struct, frozen=True):
    """How many statements were answered; the answers go out over Kafka."""

    answered: Count


class LogLine(Struct, frozen=True):
    """One entry of the log."""

    index: Index
    entry: EntryText


class DirectoryAgency(Struct, frozen=True):
    """An agency with its public card; in force from log index `since`, no longer from `until`."""

    id: AgencyId
    kind: AgencyKind
    place: PlaceCode | None
    parent: AgencyId | None
    succeeds: tuple[AgencyId, ...]
    card: dict[str, Any] | None
    since: Index
    until: Index | None


class DirectoryKey(Struct, frozen=True):
    """A registered public key; in force from log index `since`, no longer from `until`."""

    kid: KeyId
    agency: AgencyId
    use: KeyUse
    suite: str
    public: PublicKey
    since: Index
    until: Index | None


class Directory(Struct, frozen=True):
    """All agencies and keys there are or were, as of log index `index`."""

    index: Count
    agencies: list[DirectoryAgency]
    keys: list[DirectoryKey]


class Head(Struct, frozen=True):
    """Size and Merkle root (RFC 6962) of the log, and the id of the hub's signing key."""

    size: Count
    root: Hash
    kid: KeyId


class Health(Struct, frozen=True, omit_defaults=True):
    """`ok`, and at the door of `readyz` the size of the log."""

    status: str
    size: Count | None = None


def answered(answer: Answer, *, language: Language) -> Receipt | SignedRefusal:
    """A receipt or a signed refusal as it is sent."""
    if not isinstance(answer, Refused):
        return msgspec.json.decode(receipts.write(answer), type=Receipt)
    said = problem(answer.code, language=language, params=answer.params)
    return SignedRefusal(
        **msgspec.structs.asdict(said),
        statement_id=answer.statement_id,
        statement=answer.hash,
        recorded=answer.recorded,
        kid=answer.kid,
        sig=b64encode(answer.signature).decode(),
    )


def refusal_line(number: int, refused: Refusal) -> RefusalLine:
    """A refusal as it is told again."""
    return RefusalLine(
        number=number,
        statement_id=refused.statement_id,
        statement=refused.statement_hash.hex(),
        code=refused.code,
        recorded=refused.recorded,
        kid=refused.kid,
        sig=b64encode(refused.signature).decode(),
    )
