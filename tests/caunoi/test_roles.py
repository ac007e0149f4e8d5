"""The roles of a database that an administrator keeps: passwords as the operator's pass files have them."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from caunoi.errors import PostgresError, SettingsError
from caunoi.roles import pass_lines, prepare_node_role, set_passwords
from tests.hub.log_fixtures import hub_dsn, migrated

__all__ = ["hub_dsn"]


def test_pass_file(tmp_path: Path) -> None:
    """Five fields, a colon or backslash in one escaped; comments and empty lines are none (libpq)."""
    file = tmp_path / "pgpass"
    file.write_text("# made up\n\nh:5432:d:node_a:one\\:two\\\\three\n*:*:*:node_b:four\n", "utf-8")
    assert list(pass_lines(file)) == [("node_a", "one:two\\three"), ("node_b", "four")]


@pytest.mark.parametrize("line", ["hunter2", "h:1:d:node_a", "h:1:d:node_a:", "h:1:d:node_a:hunter2:x"])
def test_another_file(tmp_path: Path, line: str) -> None:
    """What is no pass file is refused, and not quoted."""
    (tmp_path / "pgpass").write_text(line, "utf-8")
    with pytest.raises(SettingsError) as refused:
        list(pass_lines(tmp_path / "pgpass"))
    assert "hunter2" not in str(refused.value) + repr(refused.value.params)


def test_a_pass_file_may_name_only_our_roles(hub_dsn: str, tmp_path: Path) -> None:
    """A line for the administrator, or for a node that was not named, changes nobody's password."""
    for role in ("postgres", "caunoi", "node_of_another"):
        (tmp_path / "pgpass").write_text(f"*:*:*:{role}:made-up-word\n", "utf-8")
        with pytest.raises(SettingsError) as refused:
            set_passwords(hub_dsn, tmp_path / "pgpass", agencies=["police-38"])
        assert refused.value.code == "pass_file_unusable"


def test_who_may_not_is_told_so(hub_dsn: str) -> None:
    """A role that may make no roles, and a server that does not answer: two sentences, and nothing of the server's."""
    for dsn, code in ((make_conninfo(hub_dsn, user="caunoi_follower"), "postgres_refused"), ("host=/nowhere", None)):
        with pytest.raises(PostgresError) as refused:
            prepare_node_role(dsn, "gia-dinh-1")
        assert refused.value.code == (code or "postgres_not_reached")


def test_a_node_role_makes_no_schema(database: str) -> None:
    """It owns its own and could not take the name of another's; preparing it twice is preparing it once."""
    migrated(database)  # not a copy of a template: what a role may do in a database is not copied
    for _ in range(2):
        prepare_node_role(database, "gia-dinh-1")
    with psycopg.connect(database, user="node_gia_dinh_1", autocommit=True) as connection:
        connection.execute("CREATE TABLE node_gia_dinh_1.mine (a int)")
        for statement in ("CREATE SCHEMA node_gia_dinh_2", "SELECT 1 FROM hub.log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
    with psycopg.connect(database, autocommit=True) as connection:
        role = sql.Identifier("node_gia_dinh_1")
        connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(role))
        connection.execute(sql.SQL("DROP ROLE {}").format(role))
