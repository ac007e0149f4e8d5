"""The database's roles: one for each node, and their passwords, as libpq's own pass files have them.

A password goes to the server as its SCRAM verifier (RFC 5802), so that no log of a statement holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from caunoi.bootstrap import schema_of
from caunoi.errors import PostgresError, SettingsError

_LOGINS = ("caunoi_writer", "caunoi_eraser")


def prepare_node_role(dsn: str, agency: str) -> None:
    """A role of its own for each node, that owns its own schema and nothing else, and may make no other."""
    name = sql.Identifier(schema_of(agency))
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (schema_of(agency),)).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(name, name))


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
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
            change = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
            connection.execute(change)
    except psycopg.Error:
        # The cause may quote the statement.
        raise PostgresError("role_not_set", role=role) from None
