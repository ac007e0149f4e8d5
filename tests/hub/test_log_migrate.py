"""One schema, run once, and noticed when it is another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from eventsourcing.postgres import PostgresApplicationRecorder

from hub.errors import SchemaError
from hub.log import migrate as migrations
from hub.log.application import HubApplication, environment
from hub.log.guards import check_schema
from tests.hub.log_fixtures import Stream, append, counts, hub_dsn, migrated
from tests.hub.test_log_conformance import open_datastore

__all__ = ["hub_dsn"]

OURS = {"log", "bodies", "grants", "feeds", "refusals", "migrations", "stored_events"}
NEXT = len(migrations.MIGRATIONS) + 1
DOOR = {"kafka_positions", "kafka_aside", "relayed"}
FILES = {"attachments", "attachment_pieces", "attached"}

# What a table is, in the catalogue's words, with its schema's name taken out.
COLUMNS = """
    SELECT column_name, data_type, is_nullable, replace(column_default, %(schema)s, ''), ordinal_position
    FROM information_schema.columns WHERE table_schema = %(schema)s AND table_name = 'stored_events' ORDER BY 5
"""
INDEXES = "SELECT replace(indexdef, %(schema)s, '') FROM pg_indexes WHERE schemaname = %(schema)s AND tablename = 'stored_events' ORDER BY 1"  # noqa: E501
OPTIONS = "SELECT reloptions FROM pg_class WHERE oid = (%(schema)s || '.stored_events')::regclass"
TYPE = """
    SELECT attname, atttypid::regtype::text FROM pg_attribute JOIN pg_type ON typrelid = attrelid
    WHERE pg_type.oid = (%(schema)s || '.stored_event_uuid')::regtype ORDER BY attnum
"""


def test_a_second_run_changes_nothing(hub_dsn: str) -> None:
    """Migrating what is migrated is safe at every start."""
    migrated(hub_dsn)
    with psycopg.connect(hub_dsn, user="caunoi_writer") as connection:
        check_schema(connection)
        tables = connection.execute(
            "SELECT relname, relowner::regrole::text FROM pg_class"
            " WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r'"
        ).fetchall()
    assert dict.fromkeys(OURS | FILES | DOOR, "caunoi_owner") == dict(tables)


def test_two_that_migrate_at_once(database: str) -> None:
    """One runs the migration, the others wait and find it done."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrated, [database] * 4))
    with psycopg.connect(database) as connection:
        done = connection.execute("SELECT version FROM hub.migrations ORDER BY 1").fetchall()
    assert done == [(version,) for version, _ in migrations.MIGRATIONS]


def test_a_changed_migration_is_refused(hub_dsn: str) -> None:
    """A file that differs from what was run is named; the database is left as it is."""
    with psycopg.connect(hub_dsn) as connection:
        connection.execute("UPDATE hub.migrations SET checksum = '\\x00'")
    with pytest.raises(SchemaError):
        migrated(hub_dsn)


def test_a_database_ahead_of_the_program_is_refused(hub_dsn: str) -> None:
    """An older program does not run on a newer database."""
    with psycopg.connect(hub_dsn) as connection:
        connection.execute("INSERT INTO hub.migrations VALUES (%s, 'later.sql', '\\x00')", (NEXT,))
        with pytest.raises(SchemaError):
            check_schema(connection)
        connection.commit()
    with pytest.raises(SchemaError):
        migrated(hub_dsn)


def test_a_missing_migration_is_noticed_at_start(hub_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub does not run on an older database."""
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, (NEXT, "roles.sql")))
    with psycopg.connect(hub_dsn) as connection, pytest.raises(SchemaError):
        check_schema(connection)


def test_a_database_of_the_first_release_migrates(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made before papers had files is refused as it is, keeps what it has, and goes on after migration 2."""
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        migrated(database)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO hub.bodies VALUES (sha256('sealed'), 'sealed', 1)")
        with pytest.raises(SchemaError):
            check_schema(connection)
    migrated(database)
    with HubApplication(environment(database, user="caunoi_writer")) as application:
        append(application, Stream(), attached=(b"\1" * 32,))
    with psycopg.connect(database) as connection:
        check_schema(connection)
        assert connection.execute("SELECT hash, log_index FROM hub.attached").fetchall() == [(b"\1" * 32, 1)]
    assert counts(database)["bodies"] == 1


def test_a_failed_migration_leaves_nothing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration is run whole or not at all."""
    monkeypatch.setattr(migrations, "MIGRATIONS", ((1, "schema.sql"), (2, "schema.sql")))
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrated(database)
    with psycopg.connect(database) as connection:
        assert [] == connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'hub'").fetchall()


def test_the_events_table_is_the_librarys(hub_dsn: str) -> None:
    """Columns, defaults, indexes, options and type are what the library itself creates."""
    with psycopg.connect(hub_dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA stock")
        with open_datastore(hub_dsn, schema="stock") as datastore:
            PostgresApplicationRecorder(datastore).create_table()
        for query in (COLUMNS, INDEXES, OPTIONS, TYPE):
            stock = connection.execute(query, {"schema": "stock"}).fetchall()

            assert stock
            assert stock == connection.execute(query, {"schema": "hub"}).fetchall()
