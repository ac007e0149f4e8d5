"""Reading a submission, strictly: header, signatures, bodies and grants, and that they belong together.

A submission is one JSON object::

    {"header": "<header line>", "signatures": [{"kid": "…", "sig": "<base64>"}],
     "bodies": {"<sha256>": "<base64>"}, "grants": {"<sha256>": "<base64>"}}

Everything here can be told without the log and without a key that opens anything; the log decides later, under its
lock (`hub.intake`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

import msgspec

from domain import statements as s
from domain.errors import RefusedError
from domain.statements import Attached, CaseStatement, Grant, Statement
from ledger.entry import MAX_SIGNATURES
from sealing.encoding import KeyName, from_base64, from_base64url
from sealing.envelope import Signature, check_body, check_public, check_sealed, check_wrapped, statement_hash
from sealing.errors import BadPublicKeyError, BodyMismatchError, EncodingError

RESERVED, NAME_BASED = 2**16, 5  # streams of the hub's own (hub/head.py)
MAX_SUBMISSION = 48 * 1024 * 1024  # bytes; sections of 32 MiB at most, in base64


class _Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kid: str
    sig: str


class _Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    header: str
    signatures: list[_Signature]
    bodies: dict[str, str] = {}
    grants: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One statement as an agency sent it; not decided. Keys of `bodies` and `grants` are hex hashes."""

    line: bytes
    statement: Statement
    hash: str
    signatures: tuple[Signature, ...]
    bodies: dict[str, bytes]
    grants: dict[str, bytes]


def read(raw: bytes) -> Submission:
    """Read one submission: its form and its header.

    Raises:
        RefusedError: `submission_malformed`, `submission_too_large`, or what `domain.statements.read` says.
    """
    if len(raw) > MAX_SUBMISSION:
        raise RefusedError("submission_too_large")
    try:
        parts = msgspec.json.decode(raw, type=_Submission)
        json.loads(raw, object_pairs_hook=_refuse_twice)
        bodies = {name: from_base64(content) for name, content in parts.bodies.items()}
        grants = {name: from_base64(content) for name, content in parts.grants.items()}
        signatures = tuple(Signature(one.kid, from_base64(one.sig)) for one in parts.signatures)
    except (msgspec.MsgspecError, UnicodeDecodeError, EncodingError, RecursionError):
        raise RefusedError("submission_malformed") from None
    line = parts.header.encode()
    return Submission(
        line=line,
        statement=s.read(line),
        hash=statement_hash(line),
        signatures=signatures,
        bodies=bodies,
        grants=grants,
    )


def check(submission: Submission) -> None:
    """Check that all a submission's header names came along, and nothing else.

    Raises:
        RefusedError: `submission_malformed`, `signature_missing`, `body_missing`, `body_unexpected`, `body_wrong`,
            `grant_body_wrong`.
    """
    _check_signatures(submission.statement, submission.signatures)
    _check_new_key(submission.statement)
    _check_case_id(submission.statement)
    _check_bodies(submission.statement, submission.bodies)
    _check_grants(submission.statement, submission.grants)


def _refuse_twice(pairs: list[tuple[str, object]]) -> None:
    # A name given twice is read one way by one reader and another way by the next.
    if len({name for name, _ in pairs}) != len(pairs):
        raise EncodingError("a name is given twice")


def _check_signatures(statement: Statement, signatures: tuple[Signature, ...]) -> None:
    kids = [signature.kid for signature in signatures]
    if statement.kid not in kids:
        raise RefusedError("signature_missing")
    wrong = any(len(signature.sig) != 64 for signature in signatures)
    if wrong or len(kids) > MAX_SIGNATURES or len(set(kids)) != len(kids):
        raise RefusedError("submission_malformed")


def _check_case_id(statement: Statement) -> None:
    """A case may not take the stream of the directory or of an agency: those are a name-based UUID, or reserved."""
    if not isinstance(statement, CaseStatement):
        return
    stream = UUID(statement.case)
    if stream.int < RESERVED or stream.version == NAME_BASED:
        raise RefusedError("case_unknown")


def _check_new_key(statement: Statement) -> None:
    """A key of small order would let one signature fit many messages; no honest key store makes one."""
    if not isinstance(statement, s.KeyRegistered):
        return
    try:
        check_public(from_base64url(statement.public), suite=statement.suite)
    except (BadPublicKeyError, EncodingError):
        raise RefusedError("key_malformed") from None


def _check_bodies(statement: Statement, bodies: dict[str, bytes]) -> None:
    sealed = {one.hash: one for one in getattr(statement, "sealed", ())}
    card = statement.card if isinstance(statement, s.AgencyRegistered) else None
    named = sealed.keys() | ({card} if card else set())
    if named - bodies.keys():
        raise RefusedError("body_missing")
    if bodies.keys() - named:
        raise RefusedError("body_unexpected")
    try:
        for name, body in bodies.items():
            if name in sealed:
                check_sealed(body, hash=name, length=sealed[name].length)
            else:
                check_body(body, hash=name)
                _check_card(body)
    except BodyMismatchError:
        raise RefusedError("body_wrong") from None


def _check_card(body: bytes) -> None:
    """An agency's public card is shown to everybody: one that is not a JSON object would break the directory."""
    try:
        msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BodyMismatchError("card is not a JSON object") from None


def _check_grants(statement: Statement, grants: dict[str, bytes]) -> None:
    named = {grant.hash: grant for grant in statement.grants} if isinstance(statement, CaseStatement) else {}
    if named.keys() != grants.keys():
        raise RefusedError("body_missing" if named.keys() - grants.keys() else "body_unexpected")
    try:
        for name, wrapped in grants.items():
            check_wrapped(wrapped, hash=name, names=key_names(named[name]))
    except BodyMismatchError:
        raise RefusedError("grant_body_wrong") from None


def attached_to(statement: Statement) -> dict[str, Attached]:
    """The files a statement names, by hex hash."""
    papers = statement.papers if isinstance(statement, CaseStatement) else ()
    return {paper.attached.hash: paper.attached for paper in papers if paper.attached is not None}


def key_names(grant: Grant) -> tuple[KeyName, ...]:
    """The data keys of a grant as the sealing package names them."""
    return tuple(KeyName(key.section.value, key.author, key.epoch) for key in grant.keys)
