"""What hub and node ask of Kafka, and nothing more; another client fits behind it.

A sender gives back only when the broker has everything. A receiver reads chosen partitions from chosen positions and
remembers none: whoever reads keeps the position together with the effect. A member of a group is a receiver whose
partitions the group gives and takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class KafkaAwayError(Exception):
    """The broker does not answer, or does not have it yet; the same may be tried again."""


class KafkaRefusedError(Exception):
    """The broker says no, and will say so again: no right, no such topic, too large. The message names no content."""


class Partition(NamedTuple):
    """One partition of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to be sent. `key` is the case id (hex, ASCII), or another id where there is no case."""

    to: Partition
    key: bytes
    value: bytes = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One message as it lies there; anybody may have written it. `value` is None for a tombstone.

    unreadable: the client cannot read it, and of it only the place is known; where a packed sending cannot be unpacked,
        or is far larger than it came, its last one stands for all of it.
    """

    at: Partition
    position: int
    key: bytes | None
    value: bytes | None = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = ()
    unreadable: bool = False

    def header(self, name: str) -> bytes | None:
        """A header's only value; None where it is missing or there twice."""
        values = [value for key, value in self.headers if key == name]
        return values[0] if len(values) == 1 else None


class Sender(Protocol):
    """Sends messages."""

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Send all, in order within each partition, and wait until the broker has them.

        Raises:
            KafkaAwayError: some may be there and some not; send the same again.
            KafkaRefusedError: the same, and it is of no use to try again.
        """

    def close(self) -> None:
        """Give back what it holds."""


class Receiver(Protocol):
    """Reads partitions from positions its reader names."""

    def partitions(self, topic: str) -> Sequence[Partition]:
        """All partitions of a topic, in order; none where there is no such topic.

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Read these partitions and no others, each from its position; what is no longer kept is skipped."""

    def receive(self, *, wait: float, limit: int) -> list[Incoming]:
        """Up to `limit` messages, in order within each partition; none after `wait` seconds.

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """

    def starts(self) -> Mapping[Partition, int]:
        """Where each partition that is read begins: the position of the oldest message it still keeps.

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """

    def ends(self) -> Mapping[Partition, int]:
        """Where each partition that is read ends: the position after its last message.

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """

    def close(self) -> None:
        """Give back what it holds."""


class Member(Receiver, Protocol):
    """A receiver that shares a topic with the other members of its group."""

    def join(self, topic: str, *, given: Callable[[Sequence[Partition]], Mapping[Partition, int]]) -> None:
        """Take part in reading a topic.

        Args:
            given: called with the partitions this member has from now on, before a message of them is read; says from
                which positions.
        """
