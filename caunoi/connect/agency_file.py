"""The file a vendor's client works from: who it is in a sandbox, with private keys in the clear, and where things are.

Only a sandbox writes one. A real agency's keys are made in its own key store and never leave it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from caunoi.errors import SettingsError
from caunoi.public_keys import PublicKey
from sealing import files
from sealing.encoding import to_base64url
from sealing.errors import KeyStoreError
from sealing.keystore import MemoryKeyStore, Use
from sealing.suites import new_private

ABOUT = "DỮ LIỆU GIẢ ĐỊNH. Private keys of a sandbox, in the clear: for no real data."
SUITES: dict[Use, str] = {"sign": "ed25519", "seal": "mlkem768x25519"}


class Own(msgspec.Struct, frozen=True):
    """One key pair; `private` is hex as `sealing.suites` writes it, `public` base64url."""

    kid: str
    suite: str
    private: str
    public: str


class Reader(msgspec.Struct, frozen=True):
    """Whom the law wants told of a notice, on which ground, and the key to wrap for."""

    agency: str
    kid: str
    suite: str
    public: str
    law: str


class Hub(msgspec.Struct, frozen=True):
    """The hub: its address over HTTP, and the key with which it signs its answers."""

    url: str
    kid: str
    public: str


class AgencyFile(msgspec.Struct, frozen=True):
    """Everything a client needs. `kafka` holds client options by their usual names; empty where there is no Kafka."""

    agency: str
    node: str
    sign: Own
    seal: Own
    hub: Hub
    readers: tuple[Reader, ...] = ()
    kafka: dict[str, str] = {}
    about: str = ABOUT


def new_own(use: Use) -> Own:
    """Make a key pair for one use."""
    suite = SUITES[use]
    private = new_private(suite)
    store = MemoryKeyStore("")
    kid = store.add_key(use=use, suite=suite, private=private)
    return Own(kid, suite, private.hex(), to_base64url(store.public(kid)))


def store_of(agency: str, sign: Own, seal: Own) -> MemoryKeyStore:
    """The keys of the file, in use."""
    store = MemoryKeyStore(agency)
    store.add_key(use="sign", suite=sign.suite, private=bytes.fromhex(sign.private))
    store.add_key(use="seal", suite=seal.suite, private=bytes.fromhex(seal.private))
    return store


def public_of(sign: Own, seal: Own) -> tuple[PublicKey, ...]:
    """The public halves, as a registrar takes them."""
    return (
        PublicKey(sign.kid, "sign", sign.suite, sign.public),
        PublicKey(seal.kid, "seal", seal.suite, seal.public),
    )


def read(path: Path) -> AgencyFile:
    """Read one.

    Raises:
        SettingsError: there is none, or it is damaged.
    """
    try:
        found = msgspec.json.decode(files.read_private(path), type=AgencyFile)
        store_of(found.agency, found.sign, found.seal)
    except (KeyStoreError, ValueError, msgspec.MsgspecError):
        raise SettingsError("connect_no_agency_file") from None
    return found


def write(path: Path, file: AgencyFile) -> None:
    """Write one, for its owner alone."""
    files.replace_private(path, msgspec.json.format(msgspec.json.encode(file)))
