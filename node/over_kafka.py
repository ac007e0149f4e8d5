"""A node's way over Kafka: what waits goes out as sealed messages, answers and feed come back as others.

Kept in one transaction: a message's effect and the position after it. What lies in a topic may have been put there by
anybody who has the broker, so it counts only with the hub's signature. What Kafka cannot do goes over HTTP: bodies,
grants and files by hash, a submission that is too large or lay there in vain, a feed in which something is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from domain.case import local_day
from door.kafka import topics
from door.kafka.port import Incoming, KafkaAwayError, KafkaRefusedError, Receiver, Sender
from node import kafka_messages as messages
from node.errors import HubAnswerError, HubUnavailableError
from node.feed_parts import FeedParts
from node.hub_client import FeedLine
from node.kafka_tables import KafkaTables
from node.outbox import Outbox
from node.store import Queued

PUT_AT_ONCE, PUT_BYTES = 200, 8 * 1024 * 1024  # submissions in one sending
LARGEST = 15 * 1024 * 1024  # bytes of a submission over Kafka; sealed it is a little larger, and a topic takes 16 MiB
TAKEN_AT_ONCE, TAKINGS = 500, 50  # messages whose effects are one transaction; transactions of one call
LOOK, WAIT = 0.05, 0.1  # seconds to look for messages, and to wait for one more
IDLE = 20  # looks without a message after which what should be there counts as missing
OVERDUE = 600_000_000  # µs after which what lies at the broker unanswered goes over HTTP
PAUSE = 5.0  # seconds until a broker that was away is asked again
EXPIRED: Final = "kafka_key_expired"
Told = list[tuple[Queued, str | None]]


@dataclass(slots=True, kw_only=True)
class OverKafka:
    """One agency's way. `node`: the name of its topics; `outbox`: the same that sends over HTTP.

    sender, receiver: connect; `now` gives µs since 1970.
    """

    agency: str
    node: str
    outbox: Outbox
    sender: Callable[[], Sender]
    receiver: Callable[[], Receiver]
    now: Callable[[], int]
    partitions: int = topics.PARTITIONS
    pause: float = PAUSE
    alarm: str | None = None  # what lay there that no hub put there; until the node is started again
    tables: KafkaTables = field(init=False)
    parts: FeedParts = field(init=False)
    _sender: Sender | None = None
    _receiver: Receiver | None = None
    _begun: bool = False
    _asked_again: float = 0.0  # monotonic
    _recorded: int = 0  # log index of the newest own statement that was answered here
    _idle: int = 0

    def __post_init__(self) -> None:
        """Read how far the feed came; nobody is connected to yet."""
        self.tables = KafkaTables(self.outbox.store.connection)
        self.parts = self.tables.parts(self.partitions)

    # -- out -------------------------------------------------------------------------------------------------

    def send(self, *, duties: Container[str]) -> Told:
        """Take what is there, put what waits, and wait a little for the answers. As `Outbox.send`.

        Raises:
            HubUnavailableError: the broker is away; everything still waits.
            HubAnswerError: an answer over HTTP does not hold.
        """
        told: Told = []
        try:
            with self._reached():
                self._begin()
                # Bounded: what repeats itself must not keep this node from everything else.
                all(self._take(told, duties, wait=LOOK) for _ in range(TAKINGS))
                put = 0
                while more := self._put(told, duties):
                    put += more
                looks = IDLE if put else 0
                # An answer is still to come, or the feed up to one that came.
                while looks and (self.tables.flying(overdue=self.now() - OVERDUE) or self._behind_own()):
                    known = len(told)
                    self._take(told, duties, wait=WAIT)
                    looks = looks - 1 if len(told) == known else IDLE
        except (HubUnavailableError, HubAnswerError):
            if not told:
                raise  # else what is kept as answered must be told; the same failure comes with the next call
        return told

    def _put(self, told: Told, duties: Container[str]) -> int:
        """Put the next that wait; give how many. What cannot go this way goes over HTTP, in its case's order."""
        overdue = self.now() - OVERDUE
        waiting = self.tables.waiting(PUT_AT_ONCE, size=PUT_BYTES, overdue=overdue)
        key, flying = self.tables.newest_key(), self.tables.flying(overdue=overdue)
        if key is not None and local_day(self.now()) > key.until:
            key = None
        ready, by_http, held = list[Queued](), list[Queued](), set[str | None]()
        for one, in_vain in waiting:
            if one.case in held:
                continue
            if in_vain or len(one.submission) > LARGEST:
                held.add(one.case)
                if one.case not in flying:
                    by_http.append(one)
            elif key is None or not self._uploaded(one):
                held.add(one.case)
            else:
                ready.append(one)
                flying.add(one.case)
        if ready and key is not None:
            place = {"node": self.node, "agency": self.agency}
            sealed = [messages.submission(one, key, **place, partitions=self.partitions) for one in ready]
            self._connected_sender().send(sealed)
            self.tables.put(ready, now=self.now())
        if by_http:
            self._over_http(by_http, told, duties)
        return len(ready)

    def _uploaded(self, one: Queued) -> bool:
        """Whether the hub has the files that a statement names, if it names any."""
        with suppress(HubUnavailableError):
            return bool(self.outbox.upload([one]))
        return False

    def _over_http(self, batch: Sequence[Queued], told: Told, duties: Container[str]) -> None:
        with suppress(HubUnavailableError):  # then they wait
            for one in batch:
                self.outbox.upload([one])
            answers = self.outbox.hub.submit([one.submission for one in batch])
            self.outbox.check(batch, answers)
            told += self._settle(batch, answers, duties)

    def _settle(self, batch: Sequence[Queued], answers: Sequence[dict[str, Any]], duties: Container[str]) -> Told:
        with self.tables.connection.transaction():
            told = self.outbox.settle(batch, answers, duties=duties)
            self.tables.answered([one.seq for one in batch])
        self._recorded = max(self._recorded, *(answer.get("index", 0) for answer in answers))
        return told

    def _behind_own(self) -> bool:
        """Whether the feed is yet to bring what a receipt told of."""
        return not self.parts.lost and self.tables.reached(self.parts.complete) < self._recorded

    # -- back ------------------------------------------------------------------------------------------------

    def feed(self, after: int, *, limit: int) -> list[FeedLine]:
        """The next entries of the feed: what came over Kafka; what got lost there, over HTTP.

        Raises:
            HubUnavailableError: the hub is away, and it is needed.
            HubAnswerError: the hub has less than it signed.
        """
        if not self.parts.lost and self._idle >= IDLE and (self.parts.behind or self._behind_own()):
            self._lose()
        if not self.parts.lost:
            found = self.tables.early(after=after, to=self.parts.complete, limit=limit)
            numbers = [line.number for line in found]
            if numbers == list(range(after + 1, after + 1 + len(found))) and (found or after >= self.parts.complete):
                return found
            self._lose()
        if lines := self.outbox.hub.feed(after, limit=limit):
            return lines
        if self.parts.head is not None and self.parts.head.number > after:
            raise HubAnswerError("the feed is shorter than the hub signed")
        with self.tables.connection.transaction():
            self.parts.adopt()
            self.tables.forget_early()
            self.tables.keep_parts(self.parts)
        self._idle = self._recorded = 0
        return []

    def _lose(self) -> None:
        self.parts.lost = True
        with self.tables.connection.transaction():
            self.tables.keep_parts(self.parts)

    def _take(self, told: Told, duties: Container[str], *, wait: float) -> int:
        """Take the next messages with their positions; give how many."""
        found = self._connected_receiver().receive(wait=wait, limit=TAKEN_AT_ONCE)
        if not found:
            self._idle += 1
            return 0
        self._idle, self._begun = 0, False  # until their effects are kept
        answers: dict[str, dict[str, Any]] = {}
        lines: list[FeedLine] = []
        with self.tables.connection.transaction():
            for one in found:
                try:
                    self._take_one(one, answers, lines)
                except messages.NOT_OURS:
                    # It is passed over and said: it must stop nobody.
                    self.alarm = "a message over Kafka does not hold"
            settled = self._answered(answers, duties)
            if self.parts.wrong:
                self.alarm = "the feed over Kafka is not what the hub signed"
            self.tables.keep_early(lines)
            self.tables.keep_parts(self.parts)
            self.tables.move({one.at: one.position + 1 for one in found})
        self._begun = True
        told += settled
        return len(found)

    def _take_one(self, one: Incoming, answers: dict[str, dict[str, Any]], lines: list[FeedLine]) -> None:
        kind, hub_key = messages.type_of(one), self.outbox.hub_key
        if kind == topics.DAY_KEY:
            self.tables.keep_key(messages.read_day_key(one, hub_key=hub_key))
        elif one.header("ce_subject") != self.agency.encode():
            return  # of another agency of this node
        elif kind == topics.ENTRY:
            line, part = messages.read_entry(one)
            if self.parts.entry(one.at.number, line, part=part):
                lines.append(line)
        elif kind == topics.HEAD:
            head = messages.read_head(one, agency=self.agency, partitions=self.partitions, hub_key=hub_key)
            self.parts.headed(one.at.number, head)
        elif kind == topics.ASIDE:
            self._take_aside(messages.about(one), messages.read_aside(one, hub_key=hub_key))
        elif kind in {topics.RECEIPT, topics.REFUSAL}:
            answer = messages.read_answer(one)
            if "index" not in answers.get(messages.about(one), {}):
                answers[messages.about(one)] = answer

    def _take_aside(self, statement: str, code: str) -> None:
        if code == EXPIRED:
            self.tables.seal_anew(statement)
        else:
            self.tables.set_aside(statement)
            self.alarm = f"the hub set a message aside: {code}"

    def _answered(self, answers: dict[str, dict[str, Any]], duties: Container[str]) -> Told:
        """Keep the answers that hold; what is answered already stays so, but a receipt outweighs a refusal."""
        batch: list[Queued] = []
        for one, state, in_vain in self.tables.sent(list(answers)):
            answer = answers[one.statement_id]
            refused = "index" not in answer
            if state == "sent" or (refused and (state == "refused" or in_vain)):
                continue
            try:
                self.outbox.check([one], [answer])
            except HubAnswerError as error:
                self.alarm = str(error)
                continue
            if refused and (lost := self.tables.before(one) - {each.seq for each in batch}):
                # A case is read in order, so what it builds on never came there. Both go over HTTP.
                self.tables.in_vain([*lost, one.seq], now=self.now())
            else:
                batch.append(one)
        return self._settle(batch, [answers[one.statement_id] for one in batch], duties) if batch else []

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """The broker's absence in a node's words; who was away is not asked again at once.

        Raises:
            HubUnavailableError.
        """
        if time.monotonic() < self._asked_again:
            raise HubUnavailableError("the broker does not answer")
        try:
            yield
        except (KafkaAwayError, KafkaRefusedError) as error:
            self._asked_again = time.monotonic() + self.pause
            self.close()
            raise HubUnavailableError(f"the broker does not answer: {error}") from None

    def _begin(self) -> None:
        """Read on where the effects end."""
        if self._begun:
            return
        receiver = self._connected_receiver()
        kept, self.parts = self.tables.positions(), self.tables.parts(self.partitions)
        of_node = (topics.receipts_of(self.node), topics.feed_of(self.node))
        found = [at for topic in of_node for at in receiver.partitions(topic)]
        if len(found) != 2 * self.partitions:
            raise KafkaRefusedError("a topic is not there")
        receiver.seek({at: kept.get(at, 0) for at in found})
        self._begun = True

    def _connected_sender(self) -> Sender:
        self._sender = self._sender or self.sender()
        return self._sender

    def _connected_receiver(self) -> Receiver:
        self._receiver = self._receiver or self.receiver()
        return self._receiver

    def close(self) -> None:
        """Give back the connections; the next call makes new ones."""
        for one in (self._sender, self._receiver):
            if one is not None:
                one.close()
        self._sender, self._receiver, self._begun = None, None, False
