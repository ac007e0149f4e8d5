"""Verification beside bare Ed25519 and SHA-256 over the same entries; replay of a view beside a binary SELECT."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.postgres import PostgresLogSource
from audit.verify import verify
from benchmarks.bench_log import fresh
from benchmarks.figures import Bench, Pair, rate
from domain import statements as s
from domain.statements import Section
from ledger import entry as entries
from node.following import feed_item
from node.hub_client import FeedLine
from projections.opening import Opening
from projections.projector import Projector
from projections.rows import MemoryRows
from sealing.envelope import pae
from tests.world import POLICE, TAG_KEY, World, open_case, values

CASES, EACH = 100, 10
SELECT = "SELECT log_index, state FROM hub.log JOIN hub.stored_events USING (notification_id) ORDER BY log_index"


@contextmanager
def filled(bench: Bench) -> Iterator[World]:
    """A log of about 1,100 entries with a sealed section each."""
    with World(fresh(bench), bench.directory / f"filled-{os.urandom(4).hex()}") as world:
        police = world[POLICE]
        made = []
        for case in [open_case(world) for _ in range(bench.of(CASES))]:
            for _ in range(EACH):
                contents = {Section.ACCOUNT: values(statement=os.urandom(60).hex())}
                made.append(police.compose(s.SectionAppended, case, contents=contents))
        world.accept(police, *made)
        yield world


def verification(bench: Bench) -> list[Pair]:
    """The whole audit of a log, beside one bare signature check and one hash for each of its entries."""
    pair = Pair("verification", "entries/s", "Ed25519 verify and SHA-256 of each entry, nothing else")
    with filled(bench) as world:
        bare = _bare(world)
        for _ in range(bench.rounds):
            pair.ours.append(rate(lambda: _verify(world)))
            pair.beside.append(rate(bare))
    return [pair]


def _verify(world: World) -> int:
    with PostgresLogSource(world.dsn) as source:
        return verify(source, registrar_kid=world.registrar_kid, hub_public=world.hub_public).size


def _bare(world: World) -> Callable[[], int]:
    public = {}
    for member in world.members.values():
        for kid in member.keystore.kids("sign"):
            public[kid] = Ed25519PublicKey.from_public_bytes(member.keystore.public(kid))
    public[world.registrar_kid] = Ed25519PublicKey.from_public_bytes(world.registrar.public(world.registrar_kid))
    stored = [one.entry for one in world.application.reader.stream()]
    ready = [(public[e.signatures[0][0]], e.signatures[0][1], pae(e.header)) for e in map(entries.parse, stored)]

    def check() -> int:
        for (key, signature, signed), entry in zip(ready, stored, strict=True):
            key.verify(signature, signed)
            sha256(entry).digest()
        return len(stored)

    return check


def replay(bench: Bench) -> list[Pair]:
    """Rebuilding an agency's views in memory, sections opened, beside reading the same entries by a binary SELECT."""
    pair = Pair("replay", "entries/s", "binary SELECT of the same entries")
    with filled(bench) as world:
        for _ in range(bench.rounds):
            pair.ours.append(rate(lambda: _rebuild(world)))
            pair.beside.append(rate(lambda: _select(world)))
    return [pair]


def _rebuild(world: World) -> int:
    police = world[POLICE]
    opening = Opening(agency=POLICE, keystore=police.keystore, materials=police.materials)
    projector = Projector(rows=MemoryRows(), opening=opening, tag_key=TAG_KEY)
    while lines := world.application.reader.feed(POLICE, projector.number, 500):
        projector.apply([feed_item(FeedLine(e.number, e.index, e.entry)) for e in lines])
    return projector.number


def _select(world: World) -> int:
    with psycopg.connect(world.dsn) as connection, connection.cursor(binary=True) as cursor:
        return len(cursor.execute(SELECT).fetchall())
