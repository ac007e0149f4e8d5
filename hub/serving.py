"""What the hub's addresses work on, what is counted of them, and how long a reader waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from domain.errors import RefusedError
from hub.attachments import Attachments
from hub.callers import Callers
from hub.intake import Answer, Intake, Refused
from hub.sharing import Sharing

PATIENCE = 2.0  # seconds until a read that waits for the database, or for the head, is given up
READERS = 8  # reads at the same time: fewer than the pool has connections, so that an append always finds one
P = ParamSpec("P")
T = TypeVar("T")


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
    attachments: Attachments
    _readers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(READERS, "read"))

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read what may have to be waited for, in a thread.

        A thread whose reader has gone reads on to its end and keeps its place until then, so that a database that
        stands still cannot gather threads.

        Raises:
            RefusedError: `hub_unavailable`: not within `PATIENCE`.
        """
        reading = asyncio.get_running_loop().run_in_executor(self._readers, partial(work, *args, **kwargs))
        try:
            return await asyncio.wait_for(reading, PATIENCE)
        except TimeoutError:
            raise RefusedError("hub_unavailable") from None
