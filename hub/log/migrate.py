"""Bringing a database to the schema this program was made for. Run by the owner, never by the hub itself.

Each migration is one SQL file, run once, in order, in one transaction with its row in `hub.migrations`. A file that
was run and has changed since, or a database ahead of the program, is refused rather than repaired.
"""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files

from psycopg import Connection
from psycopg.rows import tuple_row

from hub.errors import SchemaError

MIGRATIONS = ((1, "schema.sql"), (2, "attachments.sql"), (3, "kafka.sql"), (4, "relaying.sql"), (5, "receipts.sql"))

_ROLES = ("caunoi_owner", "caunoi_writer", "caunoi_eraser", "caunoi_follower", "caunoi_relay")
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('caunoi/migrate', 0))"
_VERSIONS = """
    CREATE SCHEMA IF NOT EXISTS hub;
    CREATE TABLE IF NOT EXISTS hub.migrations (
        version bigint PRIMARY KEY,
        file text NOT NULL,
        checksum bytea NOT NULL,
        applied timestamptz NOT NULL DEFAULT now()
    )
"""


def migrate(connection: Connection[tuple[object, ...]]) -> None:
    """Create the roles that are missing and run the migrations that are missing; nothing else is changed.

    `connection` belongs to a role that may become `caunoi_owner`, and may create roles if these are missing.

    Raises:
        SchemaError: A migration that was run has changed since, or the database is ahead of this program.
    """
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(_LOCK)
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", (list(_ROLES),))
        if cursor.fetchone() != (len(_ROLES),) or not _may_create(connection):
            cursor.execute(_read("roles.sql"))
        cursor.execute("SET LOCAL ROLE caunoi_owner")
        cursor.execute(_VERSIONS)
        done = check(connection)
        for version, file in MIGRATIONS[done:]:
            sql = _read(file)
            cursor.execute(sql)
            cursor.execute(
                "INSERT INTO hub.migrations (version, file, checksum) VALUES (%s, %s, %s)",
                (version, file, sha256(sql).digest()),
            )


def check(connection: Connection[tuple[object, ...]]) -> int:
    """Compare what was run with what this program knows; give how many were run.

    Raises:
        SchemaError: See `migrate`.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT version, file, checksum FROM hub.migrations ORDER BY version")
        done = cursor.fetchall()
    known = [(version, file, sha256(_read(file)).digest()) for version, file in MIGRATIONS]
    if len(done) > len(known):
        raise SchemaError("the database is ahead of this program")
    for row, expected in zip(done, known, strict=False):
        if row != expected:
            raise SchemaError(f"migration {expected[0]} is not the one that was run")
    return len(done)


def _may_create(connection: Connection[tuple[object, ...]]) -> bool:
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT has_database_privilege('caunoi_owner', current_database(), 'CREATE')")
        return cursor.fetchone() == (True,)


def _read(file: str) -> bytes:
    return files("hub.log").joinpath(file).read_bytes()
