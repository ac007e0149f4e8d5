"""What the hub tells nodes of the key to seal submissions for: one a day, signed with the hub's own key."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_LABEL = b"caunoi/1/intake-key\x00"
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]


class DayKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A public key of the hub's and the last day it may be used; it is destroyed on the day after that."""

    kid: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    public: Annotated[str, Meta(max_length=4096)]  # base64url
    suite: Literal["mlkem768x25519"]
    day: Day
    until: Day
    sig: str  # Ed25519 by the hub over `signed_bytes`, base64


def signed_bytes(key: DayKey) -> bytes:
    """What the hub signs: the label, then each field after its length as uint16be."""
    fields = (key.kid.encode(), key.public.encode(), key.suite.encode(), key.day.encode(), key.until.encode())
    return _LABEL + b"".join(len(field).to_bytes(2, "big") + field for field in fields)
