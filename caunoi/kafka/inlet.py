"""From topics to the hub: what nodes put there is checked, opened with the hub's intake keys and brought to the intake.

A message is a submission, or it is set aside with a stable code and stops nobody. How far each partition was read is
kept by the hub, with the effect, in one transaction: after any stop the same messages are read again and say nothing
new. When the hub is away or slow nothing more is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

import msgspec

from caunoi.kafka.passing import Passing
from domain.errors import RefusedError
from domain.statements import CaseStatement, Statement
from door.kafka import topics
from door.kafka.client import MAX_MESSAGE
from door.kafka.port import Incoming, KafkaRefusedError, Partition, Receiver
from hub import documents as d
from hub.over_kafka import MAX_ARRIVALS
from hub.submission import read
from sealing.errors import CannotOpenError, EncodingError, KeyMissingError
from sealing.grants import GrantOpener
from sealing.parcels import open_submission

BYTES = 32 * 1024 * 1024  # of submissions brought at once; a larger one goes alone


class HubDoor(Protocol):
    """The hub as the inlet needs it."""

    def positions(self) -> Mapping[Partition, int]:
        """How far each partition was taken in.

        Raises:
            UnavailableError: the hub does not answer.
        """

    def bring(self, arrivals: d.Arrivals) -> int:
        """Bring one batch; give how many statements were answered.

        Raises:
            UnavailableError: nothing is known of any of it.
        """


@dataclass(slots=True, kw_only=True)
class Inlet:
    """Reads the topics of some nodes. `nodes`: node → the agencies it speaks for; `store` opens with intake keys."""

    receiver: Receiver
    hub: HubDoor
    store: GrantOpener
    nodes: Mapping[str, Sequence[str]]
    partitions: int = topics.PARTITIONS
    passing: Passing = field(default_factory=Passing)
    _next: dict[Partition, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Start, or start again, where the hub's effects end.

        Raises:
            UnavailableError, KafkaAwayError, KafkaRefusedError.
        """
        known = self.hub.positions()
        partitions = [one for node in self.nodes for one in self.receiver.partitions(topics.statements_of(node))]
        if len(partitions) != len(self.nodes) * self.partitions:
            raise KafkaRefusedError("a topic is not there")
        self._next = {one: known.get(one, 0) for one in partitions}
        self.receiver.seek(self._next)

    def turn(self, *, wait: float) -> int:
        """Take what lies there next; give how many messages. After an error, `begin` again.

        Raises:
            UnavailableError, KafkaAwayError, KafkaRefusedError.
        """
        found = self.look(wait=wait)
        self.bring(found)
        return sum(len(batch.submissions) + len(batch.aside) for batch in found)

    def look(self, *, wait: float) -> list[d.Arrivals]:
        """Read and open what lies there next.

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """
        return [self._arrivals(batch) for batch in _portions(self.receiver.receive(wait=wait, limit=MAX_ARRIVALS))]

    def bring(self, found: Sequence[d.Arrivals]) -> None:
        """Bring it to the hub, batch by batch.

        Raises:
            UnavailableError: nothing is known of the batch that was brought, and the ones after it were not.
        """
        for batch in found:
            self.hub.bring(batch)

    def _arrivals(self, messages: Sequence[Incoming]) -> d.Arrivals:
        submissions: list[d.Arrived] = []
        aside: list[d.SetAside] = []
        for one in messages:
            try:
                submissions.append(self._read(one))
                self.passing.came(_text(one.header("ce_id")), one.header("traceparent"))
            except RefusedError as error:
                aside.append(self._aside(one, error.code))
            # What is older than the topic keeps is gone; the positions tell.
            if not one.unreadable:  # which may stand for those before it
                self.passing.miss(one.position - self._next[one.at])
            self._next[one.at] = one.position + 1
        reached = {one.at: one.position + 1 for one in messages}
        positions = [d.KafkaPosition(at.topic, at.number, position) for at, position in reached.items()]
        return d.Arrivals(submissions, aside, positions)

    def _read(self, one: Incoming) -> d.Arrived:
        """One message as a submission.

        Raises:
            RefusedError: `kafka_…`, and of what was opened the codes of a submission with `kafka_malformed`.
        """
        if one.unreadable:
            raise RefusedError("kafka_unreadable")
        if one.value is None:
            raise RefusedError("kafka_tombstone")
        if len(one.value) > MAX_MESSAGE:
            raise RefusedError("kafka_too_large")
        agency, identity = self._said(one)
        try:
            raw = open_submission(one.value, topic=one.at.topic, statement=identity, store=self.store)
        except KeyMissingError:
            raise RefusedError("kafka_key_expired") from None
        except (CannotOpenError, EncodingError):
            raise RefusedError("kafka_not_opened") from None
        try:
            statement = read(raw).statement
        except RefusedError:
            raise RefusedError("kafka_malformed") from None
        if statement.id != identity or statement.by != agency:
            raise RefusedError("kafka_sender_wrong")
        key = key_of(statement)
        if one.key != key.encode() or one.at != topics.place(one.at.topic, key, partitions=self.partitions):
            raise RefusedError("kafka_key_wrong")
        return d.Arrived(agency, msgspec.Raw(raw))

    def _said(self, one: Incoming) -> tuple[str, str]:
        """Who states what, by the message's own attributes: the agency and the statement id.

        Raises:
            RefusedError: `kafka_not_event`, `kafka_type_unknown`, `kafka_content_wrong`, `kafka_key_wrong`,
                `kafka_sender_wrong`.
        """
        source, identity = _text(one.header("ce_source")), _text(one.header("ce_id"))
        if one.header("ce_specversion") != b"1.0" or not source or not identity:
            raise RefusedError("kafka_not_event")
        if one.header("ce_type") != topics.SUBMISSION.encode():
            raise RefusedError("kafka_type_unknown")
        if one.header("content-type") != topics.SUBMISSION_CONTENT.encode():
            raise RefusedError("kafka_content_wrong")
        if one.key is None:
            raise RefusedError("kafka_key_wrong")
        if source not in self._agencies(one):
            raise RefusedError("kafka_sender_wrong")
        return source, identity

    def _aside(self, one: Incoming, code: str) -> d.SetAside:
        """Where it lies and why it was not taken; whom to tell is whose topic it is, where that is one agency."""
        agencies = self._agencies(one)
        source, identity = _text(one.header("ce_source")), _text(one.header("ce_id"))
        agency = source if source in agencies else agencies[0] if len(agencies) == 1 else None
        return d.SetAside(
            at=d.KafkaPosition(one.at.topic, one.at.number, one.position),
            code=code,
            hash=sha256(one.value or b"").hexdigest(),
            agency=agency,
            statement=identity if _is_id(identity) else None,
        )

    def _agencies(self, one: Incoming) -> Sequence[str]:
        return next(agencies for node, agencies in self.nodes.items() if topics.statements_of(node) == one.at.topic)


def key_of(statement: Statement) -> str:
    """The key a submission lies under: its case, else its author."""
    return statement.case if isinstance(statement, CaseStatement) else statement.by


def _portions(messages: Sequence[Incoming]) -> list[list[Incoming]]:
    """Messages in order, in portions of bounded size."""
    portions: list[list[Incoming]] = []
    size = 0
    for one in messages:
        length = len(one.value or b"")
        if not portions or size + length > BYTES:
            portions.append([])
            size = 0
        portions[-1].append(one)
        size += length
    return portions


def _text(raw: bytes | None) -> str:
    return raw.decode("ascii", "replace") if raw and len(raw) <= 256 else ""


def _is_id(text: str) -> bool:
    return len(text) == 32 and set(text) <= set("0123456789abcdef")
