"""Fixtures of the audit's tests: a story told once, kept as a template of databases and as a log in memory."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

import pytest

from audit.postgres import PostgresLogSource
from audit.sources import LogSource, MemoryLogSource
from audit.verify import Audit, Verified, verify
from hub.log.attachments import PIECE
from hub.log.records import Attachment, Waiting
from ledger.receipt import Receipt
from tests.conftest import Databases
from tests.hub.files import SCAN, name_of, naming, paper, sealed_file
from tests.hub.log_fixtures import migrated
from tests.world import POLICE, World, story


@dataclass
class Told:
    """A log with what an auditor and the agencies know of it; `world` has stopped, but its keys still sign."""

    world: World
    registrar_kid: str = ""
    hub_public: bytes = b""
    receipts: list[Receipt] = field(default_factory=list)
    root: str = ""
    template: str = ""
    log: MemoryLogSource = field(default_factory=lambda: MemoryLogSource([], [], [], []))

    def verify(self, source: LogSource) -> Verified:
        """Verify as an auditor who has all receipts."""
        return verify(source, registrar_kid=self.registrar_kid, hub_public=self.hub_public, receipts=self.receipts)

    def findings(self, source: LogSource) -> list[tuple[int, str]]:
        """All findings, as (index, code)."""
        audit = Audit(source, registrar_kid=self.registrar_kid, hub_public=self.hub_public, receipts=self.receipts)
        return [(finding.index, finding.code) for finding in audit.findings()]


@pytest.fixture(scope="session")
def told(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The story, told once for each module."""
    world = World("", tmp_path_factory.mktemp("world") / "hub")
    made = Told(world)

    def tell(dsn: str) -> None:
        migrated(dsn)
        world.dsn = dsn
        with world:
            story(world)
            _with_file(world)
        made.registrar_kid, made.hub_public = world.registrar_kid, world.hub_public
        made.receipts, made.root = world.receipts, world.intake.head.root()
        with PostgresLogSource(dsn) as source:
            made.log = MemoryLogSource.copy_of(source)

    # Every module that imports this fixture has a story of its own.
    made.template = databases.template(f"story {secrets.token_hex(8)}", tell)
    return made


def _with_file(world: World) -> None:
    """A statement that stands for a paper, with its file in several pieces, uploaded before."""
    police, file = world[POLICE], sealed_file(POLICE, SCAN * 20_000)
    pieces = [file[at : at + PIECE] for at in range(0, len(file), PIECE)]
    uploaded = Attachment(hash=name_of(file), agency=POLICE, length=len(file), received=world.now())
    assert world.application.attachments.keep(uploaded, pieces, most=Waiting(1, len(file)))
    world.accept(police, naming(police, paper(file)))


@pytest.fixture
def told_dsn(databases: Databases, told: Told) -> Iterator[str]:
    """A fresh database with the story, named as a superuser."""
    dsn = databases.fresh(told.template)
    yield dsn
    databases.drop(dsn)


@pytest.fixture
def log(told: Told) -> MemoryLogSource:
    """The story in memory, to be changed as one likes."""
    return deepcopy(told.log)
