"""Attack: somebody has stolen a database credential of the hub and tries to rewrite the log with it.

Answer: the writer can only add, the eraser can only delete bodies and grants, the follower sees nothing, and even the
owner's plain UPDATE is refused. (A superuser can do anything; that is found by the tree.)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from hub.log.application import HubApplication
from hub.log.records import Attachment, Waiting
from tests.hub.log_fixtures import TABLES, Stream, append, application, clock, counts, grant, hub_dsn, migrated

__all__ = ["application", "clock", "hub_dsn"]

DOOR = ("kafka_positions", "kafka_aside", "relayed")
RELAY_READS = ("stored_events", "log", "feeds", "refusals", "kafka_aside")
LOG_TABLES = ("stored_events", "log", "feeds", "refusals", "attached")
ERASABLE = ("bodies", "grants", "attachments", "attachment_pieces")
REFUSAL = "INSERT INTO hub.refusals VALUES ('police-th', 1, 'id', sha256(''), 'code', 1, 'kid', 'sig')"

# Every column that says something of an entry.
CHANGES = {
    "stored_events": "state = 'other'",
    "log": "recorded = 0",
    "feeds": "log_index = 2",
    "refusals": "code = 'other'",
    "bodies": "body = 'other'",
    "grants": "locked = 'other'",
    "attachments": "agency = 'other'",
    "attachment_pieces": "piece = 'other'",
    "attached": "log_index = 2",
}


@pytest.fixture
def full(hub_dsn: str, application: HubApplication) -> str:
    """Fill a log with at least one row in every table."""
    file = Attachment(hash="ab" * 32, agency="police-th", length=6, received=1)
    assert application.attachments.keep(file, [b"sealed"], most=Waiting(1, 6))
    append(application, Stream(), body=b"sealed", grants=(grant(),), attached=(b"\xab" * 32,))
    append(application, Stream(), grants=(grant(),))
    with psycopg.connect(hub_dsn, user="caunoi_writer") as connection:
        connection.execute(REFUSAL)
    assert all(counts(hub_dsn).values())
    return hub_dsn


@pytest.fixture
def before(full: str) -> Iterator[None]:
    """Whatever the test tries, every row is still there, unchanged, in the end."""
    dump = [f"SELECT array_agg(t::text ORDER BY t::text) FROM hub.{table} t" for table in TABLES]
    with psycopg.connect(full, autocommit=True) as connection:
        rows = [connection.execute(query).fetchone() for query in dump]
        yield
        assert rows == [connection.execute(query).fetchone() for query in dump]


def check_refused(dsn: str, role: str, statements: list[str]) -> None:
    """Try each statement as a role, logged in as that role."""
    with psycopg.connect(dsn, user=role, autocommit=True) as connection:
        assert (role, role) == connection.execute("SELECT session_user::text, current_user::text").fetchone()
        for statement in statements:
            try:
                connection.execute(statement)
            except errors.InsufficientPrivilege:
                continue
            pytest.fail(f"{role} may {statement}")


def attempts(table: str) -> list[str]:
    """Give what a thief would try on one table."""
    return [
        f"UPDATE hub.{table} SET {CHANGES[table]}",
        f"DELETE FROM hub.{table}",
        f"TRUNCATE hub.{table}",
        f"TRUNCATE hub.{table} CASCADE",
        f"ALTER TABLE hub.{table} DISABLE TRIGGER ALL",
        f"ALTER TABLE hub.{table} DISABLE TRIGGER USER",
        f"ALTER TABLE hub.{table} OWNER TO CURRENT_USER",
        f"DROP TABLE hub.{table}",
        f"DROP TRIGGER never_truncated ON hub.{table}",
        f"CREATE RULE nothing AS ON INSERT TO hub.{table} DO INSTEAD NOTHING",
        f"CREATE TRIGGER mine BEFORE INSERT ON hub.{table} FOR EACH ROW EXECUTE FUNCTION hub.refuse_change()",
        f"SELECT * FROM hub.{table} FOR UPDATE",
    ]


AROUND = [
    "CREATE OR REPLACE FUNCTION hub.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    "CREATE OR REPLACE FUNCTION hub.refuse_gap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "ALTER FUNCTION hub.refuse_change() RENAME TO gone",
    "DROP FUNCTION hub.refuse_change() CASCADE",
    "SET session_replication_role = replica",
    "SET ROLE caunoi_owner",
    "SET SESSION AUTHORIZATION caunoi_owner",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "CREATE TABLE hub.mine (a int)",
    "CREATE TABLE public.mine (a int)",
    "ALTER SCHEMA hub RENAME TO gone",
    "DROP SCHEMA hub CASCADE",
    "UPDATE hub.migrations SET checksum = 'other'",
    "DELETE FROM hub.migrations",
    "SELECT setval('hub.stored_events_notification_id_seq', 1)",
    "ALTER SEQUENCE hub.stored_events_notification_id_seq RESTART",
    "COPY hub.log FROM PROGRAM 'true'",
    "COPY hub.log TO '/tmp/log'",
]


@pytest.mark.usefixtures("before")
def test_the_writer_can_only_add(full: str) -> None:
    """UPDATE, DELETE, TRUNCATE, disabled triggers, replaced functions: all refused to the hub's own role."""
    check_refused(full, "caunoi_writer", [*(attempt for table in TABLES for attempt in attempts(table)), *AROUND])


@pytest.mark.usefixtures("before")
def test_the_eraser_changes_nothing_and_adds_nothing(full: str) -> None:
    """Everything the writer may not do, and INSERT, are refused; only DELETE of what is sealed is not."""
    allowed = {f"DELETE FROM hub.{table}" for table in ERASABLE}
    inserts = [f"INSERT INTO hub.{table} DEFAULT VALUES" for table in TABLES]
    reads = [f"SELECT * FROM hub.{table}" for table in ("stored_events", "feeds", "refusals", "migrations")]
    tries = [*inserts, *reads, *(attempt for table in TABLES for attempt in attempts(table)), *AROUND]
    check_refused(full, "caunoi_eraser", [statement for statement in tries if statement not in allowed])


def test_the_eraser_deletes_what_is_sealed(full: str) -> None:
    """Bodies, grants and files of one entry go; the log stays."""
    before = counts(full)
    with psycopg.connect(full, user="caunoi_eraser") as connection:
        for table in ("bodies", "grants"):
            connection.execute(f"DELETE FROM hub.{table} WHERE log_index = 1")
        connection.execute("DELETE FROM hub.attachments USING hub.attached WHERE attached.hash = attachments.hash")

    assert {**before, **{table: before[table] - 1 for table in ERASABLE}} == counts(full)


@pytest.mark.usefixtures("before")
def test_the_follower_sees_nothing_of_the_hub(full: str) -> None:
    """Not even a SELECT."""
    reads = [f"SELECT 1 FROM hub.{table}" for table in (*TABLES, *DOOR, "migrations")]
    tries = [*reads, *(attempt for table in TABLES for attempt in attempts(table))]
    check_refused(full, "caunoi_follower", tries)


@pytest.mark.usefixtures("before")
def test_the_relay_reads_what_it_tells_and_changes_nothing(full: str) -> None:
    """No body, no grant, no file; of the log it changes nothing."""
    reads = [f"SELECT 1 FROM hub.{table}" for table in {*TABLES, *DOOR, "migrations"} - {*RELAY_READS, "relayed"}]
    tries = [*reads, *(attempt for table in TABLES for attempt in attempts(table))]
    tries += [f"DELETE FROM hub.{table}" for table in DOOR] + [f"TRUNCATE hub.{table}" for table in DOOR]
    tries += ["UPDATE hub.kafka_positions SET position = 9"]
    check_refused(full, "caunoi_relay", tries)


def test_the_follower_has_schemas_of_its_own(database: str) -> None:
    """It creates and drops what is its own."""
    migrated(database)
    with psycopg.connect(database, user="caunoi_follower") as connection:
        connection.execute("CREATE SCHEMA views")
        connection.execute("CREATE TABLE views.caseload (a int)")
        connection.execute("DROP SCHEMA views CASCADE")
    for role in ("caunoi_writer", "caunoi_eraser", "caunoi_relay"):
        check_refused(database, role, ["CREATE SCHEMA views", "CREATE TEMPORARY TABLE mine (a int)"])


def test_the_privileges_are_these_and_no_role_gives_itself_more(full: str) -> None:
    """The whole list of what each role may do with each table, also after it granted itself everything."""
    for role in ("caunoi_writer", "caunoi_eraser"):
        with psycopg.connect(full, user=role, autocommit=True) as connection:
            for table in TABLES:
                with contextlib.suppress(errors.InsufficientPrivilege):  # else PostgreSQL only warns
                    connection.execute(f"GRANT ALL ON hub.{table} TO CURRENT_USER, PUBLIC")
    expected = {("caunoi_writer", table, right) for table in TABLES for right in ("INSERT", "SELECT")}
    expected |= {("caunoi_eraser", table, right) for table in ERASABLE for right in ("DELETE", "SELECT")}
    expected |= {("caunoi_eraser", table, "SELECT") for table in ("log", "attached")}
    expected |= {("caunoi_writer", "migrations", "SELECT")}
    expected |= {("caunoi_writer", "kafka_positions", right) for right in ("INSERT", "SELECT", "UPDATE")}
    expected |= {("caunoi_writer", "kafka_aside", right) for right in ("INSERT", "SELECT")}
    expected |= {("caunoi_relay", "relayed", right) for right in ("INSERT", "SELECT", "UPDATE")}
    expected |= {("caunoi_relay", table, "SELECT") for table in RELAY_READS}
    with psycopg.connect(full) as connection:
        rights = connection.execute(
            "SELECT grantee::text, table_name::text, privilege_type::text FROM information_schema.table_privileges"
            " WHERE table_schema = 'hub' AND grantee <> 'caunoi_owner'"
        ).fetchall()
    assert expected == set(rights)


@pytest.mark.usefixtures("before")
def test_even_the_owner_does_not_change_the_log_by_mistake(full: str) -> None:
    """While the triggers stand, the owner's UPDATE, DELETE and TRUNCATE are refused; bodies can only be deleted."""
    refused = [f"UPDATE hub.{table} SET {CHANGES[table]}" for table in TABLES]
    refused += [f"TRUNCATE hub.{table} CASCADE" for table in TABLES]
    refused += [f"DELETE FROM hub.{table}" for table in LOG_TABLES]
    with psycopg.connect(full, autocommit=True) as connection:
        connection.execute("SET ROLE caunoi_owner")
        for statement in refused:
            with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
                connection.execute(statement)


def test_nobody_logs_in_as_the_owner(full: str) -> None:
    """The owner is a role to become for a migration, never a login."""
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(full, user="caunoi_owner")


def test_no_role_is_more_than_it_should_be(full: str) -> None:
    """None of them has a power over the server, and none is a member of another."""
    with psycopg.connect(full) as connection:
        roles = connection.execute(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles"
            " WHERE rolname LIKE 'caunoi\\_%'"
        ).fetchall()
        members = connection.execute(
            "SELECT 1 FROM pg_auth_members WHERE member::regrole::text LIKE 'caunoi\\_%'"
        ).fetchall()
    assert [(False,)] * 5 == roles
    assert [] == members
