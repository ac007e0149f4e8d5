"""A sandbox for a vendor: hub, the worked example's agencies without their nodes, a broker, and an agency to speak as.

Nothing of it is anybody's: its home is one of its own, and it is thrown away at will.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2 as httpx

from caunoi.bootstrap import HUB, hub_url, pinned
from caunoi.connect import agency_file
from caunoi.connect.agency_file import AgencyFile, Hub, Reader, new_own, public_of, store_of
from caunoi.connect.feed import followed, mechanism_of
from caunoi.deployment import Deployment, deployed
from caunoi.errors import SettingsError
from caunoi.founding import register
from caunoi.members import Member
from caunoi.settings import Settings
from domain.directory import Directory
from domain.rules import current
from domain.statements import AgencyKind, CaseNotified
from node.hub_client import HubClient
from node.routing import told

AGENCY: Final = "phan-mem-thu"
FILE: Final = "agency.json"
NAMES: Final = {"vi": "Phần mềm thử – giả định", "en": "Software on trial – made up", "from": "2012-01-01"}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One that runs: the vendor's file, and what keeps it running until Ctrl-C."""

    file: Path
    watch: Callable[[], None]


def at_home(settings: Settings) -> Settings:
    """The settings of the sandbox that belongs to these: a home inside the home, and no other place that is set."""
    return settings.made_up(settings.home / "sandbox").model_copy(update={"kafka_nodes": {AGENCY: (AGENCY,)}})


@contextmanager
def sandbox(settings: Settings, *, kafka: bool) -> Iterator[Sandbox]:
    """Run one for as long as the block lasts; `settings` are those of `at_home`.

    Raises:
        BrokerError: it is to have Kafka, and there is nothing to start a broker with.
        UnavailableError: something does not start, or runs already.
    """
    with deployed(settings, nodes=(), doors={AGENCY: "kafka"} if kafka else {}) as deployment:
        path = deployment.home.root / FILE
        member = Member(id=AGENCY, kind=AgencyKind.POLICE, place="38", names=(NAMES,))
        try:
            before = agency_file.read(path)
            sign, seal = before.sign, before.seal
        except SettingsError:
            sign, seal = new_own("sign"), new_own("seal")
        with httpx.Client(base_url=hub_url(deployment.settings, deployment.home), timeout=60) as client:
            keys = {AGENCY: public_of(sign, seal)}
            register(deployment.settings, deployment.home, client, members=[member], keys=keys, intake=())
            hub = HubClient(client, agency=AGENCY, keystore=store_of(AGENCY, sign, seal), now=lambda: int(time.time()))
            directory = mechanism_of(followed(hub)).directory
        agency_file.write(path, _file(deployment, sign, seal, readers_of(directory)))
        yield Sandbox(path, deployment.supervisor.watch)


def _file(
    deployment: Deployment, sign: agency_file.Own, seal: agency_file.Own, readers: tuple[Reader, ...]
) -> AgencyFile:
    address = deployment.settings.kafka if deployment.doors else None
    hub = pinned(deployment.home)[HUB]
    return AgencyFile(
        agency=AGENCY,
        node=AGENCY,
        sign=sign,
        seal=seal,
        hub=Hub(url=hub_url(deployment.settings, deployment.home), **hub),
        readers=readers,
        kafka={"bootstrap.servers": address} if address else {},
    )


def readers_of(directory: Directory) -> tuple[Reader, ...]:
    """Whom the law wants told when this agency notifies of somebody rescued."""
    kind = str(CaseNotified.__struct_config__.tag)
    found = []
    for receiver, notice in told(kind, {"pathway": "rescued"}, {}, agency=AGENCY, directory=directory, rules=current()):
        key = directory.sealing_key(receiver)
        found.append(Reader(receiver, key.kid, key.suite, key.public, notice.law))
    return tuple(found)
