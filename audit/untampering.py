"""Keeping what the drill of `audit.tamper` changes, in the same transaction, and putting it back.

The rows of the log are compared before and after; those that went and those that came stand in a table of the drill's
own, beside the log, until `untamper`. Several drills are undone together, the last one first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from audit.errors import SourceUnavailableError

Cursor = psycopg.Cursor[tuple[Any, ...]]

TABLES = ("stored_events", "log", "bodies", "attachment_pieces", "attached", "grants", "feeds")
_MAKE = """
    CREATE SCHEMA IF NOT EXISTS caunoi_drill;
    CREATE TABLE IF NOT EXISTS caunoi_drill.changes (
        step bigserial PRIMARY KEY,
        relation text NOT NULL,
        went boolean NOT NULL,      -- this row went; else it came
        content jsonb NOT NULL
    )
"""
_NOTE = SQL("""
    INSERT INTO caunoi_drill.changes (relation, went, content)
    SELECT {name}, true, to_jsonb(went) FROM (TABLE {before} EXCEPT TABLE {now}) AS went
    UNION ALL
    SELECT {name}, false, to_jsonb(came) FROM (TABLE {now} EXCEPT TABLE {before}) AS came
""")
_BLIND = """
    SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint
    WHERE conrelid = 'hub.bodies'::regclass AND contype = 'c' AND NOT convalidated
"""


@contextmanager
def kept(cursor: Cursor) -> Iterator[None]:
    """Note every row of the log that the block changes."""
    for table in TABLES:
        cursor.execute(SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS TABLE {}").format(_before(table), _now(table)))
    yield
    cursor.execute(_MAKE)
    for table in TABLES:
        cursor.execute(_NOTE.format(name=table, before=_before(table), now=_now(table)))


def untamper(dsn: str) -> int:
    """Put back what the drills changed; give how many rows that were, 0 where there was no drill.

    Raises:
        SourceUnavailableError: The log has gone on over what was changed, or the user may not; nothing is put back.
    """
    try:
        with psycopg.connect(dsn) as connection, closing(connection.cursor(row_factory=tuple_row)) as cursor:
            if cursor.execute("SELECT to_regclass('caunoi_drill.changes') IS NULL").fetchone() == (True,):
                return 0
            cursor.execute("SET LOCAL session_replication_role = replica")
            # A check that a drill made blind still sees what is written, and an earlier drill may have left what fails.
            blind = cursor.execute(_BLIND).fetchall()
            for name, _ in blind:
                cursor.execute(SQL("ALTER TABLE hub.bodies DROP CONSTRAINT {}").format(Identifier(name)))
            changes = cursor.execute(
                "SELECT relation, went, content::text FROM caunoi_drill.changes ORDER BY step DESC"
            ).fetchall()
            for table, went, content in changes:
                _put_back(cursor, table, went=went, content=content)
            for name, check in blind:
                again = SQL("ALTER TABLE hub.bodies ADD CONSTRAINT {} CHECK ({})")
                cursor.execute(again.format(Identifier(name), SQL(check)))
            cursor.execute("DROP SCHEMA caunoi_drill CASCADE")
            return len(changes)
    except psycopg.Error:
        # The cause may quote rows.
        raise SourceUnavailableError("this drill cannot be undone") from None


def _put_back(cursor: Cursor, table: str, *, went: bool, content: str) -> None:
    if went:
        back = SQL("INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, %s)).*")
    else:
        back = SQL("DELETE FROM {table} AS came WHERE to_jsonb(came) = %s::jsonb")
    cursor.execute(back.format(table=_now(table)), (content,))
    if cursor.rowcount != 1:
        raise SourceUnavailableError("this drill cannot be undone: the log was changed again")


def _now(table: str) -> Identifier:
    return Identifier("hub", table)


def _before(table: str) -> Identifier:
    return Identifier("pg_temp", f"before_{table}")
