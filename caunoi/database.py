"""A PostgreSQL server one can connect to, whoever started it, and the databases on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from caunoi.errors import PostgresError
from caunoi.home import Home
from caunoi.settings import Settings


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server one can connect to."""

    dsn: str
    """Of the database `postgres`; `ensure_database` gives that of another."""
    version: int
    """As `server_version_num`: 150018 is 15.18."""
    source: str
    """`url`, `setting`, `system` or `wheel`; `running` if it ran already."""
    socket_directory: Path | None
    """Where the socket is found: below the home, or a short link to there in a private temporary directory."""


@contextlib.contextmanager
def open_database(settings: Settings, home: Home) -> Iterator[str]:
    """Give the dsn of our database for as long as the block runs; the embedded server is started if it must.

    A database that `CAUNOI_DATABASE_URL` names is taken as it is; else `CAUNOI_DATABASE_NAME` is made on that server.

    Raises:
        PostgresError: there is none, and the sentence says why.
    """
    if settings.database_url is None:
        from caunoi.postgres import Embedded

        with Embedded(home, binaries=settings.postgres_binaries, start_within=settings.start_within) as server:
            yield ensure_database(server.dsn, settings.database_name)
    else:
        dsn = connected(settings.database_url).dsn
        yield dsn if "dbname" in conninfo_to_dict(dsn) else ensure_database(dsn, settings.database_name)


def connected(url: str) -> Server:
    """Give a server that we did not start.

    Raises:
        PostgresError: it cannot be reached.
    """
    version = version_at(url)
    if version is None:
        raise PostgresError("postgres_not_reached")
    return Server(dsn=url, version=version, source="url", socket_directory=None)


def ensure_database(dsn: str, name: str) -> str:
    """Make the database unless it is there (UTF8, locale C), and give its dsn.

    Raises:
        PostgresError: the server refused.
    """
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                # Two programs may both have seen that it is missing.
                with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(create.format(sql.Identifier(name)))
    except psycopg.Error:
        # The cause may quote the URL.
        raise PostgresError("postgres_not_served", name=name) from None
    return make_conninfo(dsn, dbname=name)


@contextlib.contextmanager
def administering(dsn: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection[TupleRow]]:
    """A session that changes what the database is made of.

    Raises:
        PostgresError: the server cannot be reached, or this user may not.
    """
    try:
        with psycopg.connect(dsn, autocommit=autocommit) as connection:
            yield connection
    except psycopg.OperationalError:
        # The cause may quote the URL or the statement, here and below.
        raise PostgresError("postgres_not_reached") from None
    except psycopg.Error:
        raise PostgresError("postgres_refused") from None


def version_at(dsn: str) -> int | None:
    """Give `server_version_num` if a server answers."""
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            return connection.info.server_version
    except psycopg.OperationalError:
        return None
