"""Known answers of the way over Kafka: the sealed value, key, partition and headers of one message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from caunoi.connect import made_up as m
from caunoi.connect.made_up import AGENCY, HUB, READER
from domain import statements as s
from door.kafka import topics
from sealing.encoding import ctx, key_id, raw_id, to_base64
from sealing.keystore import MemoryKeyStore
from sealing.parcels import seal_submission

TOPIC: Final = topics.statements_of(AGENCY)
SUITE: Final = "mlkem768x25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """The activity sealed for the key of the day, and for a key that was destroyed."""

    good: bytes
    destroyed: bytes


def fresh() -> Parcels:
    """Seal anew: other bytes each time."""
    gone = MemoryKeyStore(HUB)
    kid = gone.add_key(use="seal", suite=SUITE)
    return Parcels(good=_seal(m.public(HUB, "seal")), destroyed=_seal(gone.public(kid)))


def _seal(public: bytes) -> bytes:
    content = m.submission(s.write(m.activity()))
    return seal_submission(content, topic=TOPIC, statement=m.ACTIVITY, public=public, suite=SUITE)


def headers() -> dict[str, str]:
    """The CloudEvents attributes of the message (Kafka binding 1.0.2, binary mode)."""
    return {
        "ce_specversion": "1.0",
        "ce_id": m.ACTIVITY,
        "ce_source": AGENCY,
        "ce_type": topics.SUBMISSION,
        "content-type": topics.SUBMISSION_CONTENT,
    }


def document(parcels: Parcels) -> dict[str, Any]:
    """One message, and what sets others aside: each names only what differs from the good one."""
    kid = m.kid(HUB, "seal")
    value, length = parcels.good, int.from_bytes(parcels.good[17:19], "big")
    number = topics.place(TOPIC, AGENCY).number
    return {
        "message": {
            "topic": TOPIC,
            "partition": number,
            "key": AGENCY,
            "headers": headers(),
            "value_base64": to_base64(value),
        },
        "value": {
            "version": value[:1].hex(),
            "kid": kid,
            "place": ctx("caunoi/1/submission", TOPIC.encode(), raw_id(m.ACTIVITY), raw_id(kid)).hex(),
            "wrapped": value[19 : 19 + length].hex(),
            "private": m.private_key(HUB, "seal").hex(),
            "content": m.submission(s.write(m.activity())).decode(),
        },
        "refused": _refused(parcels, number),
    }


def _refused(parcels: Parcels, number: int) -> list[dict[str, Any]]:
    bent = bytearray(parcels.good)
    bent[-1] ^= 1
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("no_id", "kafka_not_event", {"headers": {"ce_id": None}}),
        ("no_source", "kafka_not_event", {"headers": {"ce_source": None}}),
        ("other_specversion", "kafka_not_event", {"headers": {"ce_specversion": "2.0"}}),
        ("other_type", "kafka_type_unknown", {"headers": {"ce_type": "vn.caunoi.submission.v9"}}),
        ("other_content", "kafka_content_wrong", {"headers": {"content-type": "application/json"}}),
        ("no_key", "kafka_key_wrong", {"key": None}),
        ("other_key", "kafka_key_wrong", {"key": m.CASE}),
        ("other_partition", "kafka_key_wrong", {"partition": (number + 1) % topics.PARTITIONS}),
        ("other_agency", "kafka_sender_wrong", {"headers": {"ce_source": READER}}),
        ("other_statement", "kafka_not_opened", {"headers": {"ce_id": m.NOTICE}}),
        ("bent", "kafka_not_opened", {"value_base64": to_base64(bytes(bent))}),
        ("garbage", "kafka_not_opened", {"value_base64": to_base64(b"{}")}),
        ("key_destroyed", "kafka_key_expired", {"value_base64": to_base64(parcels.destroyed)}),
        ("tombstone", "kafka_tombstone", {"value_base64": None}),
    ]
    return [{"name": name, "code": code, "changes": changed} for name, code, changed in changes]


def partitions() -> dict[str, Any]:
    """Where keys lie: the first eight bytes of SHA-256 of the key, big-endian, modulo the number of partitions."""
    found = [m.CASE, "0" * 32, "f" * 32, AGENCY, READER, key_id(b"")]
    return {
        "partitions": topics.PARTITIONS,
        "places": [{"key": key, "partition": topics.place(TOPIC, key).number} for key in found],
    }
