"""How far an agency's feed has come over Kafka: of each partition a count and a chain, held against the hub's heads.

What a broker leaves out, changes or adds shows here: then the feed is lost, until it was fetched another way and a
signed head was taken as the place to go on from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from door.kafka import heads
from door.kafka.heads import START, FeedHead, chained
from node.hub_client import FeedLine


class Found(Enum):
    """What an entry or a head says to a partition."""

    NEXT = "next"  # the next entry; a head that is true of all there is
    KNOWN = "known"
    MISSING = "missing"  # something before it is
    WRONG = "wrong"  # another chain than was signed


@dataclass(slots=True)
class Part:
    """One partition: entries so far and their chain; the number of the feed up to which a head confirmed them."""

    count: int = 0
    chain: bytes = START
    headed: int = 0

    def entry(self, line: FeedLine, *, part: int) -> Found:
        """Take an entry if it is the next."""
        if part != self.count + 1:
            return Found.KNOWN if part <= self.count else Found.MISSING
        self.count = part
        self.chain = chained(self.chain, number=line.number, index=line.index, entry=line.entry)
        return Found.NEXT

    def head(self, told: heads.Part, *, number: int) -> Found:
        """Take what a head tells of this partition, at a number of the feed."""
        if told.count != self.count:
            return Found.KNOWN if told.count < self.count else Found.MISSING
        if told.chain != self.chain.hex():
            return Found.WRONG
        self.headed = max(self.headed, number)
        return Found.NEXT


@dataclass(slots=True, kw_only=True)
class FeedParts:
    """All partitions of one feed. `head` is the newest seen; while `lost`, entries say nothing."""

    parts: list[Part]
    head: FeedHead | None = None
    lost: bool = True  # a new one has seen nothing: what came before it is fetched
    wrong: bool = False  # what lay there was not what the hub signed

    @property
    def complete(self) -> int:
        """The number of the feed up to which nothing is missing and all is as it was signed."""
        return min((part.headed for part in self.parts), default=0)

    @property
    def behind(self) -> int:
        """How many entries there are, by the newest head, beyond those."""
        return 0 if self.head is None else max(0, self.head.number - self.complete)

    def entry(self, partition: int, line: FeedLine, *, part: int) -> bool:
        """Take an entry; whether it is the next of its partition."""
        found = Found.KNOWN if self.lost else self.parts[partition].entry(line, part=part)
        self.lost = self.lost or found is Found.MISSING
        return found is Found.NEXT

    def headed(self, partition: int, head: FeedHead) -> None:
        """Take a head whose signature holds, found in a partition."""
        if self.head is None or head.number > self.head.number:
            self.head = head
        if self.lost:
            return
        found = self.parts[partition].head(head.parts[partition], number=head.number)
        self.lost, self.wrong = found in {Found.MISSING, Found.WRONG}, self.wrong or found is Found.WRONG

    def adopt(self) -> None:
        """Go on from the newest head: all up to it was fetched another way."""
        if self.head is not None:
            self.parts = [Part(one.count, bytes.fromhex(one.chain), self.head.number) for one in self.head.parts]
        self.lost = False
