"""Whose log a database holds, before anything is changed in it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from caunoi.bootstrap import REGISTRAR, make_founding_keys, pinned
from caunoi.deployment import deployed
from caunoi.errors import SettingsError
from caunoi.founding import check_log
from caunoi.home import Home
from caunoi.settings import Settings
from tests.hub.log_fixtures import hub_dsn

__all__ = ["hub_dsn"]
GENESIS = """
    INSERT INTO hub.log (log_index, notification_id, originator_id, originator_version, statement_id, statement_hash,
        author, kid, type, leaf, recorded)
    VALUES (1, 1, gen_random_uuid(), 1, 'one', %s, 'registrar', %s, 'genesis', %s, 1)
"""


def founded(dsn: str, kid: str) -> None:
    """A log whose first entry this key has signed."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET session_replication_role = replica")  # no stream beside it
        connection.execute(GENESIS, (bytes(32), kid, bytes(32)))


def home_at(root: Path) -> Home:
    """A home with its founding keys."""
    home = Home(root)
    home.prepare()
    make_founding_keys(Settings(home=root), home)
    return home


def test_an_empty_database_is_anybodys(hub_dsn: str, database: str, tmp_path: Path) -> None:
    """Without a schema, and with one that has no entry."""
    home = home_at(tmp_path / "home")
    check_log(database, home)
    check_log(hub_dsn, home)


def test_ones_own_log(hub_dsn: str, tmp_path: Path) -> None:
    """The home that founded it goes on."""
    home = home_at(tmp_path / "home")
    founded(hub_dsn, pinned(home)[REGISTRAR]["kid"])
    check_log(hub_dsn, home)


def test_the_log_of_another_home(hub_dsn: str, tmp_path: Path) -> None:
    """Nothing starts on it, whatever is asked for."""
    founded(hub_dsn, "0" * 32)
    with (
        pytest.raises(SettingsError) as refused,
        deployed(Settings(home=tmp_path / "home", database_url=hub_dsn), nodes=()),
    ):
        pass
    assert refused.value.code == "log_of_another_home"
