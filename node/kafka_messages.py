"""The messages of a node's topics, written and read. What is read counts only if the hub's pinned key signed it.

Every reader raises one of `NOT_OURS` for what does not hold; `hub_key` is the hub's raw public key.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from door.kafka import topics
from door.kafka.day_key import DayKey
from door.kafka.day_key import signed_bytes as key_bytes
from door.kafka.heads import FeedHead
from door.kafka.heads import signed_bytes as head_bytes
from door.kafka.port import Incoming, Outgoing
from door.tracing import onward
from node.hub_client import FeedLine
from node.store import Queued
from sealing.encoding import ctx, from_base64, from_base64url, key_id, uint64
from sealing.envelope import verify_bytes
from sealing.errors import BadSignatureError, EncodingError
from sealing.parcels import seal_submission

NOT_OURS: Final = (
    BadSignatureError,
    EncodingError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)


def submission(one: Queued, key: DayKey, *, node: str, agency: str, partitions: int) -> Outgoing:
    """A submission sealed for the hub's key of a day, in its case's place."""
    topic, stream = topics.statements_of(node), one.case or agency
    headers = {
        "ce_specversion": "1.0",
        "ce_id": one.statement_id,
        "ce_source": agency,
        "ce_type": topics.SUBMISSION,
        "content-type": topics.SUBMISSION_CONTENT,
        **onward(),
    }
    public = from_base64url(key.public)
    return Outgoing(
        to=topics.place(topic, stream, partitions=partitions),
        key=stream.encode(),
        value=seal_submission(one.submission, topic=topic, statement=one.statement_id, public=public, suite=key.suite),
        headers=tuple((name, text.encode()) for name, text in headers.items()),
    )


def type_of(one: Incoming) -> str:
    """The type a message says it is of; empty where it says none."""
    return (one.header("ce_type") or b"").decode("ascii", "replace")


def about(one: Incoming) -> str:
    """The statement it says it is about."""
    return (one.header("ce_id") or b"").decode("ascii", "replace")


def read_day_key(one: Incoming, *, hub_key: bytes) -> DayKey:
    """The key of a day."""
    key = msgspec.json.decode(one.value or b"", type=DayKey)
    verify_bytes(key_bytes(key), signature=from_base64(key.sig), public=hub_key)
    if key_id(from_base64url(key.public)) != key.kid:
        raise ValueError("another key")
    return key


def read_head(one: Incoming, *, agency: str, partitions: int, hub_key: bytes) -> FeedHead:
    """How far an agency's feed goes."""
    head = msgspec.json.decode(one.value or b"", type=FeedHead)
    verify_bytes(head_bytes(head), signature=from_base64(head.sig), public=hub_key)
    if head.agency != agency or len(head.parts) != partitions:
        raise ValueError("another feed")
    return head


def read_entry(one: Incoming) -> tuple[FeedLine, int]:
    """An entry and its number within its partition; unsigned, the heads tell whether it holds."""
    number, index, part = (int(one.header(f"caunoi_{name}") or b"") for name in ("number", "index", "part"))
    if min(number, index, part) < 1 or max(number, index, part) >= 2**53:
        raise ValueError("no number")
    return FeedLine(number, index, one.value or b""), part


def read_answer(one: Incoming) -> dict[str, Any]:
    """A receipt or a refusal, to be checked against its statement."""
    answer = msgspec.json.decode(one.value or b"", type=dict[str, Any])
    # A refusal of what could not be read holds for any statement by its signature; over HTTP its place tells.
    if "index" not in answer and answer["statement_id"] != about(one):
        raise ValueError("another statement")
    return answer


def read_aside(one: Incoming, *, hub_key: bytes) -> str:
    """Why the hub could not take a message for the statement it is about: a code."""
    told = msgspec.json.decode(one.value or b"", type=dict[str, Any])
    code, identity = str(told["code"]), about(one)
    if (told["statement_id"] or "") != identity:
        raise ValueError("another statement")
    signed = ctx("caunoi/1/aside", identity.encode(), code.encode(), uint64(told["recorded"]))
    verify_bytes(signed, signature=from_base64(told["sig"]), public=hub_key)
    return code
