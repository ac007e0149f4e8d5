"""Append and full intake beside the library's stock application saving one event at a time, on the same database.

append.single, append.batch500   entries ready, one or 500 in a transaction, each with a body, a grant and two feeds
intake.single, intake.batch500   submissions as bytes, one or 500 at a time: read, verified, decided, appended, receipts
                                 signed
beside                           `PostgresApplication.save` of one aggregate event of like size, JSON, one at a time
intake.checks                    what the intake does before it takes the append lock: form, header, hashes
intake.signatures                what it does under the lock with the keys in force there: Ed25519 of each header
beside these                     intake.batch500 of the same statements; 1/ratio is the part they have of it
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice
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
from hub.submission import Submission, check, read
from ledger.receipt import Receipt
from sealing.encoding import from_base64url
from sealing.envelope import verify
from tests.hub.log_fixtures import Stream, grant
from tests.world import POLICE, World, open_case, values

INTAKE = "intake.batch500 of the same statements"
STOCK = "library's PostgresApplication.save, one event at a time"
SINGLES, BATCH, BATCHES = 200, 500, 4
CASES = 50


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
    """Measure them all, round by round."""
    units = {"append.single": "entries/s", "append.batch500": "entries/s"}
    units |= {"intake.single": "statements/s", "intake.batch500": "statements/s"}
    whole = {name: Pair(name, unit, STOCK) for name, unit in units.items()}
    parts = {name: Pair(name, "statements/s", INTAKE) for name in ("intake.checks", "intake.signatures")}
    dsn = fresh(bench)
    stock_dsn = make_conninfo(dsn)
    for number in range(bench.rounds):
        with World(fresh(bench), bench.directory / f"world-{number}") as world:
            beside = _stock(stock_dsn, bench.of(SINGLES))
            for name, ours in _rates(world, bench):
                if name in parts:
                    parts[name].ours.append(ours)
                else:
                    whole[name].ours.append(ours)
                    whole[name].beside.append(beside)
        for part in parts.values():
            part.beside.append(whole["intake.batch500"].ours[-1])
    return [*whole.values(), *parts.values()]


def _rates(world: World, bench: Bench) -> Iterator[tuple[str, float]]:
    """One round of ours."""
    submissions = list(_submissions(world, bench.of(BATCH) + bench.of(SINGLES)))
    many, single = submissions[: bench.of(BATCH)], submissions[bench.of(BATCH) :]
    yield "intake.checks", rate(partial(_checks, many))
    yield "intake.signatures", rate(partial(_signatures, world, list(map(read, many))))
    yield "intake.batch500", rate(partial(take_in, world, many, size=BATCH))
    yield "intake.single", rate(partial(take_in, world, single, size=1))
    # What is appended from here on the intake does not know; it is not used again.
    yield "append.single", rate(partial(_append, world, bench.of(SINGLES), size=1))
    yield "append.batch500", rate(partial(_append, world, bench.of(BATCH) * BATCHES, size=bench.of(BATCH)))


def _stock(dsn: str, count: int) -> float:
    settings = {**environment(dsn), "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_SCHEMA": "public"}
    with Application[UUID](settings) as application:
        cases = [Case() for _ in range(count)]
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


def take_in(world: World, submissions: list[bytes], *, size: int) -> int:
    """Submit so many at a time; only what is accepted counts."""
    accepted = 0
    for start in range(0, len(submissions), size):
        answers = world.intake.submit(submissions[start : start + size], agency=POLICE)
        accepted += sum(isinstance(answer, Receipt) for answer in answers)
    return accepted


def _checks(submissions: list[bytes]) -> int:
    for one in submissions:
        check(read(one))
    return len(submissions)


def _signatures(world: World, submissions: list[Submission]) -> int:
    keys = world.intake.head.mechanism.directory.keys
    for one in submissions:
        for signature in one.signatures:
            verify(one.line, signature, from_base64url(keys[signature.kid].public))
    return len(submissions)


def _append(world: World, count: int, *, size: int) -> int:
    """Append made-up entries, each with a body, a grant and two feeds; making them is counted."""
    for _ in range(0, count, size):
        with world.application.recorder.appending() as appending:
            made = [_entry(appending.recorded) for _ in range(size)]
            world.application.append(*made)
    return count


def _submissions(world: World, count: int) -> Iterator[bytes]:
    """Facts in many cases, composed beforehand: sealing and signing are the agencies' work, not the hub's."""
    cases = [open_case(world) for _ in range(CASES)]
    police = world[POLICE]
    for case in islice(cycle(cases), count):
        contents = {Section.ACCOUNT: values(statement=os.urandom(60).hex())}
        yield police.compose(s.SectionAppended, case, contents=contents).body
