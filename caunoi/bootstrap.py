"""The composition root: from settings and a home to a hub or a node that works. Knows all rooms; decides nothing."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psycopg
from fastapi import FastAPI
from psycopg import sql
from psycopg.conninfo import make_conninfo

from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.settings import Settings
from domain.rules import current
from hub import api as hub_api
from hub.head import Head
from hub.intake import Intake
from hub.log.application import HubApplication, environment
from hub.log.guards import check_schema, check_server, single_hub
from hub.log.migrate import migrate
from hub.sharing import Sharing
from node.hub_client import HubClient
from node.node import Node
from node.store import Store, connect
from projections.postgres import PostgresRows
from sealing import files
from sealing.encoding import from_base64url, to_base64url
from sealing.keystore import FileKeyStore
from sealing.master_keys import FileMasterKey, MasterKeySource, master_key_source
from sealing.shredding import ShredKeys

WRITER, ERASER, FOLLOWER = "caunoi_writer", "caunoi_eraser", "caunoi_follower"
HUB = "hub"


# -- keys ----------------------------------------------------------------------------------------------------------


def key_source(settings: Settings, beside: Path) -> MasterKeySource:
    """Where the key of a key store comes from; `file:` means a file beside it, made at first start."""
    scheme, _, rest = settings.kek.partition(":")
    if scheme == "file" and not rest:
        source = FileMasterKey(beside)
        if not beside.exists():
            source.create()
        return source
    if scheme == "file":
        return FileMasterKey(Path(rest))
    if scheme == "pass-file":
        return master_key_source("pass:", ask=lambda: Path(rest).read_text("utf-8").rstrip("\n"))
    return master_key_source("pass:", ask=lambda: getpass.getpass("Mật khẩu kho khóa: "))


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


def open_shred_keys(path: Path) -> ShredKeys:
    """Open a store of one key for each case; make it where there is none."""
    master = path.with_suffix(".master")
    return ShredKeys(path, master) if master.exists() else ShredKeys.create(path, master)


def pinned(home: Home) -> dict[str, Any]:
    """The public keys an auditor pins: registrar and hub, each {kid, public}."""
    found: dict[str, Any] = json.loads(home.auditor_keys.read_text("utf-8"))
    return found


def make_founding_keys(settings: Settings, home: Home) -> None:
    """The registrar's and the hub's keys, and the file of public ones that auditors pin."""
    registrar = open_keystore(settings, home.registrar_keystore, home.registrar_kek, agency="registrar", seals=False)
    hub = open_keystore(settings, home.hub.keystore, home.hub.kek, agency=HUB, seals=False)
    public = {
        name: {"kid": store.kids("sign")[0], "public": to_base64url(store.public(store.kids("sign")[0]))}
        for name, store in (("registrar", registrar), ("hub", hub))
    }
    files.replace_private(home.auditor_keys, json.dumps(public, indent=1).encode())


# -- the hub -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub that works: its intake and its web application."""

    intake: Intake
    app: FastAPI


def prepare_database(dsn: str) -> None:
    """Bring the database to the hub's schema."""
    with psycopg.connect(dsn) as connection:
        migrate(connection)


@contextlib.contextmanager
def open_hub(settings: Settings, home: Home, dsn: str) -> Iterator[Hub]:
    """Check what must hold, become the one hub of this database, and build it.

    Raises:
        StartRefusedError: an unsafe setting, another schema, or a second hub.
    """
    with contextlib.ExitStack() as stack:
        guard = stack.enter_context(psycopg.connect(make_conninfo(dsn, user=WRITER), autocommit=True))
        check_server(guard)
        check_schema(guard)
        single_hub(guard)
        application = stack.enter_context(HubApplication(environment(make_conninfo(dsn), user=WRITER)))
        keystore = open_keystore(settings, home.hub.keystore, home.hub.kek, agency=HUB, seals=False)
        shred_keys = stack.enter_context(open_shred_keys(home.hub.shred_keys))
        keys = pinned(home)
        intake = Intake(
            head=Head(application),
            shred_keys=shred_keys,
            signer=keystore,
            sign_as=keystore.kids("sign")[-1],
            rules=current(),
            registrar=keys["registrar"]["kid"],
            eraser=lambda hashes: erase_grants(dsn, hashes),
        )
        registrar_public = from_base64url(keys["registrar"]["public"])
        app = hub_api.create(
            intake, Sharing(intake), registrar_public=registrar_public, clock=lambda: int(time.time())
        )
        yield Hub(intake, app)


def erase_grants(dsn: str, hashes: Sequence[str]) -> None:
    """Delete grants that no longer stand, as the role that may."""
    with psycopg.connect(make_conninfo(dsn, user=ERASER), autocommit=True) as connection:
        connection.execute("DELETE FROM hub.grants WHERE hash = ANY(%s)", ([bytes.fromhex(h) for h in hashes],))


# -- a node --------------------------------------------------------------------------------------------------------


def schema_of(agency: str) -> str:
    """The schema and role of one agency's own tables."""
    return "node_" + agency.replace("-", "_")


def prepare_node_role(dsn: str, agency: str) -> None:
    """A role of its own for each node, that owns its own schema and nothing else."""
    name = sql.Identifier(schema_of(agency))
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (schema_of(agency),)).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE {}").format(name, sql.Identifier(FOLLOWER)))
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(name, name))


def node_secrets(home: Home, agency: str) -> tuple[bytes, bytes]:
    """The node's tag key and quarantine key, 32 bytes each, made at first start."""
    path = home.node(agency).root / "tag-keys"
    if not path.exists():
        files.create_private(path, os.urandom(64))
    secret = files.read_private(path)
    return secret[:32], secret[32:]


@contextlib.contextmanager
def open_node(
    settings: Settings, home: Home, dsn: str, *, agency: str, client: httpx.Client
) -> Iterator[Node]:
    """Build one agency's node over its own schema, and fold what its feed already has."""
    place = home.prepare_node(agency)
    with contextlib.ExitStack() as stack:
        keystore = open_keystore(settings, place.keystore, place.kek, agency=agency)
        view_keys = stack.enter_context(open_shred_keys(place.view_keys))
        role = schema_of(agency)
        connection = stack.enter_context(connect(make_conninfo(dsn, user=role), schema=role))
        tag_key, quarantine_key = node_secrets(home, agency)
        node = Node(
            agency=agency,
            keystore=keystore,
            hub=HubClient(client, agency=agency, keystore=keystore, now=lambda: int(time.time())),
            store=Store(connection),
            rows=PostgresRows(connection, keys=view_keys),
            rules=current(),
            tag_key=tag_key,
            quarantine_key=quarantine_key,
            hub_key=from_base64url(pinned(home)["hub"]["public"]),
            random=os.urandom,
            now=lambda: time.time_ns() // 1000,
        )
        node.start()
        yield node


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
