"""From settings and a home to keys and the hub's address. `hubside` puts a hub together, `nodeside` a node."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path
from typing import Any

from caunoi.errors import SettingsError, UnavailableError
from caunoi.home import Home
from caunoi.settings import Settings
from sealing import files
from sealing.encoding import to_base64url
from sealing.keystore import FileKeyStore
from sealing.master_keys import FileMasterKey, MasterKeySource, PassphraseMasterKey
from sealing.shredding import ShredKeys

HUB = "hub"
REGISTRAR = "registrar"
INTAKE = "intake"
INTAKE_SUITE = "mlkem768x25519"


# -- keys ----------------------------------------------------------------------------------------------------------


def key_source(settings: Settings, beside: Path) -> MasterKeySource:
    """Where the key of a key store comes from; `file:` means a file beside it, made at first start.

    What it gives raises SettingsError once it is asked for a password whose file cannot be read.
    """
    scheme, _, rest = settings.kek.partition(":")
    if scheme == "file" and not rest:
        source = FileMasterKey(beside)
        if not beside.exists():
            source.create()
        return source
    if scheme == "file":
        return FileMasterKey(Path(rest))
    if scheme == "pass-file":
        return PassphraseMasterKey(lambda: _password_in(Path(rest)))
    return PassphraseMasterKey(lambda: getpass.getpass("Mật khẩu kho khóa: "))


def _password_in(file: Path) -> str:
    try:
        return file.read_text("utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        raise SettingsError("cli_password_unreadable") from None


def open_keystore(settings: Settings, path: Path, kek: Path, *, agency: str, seals: bool = True) -> FileKeyStore:
    """Open a key store; make it with its keys where there is none."""
    source = key_source(settings, kek)
    if path.exists():
        return FileKeyStore(path, source)
    store = FileKeyStore.create(path, agency=agency, source=source)
    store.add_key(use="sign", suite="ed25519")
    if seals:
        store.add_key(use="seal", suite="mlkem768x25519")
    return store


def open_intake_keys(settings: Settings, home: Home) -> FileKeyStore:
    """The store of the key that opens what is carried to the hub; made with its key where there is none."""
    path, source = home.hub.intake_keystore, key_source(settings, home.hub.intake_kek)
    if path.exists():
        return FileKeyStore(path, source)
    store = FileKeyStore.create(path, agency=HUB, source=source)
    store.add_key(use="seal", suite=INTAKE_SUITE)
    return store


def open_shred_keys(path: Path, *, shared: bool = False) -> ShredKeys:
    """Open a store of one key for each case, alone or with other processes; make it where there is none."""
    master = path.with_suffix(".master")
    return ShredKeys(path, master, shared=shared) if master.exists() else ShredKeys.create(path, master, shared=shared)


def pinned(home: Home) -> dict[str, Any]:
    """The public keys that are pinned: registrar, hub, and the hub's for bundles (`intake`), each {kid, public}.

    Raises:
        UnavailableError: none are pinned in this home.
    """
    try:
        found: dict[str, Any] = json.loads(home.auditor_keys.read_text("utf-8"))
    except FileNotFoundError:
        raise UnavailableError("cli_no_keys") from None
    return found


def make_founding_keys(settings: Settings, home: Home) -> None:
    """The registrar's and the hub's keys, and the file of public ones that auditors pin."""
    registrar = open_keystore(settings, home.registrar_keystore, home.registrar_kek, agency=REGISTRAR, seals=False)
    hub = open_keystore(settings, home.hub.keystore, home.hub.kek, agency=HUB, seals=False)
    public = {
        name: {"kid": store.kids("sign")[0], "public": to_base64url(store.public(store.kids("sign")[0]))}
        for name, store in ((REGISTRAR, registrar), (HUB, hub))
    }
    intake = open_intake_keys(settings, home)
    newest = intake.kids("seal")[-1]
    public[INTAKE] = {"kid": newest, "public": to_base64url(intake.public(newest))}
    files.replace_private(home.auditor_keys, json.dumps(public, indent=1).encode())


# -- a node --------------------------------------------------------------------------------------------------------


def schema_of(agency: str) -> str:
    """The schema and role of one agency's own tables."""
    return "node_" + agency.replace("-", "_")


def node_secrets(home: Home, agency: str) -> tuple[bytes, bytes]:
    """The node's tag key and quarantine key, 32 bytes each, made at first start."""
    path = home.node(agency).root / "tag-keys"
    if not path.exists():
        files.create_private(path, os.urandom(64))
    secret = files.read_private(path)
    return secret[:32], secret[32:]


def hub_url(settings: Settings, home: Home) -> str:
    """Where the hub listens: as set, else as the hub we started wrote down.

    Raises:
        UnavailableError: no hub is known.
    """
    if settings.hub_url:
        return settings.hub_url
    try:
        return f"http://127.0.0.1:{int(home.port_file(HUB).read_text('ascii'))}"
    except (FileNotFoundError, ValueError):
        raise UnavailableError("hub_not_running") from None
