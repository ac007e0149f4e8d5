"""Hub and one node as they are served, in this process, over a made-up story (DỮ LIỆU GIẢ ĐỊNH)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from domain.rules import current
from domain.statements import AgencyKind
from hub import api as hub_api
from node import api as node_api
from node.hub_client import HubClient
from node.node import Node
from node.officer import AUDIENCE as NODE
from node.paper_files import PaperFiles
from node.store import Store, connect
from projections.rows import MemoryRows
from sealing.keystore import MemoryKeyStore
from sealing.shredding import ShredKeys
from sealing.tokens import Kind, issue
from tests.conftest import Databases
from tests.hub.log_fixtures import migrated
from tests.world import BORDER, LABOUR, POLICE, REGISTRAR, WOMEN, World, story

STRANGER, AUDITOR = "yt-nghe-an", "kiem-toan"
OFFICER = "0123456789abcdef"
CONTRACTS = Path(__file__).parents[2] / "contracts"
AGENCIES = (REGISTRAR, POLICE, BORDER, LABOUR, WOMEN, STRANGER, AUDITOR)


@dataclass
class Served:
    """A hub with a story, the police's node, and clients that see a 500 instead of an exception."""

    world: World
    case: str
    hub_app: FastAPI
    node_app: FastAPI
    police: Node
    hub: TestClient = field(init=False)
    node: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.hub = TestClient(self.hub_app, raise_server_exceptions=False, follow_redirects=False)
        self.node = TestClient(self.node_app, raise_server_exceptions=False, follow_redirects=False)

    def keys(self, agency: str) -> MemoryKeyStore:
        """An agency's keys."""
        return self.world.registrar if agency == REGISTRAR else self.world[agency].keystore

    def token(self, agency: str, **changes: Any) -> str:
        """A token of an agency for the hub, or what the changes make of it."""
        keys = changes.pop("keys", None) or self.keys(agency)
        made = {
            "kind": Kind.AGENCY, "agency": agency, "kid": keys.kids("sign")[-1], "audience": hub_api.AUDIENCE,
            "now": self.world.now() // 1_000_000, "signer": keys,
        }  # fmt: skip
        return issue(**{**made, **changes})

    def officer(self, **changes: Any) -> str:
        """A token of an officer of the police for their node, or what the changes make of it."""
        made = {"kind": Kind.OFFICER, "audience": NODE, "officer": OFFICER}
        return self.token(changes.pop("agency", POLICE), **{**made, **changes})

    def as_(self, agency: str) -> dict[str, str]:
        """The header an agency sends to the hub."""
        return bearer(self.token(agency))

    def as_officer(self) -> dict[str, str]:
        """The header an officer sends to the node."""
        return bearer(self.officer())


def bearer(token: str) -> dict[str, str]:
    """The header a token travels in."""
    return {"Authorization": f"Bearer {token}"}


def contract(name: str) -> dict[str, Any]:
    """A contract as it is committed."""
    found: dict[str, Any] = json.loads((CONTRACTS / f"{name}.openapi.json").read_text("utf-8"))
    return found


def serve_hub(world: World) -> FastAPI:
    """The hub's application over a world."""
    public = world.registrar.public(world.registrar_kid)
    return hub_api.create(world.intake, world.sharing, registrar_public=public, clock=lambda: world.now() // 1_000_000)


@pytest.fixture(scope="module")
def served(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Hub and node after the story, and two agencies that no case is shared with."""
    with served_on(databases, tmp_path_factory.mktemp("world")) as made:
        yield made
    databases.drop(made.world.dsn)


@contextmanager
def served_on(databases: Databases, directory: Path) -> Iterator[Served]:
    """The same on a database of some server; its connections are closed at the end."""
    dsn = databases.fresh(databases.template("hub", migrated))
    with World(dsn, directory / "hub") as world:
        more = world.add_agency(STRANGER, AgencyKind.LABOUR, place="40") + world.add_agency(AUDITOR, AgencyKind.AUDITOR)
        world.send(REGISTRAR, *more)
        case = story(world)
        hub_app = serve_hub(world)
        keys = world[POLICE].keystore
        views = ShredKeys.create(directory / "views", directory / "views-master")
        with (
            TestClient(hub_app, base_url="http://hub") as client,
            connect(dsn, schema="node_of_tests") as connection,
            views,
        ):
            store = Store(connection)
            node = Node(
                agency=POLICE,
                keystore=keys,
                hub=HubClient(client, agency=POLICE, keystore=keys, now=lambda: world.now() // 1_000_000),
                store=store,
                paper_files=PaperFiles(store.attachments, keys=views),
                rows=MemoryRows(),
                rules=current(),
                tag_key=os.urandom(32),
                quarantine_key=os.urandom(32),
                hub_key=world.hub_public,
                now=world.now,
            )
            node.start()
            node.sync()
            node_app = node_api.create(node, clock=lambda: world.now() // 1_000_000, today=lambda: date(2026, 11, 5))
            made = Served(world, case, hub_app, node_app, node)
            with made.hub, made.node:  # one event loop each, not one for each request
                yield made
