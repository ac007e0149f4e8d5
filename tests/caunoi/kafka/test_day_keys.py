"""A key a day for what comes over Kafka: told under the hub's signature, destroyed in time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from caunoi.kafka.day_keys import KEPT, DayKeys
from door.kafka.day_key import DayKey, signed_bytes
from sealing.encoding import from_base64, from_base64url, key_id
from sealing.envelope import verify_bytes
from sealing.errors import BadSignatureError, KeyMissingError
from sealing.keystore import FileKeyStore, MemoryKeyStore
from sealing.master_keys import FileMasterKey
from sealing.parcels import open_submission, seal_submission

DAY = 24 * 3600  # seconds
NOON = 1_793_336_400  # in Viet Nam, 2026-10-30
TOPIC, STATEMENT = "caunoi.statements.gia-dinh.v1", "0a" * 16


@dataclass
class Field:
    """A store on disk, the hub's key, a clock; `keys` as a start of the process makes them."""

    root: Path
    now: int = NOON
    hub: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore("hub"))

    def __post_init__(self) -> None:
        self.source = FileMasterKey(self.root / "kek")
        self.source.create()
        self.kid = self.hub.add_key(use="sign", suite="ed25519")
        FileKeyStore.create(self.root / "days", agency="hub", source=self.source)

    def keys(self) -> DayKeys:
        store = FileKeyStore(self.root / "days", self.source)
        return DayKeys(store, signer=self.hub, sign_as=self.kid, now=lambda: self.now)


@pytest.fixture
def ground(tmp_path: Path) -> Field:
    return Field(tmp_path)


def sealed_for(key: DayKey) -> bytes:
    public = from_base64url(key.public)
    return seal_submission(b"made up", topic=TOPIC, statement=STATEMENT, public=public, suite=key.suite)


def opened(keys: DayKeys, parcel: bytes) -> bytes:
    return open_submission(parcel, topic=TOPIC, statement=STATEMENT, store=keys.store)


def test_one_a_day_whoever_asks_and_after_any_restart(ground: Field) -> None:
    """The day is that of Viet Nam: it begins at 17:00 UTC."""
    keys = ground.keys()
    first = keys.turn()
    assert (first.day, first.until, first) == ("2026-10-30", "2026-11-06", ground.keys().turn())
    ground.now = NOON + DAY // 2 - 1
    assert keys.turn() == first
    ground.now += 1
    second = keys.turn()
    assert (second.day, second.kid != first.kid) == ("2026-10-31", True)


def test_it_is_the_hubs(ground: Field) -> None:
    """Signed with the hub's key over all of it; its id is its hash."""
    key, public = ground.keys().turn(), ground.hub.public(ground.kid)
    verify_bytes(signed_bytes(key), signature=from_base64(key.sig), public=public)
    assert key.kid == key_id(from_base64url(key.public))
    for name, other in {"day": "2026-10-31", "until": "2099-01-01", "kid": "0" * 32, "public": "AA"}.items():
        changed = msgspec.structs.replace(key, **{name: other})
        with pytest.raises(BadSignatureError):
            verify_bytes(signed_bytes(changed), signature=from_base64(key.sig), public=public)


def test_it_is_destroyed_in_time_and_opens_no_more(ground: Field) -> None:
    """As long as the topic keeps what was sealed on its last day it opens; then nobody has it, on disk either."""
    keys = ground.keys()
    parcel = sealed_for(keys.turn())
    for day in range(KEPT + 2):
        ground.now = NOON + day * DAY
        keys.turn()
        assert opened(keys, parcel) == b"made up"
        assert opened(ground.keys(), parcel) == b"made up"
    ground.now += DAY
    fresh = keys.turn()
    for store in (keys, ground.keys()):
        with pytest.raises(KeyMissingError):
            opened(store, parcel)
        assert opened(store, sealed_for(fresh)) == b"made up"
    assert len(keys.store.kids("seal")) == KEPT + 2


def test_after_a_long_sleep_all_old_ones_go(ground: Field) -> None:
    """Nobody turned for a month."""
    keys = ground.keys()
    parcels = []
    for day in range(3):
        ground.now = NOON + day * DAY
        parcels.append(sealed_for(keys.turn()))
    ground.now += 30 * DAY
    ground.keys().turn()
    for parcel in parcels:
        with pytest.raises(KeyMissingError):
            opened(ground.keys(), parcel)
