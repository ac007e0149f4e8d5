"""Feed heads: what the hub signs of an agency's feed, so that a broker can leave out, change or add nothing unseen.

Each partition of the feed has a chain: SHA-256 over the chain before, the entry's number on the feed and its log index
(uint64be each), and SHA-256 of the entry. A head gives count and chain of every partition up to one number of the feed.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

import msgspec
from msgspec import Meta

START: Final = bytes(32)
"""The chain of a partition in which nothing lies yet."""
_LABEL: Final = b"caunoi/1/feed-head\x00"
Count = Annotated[int, Meta(ge=0, le=2**53)]


class Part(msgspec.Struct, frozen=True, array_like=True):
    """One partition: how many entries of the feed lie in it, and its chain after them (hex)."""

    count: Count
    chain: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class FeedHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far one agency's feed goes; `sig` is the hub's, Ed25519 over `signed_bytes`, base64."""

    agency: str
    number: Count
    parts: tuple[Part, ...]
    kid: str
    sig: str


def chained(before: bytes, *, number: int, index: int, entry: bytes) -> bytes:
    """The chain of a partition after one more entry."""
    return hashlib.sha256(
        before + number.to_bytes(8, "big") + index.to_bytes(8, "big") + hashlib.sha256(entry).digest()
    ).digest()


def signed_bytes(head: FeedHead) -> bytes:
    """What the hub signs: label; length (uint16be) and agency; number; count of parts; count and chain of each."""
    agency = head.agency.encode()
    parts = b"".join(part.count.to_bytes(8, "big") + bytes.fromhex(part.chain) for part in head.parts)
    numbers = head.number.to_bytes(8, "big") + len(head.parts).to_bytes(2, "big")
    return _LABEL + len(agency).to_bytes(2, "big") + agency + numbers + parts
