"""The hub refuses to start where it could not keep its promises."""

from __future__ import annotations

import psycopg
import pytest

from hub.errors import SecondHubError, UnsafeSettingError
from hub.log.guards import check_server, refuse_db_functions, single_hub


def test_a_durable_server_is_taken(database: str) -> None:
    """The server these tests run on is one."""
    with psycopg.connect(database) as connection:
        check_server(connection)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_could_forget_is_refused(database: str, setting: str) -> None:
    """Each setting counts; this server is told to say that one is off, by a function found before its own."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS"
            f" $$ SELECT CASE $1 WHEN '{setting}' THEN 'off' ELSE pg_catalog.current_setting($1) END $$"
        )
        connection.execute("SET search_path = public, pg_catalog")
        with pytest.raises(UnsafeSettingError, match=setting):
            check_server(connection)


def test_asynchronous_commit_of_one_database_is_noticed(database: str) -> None:
    """A setting of this database alone counts like one of the server."""
    with psycopg.connect(database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with psycopg.connect(database) as connection, pytest.raises(UnsafeSettingError):
        check_server(connection)


def test_a_second_hub_is_refused_until_the_first_is_gone(database: str) -> None:
    """One session at a time is the hub of a database; its end, however it comes, lets the next one in."""
    with psycopg.connect(database, autocommit=True) as second:
        with psycopg.connect(database, autocommit=True) as first:
            single_hub(first)
            for wait in (0, 0.1):
                with pytest.raises(SecondHubError):
                    single_hub(second, wait=wait)
        single_hub(second)


def test_harmless_settings_are_taken() -> None:
    """Absent, empty or false: the function is off."""
    for value in ("", "n", "no", "0", "false", "off"):
        refuse_db_functions({"POSTGRES_ENABLE_DB_FUNCTIONS": value, "POSTGRES_SCHEMA": "hub"})
