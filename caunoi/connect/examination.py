"""The questions asked of what another's software sent, each by itself: one method, one rule.

A method returns where the rule holds, raises RefusedError with the stable code where it does not, and NotReachedError
where nothing can be said yet. Which must hold before which stands in `caunoi.connect.checking`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from caunoi.connect.known import Known, NotReachedError
from caunoi.connect.reading import check_contents, check_opens, check_readers
from domain.errors import RefusedError
from domain.mechanism import Mechanism
from domain.statements import CaseStatement, KeyUse, SealedSection
from door.kafka import topics
from door.kafka.client import MAX_MESSAGE
from door.kafka.port import Incoming
from hub import submission as submissions
from hub.submission import Submission
from ledger import receipt as receipts
from ledger.errors import LedgerError
from node.answers import receipts_text
from sealing.encoding import from_base64url
from sealing.envelope import SEALED_VERSION, check_body, check_sealed_length, check_wrapped, verify
from sealing.errors import BadSignatureError, BodyMismatchError, CannotOpenError, EncodingError, KeyMissingError
from sealing.parcels import open_submission

SIGNATURE = 64  # bytes
FORM = ("submission_malformed", "submission_too_large")
DECIDED: Mapping[str, str] = {
    "occurred_in_future": "time",
    **dict.fromkeys(("case_unknown", "case_code_missing", "case_code_wrong", "case_code_taken"), "case"),
    **dict.fromkeys(("prev_unknown", "decision_late"), "prev"),
    **dict.fromkeys(("section_author_wrong", "section_twice", "epoch_wrong", "stale_epoch"), "sealed"),
    "own_grant_missing": "sealed",
    **dict.fromkeys(("key_unknown", "key_revoked"), "grants"),  # the author's own were looked at before
}
"""Which rule a code of the hub's decision belongs to; those of grants to `grants`, what is left to `decision`."""


class Examination:
    """One message, or one submission as it goes over HTTP."""

    def __init__(self, known: Known, *, message: Incoming | None = None, raw: bytes = b"") -> None:
        self.known = known
        self.message = message
        self._raw = raw
        self._read: Submission | None = None
        self._mechanism: Mechanism | None = None

    @property
    def statement_id(self) -> str:
        """Which statement it is, as far as it was read."""
        return self._read.statement.id if self._read else ""

    # -- the message

    def value(self) -> None:
        """There is a value, and the topic takes it."""
        if self._lying.value is None:
            raise RefusedError("kafka_tombstone")
        if len(self._lying.value) > MAX_MESSAGE:
            raise RefusedError("kafka_too_large")

    def event(self) -> None:
        """It is a CloudEvent."""
        if self._header("ce_specversion") != "1.0" or not self._header("ce_id") or not self._header("ce_source"):
            raise RefusedError("kafka_not_event")

    def type(self) -> None:
        """Its type is known."""
        if self._header("ce_type") != topics.SUBMISSION:
            raise RefusedError("kafka_type_unknown")

    def content(self) -> None:
        """Its content type is right."""
        if self._header("content-type") != topics.SUBMISSION_CONTENT:
            raise RefusedError("kafka_content_wrong")

    def source(self) -> None:
        """Its agency is one of those this node speaks for."""
        if self._header("ce_source") not in self.known.agencies:
            raise RefusedError("kafka_sender_wrong")

    def day_key(self) -> None:
        """It is sealed for an intake key that the hub still has."""
        if self._open() == "kafka_key_expired":
            raise RefusedError("kafka_key_expired")

    def parcel(self) -> None:
        """It opens with that key, in this topic, under this id."""
        if code := self._open():
            raise RefusedError(code)

    def sender(self) -> None:
        """Header and message name the same statement and agency."""
        statement = self._submission.statement
        if (statement.id, statement.by) != (self._header("ce_id"), self._header("ce_source")):
            raise RefusedError("kafka_sender_wrong")

    def key(self) -> None:
        """The message lies under its case, else under its author."""
        if self._lying.key != self._stream.encode():
            raise RefusedError("kafka_key_wrong")

    def partition(self) -> None:
        """It lies in the partition of that key."""
        if self._lying.at != topics.place(self._lying.at.topic, self._stream):
            raise RefusedError("kafka_key_wrong")

    # -- the submission

    def submission(self) -> None:
        """It is a submission in form."""
        if (code := self._parse()) in FORM:
            raise RefusedError(code)

    def version(self) -> None:
        """Its header is of the schema version we know."""
        try:
            said = msgspec.json.decode(msgspec.json.decode(self._raw)["header"], type=dict[str, object])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return  # no JSON: the next rule says so
        if said.get("v") != 1:
            raise RefusedError("header_malformed")

    def header(self) -> None:
        """Its header is one line that `domain.statements` reads."""
        if code := self._parse():
            raise RefusedError(code)

    def member(self) -> None:
        """Its author is a member, and the key one of its keys in force."""
        statement = self._submission.statement
        self._before.directory.key(statement.kid, agency=statement.by, use=KeyUse.SIGN)

    def signature(self) -> None:
        """The key signed these very bytes; so did every other that is named."""
        one = self._submission
        if one.statement.kid not in {signature.kid for signature in one.signatures}:
            raise RefusedError("signature_missing")
        if any(len(signature.sig) != SIGNATURE for signature in one.signatures):
            raise RefusedError("submission_malformed")
        for signature in one.signatures:
            found = self._before.directory.keys.get(signature.kid)
            if found is None:
                raise RefusedError("key_unknown")
            try:
                verify(one.line, signature, from_base64url(found.public))
            except BadSignatureError:
                raise RefusedError("signature_wrong") from None

    def beside(self) -> None:
        """All the header names came along, as the header names it, and nothing else."""
        one = self._submission
        sealed = {section.hash: section for section in self._sealed}
        for named, there in ((set(sealed), set(one.bodies)), ({grant.hash for grant in self._grants}, set(one.grants))):
            if named != there:
                raise RefusedError("body_missing" if named - there else "body_unexpected")
        try:
            for name, body in one.bodies.items():
                check_body(body, hash=name, length=sealed[name].length)
        except BodyMismatchError:
            raise RefusedError("body_wrong") from None

    def padding(self) -> None:
        """Sections are sealed in the form we know, and padded."""
        try:
            for body in self._submission.bodies.values():
                check_sealed_length(len(body))
        except BodyMismatchError:
            raise RefusedError("body_wrong") from None
        if any(body[0] != SEALED_VERSION for body in self._submission.bodies.values()):
            raise RefusedError("body_wrong")

    def wrapped(self) -> None:
        """Grants are wrapped in a form we know, of the length their lists allow."""
        try:
            for grant in self._grants:
                wrapped = self._submission.grants[grant.hash]
                check_wrapped(wrapped, hash=grant.hash, names=submissions.key_names(grant))
        except BodyMismatchError:
            raise RefusedError("grant_body_wrong") from None

    # -- what the hub decides at the head, and what it cannot see

    def decided(self, rule: str) -> None:
        """The decision does not fail by this rule."""
        one = self._submission
        try:
            submissions.check(one)
            self._before.decide(one.statement, rules=self.known.rules, recorded=self.known.now)
        except RefusedError as error:
            default = "grants" if error.code.startswith("grant_") else "decision"
            if DECIDED.get(error.code, default) == rule:
                raise

    def opens(self) -> None:
        """Grants and sections open for those whose keys are here."""
        check_opens(self._submission, self.known.stores)

    def contents(self) -> None:
        """What opens is what sections hold."""
        check_contents(self._submission, self.known.stores)

    def readers(self) -> None:
        """Whom the law wants told holds the keys of what it is to read."""
        check_readers(self._submission.statement, self._before.directory, self.known.rules)

    def receipt(self) -> None:
        """The hub's receipt is there, signed, for this statement."""
        one = self._submission
        answer = self.known.answer(one.statement.id)
        if answer is None:
            if self.known.sent:
                raise RefusedError("connect_receipt_missing")
            raise NotReachedError
        if "index" not in answer:
            raise RefusedError(str(answer["code"]))
        try:
            found = receipts.read(receipts_text(dict(answer)))
            receipts.verify(found, self.known.hub_key)
        except LedgerError:
            raise RefusedError("connect_receipt_wrong") from None
        if found.statement != one.hash:
            raise RefusedError("statement_id_taken")

    # -- what the rules look at

    @property
    def _lying(self) -> Incoming:
        if self.message is None:
            raise NotReachedError
        return self.message

    @property
    def _submission(self) -> Submission:
        if self._read is None:
            raise NotReachedError
        return self._read

    @property
    def _stream(self) -> str:
        statement = self._submission.statement
        return statement.case if isinstance(statement, CaseStatement) else statement.by

    @property
    def _sealed(self) -> tuple[SealedSection, ...]:
        statement = self._submission.statement
        return statement.sealed if isinstance(statement, CaseStatement) else ()

    @property
    def _grants(self) -> Sequence[Any]:
        statement = self._submission.statement
        return statement.grants if isinstance(statement, CaseStatement) else ()

    @property
    def _before(self) -> Mechanism:
        if self._mechanism is None:
            self._mechanism = self.known.before(self._submission.statement.id)
        return self._mechanism

    def _header(self, name: str) -> str:
        return (self._lying.header(name) or b"").decode("ascii", "replace")

    def _open(self) -> str:
        """Open the message; give the code where that fails."""
        topic, identity = self._lying.at.topic, self._header("ce_id")
        try:
            self._raw = open_submission(
                self._lying.value or b"", topic=topic, statement=identity, store=self.known.day_keys
            )
        except KeyMissingError:
            return "kafka_key_expired"
        except (CannotOpenError, EncodingError):
            return "kafka_not_opened"
        return ""

    def _parse(self) -> str:
        """Read the submission; give the code where that fails."""
        try:
            self._read = submissions.read(self._raw)
        except RefusedError as error:
            return error.code
        return ""
