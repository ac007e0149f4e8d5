"""Doing something again and again in a thread of its own, through the absence of whatever it needs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from caunoi.ending import end_process
from caunoi.errors import UnavailableError
from caunoi.operating_log import LOG
from door.kafka.port import KafkaAwayError, KafkaRefusedError
from sealing.errors import KeyStoreError

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # seconds after one failure, two, three …
LONG = 10.0  # seconds of one turn from which it counts as waiting: what it needs is slow, or silent
AWAY = (KafkaAwayError, KafkaRefusedError, UnavailableError, psycopg.OperationalError, KeyStoreError, OSError)


@dataclass(slots=True)
class Turning:
    """Something that is done again and again until told to stop; what is away is waited for.

    `begin` gives what is done, which waits where there is nothing to do; after a failure it is begun anew.
    """

    name: str
    begin: Callable[[], Callable[[], object]]
    stop: threading.Event
    failures: int = 0
    _turned: float = field(default_factory=time.monotonic)

    @property
    def is_waiting(self) -> bool:
        """Whether it waits: after a failure, or in a turn that takes too long."""
        return self.failures > 0 or time.monotonic() - self._turned > LONG

    def run(self) -> None:
        """Do it until told to stop. Where it ends otherwise the process ends too: nobody would notice a thread."""
        try:
            self._run()
        finally:
            if not self.stop.is_set():
                end_process()

    def _run(self) -> None:
        turn: Callable[[], object] | None = None
        while not self.stop.is_set():
            try:
                turn = turn or self.begin()
                turn()
            except AWAY as error:
                if self.failures == 0:
                    LOG.warning("kafka_waits", what=self.name, reason=type(error).__name__)
                self.stop.wait(PAUSES[min(self.failures, len(PAUSES) - 1)])
                self.failures, turn = self.failures + 1, None
                continue
            if self.failures:
                LOG.info("kafka_goes_on", what=self.name)
            self.failures, self._turned = 0, time.monotonic()
