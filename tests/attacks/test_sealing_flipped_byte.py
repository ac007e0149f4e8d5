"""Attack: every byte of every sealed object is changed once, and every object is cut at every length."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sealing import envelope, grants, locks, tokens
from sealing.encoding import KeyName, grant_info
from sealing.errors import BadSignatureError, CannotOpenError, SealingError, TokenError
from sealing.keystore import MemoryKeyStore
from sealing.sections import open_sealed, seal

KEY = bytes(range(32))
SECTION = {"case": "a1" * 16, "statement": "b2" * 16, "section": "identity", "author": "police-th"}
GRANT = {"case": "a1" * 16, "grantor": "police-th", "grantee": "health-th", "ground": "law:own"}
NAMES = {KeyName("identity", "police-th", 1): KEY}
STORE = MemoryKeyStore("health-th")
SIGN = STORE.add_key(use="sign", suite="ed25519")
SEAL = {suite: STORE.add_key(use="seal", suite=suite) for suite in ("x25519", "mlkem768x25519")}

Case = tuple[bytes, Callable[[bytes], object], type[SealingError]]


def section() -> Case:
    sealed = seal(b"words", data_key=KEY, epoch=1, **SECTION)
    return sealed, lambda data: open_sealed(data, data_key=KEY, epoch=1, **SECTION), CannotOpenError


def grant(suite: str) -> Case:
    kid = SEAL[suite]
    wrapped = grants.wrap(NAMES, kid=kid, public=STORE.public(kid), suite=suite, **GRANT)
    return wrapped, lambda data: grants.unwrap(data, store=STORE, names=NAMES, kid=kid, **GRANT), CannotOpenError


def locked() -> Case:
    info = grant_info(names=NAMES, kid=SEAL["x25519"], **GRANT)
    made = locks.lock(b"wrapped", shred_key=KEY, info=info)
    return made, lambda data: locks.unlock(data, shred_key=KEY, info=info), CannotOpenError


def signature() -> Case:
    signed = envelope.sign(b"line", kid=SIGN, signer=STORE)
    public = STORE.public(SIGN)
    return signed.sig, lambda data: envelope.verify(b"line", envelope.Signature(SIGN, data), public), BadSignatureError


def token() -> Case:
    made = tokens.issue(
        kind=tokens.Kind.AGENCY, agency="health-th", kid=SIGN, audience="hub-th", now=1000, signer=STORE
    )
    return made.encode(), lambda data: tokens.verify(
        data.decode("latin-1"), kind=tokens.Kind.AGENCY, audience="hub-th", now=1000,
        key_of=lambda kid: ("health-th", STORE.public(SIGN)) if kid == SIGN else None,
    ), TokenError  # fmt: skip


OBJECTS = [section, lambda: grant("x25519"), lambda: grant("mlkem768x25519"), locked, signature, token]
NAMED = ["section", "grant", "hybrid grant", "lock", "signature", "token"]


def changes(data: bytes) -> Iterator[bytes]:
    for position in range(len(data)):
        for mask in (0x01, 0x80, 0xFF):
            yield data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :]
        yield data[:position]
    yield data + b"\0"
    yield b"\0" + data


@pytest.mark.parametrize("make", OBJECTS, ids=NAMED)
def test_every_change_is_noticed(make: Callable[[], Case]) -> None:
    """What is whole opens; what is changed anywhere, or cut anywhere, raises exactly the declared error."""
    data, use, error = make()
    use(data)
    for changed in changes(data):
        with pytest.raises(error):
            use(changed)
