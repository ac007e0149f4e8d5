"""What the hub's addresses work on, what is counted of them, and how long a reader waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
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
WRITING = 30.0  # seconds until whoever submits is told to come again: less than any client of ours waits
CARRYING = 300.0  # the same for a bundle, whose answer may be made of thousands of reads; its carrier waits 600
WRITERS = 8  # requests that are written, or wait for the head, at the same time
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
class Places:
    """Threads for so many at the same time.

    A thread nobody waits for any more goes on to its end and keeps its place until then, so that a database that stands
    still cannot gather threads; who waits for a place in vain leaves nothing behind.
    """

    threads: ThreadPoolExecutor
    free: asyncio.Semaphore

    @classmethod
    def of(cls, count: int, name: str) -> Places:
        """So many, whose threads are called so."""
        return cls(ThreadPoolExecutor(count, name), asyncio.Semaphore(count))

    async def within(self, seconds: float, work: Callable[[], T]) -> T:
        """Do it in one of the threads.

        Raises:
            RefusedError: `hub_unavailable`: not within these seconds.
        """
        try:
            async with asyncio.timeout(seconds):
                await self.free.acquire()
                doing = asyncio.get_running_loop().run_in_executor(self.threads, copy_context().run, work)
                doing.add_done_callback(lambda _: self.free.release())
                return await asyncio.shield(doing)
        except TimeoutError:
            raise RefusedError("hub_unavailable") from None


@dataclass(frozen=True, slots=True)
class Serving:
    """A hub being served."""

    intake: Intake
    sharing: Sharing
    callers: Callers
    metrics: Metrics
    attachments: Attachments
    _readers: Places = field(default_factory=lambda: Places.of(READERS, "read"))
    _writers: Places = field(default_factory=lambda: Places.of(WRITERS, "write"))

    def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Read what may have to be waited for, in a thread.

        Raises:
            RefusedError: `hub_unavailable`: not within `PATIENCE`.
        """
        return self._readers.within(PATIENCE, partial(work, *args, **kwargs))

    def write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Take what somebody brought, in a thread. What has begun goes on: whoever brings the same again is told.

        Raises:
            RefusedError: `hub_unavailable`: not within `WRITING`.
        """
        return self._writers.within(WRITING, partial(work, *args, **kwargs))

    def carry(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Take a carried bundle, as `write`, with more patience: brought again it takes as long again.

        Raises:
            RefusedError: `hub_unavailable`: not within `CARRYING`.
        """
        return self._writers.within(CARRYING, partial(work, *args, **kwargs))
