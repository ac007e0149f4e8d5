"""One of several processes that keep an agency's views together: each folds the partitions its consumer group gave it.

A case lies in one partition, entries of the directory in all, so that no member needs another's. Entries count once a
head that the hub signed covers them; they are kept, then folded, each step with its position in one transaction that
holds that partition's row. So nothing rests on the group: two that believe a partition is theirs, one that comes back
from the dead, a process killed anywhere, two groups by mistake change nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid5

from domain.errors import RefusedError
from domain.statements import DIRECTORY_STATEMENTS, CaseStatement, Statement
from door.kafka import topics
from door.kafka.heads import FeedHead
from door.kafka.port import Incoming, Member, Partition
from ledger.errors import LedgerError
from node import kafka_messages as messages
from node.errors import HubAnswerError
from node.feed_parts import Found
from node.following import Source, feed_item
from node.generations import PAGE, Generations
from node.hub_client import FeedLine
from node.member_tables import MemberTables
from projections.errors import RowsMovedError
from projections.opening import Opening
from projections.postgres import MEMBERS, PostgresRows, ViewKeys
from projections.projector import FeedItem, Projector

TAKEN_AT_ONCE = 500  # messages
LARGEST: Final = 64 * 1024 * 1024  # bytes of entries of a partition that wait for a head
EACH: Final = 256  # bytes that an entry takes besides its own: somebody may put any number of empty ones
PAUSE = 5.0  # seconds until a hub that was away is asked again
AGENCY_STREAMS: Final = UUID(int=2)  # namespace of the streams of agencies' own statements, as the hub has it


@dataclass(slots=True)
class Taken:
    """What came of a partition and is not kept yet: entries with their numbers there, the newest head."""

    entries: list[tuple[int, FeedLine]] = field(default_factory=list)
    size: int = 0
    head: FeedHead | None = None
    position: int = 0  # in the topic, behind what was read
    headed: int = 0  # the same, behind that head
    confirmed: int = 0  # the number of the feed up to which a head was seen here and kept
    lost: bool = False  # something is missing or not as it was signed: it is fetched from the hub
    unsure: bool = True  # no head has been seen here since this member has the partition

    def drop(self, count: int) -> None:
        """Forget entries up to this number."""
        self.entries = [one for one in self.entries if one[0] > count]
        self.size = sum(len(line.entry) + EACH for _, line in self.entries)


@dataclass(slots=True, kw_only=True)
class ViewsMember:
    """One member. `member` reads the topic, `hub` has the feed for what gets lost; `today`: the day in Viet Nam."""

    agency: str
    node: str
    member: Member
    hub: Source
    hub_key: bytes
    tables: MemberTables
    keys: ViewKeys
    opening: Opening
    tag_key: bytes
    today: Callable[[], str]
    partitions: int = topics.PARTITIONS
    pause: float = PAUSE
    alarm: str | None = None
    taken: dict[int, Taken] = field(default_factory=dict)  # of the partitions that are this member's
    _projectors: dict[int, Projector] = field(default_factory=dict)
    _to_fold: set[int] = field(default_factory=set)
    _asked_again: float = 0.0  # monotonic

    def begin(self) -> None:
        """Make what is not there, and join the group.

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """
        self.tables.ensure(range(self.partitions))
        Generations(self.tables.connection, keeper=MEMBERS).ensure(range(self.partitions))
        self.member.join(topics.feed_of(self.node), given=self._given)

    def _given(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """These are this member's from now on, and no others."""
        positions = self.tables.positions([at.number for at in partitions])
        self.taken = {at.number: Taken(position=positions[at.number]) for at in partitions}
        self._projectors = {number: one for number, one in self._projectors.items() if number in self.taken}
        self._to_fold = set(self.taken)
        return {at: positions[at.number] for at in partitions}

    def turn(self, *, wait: float) -> int:
        """Take what comes, keep and fold what is confirmed, let the day come; give how many messages came.

        Raises:
            KafkaAwayError, KafkaRefusedError: begin anew with another connection.
            HubUnavailableError, HubAnswerError: what is missing or sealed could not be fetched; go on with the next.
        """
        found = self.member.receive(wait=wait, limit=TAKEN_AT_ONCE)
        for one in found:
            if one.at.number in self.taken:
                self._take(one, self.taken[one.at.number])
        for number, taken in self.taken.items():
            if taken.head is not None and not taken.lost:
                self._keep(number, taken)
        for number in sorted(self._to_fold):
            self._fold(number)
        self._let_day_come()
        self._fetch([number for number, taken in self.taken.items() if taken.lost or (taken.unsure and not found)])
        return len(found)

    # -- taking and keeping --------------------------------------------------------------------------------------

    def _take(self, one: Incoming, taken: Taken) -> None:
        taken.position = one.position + 1
        if one.header("ce_subject") != self.agency.encode():
            return
        kind = messages.type_of(one)
        try:
            if kind == topics.ENTRY and not taken.lost:
                line, part = messages.read_entry(one)
                taken.entries.append((part, line))
                taken.size += len(line.entry) + EACH
                taken.lost = taken.size > LARGEST
            elif kind == topics.HEAD:
                head = messages.read_head(one, agency=self.agency, partitions=self.partitions, hub_key=self.hub_key)
                if head.number > max(taken.confirmed, taken.head.number if taken.head else 0):
                    taken.head, taken.headed = head, taken.position
                elif head.number <= taken.confirmed:
                    taken.drop(head.parts[one.at.number].count)
        except messages.NOT_OURS:
            # It is passed over and said: it must stop nobody.
            self.alarm = "a message over Kafka does not hold"

    def _keep(self, number: int, taken: Taken) -> None:
        """Keep what the newest head confirms. What is kept already, by whomever, is the place to go on from."""
        head, taken.head = taken.head, None
        if head is None:
            return
        told = head.parts[number]
        with self.tables.connection.transaction():
            part, lines = self.tables.hold(number), list[FeedLine]()
            for place, line in taken.entries:
                if place <= told.count and part.entry(line, part=place) is Found.NEXT:
                    lines.append(line)
            found = part.head(told, number=head.number)
            if found is Found.NEXT:
                self.tables.keep(number, part, lines, position=taken.headed)
        taken.lost, taken.unsure = found in {Found.MISSING, Found.WRONG}, False
        taken.confirmed = taken.confirmed if taken.lost else head.number
        if found is Found.WRONG:
            self.alarm = "the feed over Kafka is not what the hub signed"
        taken.drop(2**53 if taken.lost else told.count)
        if taken.lost:
            taken.head = head
        self._to_fold.add(number)

    # -- what got lost -------------------------------------------------------------------------------------------

    def _fetch(self, lost: Sequence[int]) -> None:
        """Fetch from the hub what these partitions lack, and hold it against the newest head."""
        if not lost or time.monotonic() < self._asked_again:
            return
        self._asked_again = time.monotonic() + self.pause
        after = min(self.tables.parts()[number].headed for number in lost)
        while lines := self.hub.feed(after, limit=PAGE):
            if [line.number for line in lines] != list(range(after + 1, after + 1 + len(lines))):
                raise HubAnswerError("the feed has a gap")
            after = lines[-1].number
            placed = [(line, self._places(line)) for line in lines]
            for number in lost:
                self._keep_fetched(number, [line for line, places in placed if number in places], to=after)
        for number in lost:
            taken = self.taken[number]
            if taken.head is not None and taken.head.number > after:
                raise HubAnswerError("the feed is shorter than the hub signed")
            self.taken[number] = Taken(position=taken.position, confirmed=after, unsure=False)
        self._asked_again = 0.0

    def _keep_fetched(self, number: int, lines: Sequence[FeedLine], *, to: int) -> None:
        """Keep entries of a page of the feed, which ends with number `to`."""
        taken = self.taken[number]
        with self.tables.connection.transaction():
            part = self.tables.hold(number)
            new, before = [line for line in lines if line.number > part.headed], part.headed
            signed = [] if taken.head is None or not before < taken.head.number <= to else [taken.head]
            for bound in (*(head.number for head in signed), to):
                for line in (line for line in new if before < line.number <= bound):
                    part.entry(line, part=part.count + 1)
                before = bound
                for head in (head for head in signed if head.number == bound):
                    if part.head(head.parts[number], number=bound) is not Found.NEXT:
                        raise HubAnswerError("the feed is not what the hub signed")
            part.headed = max(part.headed, to)
            self.tables.keep(number, part, new, position=taken.position)
        self._to_fold.add(number)

    def _places(self, line: FeedLine) -> Sequence[int]:
        try:
            statement = feed_item(line).statement
        except (LedgerError, RefusedError):
            raise HubAnswerError("the feed has an entry that cannot be read") from None
        return places(statement, node=self.node, partitions=self.partitions)

    # -- folding -------------------------------------------------------------------------------------------------

    def _fold(self, number: int) -> None:
        """Fold what is kept of a partition and is not in the views yet."""
        projector = self._projector(number)
        while page := self._feed(number, after=projector.number):
            before = projector.number
            try:
                projector.apply(page)
            except RowsMovedError:
                # Another has folded it meanwhile: what is there now is loaded with the next turn.
                del self._projectors[number]
                return
            except BaseException:
                if projector.number != before:  # what is in memory is ahead of the rows
                    del self._projectors[number]
                raise
        self._to_fold.discard(number)

    def _projector(self, number: int) -> Projector:
        """The partition as its rows have it."""
        if number not in self._projectors:
            rows = PostgresRows(self.tables.connection, keys=self.keys, keeper=MEMBERS, part=number)
            projector = Projector(rows=rows, opening=self.opening, tag_key=self.tag_key)
            projector.load(self._folded(number, to=rows.begin()))
            self._projectors[number] = projector
        return self._projectors[number]

    def _folded(self, number: int, *, to: int) -> Iterator[FeedItem]:
        done = 0
        while done < to:
            for item in self._feed(number, after=done, limit=min(PAGE, to - done)):
                done = item.number
                yield item

    def _feed(self, number: int, *, after: int, limit: int = PAGE) -> list[FeedItem]:
        return [feed_item(line) for line in self.tables.feed(number, after, limit)]

    def _let_day_come(self) -> None:
        day = self.today()
        for number, projector in list(self._projectors.items()):
            try:
                projector.turn(day)
            except RowsMovedError:
                self._projectors.pop(number)
                self._to_fold.add(number)


def group_of(node: str, agency: str) -> str:
    """The consumer group of the members that keep an agency's views; the rights of a node's principal name it so."""
    return f"caunoi.{node}.views.{agency}"


def places(statement: Statement, *, node: str, partitions: int) -> Sequence[int]:
    """The partitions in which an entry of the feed lies: that of its case or agency; of the directory's in all."""
    if isinstance(statement, DIRECTORY_STATEMENTS):
        return range(partitions)
    stream = statement.case if isinstance(statement, CaseStatement) else uuid5(AGENCY_STREAMS, statement.by).hex
    return [topics.place(topics.feed_of(node), stream, partitions=partitions).number]
