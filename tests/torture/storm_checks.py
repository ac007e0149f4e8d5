"""What must hold after a storm: what lies in the topics, held against the log. Not a test."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from typing import NamedTuple

import msgspec
import psycopg

from caunoi.bootstrap import pinned
from caunoi.deployment import Deployment
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver
from door.kafka.heads import START, FeedHead, chained, signed_bytes
from door.kafka.port import Incoming
from ledger import receipt as receipts
from node.kafka_messages import read_entry, type_of
from sealing.encoding import from_base64, from_base64url
from sealing.envelope import verify_bytes

POLICE, LABOUR, WOMEN = "police-38", "labour-38", "women-38"
NODES: dict[str, tuple[str, ...]] = {POLICE: (POLICE,), "chung": (LABOUR, WOMEN)}
NODE_OF = {agency: node for node, agencies in NODES.items() for agency in agencies}
STILL = 180.0  # seconds in which something must have moved


class Sent(NamedTuple):
    """A statement that was put there."""

    statement: str
    case: str
    by: str
    hash: str


def lying(access: Access, topic: str) -> Iterator[Incoming]:
    """All that lies in a topic, in order within each partition."""
    with closing(KafkaReceiver(access, name="storm-check")) as receiver:
        receiver.seek(dict.fromkeys(receiver.partitions(topic), 0))
        ends, reached = receiver.ends(), dict.fromkeys(receiver.ends(), 0)
        deadline = time.monotonic() + STILL
        while any(reached[at] < end for at, end in ends.items()):
            assert time.monotonic() < deadline
            for one in receiver.receive(wait=0.5, limit=5_000):
                reached[one.at] = one.position + 1
                deadline = time.monotonic() + STILL
                yield one


def check(access: Access, deployment: Deployment, sent: Sequence[Sent]) -> None:
    """Each statement once in the log and in its case's order, answered; each feed whole, in order, as it was signed."""
    public = from_base64url(pinned(deployment.home)["hub"]["public"])
    with psycopg.connect(deployment.dsn) as connection:
        log = connection.execute("SELECT statement_id, log_index, encode(leaf, 'hex') FROM hub.log").fetchall()
        assert connection.execute("SELECT count(*) FROM hub.refusals").fetchone() == (0,)
        assert connection.execute("SELECT code, count(*) FROM hub.kafka_aside GROUP BY code").fetchall() == []
    places = {statement: (index, leaf) for statement, index, leaf in log}
    assert len(places) == len(log)
    assert [one.statement for one in sent if one.statement not in places] == [], "lost"
    _check_cases(sent, places)
    for node, agencies in NODES.items():
        _check_receipts(access, node, sent, places, public)
        for agency in agencies:
            _check_feed(access, deployment.dsn, agency, public)


def _check_cases(sent: Sequence[Sent], places: dict[str, tuple[int, str]]) -> None:
    last: dict[str, int] = {}
    for one in sent:
        index = places[one.statement][0]
        assert index > last.get(one.case, 0)
        last[one.case] = index


def _check_receipts(
    access: Access, node: str, sent: Sequence[Sent], places: dict[str, tuple[int, str]], public: bytes
) -> None:
    mine = {one.statement: one.hash for one in sent if NODE_OF[one.by] == node}
    answered: set[str] = set()
    for message in lying(access, topics.receipts_of(node)):
        identity = (message.header("ce_id") or b"").decode()
        if type_of(message) != topics.RECEIPT or identity not in mine or identity in answered:
            continue
        one = receipts.read(message.value or b"")
        receipts.verify(one, public)
        assert (one.statement, one.index, one.leaf) == (mine[identity], *places[identity])
        answered.add(identity)
    assert answered == mine.keys()


def _check_feed(access: Access, dsn: str, agency: str, public: bytes) -> None:
    counts, chains = [0] * topics.PARTITIONS, [START] * topics.PARTITIONS
    heads: dict[int, FeedHead] = {}
    found: dict[int, tuple[int, bytes]] = {}
    for one in lying(access, topics.feed_of(NODE_OF[agency])):
        if one.header("ce_subject") != agency.encode():
            continue
        at = one.at.number
        if type_of(one) == topics.HEAD:
            head = msgspec.json.decode(one.value or b"", type=FeedHead)
            if at not in heads or head.number > heads[at].number:
                verify_bytes(signed_bytes(head), signature=from_base64(head.sig), public=public)
                heads[at] = head
            continue
        line, part = read_entry(one)
        entry = (line.index, sha256(line.entry).digest())
        assert found.setdefault(line.number, entry) == entry
        assert part <= counts[at] + 1, "left out, or not in order"
        if part == counts[at] + 1:
            counts[at] = part
            chains[at] = chained(chains[at], number=line.number, index=line.index, entry=line.entry)
    feed = """
        SELECT number, log_index, sha256(state) FROM hub.feeds JOIN hub.log USING (log_index)
        JOIN hub.stored_events USING (notification_id) WHERE agency = %s
    """
    with psycopg.connect(dsn) as connection:
        kept = {number: (index, bytes(digest)) for number, index, digest in connection.execute(feed, (agency,))}
    assert found == kept
    assert sorted(found) == list(range(1, len(found) + 1))
    assert {head.number for head in heads.values()} == {len(found)}
    newest = heads[0]
    assert [(part.count, part.chain) for part in newest.parts] == [
        (count, chain.hex()) for count, chain in zip(counts, chains, strict=True)
    ]
