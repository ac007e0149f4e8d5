"""The topics by name, and where in them a message goes. `contracts/asyncapi.yaml` is the truth; a test compares."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from door.kafka.port import Partition

PARTITIONS: Final = 12
"""Of every topic of a node. More would move keys: that needs topics of a new version."""
SUBMISSION: Final = "vn.caunoi.submission.v1"
RECEIPT: Final = "vn.caunoi.receipt.v1"
REFUSAL: Final = "vn.caunoi.refusal.v1"
ASIDE: Final = "vn.caunoi.aside.v1"
ENTRY: Final = "vn.caunoi.entry.v1"
DAY_KEY: Final = "vn.caunoi.intake-key.v1"
HEAD: Final = "vn.caunoi.head.v1"
SUBMISSION_CONTENT: Final = "application/vnd.caunoi.submission.v1"


def statements_of(node: str) -> str:
    """The topic a node writes its submissions to."""
    return f"caunoi.statements.{node}.v1"


def receipts_of(node: str) -> str:
    """The topic in which a node finds the hub's answers."""
    return f"caunoi.receipts.{node}.v1"


def feed_of(node: str) -> str:
    """The topic in which a node finds the feeds of its agencies."""
    return f"caunoi.feed.{node}.v1"


@lru_cache(4096)
def place(topic: str, key: str, *, partitions: int = PARTITIONS) -> Partition:
    """The partition of a key: by SHA-256, so that every client in every language puts a case in the same place."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % partitions
    return Partition(topic, number)
