"""The hub's side of the Kafka door: what was opened elsewhere is taken in, with the positions it was found at.

A process of its own reads the topics and opens what lies there (`caunoi kafka`); nothing here can. What it brings goes
through the same intake as everything else, and how far it got is kept in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from domain.errors import RefusedError
from hub.documents import Arrivals, KafkaPosition, KafkaPositions
from hub.intake import BATCH, Answer, Arrival, Intake
from hub.log.records import Aside, Position

MAX_ARRIVALS = BATCH  # of one request, because they are one transaction


@dataclass(frozen=True, slots=True)
class OverKafka:
    """Takes what `caunoi kafka` brings."""

    intake: Intake

    def positions(self) -> KafkaPositions:
        """How far each partition was taken in; those never read are absent."""
        found = self.intake.head.application.reader.kafka_positions()
        return KafkaPositions([KafkaPosition(one.topic, one.partition, one.position) for one in found])

    def take(self, request: bytes) -> list[Answer]:
        """Take one batch of arrivals, asides and positions: all in one transaction.

        Raises:
            RefusedError: `submission_malformed`, `submission_too_large`.
            IntakeUnavailableError: nothing is known of any of it; bring the same again.
        """
        try:
            brought = msgspec.json.decode(request, type=Arrivals)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise RefusedError("submission_malformed") from None
        if len(brought.submissions) + len(brought.aside) > MAX_ARRIVALS:
            raise RefusedError("submission_too_large")
        return self.intake.arrive(
            [Arrival(bytes(one.submission), one.agency) for one in brought.submissions],
            aside=_aside(brought),
            positions=[Position(one.topic, one.partition, one.position) for one in brought.positions],
        )


def _aside(brought: Arrivals) -> Sequence[Aside]:
    return [
        Aside(
            topic=one.at.topic,
            partition=one.at.partition,
            position=one.at.position,
            code=one.code,
            hash=bytes.fromhex(one.hash),
            agency=one.agency,
            statement_id=one.statement,
        )
        for one in brought.aside
    ]
