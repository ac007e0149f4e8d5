"""Deleting grants that no longer stand and files never named, in the only role that may delete anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from hub.errors import EraserAwayError

ERASER = "caunoi_eraser"
_NO_APPEND = "SELECT pg_advisory_xact_lock(hashtextextended('caunoi/append/hub.stored_events', 0))"
_UNNAMED = """
    DELETE FROM hub.attachments
    WHERE received < %s AND NOT EXISTS (SELECT FROM hub.attached WHERE attached.hash = attachments.hash)
"""


def erase_grants(dsn: str, hashes: Sequence[str]) -> None:
    """Delete grants by hex hash; one that is gone already is no matter.

    Raises:
        EraserAwayError: the database is away, or refused; what was not deleted may be tried again.
    """
    wanted = [bytes.fromhex(one) for one in hashes]
    with _erasing(dsn) as connection:
        connection.execute("DELETE FROM hub.grants WHERE hash = ANY(%s)", (wanted,))


def erase_unnamed(dsn: str, before: int) -> None:
    """Delete uploaded files that no entry names and that came before a time (µs since 1970 UTC).

    Raises:
        EraserAwayError: the database is away, or refused; what was not deleted may be tried again.
    """
    with _erasing(dsn) as connection:
        # The lock of the appends: a statement that names a file just now is waited for.
        connection.execute(_NO_APPEND)
        connection.execute(_UNNAMED, (before,))


@contextmanager
def _erasing(dsn: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """One transaction in the eraser's role."""
    try:
        with psycopg.connect(make_conninfo(dsn, user=ERASER)) as connection:
            yield connection
    except psycopg.Error:
        raise EraserAwayError("nothing could be deleted for now") from None
