"""An agency's feed as Kafka has it, held against what it should be: its entries in the log, or in its own node.

Kafka keeps a feed for some days, and whoever runs a broker can leave out, change, move and add. What a relay says again
after a crash comes under the same numbers: that is counted and is no finding.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from door.kafka import topics
from door.kafka.heads import START, FeedHead, Part, chained, signed_bytes
from door.kafka.port import Incoming, KafkaAwayError, KafkaRefusedError, Partition, Receiver
from hub.log.relaying import FeedRow
from hub.relay import places
from sealing.encoding import from_base64
from sealing.envelope import verify_bytes
from sealing.errors import BadSignatureError, EncodingError

LOOK = 0.5  # seconds
LOOKS = 20  # without a message, until what should lie there counts as out of reach
What = Literal["missing", "out_of_order", "changed", "added", "head_wrong"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong, in which partition, at which position (-1 where nothing lies), with which number in it (or 0)."""

    partition: int
    position: int
    what: What
    part: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """An entry as it should lie in a partition."""

    number: int
    index: int
    hash: bytes


@dataclass(slots=True)
class Lane:
    """One partition as it should be, and what was seen of it. `chains[n]` is the chain after n entries."""

    due: list[Due] = field(default_factory=list)
    chains: list[bytes] = field(default_factory=lambda: [START])
    seen: set[int] = field(default_factory=set)
    newest: int = 0

    def holds(self, part: Part, *, number: int) -> bool:
        """Whether a head that goes to a number of the feed says of this partition what is so."""
        count = bisect_right(self.due, number, key=lambda one: one.number)
        return (part.count, part.chain) == (count, self.chains[count].hex())

    def add(self, row: FeedRow) -> None:
        """The next entry of it."""
        self.due.append(Due(row.number, row.index, hashlib.sha256(row.entry).digest()))
        self.chains.append(chained(self.chains[-1], number=row.number, index=row.index, entry=row.entry))


@dataclass(slots=True)
class Checked:
    """What was found, what was counted (entries, repeated, heads), and the number of the feed it goes to."""

    findings: list[Finding]
    counted: Mapping[str, int]
    number: int


@dataclass(slots=True, kw_only=True)
class FeedCheck:
    """Checks one agency's feed. `told`: of each partition how many entries must lie there; `hub_key`: raw, pinned.

    agencies: all of this node, whose messages lie in the same topic.
    """

    agency: str
    agencies: Sequence[str]
    hub_key: bytes
    partitions: int = topics.PARTITIONS
    findings: list[Finding] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    lanes: list[Lane] = field(init=False)
    number: int = 0
    known: int | None = None  # number of the feed beyond which nothing is known here; None: all of it is

    def __post_init__(self) -> None:
        """Nothing is due yet."""
        self.lanes = [Lane() for _ in range(self.partitions)]

    def check(
        self,
        feed: Iterable[FeedRow],
        messages: Iterable[Incoming],
        *,
        starts: Mapping[Partition, int],
        told: Sequence[int] | None,
    ) -> Checked:
        """Hold what lies there against the feed.

        Args:
            feed: from its first number; where `told` is given all there is, else what the agency has of it.
            told: None where it must lie there as far as a head says that holds.
        """
        last = 0
        for row in feed:
            last = row.number
            for number in places(row, partitions=self.partitions):
                self.lanes[number].add(row)
        self.known = last if told is None else None
        headed = [0] * self.partitions
        for one in messages:
            if one.header("ce_subject") not in {agency.encode() for agency in self.agencies}:
                self._find(one, "added")
            elif one.header("ce_subject") != self.agency.encode():
                continue
            elif one.header("ce_type") == topics.ENTRY.encode():
                self._entry(one)
            elif one.header("ce_type") == topics.HEAD.encode():
                headed = list(map(max, headed, self._head(one)))
            else:
                self._find(one, "added")
        cut = {at.number for at, start in starts.items() if start > 0}
        for number, lane in enumerate(self.lanes):
            self._missing(number, lane, due=(headed if told is None else told)[number], is_cut=number in cut)
        return Checked(sorted(self.findings), dict(self.counted), self.number)

    def _entry(self, one: Incoming) -> None:
        lane, told = self.lanes[one.at.number], _numbers(one)
        self.counted["entries"] += 1
        if told is not None and self._is_beyond(told[0]):
            return
        if told is None or not 0 < told[2] <= len(lane.due):
            self._find(one, "added")
            return
        number, index, part = told
        if lane.due[part - 1] != Due(number, index, hashlib.sha256(one.value or b"").digest()):
            self._find(one, "changed", part)
            if part in lane.seen:
                return  # said beside the true one
        elif part in lane.seen:
            self.counted["repeated"] += 1
        elif part < lane.newest:
            self._find(one, "out_of_order", part)
        lane.seen.add(part)
        lane.newest = max(lane.newest, part)
        self.number = max(self.number, number if number == lane.due[part - 1].number else 0)

    def _is_beyond(self, number: int) -> bool:
        return self.known is not None and number > self.known

    def _head(self, one: Incoming) -> list[int]:
        """How many entries a head that holds says lie in each partition; none by one that does not."""
        self.counted["heads"] += 1
        nothing = [0] * self.partitions
        try:
            head = msgspec.json.decode(one.value or b"", type=FeedHead)
            verify_bytes(signed_bytes(head), signature=from_base64(head.sig), public=self.hub_key)
        except (msgspec.MsgspecError, UnicodeDecodeError, BadSignatureError, EncodingError, RecursionError):
            self._find(one, "head_wrong")
            return nothing
        if self._is_beyond(head.number):
            return nothing
        counts = [part.count for part in head.parts]
        known = head.agency == self.agency and len(counts) == self.partitions
        if not known or not all(
            lane.holds(part, number=head.number) for part, lane in zip(head.parts, self.lanes, strict=True)
        ):
            self._find(one, "head_wrong")
            return nothing
        # What it counts must lie before it: else whoever reads this partition takes the feed for lost.
        lane = self.lanes[one.at.number]
        if lane.seen and counts[one.at.number] > lane.newest:
            self._find(one, "out_of_order", counts[one.at.number])
        return counts

    def _missing(self, number: int, lane: Lane, *, due: int, is_cut: bool) -> None:
        """What is not there from the first that is kept: of a partition that was never cut, from its first."""
        if is_cut and not lane.seen:
            return  # all of it may be older than the topic keeps
        first = min(lane.seen) if is_cut else 1
        for part in range(first, max(due, lane.newest) + 1):
            if part not in lane.seen:
                self.findings.append(Finding(number, -1, "missing", part))

    def _find(self, one: Incoming, what: What, part: int = 0) -> None:
        self.findings.append(Finding(one.at.number, one.position, what, part))


def lying(
    receiver: Receiver, topic: str, *, only: int | None = None
) -> tuple[Mapping[Partition, int], Iterator[Incoming]]:
    """Where each partition of a topic (or one) begins, and all that lies in it now, each partition in its order.

    Raises:
        KafkaAwayError, KafkaRefusedError: as when there is no such topic.
    """
    there = [one for one in receiver.partitions(topic) if only is None or one.number == only]
    if not there:
        raise KafkaRefusedError("a topic is not there")
    receiver.seek(dict.fromkeys(there, 0))
    starts, ends = receiver.starts(), receiver.ends()
    receiver.seek(starts)
    return starts, _read(receiver, {at: end for at, end in ends.items() if end > starts[at]})


def _read(receiver: Receiver, ends: Mapping[Partition, int]) -> Iterator[Incoming]:
    open_ones, looks = dict(ends), 0
    while open_ones:
        found = receiver.receive(wait=LOOK, limit=1000)
        looks = 0 if found else looks + 1
        if looks == LOOKS:
            raise KafkaAwayError("a topic does not go on")
        for one in found:
            if one.position < ends.get(one.at, 0):
                yield one
            if one.position + 1 >= ends.get(one.at, 0):
                open_ones.pop(one.at, None)


def _numbers(one: Incoming) -> tuple[int, int, int] | None:
    """Number on the feed, log index, number within the partition, as an entry's message says them."""
    texts = [one.header(f"caunoi_{name}") or b"" for name in ("number", "index", "part")]
    if not all(text.isdigit() and len(text) <= 16 for text in texts):
        return None
    number, index, part = (int(text) for text in texts)
    return number, index, part
