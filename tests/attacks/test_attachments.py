"""Files of papers attacked at the hub: another agency's file named, other bytes under a name, a flood, no token.

Answer: a file counts only for who uploaded it, is handed out only to who has an entry that names it, is found out if a
byte is not as it was, and nothing is read of a request that has no token.
"""

from __future__ import annotations

import asyncio
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
    only(world.send(POLICE, naming(world[POLICE], paper(coming))))
    assert door.get(POLICE, name_of(coming)) == coming


def test_a_swapped_piece(door: Door, world: World, file: bytes) -> None:
    """Who may write in the database swaps two pieces: what is fetched is not of its name, opens to nothing whole, and
    the audit names the entry.
    """
    with psycopg.connect(world.dsn) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        for change in ("number + 100", "103 - number"):  # the key allows no two of one number on the way
            connection.execute(
                f"UPDATE hub.attachment_pieces SET number = {change} WHERE number NOT IN (3, 4)".encode()
            )
    fetched = door.get(POLICE, name_of(file))
    assert fetched is not None and len(fetched) == len(file) and name_of(fetched) != name_of(file)
    with PostgresLogSource(world.dsn) as source, pytest.raises(FindingError) as found:
        verify(source, registrar_kid=world.registrar_kid, receipts=world.receipts)
    assert (found.value.code, found.value.index) == ("finding_file_wrong", world.receipts[-1].index)


def test_a_piece_taken_away(door: Door, world: World, file: bytes) -> None:
    """A file that is no longer whole breaks off: what came is shorter than what was said."""
    with psycopg.connect(world.dsn) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("DELETE FROM hub.attachment_pieces WHERE number = 2")
    answer = door.client.get(f"/v1/attachments/{name_of(file)}", headers=door.head(POLICE))
    assert int(answer.headers["content-length"]) == len(file) > len(answer.content)


def test_a_flood_of_files(door: Door, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no statement names is bounded, and refused before its bytes are read; other agencies feel nothing."""
    assert Waiting(64, 256 * 1024 * 1024) == MOST
    monkeypatch.setattr(attachments, "MOST", Waiting(3, MOST.bytes))
    taken = [door.put(POLICE, sealed_file(POLICE)) for _ in range(4)]
    assert taken == [(204, "")] * 3 + [(422, "attachments_too_many")]
    status, asked = asyncio.run(asked_for(door, POLICE, b"\x01" * 1000))
    assert (status, asked) == (422, 0)
    assert door.put(BORDER, sealed_file(BORDER)) == (204, "")


def test_a_flood_at_once(door: Door, world: World) -> None:
    """One agency has a few uploads under way and no more; another's is taken meanwhile."""
    taking = door.client.app.state.serving.attachments.taking  # type: ignore[attr-defined]
    open_ones = [taking(POLICE) for _ in range(AT_ONCE)]
    for one in open_ones:
        one.__enter__()
    assert door.put(POLICE, sealed_file(POLICE)) == (503, "hub_unavailable")
    assert door.put(BORDER, sealed_file(BORDER)) == (204, "")
    for one in open_ones:
        one.__exit__(None, None, None)
    assert door.put(POLICE, sealed_file(POLICE)) == (204, "")


def test_two_that_fill_the_room_at_once(world: World) -> None:
    """Room is counted where it is taken: two uploads that were both let in do not both stay."""
    log, most = world.application.attachments, Waiting(1, 1000)
    files = [Attachment(hash=str(n) * 64, agency=POLICE, length=1, received=1) for n in (1, 2)]
    assert [log.keep(one, [b"x"], most=most) for one in files] == [True, False]
    assert log.waiting(POLICE) == Waiting(1, 1)


def test_without_end(door: Door, world: World) -> None:
    """A body that does not say its length is cut off where no file can go on, and nothing of it is kept."""
    status, asked = asyncio.run(asked_for(door, POLICE, bytes(1024 * 1024), pieces=1000))
    assert (status, asked) == (413, MAX_ATTACHMENT // (1024 * 1024) + 1)
    headers = {**door.head(POLICE), "Content-Type": OCTETS, "Content-Length": str(MAX_ATTACHMENT + 1)}
    assert door.client.put("/v1/attachments/" + "0" * 64, headers=headers, content=b"").status_code == 413
    assert world.application.attachments.waiting(POLICE) == Waiting(0, 0)


def test_half_an_upload(door: Door, world: World) -> None:
    """The line is cut: nothing is kept, no place stays taken, and the same file is taken afterwards."""
    file = sealed_file(POLICE)
    for _ in range(AT_ONCE + 1):
        asyncio.run(asked_for(door, POLICE, file[:100], name=name_of(file), pieces=1))
    assert world.application.attachments.waiting(POLICE) == Waiting(0, 0)
    assert door.put(POLICE, file) == (204, "")


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_no_token(door: Door, method: str) -> None:
    """Without a token in force there is one answer, and not a byte of the body is asked for."""
    good = door.head(POLICE)["Authorization"]
    door.world.clock += 3600 * 1_000_000
    for token in ("", "Bearer ", "Bearer x.y.z", good, good[:-4] + "AAAA"):
        status, asked = asyncio.run(asked_for(door, None, b"\x01" * 1000, method=method, token=token))
        assert (status, asked) == (401, 0)


def test_compressed(door: Door) -> None:
    """A body that would have to be unpacked is refused unread."""
    headers = {**door.head(POLICE), "Content-Type": OCTETS, "Content-Encoding": "gzip"}
    assert door.client.put("/v1/attachments/" + "0" * 64, headers=headers, content=b"x").status_code == 415


async def asked_for(
    door: Door, agency: str | None, body: bytes, *, name: str = "0" * 64, method: str = "PUT",
    token: str = "", pieces: int = 0,
) -> tuple[int, int]:  # fmt: skip
    """Ask by hand: the status, and how often the body was asked for; after so many `pieces` the line is cut."""
    asked, statuses = 0, [0]

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if 0 < pieces < asked:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": pieces > 0}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    said = door.head(agency)["Authorization"] if agency else token
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
        "path": f"/v1/attachments/{name}", "raw_path": b"", "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"authorization", said.encode()), (b"content-type", OCTETS.encode())],
        "client": ("127.0.0.1", 1), "server": ("hub", 80),
    }  # fmt: skip
    await door.client.app(scope, receive, send)
    return statuses[-1], asked
