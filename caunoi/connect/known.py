"""What a statement is checked against: the directory, the case so far, keys that open, the hub's answers.

`of_sandbox` takes it from a sandbox that runs: over HTTP as the vendor's agency, and from the sandbox's own home.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2 as httpx
import msgspec

from caunoi.bootstrap import key_source, open_keystore
from caunoi.connect.agency_file import AgencyFile, store_of
from caunoi.connect.feed import followed, mechanism_of
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.settings import Settings
from domain.mechanism import Mechanism
from domain.rules import Rules, current
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver
from door.kafka.port import Incoming, KafkaAwayError, KafkaRefusedError
from node.errors import HubAnswerError, HubUnavailableError
from node.hub_client import HubClient
from sealing.encoding import from_base64url
from sealing.grants import GrantOpener
from sealing.keystore import FileKeyStore, MemoryKeyStore

WITHIN = 15.0  # seconds to read what lies in a topic
ANSWERS = (topics.ASIDE, topics.REFUSAL, topics.RECEIPT)
"""What the hub says of a statement; of several the last of these counts."""
A = TypeVar("A")
R = TypeVar("R")


class NotReachedError(Exception):
    """Nothing can be said of this rule yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside what was sent.

    agencies: for whom the node speaks. day_keys: opens what is sealed for the hub. before: the mechanism before a
    statement of an id. stores: of the agencies whose grants can be tried. answer: what the hub answered to a statement,
    if anything; `sent` says whether it should have. now: µs since 1970.
    """

    agencies: Sequence[str]
    hub_key: bytes
    day_keys: GrantOpener
    before: Callable[[str], Mechanism]
    stores: Mapping[str, GrantOpener]
    answer: Callable[[str], Mapping[str, Any] | None]
    sent: bool
    now: int
    rules: Rules = field(default_factory=current)


def of_sandbox(settings: Settings, file: AgencyFile, client: httpx.Client, *, sent: bool) -> Known:
    """What the sandbox knows now. `settings` are those of its home.

    Raises:
        UnavailableError: the sandbox does not run.
    """
    home, store = Home(settings.home), store_of(file.agency, file.sign, file.seal)
    hub = HubClient(client, agency=file.agency, keystore=store, now=lambda: int(time.time()))
    lines = _asked(followed, hub)
    stores: dict[str, GrantOpener] = {file.agency: store}
    for agency in mechanism_of(lines).directory.agencies:
        place = home.node(agency)
        if place.keystore.exists():
            stores[agency] = open_keystore(settings, place.keystore, place.kek, agency=agency)
    told = {} if not (sent and file.kafka) else told_over_kafka(file)
    return Known(
        agencies=(file.agency,),
        hub_key=from_base64url(file.hub.public),
        day_keys=_day_keys(settings, home),
        before=lambda statement: mechanism_of(lines, before=statement),
        stores=stores,
        answer=lambda statement: told.get(statement) or _asked(hub.receipt, statement),
        sent=sent,
        now=time.time_ns() // 1000,
    )


def _asked(ask: Callable[[A], R], of: A) -> R:
    try:
        return ask(of)
    except (HubUnavailableError, HubAnswerError):
        raise UnavailableError("connect_no_sandbox") from None


def _day_keys(settings: Settings, home: Home) -> GrantOpener:
    path = home.hub.day_keystore
    if not path.exists():
        return MemoryKeyStore("hub")
    return FileKeyStore(path, key_source(settings, home.hub.day_kek))


def told_over_kafka(file: AgencyFile) -> dict[str, dict[str, Any]]:
    """The hub's answers in the receipts topic, by statement id.

    Raises:
        UnavailableError: the broker is away.
    """
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for one in lying(file, topics.receipts_of(file.node)):
        kind = (one.header("ce_type") or b"").decode("ascii", "replace")
        identity = (one.header("ce_id") or b"").decode("ascii", "replace")
        if kind in ANSWERS and ANSWERS.index(kind) >= found.get(identity, (0, {}))[0]:
            found[identity] = (ANSWERS.index(kind), msgspec.json.decode(one.value or b"", type=dict[str, Any]))
    return {identity: answer for identity, (_, answer) in found.items()}


def lying(file: AgencyFile, topic: str) -> list[Incoming]:
    """Everything that lies in a topic, partition by partition.

    Raises:
        UnavailableError: the broker is away, or has no such topic.
    """
    access = Access(addresses=tuple(file.kafka.get("bootstrap.servers", "").split(",")))
    try:
        with closing(KafkaReceiver(access, name="caunoi-connect")) as receiver:
            found = _read_all(receiver, topic)
    except (KafkaAwayError, KafkaRefusedError):
        raise UnavailableError("kafka_away") from None
    return sorted(found, key=lambda one: (one.at, one.position))


def _read_all(receiver: KafkaReceiver, topic: str) -> list[Incoming]:
    receiver.seek(dict.fromkeys(receiver.partitions(topic), 0))
    ends, deadline = dict(receiver.ends()), time.monotonic() + WITHIN
    found: list[Incoming] = []
    reached = dict.fromkeys(ends, 0)
    while any(reached[at] < end for at, end in ends.items()):
        if time.monotonic() > deadline:
            raise KafkaAwayError("slow")
        for one in receiver.receive(wait=0.2, limit=500):
            found.append(one)
            reached[one.at] = one.position + 1
    return found
