"""What `caunoi kafka` tells its operator over HTTP: alive, ready, and how far each agency is behind.

Labels are agencies and stable codes: no case, no statement, no trace.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typing_extensions import override

from caunoi.kafka.passing import Passing
from caunoi.kafka.watch import Watch

LAG = "entries of the agency's feed that Kafka does not have"
OLDEST = "seconds since the oldest of them was recorded"
UNREAD = "messages in the statements topics that were not taken in"
MISSED = "messages that the topics no longer kept when we came to them"
ASIDE = "messages that were no submission, since the first"
HERE = "1 where it answers"


@dataclass(frozen=True, slots=True, eq=False)  # known by itself in the registry
class Figures(Collector):
    """The watch's last answers as Prometheus reads them. `now` gives µs since 1970."""

    watch: Watch
    passing: Passing
    now: Callable[[], int]

    @override
    def collect(self) -> Iterator[Metric]:
        """Give each family; one whose number is not known is left out."""
        for one in self.watch.watched:
            yield GaugeMetricFamily(f"caunoi_kafka_{one.name}_reachable", HERE, value=one.is_here)
        if (unread := self.watch.unread()) is not None:
            yield GaugeMetricFamily("caunoi_kafka_unread", UNREAD, value=unread)
        yield CounterMetricFamily("caunoi_kafka_missed", MISSED, value=self.passing.missed)
        lag = GaugeMetricFamily("caunoi_kafka_lag", LAG, labels=["agency"])
        oldest = GaugeMetricFamily("caunoi_kafka_oldest_seconds", OLDEST, labels=["agency"])
        for each in self.watch.database.lags:
            lag.add_metric([each.agency], each.entries)
            # Never below 0: clocks differ.
            oldest.add_metric([each.agency], max(0.0, (self.now() - (each.oldest or self.now())) / 1e6))
        aside = CounterMetricFamily("caunoi_kafka_aside", ASIDE, labels=["code"])
        for code, count in sorted(self.watch.database.aside.items()):
            aside.add_metric([code], count)
        yield from (lag, oldest, aside)


def application(watch: Watch, passing: Passing, *, waits: Callable[[], list[str]]) -> Starlette:
    """Make the web application. `waits` gives what waits for something that failed or is slow: inlet, relay."""
    registry = CollectorRegistry()
    registry.register(Figures(watch, passing, lambda: time.time_ns() // 1_000))

    async def healthz(_: Request) -> Response:
        """Alive."""
        return _document({"status": "ok"})

    async def readyz(_: Request) -> Response:
        """Ready: broker, hub and database answer, and nothing waits; else who is away and what waits."""
        away, waiting = watch.away(), waits()
        said = {"status": "away" if away or waiting else "ok", "away": away, "waits": waiting}
        return _document(said, status=503 if away or waiting else 200)

    def metrics(_: Request) -> Response:
        """Prometheus text."""
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route(f"/{one.__name__}", one) for one in (healthz, readyz, metrics)])


def _document(said: object, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(said), status_code=status, media_type="application/json")
