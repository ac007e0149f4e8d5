"""Deleting grants that no longer stand, in the only role that may delete anything."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg.conninfo import make_conninfo

from hub.errors import EraserAwayError

ERASER = "caunoi_eraser"


def erase_grants(dsn: str, hashes: Sequence[str]) -> None:
    """Delete grants by hex hash; one that is gone already is no matter.

    Raises:
        EraserAwayError: the database is away, or refused; what was not deleted may be tried again.
    """
    wanted = [bytes.fromhex(one) for one in hashes]
    try:
        with psycopg.connect(make_conninfo(dsn, user=ERASER), autocommit=True) as connection:
            connection.execute("DELETE FROM hub.grants WHERE hash = ANY(%s)", (wanted,))
    except psycopg.Error:
        raise EraserAwayError("grants could not be deleted for now") from None
