"""Files of papers at the hub: uploaded before they are named, served to those who have the entry, swept if never named.

The contents are made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import tracemalloc

import psycopg
import pytest

from domain import statements as s
from hub import attachments
from hub.attachments import Attachments
from hub.log.records import Waiting
from sealing.attachments import seal_pieces
from tests.hub.files import SCAN, Door, name_of, naming, paper, sealed_file
from tests.hub.intake_fixtures import code, hub_dsn, only, world
from tests.world import BORDER, LABOUR, POLICE, WOMEN, World, key

__all__ = ["hub_dsn", "world"]
TABLES = ("attachments", "attachment_pieces", "attached")


@pytest.fixture
def door(world: World) -> Door:
    """The hub as it is served."""
    return Door(world)


def rows(world: World, table: str) -> int:
    """How many rows a table has."""
    with psycopg.connect(world.dsn) as connection:
        return int(connection.execute(f"SELECT count(*) FROM hub.{table}").fetchall()[0][0])


def test_upload_name_fetch(door: Door, world: World) -> None:
    """A file is there for its author once a statement named it, byte for byte; before that it is for nobody."""
    file = sealed_file(POLICE, SCAN * 20_000)  # several pieces
    assert door.put(POLICE, file) == (204, "")
    assert door.get(POLICE, name_of(file)) is None
    only(world.send(POLICE, naming(world[POLICE], paper(file))))
    assert door.get(POLICE, name_of(file)) == file
    assert rows(world, "attachment_pieces") == -(-len(file) // (256 * 1024)) > 1


def test_uploaded_again(door: Door, world: World) -> None:
    """Whoever brings a file that is there gets the same answer, and it is kept once, as the first one's."""
    file = sealed_file(POLICE)
    assert [door.put(agency, file) for agency in (POLICE, POLICE, BORDER)] == [(204, "")] * 3
    assert [rows(world, table) for table in TABLES] == [1, 1, 0]
    assert code(world.send(BORDER, naming(world[BORDER], paper(file)))) == "attachment_missing"


def test_who_comes_to_the_case_gets_the_file(door: Door, world: World) -> None:
    """An agency fetches a file when an entry that names it is on its feed, and not a moment before."""
    police, file = world[POLICE], sealed_file(POLICE)
    door.put(POLICE, file)
    opened = naming(police, paper(file))
    only(world.send(POLICE, opened))
    assert [door.get(agency, name_of(file)) for agency in (LABOUR, WOMEN)] == [None, None]
    identity = key(s.Section.IDENTITY, POLICE)
    assert isinstance(opened.statement, s.CaseStatement)
    del police.projector.files[opened.statement.case]  # it knows the statement as it was before it named the file
    police.say(
        s.IdentificationAnswered,
        opened.statement.case,
        facts={"outcome": "victim", "legal_date": "2026-11-01"},
        to=[LABOUR],
        share=lambda _: [police.share(LABOUR, identity, law="l53_art28")],
    )
    assert [door.get(agency, name_of(file)) for agency in (LABOUR, WOMEN)] == [file, None]


def test_named_before_it_was_uploaded(door: Door, world: World) -> None:
    """A statement waits for its file: refused, then taken. However often it is sent, it names the file once."""
    file = sealed_file(POLICE)
    statement = naming(world[POLICE], paper(file))
    assert code(world.send(POLICE, statement)) == "attachment_missing"
    door.put(POLICE, file)
    assert only(world.send(POLICE, statement)) == only(world.send(POLICE, statement))
    assert rows(world, "attached") == 1


@pytest.mark.parametrize("length", [1, 328, 345])
def test_wrong_length(door: Door, world: World, length: int) -> None:
    """The header's length is the file's, and one that a padded file can have."""
    file = sealed_file(POLICE)
    door.put(POLICE, file)
    assert len(file) == 329
    assert code(world.send(POLICE, naming(world[POLICE], paper(file, length=length)))) == "body_wrong"
    longer = len(sealed_file(POLICE, bytes(5000)))
    assert code(world.send(POLICE, naming(world[POLICE], paper(file, length=longer)))) == "body_wrong"


def test_what_is_no_sealed_file(door: Door, world: World) -> None:
    """Other bytes than the name says, no padded length, an unknown version, nothing at all: refused, nothing kept."""
    file = sealed_file(POLICE)
    other = b"\x02" + file[1:]
    wrong = [(file, "0" * 64), (file[:-1], None), (other, None), (b"", None), (b"%PDF-1.7", None)]
    assert {door.put(POLICE, content, name=name) for content, name in wrong} == {(422, "body_wrong")}
    assert door.put(POLICE, file, name="x") == (422, "query_wrong")
    assert door.put(POLICE, file, kind="application/pdf") == (415, "content_type_wrong")
    assert rows(world, "attachments") == 0


def test_largest_file_in_little_memory(door: Door, world: World) -> None:
    """20 MiB go in and out again without ever being whole in memory; one padded step more is too large."""
    log, most = world.application.attachments, bytes(1024 * 1024)
    tracemalloc.start()
    with Attachments(world.application).taking(POLICE) as spool:
        for piece in seal_pieces((most for _ in range(20)), file_key=bytes(32), author=POLICE):
            spool.write(piece)
        name = spool._digest.hexdigest()
        Attachments(world.application).keep(spool, name, agency=POLICE)
    assert sum(map(len, log.pieces(name))) == spool.length
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 1024 * 1024
    assert door.put(POLICE, bytes(spool.length + 1)) == (413, "submission_too_large")


def test_room(door: Door, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no statement names yet is bounded for each agency, in files and in bytes; a statement makes room."""
    monkeypatch.setattr(attachments, "MOST", Waiting(2, 1000))
    first, second = sealed_file(POLICE), sealed_file(POLICE)
    assert [door.put(POLICE, file) for file in (first, second, second)] == [(204, "")] * 2 + [
        (422, "attachments_too_many")
    ]
    assert door.put(BORDER, sealed_file(BORDER)) == (204, "")
    assert door.put(BORDER, sealed_file(BORDER, bytes(900))) == (422, "attachments_too_many")
    only(world.send(POLICE, naming(world[POLICE], paper(first))))
    assert door.put(POLICE, sealed_file(POLICE)) == (204, "")


def test_swept(door: Door, world: World) -> None:
    """What no statement named for seven days is deleted, pieces too; what one named stays."""
    named, never = sealed_file(POLICE), sealed_file(POLICE)
    door.put(POLICE, named)
    door.put(POLICE, never)
    only(world.send(POLICE, naming(world[POLICE], paper(named))))
    world.on("2026-11-09T08:59")
    world.intake.sweep()
    assert rows(world, "attachments") == 2
    world.on("2026-11-09T09:01")
    world.intake.sweep()
    assert [rows(world, table) for table in TABLES] == [1, 1, 1]
    assert door.get(POLICE, name_of(named)) == named
    assert code(world.send(POLICE, naming(world[POLICE], paper(never)))) == "attachment_missing"


def test_erased(door: Door, world: World) -> None:
    """The eraser takes a file with all its pieces; the entry stays, and the file is as if it had never been."""
    file = sealed_file(POLICE, SCAN * 20_000)
    door.put(POLICE, file)
    only(world.send(POLICE, naming(world[POLICE], paper(file))))
    with psycopg.connect(world.dsn, user="caunoi_eraser") as connection:
        connection.execute("DELETE FROM hub.attachments")
    assert [rows(world, table) for table in TABLES] == [0, 0, 1]
    assert door.get(POLICE, name_of(file)) is None
