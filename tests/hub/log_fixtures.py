"""Fixtures for tests of the log: a migrated database, the application as the writer's role, made-up entries."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.log.application import HubApplication, environment
from hub.log.migrate import migrate
from hub.log.records import LockedGrant, NewEntry
from ledger import entry as entries
from tests.conftest import Databases

KID = "0a" * 16
RULES = "5f" * 32


def migrated(dsn: str) -> None:
    """Bring an empty database to the hub's schema."""
    with psycopg.connect(dsn) as connection:
        migrate(connection)


@pytest.fixture
def hub_dsn(databases: Databases) -> Iterator[str]:
    """Give a fresh hub database, named as a superuser."""
    dsn = databases.fresh(databases.template("hub", migrated))
    yield dsn
    databases.drop(dsn)


@dataclass
class Clock:
    """A clock a test sets."""

    now: int = 1_700_000_000_000_000

    def __call__(self) -> int:
        """Give the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give the clock of `application`."""
    return Clock()


@pytest.fixture
def application(hub_dsn: str, clock: Clock) -> Iterator[HubApplication]:
    """Give the log, as the hub runs it."""
    with HubApplication(environment(hub_dsn, user="caunoi_writer"), clock=clock) as made:
        yield made


@dataclass
class Stream:
    """Made-up entries of one case."""

    id: UUID = field(default_factory=uuid4)
    version: int = 0

    def entry(self, recorded: int, *, body: bytes | None = None, **changes: Any) -> NewEntry:
        """Make the stream's next entry."""
        self.version += 1
        statement = os.urandom(16).hex()
        header = b'{"type":"case.notified","id":"%s"}' % statement.encode()
        bodies: Mapping[bytes, bytes] = {} if body is None else {sha256(body).digest(): body}
        made: dict[str, Any] = {
            "originator_id": self.id,
            "originator_version": self.version,
            "type": "case.notified",
            "entry": entries.build(header=header, signatures=((KID, os.urandom(64)),), recorded=recorded, rules=RULES),
            "statement_id": statement,
            "statement_hash": sha256(header).digest(),
            "author": "police-th",
            "kid": KID,
            "bodies": bodies,
            "audience": ("police-th",),
        }
        return NewEntry(**{**made, **changes})


def grant(grantee: str = "labour-th") -> LockedGrant:
    """Make a locked grant of noise."""
    return LockedGrant(hash=os.urandom(32), locked=os.urandom(200), grantee=grantee)


def append(application: HubApplication, *streams: Stream, **changes: Any) -> list[NewEntry]:
    """Append one entry for each stream, in one transaction."""
    with application.recorder.appending() as appending:
        made = [stream.entry(appending.recorded, **changes) for stream in streams]
        application.append(*made)
    return made


TABLES = (
    "stored_events", "log", "bodies", "grants", "feeds", "refusals", "attachments", "attachment_pieces", "attached",
)  # fmt: skip


def counts(dsn: str) -> dict[str, int]:
    """Count the rows of every table."""
    with psycopg.connect(dsn) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM hub.{table}").fetchall()[0][0] for table in TABLES}


def check_whole(dsn: str) -> int:
    """Check that index and feeds are dense, and each log row has its event; give the size."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT log_index, leaf, state, recorded FROM hub.log JOIN hub.stored_events"
            " USING (notification_id, originator_id, originator_version) ORDER BY notification_id"
        ).fetchall()
        feeds = connection.execute("SELECT agency, count(*), max(number) FROM hub.feeds GROUP BY agency").fetchall()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert all(entries.leaf_hash(state) == leaf for _, leaf, state, _ in rows)
    assert all(entries.parse(state).recorded == recorded for _, _, state, recorded in rows)
    assert [row[3] for row in rows] == sorted(row[3] for row in rows)
    assert all(count == last for _, count, last in feeds)
    assert counts(dsn)["stored_events"] == counts(dsn)["log"] == len(rows)
    return len(rows)
