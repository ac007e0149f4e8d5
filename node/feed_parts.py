"""How far an agency's feed has come over Kafka: of each partition a count and a chain, held against the hub's heads.

What a broker leaves out, changes or adds shows here: then the feed is lost, until it was fetched another way and a
signed head was taken as the place to go on from.
"""

from __future__ import annotations

from dataclasses import dataclass

from door.kafka.heads import START, FeedHead, chained
from node.hub_client import FeedLine


@dataclass(slots=True)
class Part:
    """One partition: entries so far and their chain; the number of the feed up to which a head confirmed them."""

    count: int = 0
    chain: bytes = START
    headed: int = 0


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
        one = self.parts[partition]
        if self.lost or part <= one.count:
            return False
        if part > one.count + 1:
            self.lost = True
            return False
        one.count = part
        one.chain = chained(one.chain, number=line.number, index=line.index, entry=line.entry)
        return True

    def headed(self, partition: int, head: FeedHead) -> None:
        """Take a head whose signature holds, found in a partition."""
        if self.head is None or head.number > self.head.number:
            self.head = head
        told, one = head.parts[partition], self.parts[partition]
        if self.lost or told.count < one.count:
            return
        if told.count > one.count:
            self.lost = True
        elif told.chain != one.chain.hex():
            self.lost = self.wrong = True
        else:
            one.headed = max(one.headed, head.number)

    def adopt(self) -> None:
        """Go on from the newest head: all up to it was fetched another way."""
        if self.head is not None:
            self.parts = [Part(one.count, bytes.fromhex(one.chain), self.head.number) for one in self.head.parts]
        self.lost = False
