"""Attack: a genuine wrapped grant is used again: in another case, for another ground, by or for somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from sealing import grants, locks
from sealing.encoding import KeyName, grant_info
from sealing.errors import CannotOpenError
from sealing.keystore import MemoryKeyStore

KEYS = {KeyName("identity", "police-th", 1): bytes(range(32)), KeyName("contact", "police-th", 1): bytes(32)}
PLACE: dict[str, str] = {
    "case": "a1" * 16, "grantor": "police-th", "grantee": "health-th", "ground": "consent:" + "d4" * 16,
}  # fmt: skip
REPLAYS: list[dict[str, Any]] = [
    {"case": "c3" * 16},
    {"grantor": "border-guard-th"},
    {"grantee": "women-union-th"},
    {"ground": "law:own"},
    {"ground": "consent:" + "e5" * 16},
    {"grantor": "police", "grantee": "-thhealth-th"},
    {"names": [KeyName("identity", "police-th", 1)]},
    {"names": [*KEYS, KeyName("health", "police-th", 1)]},
    {"names": [KeyName("identity", "police-th", 2), KeyName("contact", "police-th", 1)]},
    {"names": [KeyName("health", "police-th", 1), KeyName("contact", "police-th", 1)]},
]


@pytest.mark.parametrize("suite", ["x25519", "mlkem768x25519"])
@pytest.mark.parametrize("replay", REPLAYS, ids="+".join)
def test_replayed_grant_does_not_open(suite: str, replay: dict[str, Any]) -> None:
    """The grantee itself, with the right key, opens a grant in its own place only; nor does its lock come off."""
    store = MemoryKeyStore("health-th")
    kid = store.add_key(use="seal", suite=suite)
    place: dict[str, Any] = {**PLACE, "names": KEYS, "kid": kid}
    wrapped = grants.wrap(KEYS, kid=kid, public=store.public(kid), suite=suite, **PLACE)
    locked = locks.lock(wrapped, shred_key=bytes(32), info=grant_info(**place))

    assert grants.unwrap(wrapped, store=store, **place) == KEYS
    with pytest.raises(CannotOpenError):
        grants.unwrap(wrapped, store=store, **{**place, **replay})
    with pytest.raises(CannotOpenError):
        locks.unlock(locked, shred_key=bytes(32), info=grant_info(**{**place, **replay}))


@pytest.mark.parametrize("suite", ["x25519", "mlkem768x25519"])
def test_grant_for_another_key(suite: str) -> None:
    """Another agency's key opens nothing, nor does another key of the same agency, under whichever name."""
    store = MemoryKeyStore("health-th")
    kid, other = (store.add_key(use="seal", suite=suite) for _ in range(2))
    wrapped = grants.wrap(KEYS, kid=kid, public=store.public(kid), suite=suite, **PLACE)
    with pytest.raises(CannotOpenError):
        grants.unwrap(wrapped, store=store, names=KEYS, kid=other, **PLACE)
    with pytest.raises(CannotOpenError):
        store.open_grant(other, wrapped, grant_info(names=KEYS, kid=kid, **PLACE))


def test_downgraded_suite() -> None:
    """A hybrid grant relabelled as X25519, with its classical part kept, opens for neither key."""
    store = MemoryKeyStore("health-th")
    hybrid = store.add_key(use="seal", suite="mlkem768x25519", private=bytes(range(96)))
    classical = store.add_key(use="seal", suite="x25519", private=bytes(range(64, 96)))
    wrapped = grants.wrap(KEYS, kid=hybrid, public=store.public(hybrid), **PLACE)
    for kid, changed in ((hybrid, b"\1" + wrapped[1:]), (classical, b"\1" + wrapped[1 + 1088 :]), (classical, wrapped)):
        with pytest.raises(CannotOpenError):
            store.open_grant(kid, changed, grant_info(names=KEYS, kid=hybrid, **PLACE))
