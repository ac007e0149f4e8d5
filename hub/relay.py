"""Telling agencies over Kafka what the log has for them: feed entries, receipts, refusals, signed feed heads.

A message is sent, then it is kept that it was: a crash between the two, or a second relay by mistake, tells the same
again under the same numbers, and whoever follows knows it again. Runs in a process of its own, beside the hub, as a
database role that can change nothing of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

import msgspec
from msgspec.structs import replace as replaced

from domain.statements import AGENCY_STATEMENTS, CASE_STATEMENTS
from door.kafka import topics
from door.kafka.heads import FeedHead, Part, chained, signed_bytes
from door.kafka.port import Outgoing, Partition, Sender
from door.tracing import TRACEPARENT
from hub import documents as d
from hub.log.relaying import Answered, AsideRow, FeedRow, Relayed, RelayLog
from hub.receipts import Receipts
from ledger import receipt as receipts
from sealing.encoding import ctx, to_base64, uint64
from sealing.envelope import KnownSigner

PAGE = 2_000  # of each kind of message read for one agency at once
LOT = 2_000  # messages told before it is kept that they were: each lot is waited for
ROUNDS = 20  # pages for each agency in one turn
OF_A_STREAM = frozenset(str(kind.__struct_config__.tag) for kind in CASE_STATEMENTS + AGENCY_STATEMENTS)
"""Statements that lie in the partition of their case or agency; those of the directory go to all."""
Headers = tuple[tuple[str, bytes], ...]


def _untraced(_statement: str) -> None:
    """No trace is known."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is next for one agency, and how far it is told then."""

    was: Relayed
    now: Relayed
    messages: list[Outgoing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Tells the agencies of some nodes. `nodes`: node → agencies. `signer` has the hub's key `sign_as`.

    trace_of: the `traceparent` a statement came with, if that is remembered; its answer goes out with it.
    """

    log: RelayLog
    sender: Sender
    signer: KnownSigner
    sign_as: str
    nodes: Mapping[str, Sequence[str]]
    partitions: int = topics.PARTITIONS
    trace_of: Callable[[str], str | None] = _untraced

    def turn(self) -> int:
        """Tell every agency what is next for it; give how many messages that were.

        Raises:
            KafkaAwayError, KafkaRefusedError: some may have been told; the same will be told again.
        """
        told, sending, sent = 0, None, list[Page]()
        with ThreadPoolExecutor(1, "send") as hand:
            for lot in chain(self._lots(), [[]]):  # the next is made, and the last is kept as told, while one is sent
                told += 0 if sending is None else sending.result()
                before, sent = sent, lot
                sending = hand.submit(self._send, lot) if lot else None
                if before:
                    self.log.move((page.was, page.now) for page in before)
        return told

    def _lots(self) -> Iterator[list[Page]]:
        """What there is for all, page by page in turn; pages go together because each sending is waited for."""
        wanted = [agency for agencies in self.nodes.values() for agency in agencies]
        behind = {agency: self.log.relayed(agency, partitions=self.partitions) for agency in self.log.behind(wanted)}
        lot: list[Page] = []
        for _ in range(ROUNDS):
            for node, agency in [(node, one) for node, ones in self.nodes.items() for one in ones if one in behind]:
                page = self._page(node, behind[agency])
                lot.append(page)
                behind[agency] = page.now
                if len(page.messages) < PAGE:  # then it had less than a page of each kind
                    del behind[agency]
                if sum(len(one.messages) for one in lot) >= LOT:
                    yield lot
                    lot = []
        if lot:
            yield lot

    def _send(self, lot: Sequence[Page]) -> int:
        messages = [one for page in lot for one in page.messages]
        if messages:
            self.sender.send(messages)
        return len(messages)

    def _page(self, node: str, was: Relayed) -> Page:
        agency = was.agency
        feed, answered = self.log.feed(was, limit=PAGE), self.log.receipts(was, limit=PAGE)
        refusals, aside = self.log.refusals(was, limit=PAGE), self.log.aside(was, limit=PAGE)
        entries, parts, chains = self._entries(node, was, feed)
        now = replace(
            was,
            number=feed[-1].number if feed else was.number,
            parts=parts,
            chains=chains,
            receipts=answered[-1].found.index if answered else was.receipts,
            refusals=refusals[-1][0] if refusals else was.refusals,
            aside=aside[-1].number if aside else was.aside,
        )
        messages = [
            *entries,
            *(self._receipt(node, agency, one) for one in answered),
            *(self._refusal(node, agency, d.refusal_line(number, one)) for number, one in refusals),
            *(self._not_taken(node, agency, one) for one in aside),
            *(self._heads(node, now) if feed else ()),
        ]
        return Page(was, now, messages)

    def _entries(
        self, node: str, was: Relayed, feed: Sequence[FeedRow]
    ) -> tuple[list[Outgoing], tuple[int, ...], tuple[bytes, ...]]:
        """Messages of feed entries, and the counts and chains of the partitions after them."""
        topic, counts, chains = topics.feed_of(node), list(was.parts), list(was.chains)
        found = []
        for row in feed:
            for number in places(row, partitions=self.partitions):
                counts[number] += 1
                chains[number] = chained(chains[number], number=row.number, index=row.index, entry=row.entry)
                headers = _headers(topics.ENTRY, f"{was.agency}/{row.number}", was.agency, "text/plain")
                headers += _numbers(caunoi_number=row.number, caunoi_part=counts[number], caunoi_index=row.index)
                key = row.stream.encode()
                found.append(Outgoing(to=Partition(topic, number), key=key, value=row.entry, headers=headers))
        return found, tuple(counts), tuple(chains)

    def _heads(self, node: str, now: Relayed) -> Iterator[Outgoing]:
        """How far the feed goes, signed, in every partition of it."""
        topic = topics.feed_of(node)
        parts = tuple(Part(count, chain.hex()) for count, chain in zip(now.parts, now.chains, strict=True))
        head = FeedHead(agency=now.agency, number=now.number, parts=parts, kid=self.sign_as, sig="")
        signature = self.signer.sign(self.sign_as, signed_bytes(head))
        value = msgspec.json.encode(replaced(head, sig=to_base64(signature)))
        headers = _headers(topics.HEAD, f"{now.agency}/{now.number}", now.agency, "application/json")
        for number in range(self.partitions):
            yield Outgoing(to=Partition(topic, number), key=now.agency.encode(), value=value, headers=headers)

    def _receipt(self, node: str, agency: str, one: Answered) -> Outgoing:
        receipt = Receipts(self.signer, self.sign_as).of(one.found)
        headers = self._answering(topics.RECEIPT, one.statement_id, agency)
        place = topics.place(topics.receipts_of(node), one.stream, partitions=self.partitions)
        return Outgoing(to=place, key=one.stream.encode(), value=receipts.write(receipt), headers=headers)

    def _refusal(self, node: str, agency: str, one: d.RefusalLine) -> Outgoing:
        """A refusal lies in the partition of the statement: its case is not known of every one."""
        return self._answer(node, agency, topics.REFUSAL, one.statement_id, one)

    def _not_taken(self, node: str, agency: str, one: AsideRow) -> Outgoing:
        """A message that was no submission."""
        identity = one.statement_id or ""
        fields = (identity.encode(), one.code.encode(), uint64(one.recorded))
        told = d.AsideTold(
            statement_id=one.statement_id,
            code=one.code,
            recorded=one.recorded,
            kid=self.sign_as,
            sig=to_base64(self.signer.sign(self.sign_as, ctx("caunoi/1/aside", *fields))),
        )
        return self._answer(node, agency, topics.ASIDE, identity, told)

    def _answer(self, node: str, agency: str, kind: str, identity: str, content: object) -> Outgoing:
        headers = self._answering(kind, identity, agency)
        place = topics.place(topics.receipts_of(node), identity, partitions=self.partitions)
        return Outgoing(to=place, key=identity.encode(), value=msgspec.json.encode(content), headers=headers)

    def _answering(self, kind: str, identity: str, agency: str) -> Headers:
        trace = self.trace_of(identity)
        more = () if trace is None else ((TRACEPARENT, trace.encode()),)
        return _headers(kind, identity, agency, "application/json") + more


def places(row: FeedRow, *, partitions: int) -> Iterable[int]:
    """The partitions in which an entry of a feed lies: that of its case or agency; of the directory's in all."""
    if row.type not in OF_A_STREAM:
        return range(partitions)
    return [topics.place("", row.stream, partitions=partitions).number]


def _headers(kind: str, identity: str, agency: str, content: str) -> Headers:
    """The CloudEvents attributes of a message of the hub's (Kafka binding 1.0.2, binary mode)."""
    return (("ce_id", identity.encode()), *_alike(kind, agency, content))


@lru_cache(1024)
def _alike(kind: str, agency: str, content: str) -> Headers:
    """Those that all of one type have for one agency."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", b"hub"),
        ("ce_type", kind.encode()),
        ("ce_subject", agency.encode()),
        ("content-type", content.encode()),
    )


def _numbers(**numbers: int) -> Headers:
    return tuple([(name, b"%d" % number) for name, number in numbers.items()])
