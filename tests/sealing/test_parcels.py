"""A sealed submission opens with its intake key, in its topic, under its statement id, and nowhere else."""

from __future__ import annotations

import pytest

from sealing.encoding import key_id
from sealing.errors import CannotOpenError, EncodingError, KeyMissingError
from sealing.keystore import MemoryKeyStore
from sealing.parcels import intake_key_of, open_submission, seal_submission

TOPIC, STATEMENT = "caunoi.statements.police-38.v1", "0" * 31 + "7"
CONTENT = "DỮ LIỆU GIẢ ĐỊNH".encode() * 2000


@pytest.fixture
def store() -> MemoryKeyStore:
    made = MemoryKeyStore("hub")
    made.add_key(use="seal", suite="mlkem768x25519")
    return made


def sealed(store: MemoryKeyStore) -> bytes:
    public = store.public(store.kids("seal")[-1])
    return seal_submission(CONTENT, topic=TOPIC, statement=STATEMENT, public=public, suite="mlkem768x25519")


def test_it_opens_where_it_belongs(store: MemoryKeyStore) -> None:
    """What was sealed comes back, and the parcel says for which key it is."""
    parcel = sealed(store)
    assert intake_key_of(parcel) == store.kids("seal")[-1] == key_id(store.public(store.kids("seal")[-1]))
    assert open_submission(parcel, topic=TOPIC, statement=STATEMENT, store=store) == CONTENT
    assert sealed(store) != parcel


@pytest.mark.parametrize(
    ("topic", "statement"), [("caunoi.statements.police-14.v1", STATEMENT), (TOPIC, "0" * 31 + "8")]
)
def test_it_opens_nowhere_else(store: MemoryKeyStore, topic: str, statement: str) -> None:
    """Copied to another node's topic, or sent again under another id."""
    with pytest.raises(CannotOpenError):
        open_submission(sealed(store), topic=topic, statement=statement, store=store)


def test_no_id_is_no_place(store: MemoryKeyStore) -> None:
    """Whoever writes to a topic may write any header."""
    with pytest.raises(EncodingError):
        open_submission(sealed(store), topic=TOPIC, statement="x", store=store)


@pytest.mark.parametrize("at", [0, 1, 17, 18, 19, 40, 1400, -1])
def test_one_changed_byte(store: MemoryKeyStore, at: int) -> None:
    """Version, key id, length, wrapped key, salt, content or tag."""
    parcel = bytearray(sealed(store))
    parcel[at] ^= 1
    with pytest.raises((CannotOpenError, KeyMissingError)):
        open_submission(bytes(parcel), topic=TOPIC, statement=STATEMENT, store=store)


@pytest.mark.parametrize("length", [0, 1, 16, 17, 19, 100, 1200])
def test_cut_short(store: MemoryKeyStore, length: int) -> None:
    """However short."""
    with pytest.raises((CannotOpenError, KeyMissingError)):
        open_submission(sealed(store)[:length], topic=TOPIC, statement=STATEMENT, store=store)


def test_a_key_destroyed_opens_nothing(store: MemoryKeyStore) -> None:
    """A copied topic is of no use once the day's key is gone."""
    with pytest.raises(KeyMissingError):
        open_submission(sealed(store), topic=TOPIC, statement=STATEMENT, store=MemoryKeyStore("hub"))
