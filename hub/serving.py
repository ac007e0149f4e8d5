"""What the hub's addresses work on, and what is counted of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from hub.callers import Callers
from hub.intake import Answer, Intake, Refused
from hub.sharing import Sharing


class Metrics:
    """Counters without ids: nothing here can name a case."""

    def __init__(self, intake: Intake) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter("caunoi_hub_answers_total", "submissions answered", ["code"], registry=self._registry)
        size = Gauge("caunoi_hub_log_size", "entries in the log", registry=self._registry)
        size.set_function(lambda: intake.head.frontier.size)

    def count(self, answers: Iterable[Answer]) -> None:
        """Count answers by their code."""
        for answer in answers:
            self._answers.labels(answer.code if isinstance(answer, Refused) else "recorded").inc()

    def text(self) -> bytes:
        """All of them as Prometheus reads them."""
        return generate_latest(self._registry)


@dataclass(frozen=True, slots=True)
class Serving:
    """A hub being served."""

    intake: Intake
    sharing: Sharing
    callers: Callers
    metrics: Metrics
