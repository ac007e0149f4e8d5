"""Everything on one machine: PostgreSQL, the hub and the hosted nodes as separate processes, members registered."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import httpx2 as httpx

from caunoi.bootstrap import (
    HUB,
    make_founding_keys,
    open_keystore,
    prepare_database,
    prepare_node_role,
)
from caunoi.database import ensure_database
from caunoi.home import Home
from caunoi.members import Member, Registrar, read_members
from caunoi.officers import NodeClient
from caunoi.postgres import open_server
from caunoi.processes import Child, Supervisor
from caunoi.settings import Settings
from node.hub_client import HubClient
from sealing.keystore import KeyStore


@dataclass(slots=True)
class Deployment:
    """What runs: the supervisor of hub and nodes, the database, and a client for each node."""

    settings: Settings
    home: Home
    dsn: str
    supervisor: Supervisor
    members: tuple[Member, ...]
    first: bool

    def start_hub(self) -> None:
        """Start the hub's process."""
        self.supervisor.start(self._child(HUB, "hub", log=self.home.hub.log))

    def start_node(self, agency: str) -> None:
        """Start one agency's process."""
        self.home.prepare_node(agency)
        log = self.home.node(agency).log
        self.supervisor.start(self._child(f"node-{agency}", "node", agency, log=log))

    def node(self, agency: str, *, officer: str = "officer") -> NodeClient:
        """A client of one agency's running node, with an officer's token."""
        return NodeClient(self.settings, self.home, agency=agency, officer=officer)

    def found(self) -> None:
        """Genesis and registrations that are missing; the registrar signs them."""
        keystore = open_keystore(
            self.settings, self.home.registrar_keystore, self.home.registrar_kek, agency="registrar", seals=False
        )
        registrar = Registrar("registrar", keystore)
        port = int(self.home.port_file(HUB).read_text("ascii"))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            hub = HubClient(client, agency="registrar", keystore=keystore, now=lambda: int(time.time()))
            if hub.head()["size"] == 0:
                hub.submit([registrar.genesis()])
            keys: dict[str, KeyStore] = {}
            for member in self.members:
                place = self.home.prepare_node(member.id)
                keys[member.id] = open_keystore(self.settings, place.keystore, place.kek, agency=member.id)
            missing = list(registrar.registrations(self.members, keys, hub.directory()))
            if missing:
                hub.submit(missing)

    def _child(self, name: str, *arguments: str, log: object) -> Child:
        from pathlib import Path

        environment = {
            **self.settings.environment(),
            "CAUNOI_DATABASE_URL": self.dsn,
            "PATH": "/usr/bin:/bin",
            "PYTHONUNBUFFERED": "1",
        }
        return Child(
            name=name,
            arguments=(sys.executable, "-m", "caunoi", *arguments, "--supervised"),
            environment=environment,
            directory=self.home.root,
            log=Path(str(log)),
            port_file=self.home.port_file(name),
            pid_file=self.home.pid_file(name),
            ready_within=self.settings.start_within,
        )


def example_members() -> tuple[Member, ...]:
    """The agencies of the worked example."""
    return read_members(files("caunoi.example").joinpath("members.toml").read_text("utf-8"))[1]


@contextlib.contextmanager
def deployed(settings: Settings, *, nodes: tuple[str, ...] | None = None) -> Iterator[Deployment]:
    """Run everything for as long as the block lasts; its end leaves nothing running.

    Args:
        nodes: which agencies' nodes to start; None starts all but the auditor's.
    """
    home = Home(settings.home)
    first = home.prepare()
    make_founding_keys(settings, home)
    with open_server(settings, home) as server, Supervisor() as supervisor:
        dsn = ensure_database(server.dsn, settings.database_name)
        prepare_database(dsn)
        members = example_members()
        made = Deployment(settings, home, dsn, supervisor, members, first)
        made.start_hub()
        made.found()
        hosted = [m.id for m in members if m.kind.value != "auditor"] if nodes is None else list(nodes)
        for agency in hosted:
            prepare_node_role(dsn, agency)
            made.start_node(agency)
        yield made
