"""What must hold before the hub takes its first statement. Each check raises or returns nothing."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any

from eventsourcing.utils import strtobool
from psycopg import Connection
from psycopg.rows import tuple_row

from hub.errors import SchemaError, SecondHubError, UnsafeSettingError
from hub.log import migrate

_DB_FUNCTIONS = "POSTGRES_ENABLE_DB_FUNCTIONS"
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
_SINGLE_HUB = "SELECT pg_try_advisory_lock(hashtextextended('caunoi/single-hub', 0))"


def refuse_db_functions(settings: Mapping[str, str]) -> None:
    """Refuse the library's insert function: it takes no lock, so a follower can step over an entry for ever.

    Any key that ends so counts, because the library also reads it with an application's name before it.

    Raises:
        UnsafeSettingError: The function is switched on, or the value cannot be told.
    """
    for key, value in settings.items():
        if not key.upper().endswith(_DB_FUNCTIONS) or not value:
            continue
        try:
            enabled = strtobool(value)
        except ValueError:
            enabled = True
        if enabled:
            raise UnsafeSettingError(f"{_DB_FUNCTIONS} must not be set: followers would lose entries")


def check_server(connection: Connection[Any]) -> None:
    """Refuse a server that could forget what it acknowledged. Ask as the role and on the database the hub uses.

    Raises:
        UnsafeSettingError: `fsync`, `full_page_writes` or `synchronous_commit` is off.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        for setting in _DURABLE:
            cursor.execute("SELECT current_setting(%s)", (setting,))
            if cursor.fetchone() == ("off",):
                raise UnsafeSettingError(f"{setting} is off on the database server")


def check_schema(connection: Connection[Any]) -> None:
    """Refuse a database whose schema is not this program's.

    Raises:
        SchemaError: A migration is missing, changed, or unknown to this program.
    """
    if migrate.check(connection) < len(migrate.MIGRATIONS):
        raise SchemaError("the database lacks a migration")


def single_hub(connection: Connection[Any], *, wait: float = 2.0) -> None:
    """Become the one hub of this database for as long as this session lives.

    Give it a connection in autocommit, keep that open and to yourself, and stop the hub when it is lost: the lock
    goes with it. A hub that has just died may hold the lock for a moment, so `wait` seconds are waited.

    Raises:
        SecondHubError: Another session is the hub.
    """
    deadline = monotonic() + wait
    with connection.cursor(row_factory=tuple_row) as cursor:
        while cursor.execute(_SINGLE_HUB).fetchone() != (True,):
            if monotonic() >= deadline:
                raise SecondHubError("another hub writes to this database")
            sleep(0.05)
