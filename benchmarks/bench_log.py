"""Append and full intake beside the library's stock application saving one event at a time, on the same database.

append.single, append.batch   entries ready, one or 500 in a transaction, each with a body, a grant and two feeds
intake.batch                  submissions as bytes: read, verified, decided, appended, receipts signed
beside                        `PostgresApplication.save` of one aggregate event of like size, JSON, one at a time
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from uuid import UUID, uuid4

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import make_conninfo

from benchmarks.figures import Bench, Pair, rate
from caunoi.database import ensure_database
from domain import statements as s
from domain.statements import Section
from hub.log.application import environment
from hub.log.migrate import migrate
from hub.log.records import NewEntry
from tests.hub.log_fixtures import Stream, grant
from tests.world import POLICE, World, open_case, values

STOCK = "library's PostgresApplication.save, one event at a time"
SINGLES, BATCH, BATCHES = 200, 500, 4
CASES, EACH = 50, 10


class Case(Aggregate):
    """A stock aggregate with an event of about 600 bytes of JSON."""

    @event("Noted")
    def note(self, text: str) -> None:
        """Note a text."""
        self.text = text


def fresh(bench: Bench) -> str:
    """A new database with the hub's schema."""
    dsn = ensure_database(bench.dsn, f"bench_{uuid4().hex[:12]}")
    with psycopg.connect(dsn) as connection:
        migrate(connection)
    return dsn


def append_and_intake(bench: Bench) -> list[Pair]:
    """Measure the three."""
    single = Pair("append.single", "entries/s", STOCK)
    batch = Pair("append.batch500", "entries/s", STOCK)
    intake = Pair("intake.batch500", "statements/s", STOCK)
    dsn = fresh(bench)
    stock_dsn = make_conninfo(dsn)
    for number in range(bench.rounds):
        with World(fresh(bench), bench.directory / f"world-{number}") as world:
            beside = _stock(stock_dsn)
            submissions = list(_submissions(world))
            intake.ours.append(rate(partial(_take_in, world, submissions)))
            # What is appended from here on the intake does not know; it is not used again.
            single.ours.append(rate(partial(_append, world, SINGLES, size=1)))
            batch.ours.append(rate(partial(_append, world, BATCH * BATCHES, size=BATCH)))
            for pair in (single, batch, intake):
                pair.beside.append(beside)
    return [single, batch, intake]


def _stock(dsn: str) -> float:
    settings = {**environment(dsn), "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_SCHEMA": "public"}
    with Application[UUID](settings) as application:
        cases = [Case() for _ in range(SINGLES)]
        application.save(*cases)
        for case in cases:
            case.note("x" * 500)

        def save() -> int:
            for case in cases:
                application.save(case)
            return len(cases)

        return rate(save)


def _entry(recorded: int) -> NewEntry:
    """One made-up entry with a body and a grant of its own, on two feeds."""
    return Stream().entry(recorded, body=os.urandom(400), grants=(grant(),), audience=("police-th", "labour-th"))


def _take_in(world: World, submissions: list[bytes]) -> int:
    return len(world.intake.submit(submissions, agency=POLICE))


def _append(world: World, count: int, *, size: int) -> int:
    """Append made-up entries, each with a body, a grant and two feeds; making them is counted."""
    for _ in range(0, count, size):
        with world.application.recorder.appending() as appending:
            made = [_entry(appending.recorded) for _ in range(size)]
            world.application.append(*made)
    return count


def _submissions(world: World) -> Iterator[bytes]:
    """Facts in many cases, composed beforehand: sealing and signing are the agencies' work, not the hub's."""
    cases = [open_case(world) for _ in range(CASES)]
    police = world[POLICE]
    for _ in range(EACH):
        for case in cases:
            contents = {Section.ACCOUNT: values(statement=os.urandom(60).hex())}
            yield police.compose(s.SectionAppended, case, contents=contents).body
