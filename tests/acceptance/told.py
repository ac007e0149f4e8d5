"""What was said in a home where the worked example was played, and what everybody sees of it. Not a test.

Two playings differ in when something was said, in where it lies in the log of all cases, and in keys. So that they can
be compared: a log index is written as the statement that stands there, the moment of recording is left out, what was
done just now occurred "now", and of the keyed tags is told which rows share one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from caunoi.bootstrap import open_shred_keys, schema_of
from caunoi.database import open_database
from caunoi.demo.doors import NODES
from caunoi.home import Home
from caunoi.settings import Settings
from projections.postgres import PostgresRows
from projections.rows import Row, canonical

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """Read where nothing runs.

    Attributes:
        statements: stream (a case, or what an agency says of no case) → type and id of its statements, in their order.
        views: agency → a line for each row of its views, and for each tag the rows that have it.
        grants: the wrapped data keys by their hash.
    """

    statements: dict[str, list[str]]
    views: dict[str, list[str]]
    grants: list[str]


def told(place: Path) -> Told:
    """Read the log and everybody's views of a home."""
    home = Home(place)
    with open_database(Settings(home=place), home) as dsn, psycopg.connect(dsn, autocommit=True) as connection:
        statements, names, began = defaultdict[str, list[str]](list), dict[int, str](), ""
        query = "SELECT log_index, originator_id, statement_id, type, recorded FROM hub.log ORDER BY log_index"
        for index, stream, statement, kind, _ in connection.execute(query):
            statements[str(stream)].append(f"{kind} {statement}")
            names[index] = str(statement)
        (began,) = connection.execute("SELECT to_char(min(to_timestamp(recorded / 1e6)) AT TIME ZONE 'UTC',"
                                      " 'YYYY-MM-DD\"T\"HH24:MI\"Z\"') FROM hub.log").fetchone() or ("",)  # fmt: skip
        views = {agency: _View(names, began).lines(connection, home, agency) for agency in NODES}
        grants = [str(digest) for (digest,) in connection.execute("SELECT encode(hash, 'hex') FROM hub.grants")]
    return Told(dict(statements), views, grants)


@dataclass(frozen=True, slots=True)
class _View:
    """`names`: log index → statement; `began`: the minute of the first entry."""

    names: Mapping[int, str]
    began: str

    def lines(self, connection: Connection, home: Home, agency: str) -> list[str]:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema_of(agency))))
        with open_shred_keys(home.node(agency).view_keys) as keys:
            rows = PostgresRows(connection, keys=keys)
            found = [row for view in rows.views() for row in rows.all(view)]
            sharing = defaultdict[str, list[str]](list)
            for row in found:
                for tag in row.facts.get("tags", ()):
                    sharing[tag].append(f"{row.view} {row.key}")
            return sorted([*map(self._line, found), *(f"tag of {rows}" for rows in sharing.values())])

    def _line(self, row: Row) -> str:
        key = self.names[int(row.key)] if row.view == "timeline" else row.key
        parts = {"view": row.view, "key": key, "case": row.case, "facts": row.facts, "content": row.content}
        return canonical(self._said(json.loads(canonical(parts))))

    def _said(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._said(one) for one in value]
        if not isinstance(value, dict):
            return value
        said = {name: self._named(name, one) for name, one in value.items() if name not in {"recorded", "tags"}}
        return {self._paper(name): one for name, one in said.items()}

    def _paper(self, name: str) -> str:
        """A paper is called by the entry it came with and its number there."""
        index, point, number = name.partition(".")
        return f"{self.names[int(index)]}.{number}" if point and index.isdigit() else name

    def _named(self, name: str, value: Any) -> Any:
        if name in {"index", "newest"}:
            return self.names[value]
        if name == "notified":
            return [self.names[index] for index in value]
        if name == "occurred" and value >= self.began:
            return "now"
        return self._said(value)
