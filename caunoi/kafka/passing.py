"""What `caunoi kafka` remembers of messages that pass: how many were gone unread, the traces submissions came with.

In memory alone: no trace is ever stored, so that an answer given after a restart has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from caunoi.operating_log import LOG
from door import tracing

TRACES = 10_000  # submissions whose traces are remembered


@dataclass(slots=True)
class Passing:
    """Written by the inlet, read by the relay and by whoever asks for figures."""

    missed: int = 0  # messages that the topics no longer kept when we came to them
    most: int = TRACES
    _traces: dict[str, str] = field(default_factory=dict)

    def miss(self, count: int) -> None:
        """Messages are gone unread; it is said."""
        if count > 0:
            self.missed += count
            LOG.error("kafka_missed", count=count)

    def came(self, statement: str, traceparent: bytes | None) -> None:
        """A submission came with this header."""
        trace = tracing.read(traceparent)
        if trace is None:
            return
        while len(self._traces) >= self.most:
            del self._traces[next(iter(self._traces))]
        self._traces[statement] = trace
        LOG.info("kafka_opened", traceparent=trace)

    def trace_of(self, statement: str) -> str | None:
        """The trace a submission came with, if it is remembered."""
        return self._traces.get(statement)
