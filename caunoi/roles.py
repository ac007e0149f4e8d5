"""What the database's owner makes: the hub's schema, a role for each node, their passwords as in libpq's pass files.

A password goes to the server as its SCRAM verifier (RFC 5802), so that no log of a statement holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from caunoi.bootstrap import schema_of
from caunoi.database import administering
from caunoi.errors import SettingsError, UnavailableError
from hub.errors import SchemaError
from hub.log.migrate import migrate

_LOGINS = ("caunoi_writer", "caunoi_eraser", "caunoi_relay")
_OWN_SCHEMA: tuple[LiteralString, ...] = (
    "GRANT {0} TO CURRENT_USER",
    "CREATE SCHEMA {0} AUTHORIZATION {0}",
    "REVOKE {0} FROM CURRENT_USER",
)


def prepare_database(dsn: str) -> None:
    """Bring the database to the hub's schema.

    Raises:
        UnavailableError: it is another program's, or this user may not.
    """
    try:
        with administering(dsn) as connection:
            migrate(connection)
    except SchemaError as error:
        raise UnavailableError("hub_start_refused", reason=str(error)) from error


def prepare_node_role(dsn: str, agency: str) -> None:
    """A role of its own for each node, that owns its own schema and nothing else, and may make no other.

    Raises:
        PostgresError: the server cannot be reached, or this user may not.
    """
    name = schema_of(agency)
    with administering(dsn) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        if connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (name,)).fetchone() is None:
            # Who is no superuser gives a schema away only to a role it is a member of.
            for statement in _OWN_SCHEMA:
                connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def set_passwords(dsn: str, pass_file: Path, *, agencies: list[str]) -> None:
    """Give our roles of this file the password it says, unless they can log in with it already.

    Raises:
        SettingsError: the file cannot be read, or names a role that is not the hub's or one of these agencies'.
        PostgresError: the server refused.
    """
    ours = {*_LOGINS, *(schema_of(agency) for agency in agencies)}
    for role, password in pass_lines(pass_file):
        if role not in ours:
            raise SettingsError("pass_file_unusable")
        if not _may_log_in(dsn, role, password):
            _set(dsn, role, password)


def pass_lines(pass_file: Path) -> Iterator[tuple[str, str]]:
    """Role and password of each line HOST:PORT:DATABASE:ROLE:PASSWORD (PostgreSQL, "The Password File").

    Raises:
        SettingsError: it cannot be read, or has another line.
    """
    try:
        lines = pass_file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise SettingsError("pass_file_unusable") from None
    for line in lines:
        if line and not line.startswith("#"):
            fields = re.findall(r"(?:^|:)((?:[^:\\]|\\.)*)", line)
            if len(fields) != 5 or not fields[4]:
                raise SettingsError("pass_file_unusable")
            role, password = (re.sub(r"\\(.)", r"\1", field) for field in fields[3:])
            yield role, password


def _may_log_in(dsn: str, role: str, password: str) -> bool:
    try:
        psycopg.connect(make_conninfo(dsn, user=role, password=password, connect_timeout=5)).close()
    except psycopg.OperationalError:
        return False
    return True


def _set(dsn: str, role: str, password: str) -> None:
    with administering(dsn) as connection:
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        change = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
        connection.execute(change)
