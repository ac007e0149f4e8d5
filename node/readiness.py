"""Whether a node's database is there: its own session lives, and the server takes another one."""

from __future__ import annotations

import psycopg
from psycopg.rows import TupleRow

WITHIN = 2  # seconds, the least that libpq takes


def database_answers(session: psycopg.Connection[TupleRow]) -> bool:
    """Ask the server of this session by another one: the session itself may be at work for minutes, on one file."""
    if session.closed:
        return False
    try:
        with psycopg.connect(session.info.dsn, password=session.info.password or None, connect_timeout=WITHIN):
            return True
    except psycopg.OperationalError:
        return False
