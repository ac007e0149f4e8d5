"""Files of papers attacked at the hub: another agency's file named, other bytes under a name, a flood, no token.

Answer: a file counts only for who uploaded it, is handed out only to who has an entry that names it, is found out if a
byte is not as it was, and nothing is read of a request that has no token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import psycopg
import pytest

from audit.errors import FindingError
from audit.postgres import PostgresLogSource
from audit.verify import verify
from hub import attachments
from hub.attachments import AT_ONCE, MOST
from hub.contract import OCTETS
from hub.log.records import Attachment, Waiting
from sealing.attachments import open_pieces, seal_pieces
from sealing.envelope import MAX_ATTACHMENT
from sealing.errors import CannotOpenError
from tests.hub.files import SCAN, Door, name_of, naming, paper, sealed_file
from tests.hub.intake_fixtures import code, hub_dsn, only, world
from tests.world import BORDER, POLICE, World

__all__ = ["hub_dsn", "world"]


@pytest.fixture
def door(world: World) -> Door:
    """The hub as it is served."""
    return Door(world)


@pytest.fixture
def file(door: Door, world: World) -> bytes:
    """A file of the police that a statement of theirs names, in several pieces."""
    file = sealed_file(POLICE, SCAN * 20_000)
    assert door.put(POLICE, file) == (204, "")
    only(world.send(POLICE, naming(world[POLICE], paper(file))))
    return file


def test_naming_another_agency_s_file_gives_nothing(door: Door, world: World, file: bytes) -> None:
    """A hash is in the clear; who names it in a statement of its own is refused, and still cannot fetch the file."""
    assert code(world.send(BORDER, naming(world[BORDER], paper(file)))) == "attachment_missing"
    assert door.get(BORDER, name_of(file)) is None


def test_a_file_of_another_opens_to_nobody_as_one_s_own(file: bytes) -> None:
    """Whoever got hold of the sealed bytes and even of the key cannot pass the file off as its own."""
    key = bytes(range(32))
    sealed = list(seal_pieces([SCAN], file_key=key, author=POLICE))
    with pytest.raises(CannotOpenError):
        list(open_pieces(sealed, file_key=key, author=BORDER, size=len(SCAN)))


def test_forbidden_and_unknown_are_one_answer(door: Door, file: bytes) -> None:
    """Nobody learns from the answer whether there is such a file."""
    asked = [f"/v1/attachments/{name}" for name in (name_of(file), "0" * 64)]
    answers = [door.client.get(path, headers=door.head(BORDER)) for path in asked]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers


def test_other_bytes_under_a_name(door: Door, world: World, file: bytes) -> None:
    """Other bytes are not kept under the name of a file, whether it is there or still to come."""
    other = sealed_file(BORDER)
    coming = sealed_file(POLICE)
    for name in (name_of(file), name_of(coming)):
        assert door.put(BORDER, other, name=name) == (422, "body_wrong")
    assert door.get(POLICE, name_of(file)) == file
    assert door.put(POLICE, coming) == (204, "")
    only(world.send(POLICE, naming(world[POLICE], {**paper(coming), "kind": "other"}) if False else _next(world, coming)))


def _next(world: World, file: bytes) -> Any:
    return naming(world[POLICE], paper(file), code="HS-23456-7892F")
