"""Whether broker, hub and database answer the Kafka door, and how far it is behind: asked every few seconds.

Each is asked in a thread and over a connection of its own: one that is silent, which no library tells of, holds up
neither the others nor the inlet and the relay.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import psycopg
from psycopg.conninfo import make_conninfo

from caunoi.errors import UnavailableError
from caunoi.operating_log import LOG
from door.kafka import topics
from door.kafka.port import KafkaAwayError, KafkaRefusedError, Partition, Receiver
from hub.log.lagging import Lag, Lagging

EVERY = 5.0  # seconds between two questions
WITHIN = 3.0  # seconds an answer may take
LATE = 2 * EVERY + WITHIN  # seconds after its last answer from which one counts as away, whatever it is doing
AWAY = (KafkaAwayError, KafkaRefusedError, UnavailableError, psycopg.Error, OSError)


class Asked(Protocol):
    """One of those that are needed."""

    def ask(self) -> None:
        """Ask it something; connect where there is no connection.

        Raises:
            Any of `AWAY`.
        """

    def close(self) -> None:
        """Give back the connection."""


@dataclass(slots=True)
class Watched:
    """One of those that are needed, and when it answered last. `clock` gives seconds."""

    name: str
    asked: Asked
    clock: Callable[[], float] = time.monotonic
    answered: float | None = None

    @property
    def is_here(self) -> bool:
        """Whether it answered when it was asked last, and not too long ago."""
        answered = self.answered
        return answered is not None and self.clock() - answered < LATE

    def look(self) -> None:
        """Ask it once."""
        was = self.is_here
        try:
            self.asked.ask()
        except AWAY as error:
            self.asked.close()
            self.answered = None
            if was:
                LOG.warning("kafka_door_lost", what=self.name, reason=type(error).__name__)
        else:
            self.answered = self.clock()

    def run(self, stop: threading.Event) -> None:
        """Ask it until told to stop."""
        while not stop.is_set():
            self.look()
            stop.wait(EVERY)
        self.asked.close()


@dataclass(slots=True)
class BrokerAsked:
    """Where the statements topics of some nodes begin and end."""

    nodes: Sequence[str]
    connect: Callable[[], Receiver]
    starts: Mapping[Partition, int] = field(default_factory=dict)
    ends: Mapping[Partition, int] = field(default_factory=dict)
    _receiver: Receiver | None = None

    def ask(self) -> None:
        """See `Asked`."""
        if self._receiver is None:
            self._receiver = self.connect()
            there = [one for node in self.nodes for one in self._receiver.partitions(topics.statements_of(node))]
            self._receiver.seek(dict.fromkeys(there, 0))
        self.starts, self.ends = self._receiver.starts(), self._receiver.ends()

    def close(self) -> None:
        """See `Asked`."""
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.close()


@dataclass(slots=True)
class HubAsked:
    """How far the hub took in what lies there."""

    positions_of: Callable[[], Mapping[Partition, int]]
    positions: Mapping[Partition, int] = field(default_factory=dict)

    def ask(self) -> None:
        """See `Asked`."""
        self.positions = self.positions_of()

    def close(self) -> None:
        """Nothing is held: each question is a request."""


@dataclass(slots=True)
class DatabaseAsked:
    """What the agencies were not told yet, and what was set aside."""

    agencies: Sequence[str]
    connect: Callable[[], psycopg.Connection[tuple[object, ...]]]
    lags: Sequence[Lag] = ()
    aside: Mapping[str, int] = field(default_factory=dict)
    _lagging: Lagging | None = None

    def ask(self) -> None:
        """See `Asked`."""
        self._lagging = self._lagging or Lagging(self.connect())
        self.lags, self.aside = self._lagging.lags(self.agencies), self._lagging.aside()

    def close(self) -> None:
        """See `Asked`."""
        lagging, self._lagging = self._lagging, None
        if lagging is not None:
            lagging.connection.close()


def connecting(dsn: str) -> Callable[[], psycopg.Connection[tuple[object, ...]]]:
    """Connect to a database in such a way that a silent one is given up."""
    given = make_conninfo(impatient(dsn), options=f"-c statement_timeout={int(WITHIN * 1000)}")
    return partial(psycopg.connect, given, autocommit=True)


def impatient(dsn: str) -> str:
    """The same database, given up where nothing comes back from its machine; a statement may take its time."""
    waits = {"connect_timeout": int(WITHIN), "tcp_user_timeout": int(WITHIN * 1000)}
    # What is silent while an answer is waited for shows in the probes alone.
    return make_conninfo(dsn, **waits, keepalives_idle=int(WITHIN), keepalives_interval=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """The three of them."""

    broker: BrokerAsked
    hub: HubAsked
    database: DatabaseAsked
    watched: tuple[Watched, ...] = field(init=False)

    def __post_init__(self) -> None:
        """None was asked yet."""
        named: dict[str, Asked] = {"broker": self.broker, "hub": self.hub, "database": self.database}
        object.__setattr__(self, "watched", tuple(Watched(name, asked) for name, asked in named.items()))

    def start(self, stop: threading.Event) -> None:
        """Ask them until told to stop."""
        for one in self.watched:
            threading.Thread(target=one.run, args=(stop,), name=f"watch-{one.name}", daemon=True).start()

    def away(self) -> list[str]:
        """Who does not answer."""
        return [one.name for one in self.watched if not one.is_here]

    def unread(self) -> int | None:
        """Messages in the statements topics that were not taken in; None until it is known."""
        if not self.broker.ends or any(one.answered is None for one in self.watched[:2]):
            return None
        starts, positions = self.broker.starts, self.hub.positions
        return sum(max(0, end - max(starts.get(at, 0), positions.get(at, 0))) for at, end in self.broker.ends.items())
