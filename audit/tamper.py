"""Changing a log as a superuser of its database could: a drill, so that `verify` can be seen to find it.

Which byte or row is taken follows from the seed alone. What was changed is kept beside the log, and
`audit.untampering` puts it back; never run it on a log that matters all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from audit.errors import SourceUnavailableError
from audit.untampering import kept

Cursor = psycopg.Cursor[tuple[Any, ...]]

_CHECKS = "SELECT conname FROM pg_constraint WHERE conrelid = 'hub.bodies'::regclass AND contype = 'c'"
_SOME_FILE = "SELECT FROM hub.attached LIMIT 1"
_ENTRY = "SELECT state FROM hub.log JOIN hub.stored_events USING (notification_id) WHERE log_index = %s"
_WRITE = """
    UPDATE hub.stored_events SET state = %s FROM hub.log
    WHERE log.notification_id = stored_events.notification_id AND log_index = %s
"""


@dataclass(frozen=True, slots=True)
class Tampered:
    """What was done, and the log index that a verification has to name."""

    kind: str
    index: int


def tamper(dsn: str, seed: int) -> Tampered:
    """Change one thing in the log of a database; `dsn` names a superuser of it.

    Seeds that follow each other take the kinds of `KINDS` in turn, those `OF_FILES` only where there are files; the
    last two are found by receipts alone: a cut by those that agencies hold, what was rewritten also by the kept one.

    Raises:
        SourceUnavailableError: There is no such log, or it is too small, or the user may not.
    """
    random = Random(seed)  # noqa: S311 - a drill is to be repeatable
    try:
        with psycopg.connect(dsn) as connection, closing(connection.cursor(row_factory=tuple_row)) as cursor:
            # No trigger fires for this session, as in a replica that applies what it is told.
            cursor.execute("SET LOCAL session_replication_role = replica")
            kinds = [kind for kind in KINDS if kind not in OF_FILES or _rows(cursor, _SOME_FILE)]
            kind = kinds[seed % len(kinds)]
            with kept(cursor):
                return Tampered(kind, KINDS[kind](cursor, random))
    except (psycopg.Error, IndexError):
        # The cause may quote rows; an empty sequence means that there is nothing of the kind to change.
        raise SourceUnavailableError("this log cannot be tampered with") from None


def _header_byte(cursor: Cursor, random: Random) -> int:
    index, entry = _any_entry(cursor, random)
    return _write(cursor, index, _other_byte(entry, random, 0, entry.index(b"\n")))


def _signature_byte(cursor: Cursor, random: Random) -> int:
    index, entry = _any_entry(cursor, random)
    start, end = entry.index(b"\n") + 1, entry.rindex(b"\n", 0, len(entry) - 1)
    return _write(cursor, index, _other_byte(entry, random, start, end))


def _hub_line_byte(cursor: Cursor, random: Random) -> int:
    index, entry = _any_entry(cursor, random)
    start = entry.rindex(b"\n", 0, len(entry) - 1) + 1
    return _write(cursor, index, _other_byte(entry, random, start, len(entry)))


def _body_byte(cursor: Cursor, random: Random) -> int:
    """The table checks bodies against their hash, so that check goes first and comes back blind."""
    digest, body, index = random.choice(_rows(cursor, "SELECT hash, body, log_index FROM hub.bodies ORDER BY hash"))
    for (name,) in _rows(cursor, _CHECKS):
        cursor.execute(SQL("ALTER TABLE hub.bodies DROP CONSTRAINT {}").format(Identifier(name)))
    cursor.execute("UPDATE hub.bodies SET body = %s WHERE hash = %s", (_other_byte(body, random, 0, len(body)), digest))
    cursor.execute("ALTER TABLE hub.bodies ADD CONSTRAINT bodies_check CHECK (hash = sha256(body)) NOT VALID")
    return int(index)


def _file_byte(cursor: Cursor, random: Random) -> int:
    """A byte of a file's piece; no check of the table can tell."""
    query = """
        SELECT hash, number, piece, log_index
        FROM hub.attachment_pieces JOIN hub.attached USING (hash) ORDER BY hash, number
    """
    digest, number, piece, index = random.choice(_rows(cursor, query))
    other = _other_byte(piece, random, 0, len(piece))
    cursor.execute(
        "UPDATE hub.attachment_pieces SET piece = %s WHERE hash = %s AND number = %s", (other, digest, number)
    )
    return int(index)


def _attached(cursor: Cursor, random: Random) -> int:
    """A file is no longer kept as named, so that nobody is given it."""
    digest, index = random.choice(_rows(cursor, "SELECT hash, log_index FROM hub.attached ORDER BY hash, log_index"))
    cursor.execute("DELETE FROM hub.attached WHERE hash = %s AND log_index = %s", (digest, index))
    return int(index)


def _swapped_entries(cursor: Cursor, random: Random) -> int:
    one, other = sorted(random.sample(range(1, _size(cursor) + 1), 2))
    first, second = _entry(cursor, one), _entry(cursor, other)
    _write(cursor, one, second)
    _write(cursor, other, first)
    return one


def _leaf(cursor: Cursor, random: Random) -> int:
    index = random.randint(1, _size(cursor))
    cursor.execute("UPDATE hub.log SET leaf = %s WHERE log_index = %s", (random.randbytes(32), index))
    return index


def _feed_index(cursor: Cursor, random: Random) -> int:
    """One number of a feed now leads to an entry that the agency never got."""
    agency, number, index = random.choice(_feeds(cursor))
    cursor.execute(
        "UPDATE hub.feeds SET log_index = %s WHERE agency = %s AND number = %s", (_size(cursor) + 1, agency, number)
    )
    return index


def _feed_row(cursor: Cursor, random: Random) -> int:
    agency, number, index = random.choice(_feeds(cursor))
    cursor.execute("DELETE FROM hub.feeds WHERE agency = %s AND number = %s", (agency, number))
    return index


def _grant(cursor: Cursor, random: Random) -> int:
    digest, index = random.choice(_rows(cursor, "SELECT hash, log_index FROM hub.grants ORDER BY hash"))
    cursor.execute("DELETE FROM hub.grants WHERE hash = %s", (digest,))
    return int(index)


def _event(cursor: Cursor, random: Random) -> int:
    """The event is gone, its row in the log is not."""
    index = random.randint(1, _size(cursor))
    cursor.execute(
        "DELETE FROM hub.stored_events USING hub.log"
        " WHERE log.notification_id = stored_events.notification_id AND log_index = %s",
        (index,),
    )
    return index


def _cut(cursor: Cursor, random: Random) -> int:
    """The last entries are gone with everything beside them: what is left is a whole log."""
    kept = _size(cursor) - random.randint(1, 5)
    cursor.execute(
        "DELETE FROM hub.stored_events USING hub.log"
        " WHERE log.notification_id = stored_events.notification_id AND log_index > %s",
        (kept,),
    )
    for table in ("log", "bodies", "attached", "grants", "feeds"):
        cursor.execute(SQL("DELETE FROM {} WHERE log_index > %s").format(Identifier("hub", table)), (kept,))
    return kept + 1


def _rewritten(cursor: Cursor, random: Random) -> int:
    """The last entry was recorded a little later, and every column agrees: only its receipt can tell."""
    index = _size(cursor)
    ((recorded,),) = _rows(cursor, "SELECT recorded FROM hub.log WHERE log_index = %s", (index,))
    entry, later = _entry(cursor, index), recorded + random.randint(1, 1000)
    changed = entry.replace(b'{"recorded":%d' % recorded, b'{"recorded":%d' % later)
    _write(cursor, index, changed)
    leaf = sha256(b"\x00" + changed).digest()
    cursor.execute("UPDATE hub.log SET leaf = %s, recorded = %s WHERE log_index = %s", (leaf, later, index))
    return index


KINDS: dict[str, Callable[[Cursor, Random], int]] = {
    "header_byte": _header_byte,
    "signature_byte": _signature_byte,
    "hub_line_byte": _hub_line_byte,
    "body_byte": _body_byte,
    "swapped_entries": _swapped_entries,
    "leaf": _leaf,
    "feed_index": _feed_index,
    "feed_row": _feed_row,
    "grant": _grant,
    "event": _event,
    "file_byte": _file_byte,
    "attached": _attached,
    "cut": _cut,
    "rewritten": _rewritten,
}
OF_FILES = {"file_byte", "attached"}


def _rows(cursor: Cursor, query: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    return cursor.execute(query.encode(), params, binary=True).fetchall()


def _size(cursor: Cursor) -> int:
    return int(_rows(cursor, "SELECT count(*) FROM hub.log")[0][0])


def _feeds(cursor: Cursor) -> list[tuple[str, int, int]]:
    rows = _rows(cursor, "SELECT agency, number, log_index FROM hub.feeds ORDER BY agency, number")
    return [(agency, number, index) for agency, number, index in rows]


def _entry(cursor: Cursor, index: int) -> bytes:
    return bytes(_rows(cursor, _ENTRY, (index,))[0][0])


def _any_entry(cursor: Cursor, random: Random) -> tuple[int, bytes]:
    index = random.randint(1, _size(cursor))
    return index, _entry(cursor, index)


def _write(cursor: Cursor, index: int, entry: bytes) -> int:
    cursor.execute(_WRITE, (entry, index))
    return index


def _other_byte(data: bytes, random: Random, start: int, end: int) -> bytes:
    position = random.randrange(start, end)
    return data[:position] + bytes([data[position] ^ random.randint(1, 255)]) + data[position + 1 :]
