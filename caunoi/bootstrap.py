"""The composition root: from settings and a home to keys and a node that works. The hub is put together in `hubside`.

Knows all rooms but the hub's, which a node does not load; decides nothing.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2 as httpx
from psycopg.conninfo import make_conninfo

from caunoi.errors import SettingsError, UnavailableError
from caunoi.home import Home
from caunoi.settings import Settings
from domain.rules import current
from node.carried import Kept
from node.hub_client import HubClient
from node.ids import Ids, random_id
from node.node import Node
from node.paper_files import PaperFiles
from node.store import Store, connect
from projections.postgres import PostgresRows
from sealing import files
from sealing.encoding import from_base64url, to_base64url
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


@contextlib.contextmanager
def open_node(
    settings: Settings, home: Home, dsn: str, *, agency: str, client: httpx.Client, seed: int | None = None
) -> Iterator[Node]:
    """Build one agency's node over its own schema, and fold what its feed already has. With a seed, ids come from it.

    Raises:
        SettingsError: not everybody is made up here.
    """
    ids = None if seed is None else _seeded(settings, home, agency=agency, seed=seed)
    place = home.prepare_node(agency)
    with contextlib.ExitStack() as stack:
        keystore = open_keystore(settings, place.keystore, place.kek, agency=agency)
        stack.enter_context(files.locked(place.root / "node"))  # one process sends; others may keep views beside it
        view_keys = stack.enter_context(open_shred_keys(place.view_keys, shared=True))
        role = schema_of(agency)
        connection = stack.enter_context(connect(make_conninfo(dsn, user=role), schema=role))
        tag_key, quarantine_key = node_secrets(home, agency)
        store = Store(connection)
        keys = pinned(home)
        node = Node(
            agency=agency,
            keystore=keystore,
            hub=HubClient(client, agency=agency, keystore=keystore, now=lambda: int(time.time())),
            store=store,
            rows=PostgresRows(connection, keys=view_keys),
            paper_files=PaperFiles(store.attachments, keys=view_keys),
            rules=current(),
            tag_key=tag_key,
            quarantine_key=quarantine_key,
            hub_key=from_base64url(keys[HUB]["public"]),
            kept=Kept(connection, keys=view_keys),
            intake_key=from_base64url(keys[INTAKE]["public"]) if INTAKE in keys else None,
            now=lambda: time.time_ns() // 1000,
            ids=random_id if ids is None else ids(store.is_made),
        )
        if settings.node_over == "kafka":
            _go_over_kafka(settings, node, stack)
        node.start()
        yield node


def _go_over_kafka(settings: Settings, node: Node, stack: contextlib.ExitStack) -> None:
    from caunoi.kafka.node import over_kafka  # noqa: PLC0415 - its library is large; not all nodes need it

    node.way = way = over_kafka(settings, node)
    stack.callback(way.close)


def _seeded(settings: Settings, home: Home, *, agency: str, seed: int) -> Callable[[Callable[[str], bool]], Ids]:
    from caunoi.made_up import SeededIds, check_made_up  # noqa: PLC0415 - a node of somebody real never loads it

    check_made_up(settings, home, author=agency)
    return partial(SeededIds, seed, agency)


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
