"""Everything on one machine: PostgreSQL, the hub and the hosted nodes as separate processes, members registered.

Where agencies go over Kafka, its door beside the hub, and a broker unless one is set.

Needs POSIX. What an agency runs alone is `caunoi.serving_node`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import httpx2 as httpx

from caunoi.bootstrap import HUB, make_founding_keys, open_intake_keys, open_keystore
from caunoi.broker.running import check_programs, find_java, free_port
from caunoi.database import open_database
from caunoi.errors import UnavailableError
from caunoi.founding import check_log, register
from caunoi.home import Home
from caunoi.listening import plain
from caunoi.locks import FileLock
from caunoi.made_up import seeded_registrar
from caunoi.members import Member, example_members
from caunoi.officers import NodeClient
from caunoi.operating_log import LOG
from caunoi.processes import Child, Supervisor
from caunoi.public_keys import of_store
from caunoi.roles import prepare_database, prepare_node_role
from caunoi.settings import Settings
from domain.wording import say
from node.ids import random_id

Door = Literal["http", "kafka", "bundles"]
BROKER, KAFKA = "broker", "kafka"
NODES_AT_ONCE = 4  # nodes that start side by side; most of a start is loading programs


@dataclass(slots=True)
class Deployment:
    """What runs: the supervisor of hub and nodes, the database, and a client for each node."""

    settings: Settings
    home: Home
    dsn: str
    supervisor: Supervisor
    members: tuple[Member, ...]
    first: bool
    doors: Mapping[str, Door] = field(default_factory=dict)
    """Agency → how its statements go out and its feed comes in; as set where it is not named."""
    seed: int | None = None
    own_broker: bool = False
    _clients: dict[tuple[str, str], NodeClient] = field(default_factory=dict)

    def start_core(self) -> None:
        """Start the hub and register who is missing; beside it a broker and the Kafka door, where there are to be."""
        with ThreadPoolExecutor(1) as pool:
            broker = pool.submit(self.start_broker)
            self.start_hub()
            self.found()
            broker.result()
        self.start_kafka()

    def start_hub(self) -> None:
        """Start the hub's process."""
        self.supervisor.start(self._child(HUB, "hub", log=self.home.hub.log))

    def start_node(self, agency: str) -> None:
        """Start one agency's process."""
        self.home.prepare_node(agency)
        place = self.home.node(agency)
        seed = () if self.seed is None else ("--seed", str(self.seed))
        child = self._child(f"node-{agency}", "node", agency, *seed, log=place.log)
        over = {"CAUNOI_NODE_OVER": self.doors[agency]} if agency in self.doors else {}
        self.supervisor.start(replace(child, scratch=place.taking, environment={**child.environment, **over}))

    def start_nodes(self, agencies: Sequence[str]) -> None:
        """Start several agencies' processes, some at once; returns when all are ready."""
        for agency in agencies:
            prepare_node_role(self.dsn, agency)
        with ThreadPoolExecutor(NODES_AT_ONCE) as pool:
            for _ in pool.map(self.start_node, agencies):
                pass

    def start_broker(self) -> None:
        """Start a Kafka broker of our own, if there is to be one; what it was given last time is there."""
        if not self.own_broker or self.settings.kafka is None:
            return
        self.home.make_private(self.home.kafka)
        port, port_file = self.settings.kafka.rpartition(":")[2], self.home.port_file(BROKER)
        child = self._child(BROKER, log=self.home.run / "broker.log")
        asked = ("-m", "caunoi.broker", str(self.home.kafka), "--port", port, "--port-file", str(port_file))
        path = {"PATH": f"{Path(find_java()).parent}:{child.environment['PATH']}"}
        self.supervisor.start(
            replace(
                child,
                arguments=(sys.executable, *asked, "--supervised"),
                environment={**child.environment, **path},
                ready=lambda _port: True,  # it writes its port down once the broker answers
            )
        )

    def start_kafka(self) -> None:
        """Make the topics, and start the Kafka door's process, if anybody goes over Kafka."""
        if KAFKA not in self.doors.values():
            return
        from caunoi.kafka.topics import administered, wanted  # noqa: PLC0415 - its library is large; few go over Kafka

        with administered(self.settings) as administration:
            administration.apply(wanted(self.settings.kafka_nodes))
        self.supervisor.start(self._child(KAFKA, KAFKA, log=self.home.hub.kafka_log))

    def node(self, agency: str, *, officer: str = "officer") -> NodeClient:
        """The client of one agency's node for one officer; it is closed with the deployment."""
        key = (agency, officer)
        if key not in self._clients:
            self._clients[key] = NodeClient(self.settings, self.home, agency=agency, officer=officer)
        return self._clients[key]

    def ports(self) -> dict[str, int]:
        """Where hub and nodes listen on loopback, by the name of the process."""
        return {file.stem: int(file.read_text("ascii")) for file in sorted(self.home.run.glob("*.port"))}

    def close_clients(self) -> None:
        """Let go of all clients."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def found(self) -> None:
        """Genesis and registrations that are missing; the registrar signs them."""
        keys = {}
        for member in self.members:
            place = self.home.prepare_node(member.id)
            keys[member.id] = of_store(open_keystore(self.settings, place.keystore, place.kek, agency=member.id))
        port = int(self.home.port_file(HUB).read_text("ascii"))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, verify=plain()) as client:
            intake = of_store(open_intake_keys(self.settings, self.home))
            ids = random_id if self.seed is None else seeded_registrar(self.settings, self.home, self.seed)
            register(self.settings, self.home, client, members=self.members, keys=keys, intake=intake, ids=ids)

    def _child(self, name: str, *arguments: str, log: Path) -> Child:
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
            log=log,
            port_file=self.home.port_file(name),
            pid_file=self.home.pid_file(name),
            ready_within=self.settings.start_within,
        )


def _awaken_database(settings: Settings, home: Home) -> None:
    """See that the database answers; an embedded server that has ended is started again.

    It outlives this call because whoever deployed uses it too.
    """
    with open_database(settings, home):
        pass


def _tell(settings: Settings, name: str, status: int) -> None:
    if settings.log_format == "json":
        LOG.warning("child_restarted", name=name, status=status)
    else:
        print(say("child_restarted", settings.lang, name=name, status=status), file=sys.stderr, flush=True)


@contextlib.contextmanager
def alone(home: Home) -> Iterator[None]:
    """Be the one program that runs hub and nodes of this home.

    Raises:
        UnavailableError: another one does.
    """
    lock = FileLock(home.run / "deployment.lock")
    if not lock.try_hold():
        raise UnavailableError("deployment_running")
    try:
        yield
    finally:
        lock.release()


def _prepare_database(settings: Settings, home: Home, dsn: str) -> None:
    """Bring the database to the hub's schema; one that is somebody else's is left as it is.

    Raises:
        SettingsError: the database that is named holds the log of another home.
    """
    if settings.database_url is not None:
        check_log(dsn, home)
    prepare_database(dsn)


def _with_kafka(settings: Settings, doors: Mapping[str, Door]) -> tuple[Settings, bool]:
    """The settings by which these agencies find Kafka; whether the broker is to be ours.

    Raises:
        BrokerError: it is, and there is nothing to start it with.
    """
    nodes = {agency: (agency,) for agency, door in doors.items() if door == KAFKA}
    if not nodes:
        return settings, False
    own = settings.kafka is None
    if own:
        check_programs()
    address = f"127.0.0.1:{free_port()}" if own else settings.kafka
    return settings.model_copy(update={"kafka": address, "kafka_nodes": nodes}), own


@contextlib.contextmanager
def deployed(
    settings: Settings,
    *,
    nodes: Sequence[str] | None = None,
    starting: Callable[[], None] = lambda: None,
    doors: Mapping[str, Door] = MappingProxyType({}),
    seed: int | None = None,
) -> Iterator[Deployment]:
    """Run everything for as long as the block lasts; its end leaves nothing running.

    Args:
        nodes: which agencies' nodes to start; None starts all but the auditor's.
        starting: called once it is certain that nothing runs on this home.
        doors: agency → how it is reached, for those that are not as set.
        seed: of the worked example, whose ids are derived from it.

    Raises:
        BrokerError: somebody goes over Kafka, and there is nothing to start a broker with.
        SettingsError: the database that is named holds the log of another home.
        UnavailableError: something does not start, or runs on this home already.
    """
    settings, own_broker = _with_kafka(settings, doors)
    home = Home(settings.home)
    first = home.prepare()
    with contextlib.ExitStack() as stack:
        stack.enter_context(alone(home))
        starting()
        dsn = stack.enter_context(open_database(settings, home))
        supervisor = stack.enter_context(
            Supervisor(beneath=lambda: _awaken_database(settings, home), told=lambda *ended: _tell(settings, *ended))
        )
        make_founding_keys(settings, home)
        _prepare_database(settings, home, dsn)
        members = example_members()
        made = Deployment(settings, home, dsn, supervisor, members, first, doors, seed, own_broker)
        stack.callback(made.close_clients)
        made.start_core()
        made.start_nodes([m.id for m in members if m.kind.value != "auditor"] if nodes is None else list(nodes))
        yield made
