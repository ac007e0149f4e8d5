"""`audit replay` on this machine: an agency's views rebuilt from the log with its own keys, beside those it keeps.

What is kept is read from the database where the node does not run, else asked of the node, because only one process
may hold the keys of its views.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from audit.errors import FindingError, SourceUnavailableError
from audit.postgres import PostgresLogSource
from audit.replay import Difference, Rebuilt, replay
from audit.sources import LogSource
from caunoi.bootstrap import node_secrets, open_keystore, open_shred_keys, schema_of
from caunoi.database import open_database
from caunoi.deployment import deployed
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.hub_address import hub_client
from caunoi.listening import running
from caunoi.officers import NodeClient
from caunoi.settings import Settings
from domain.case import local_day
from domain.errors import RefusedError
from node.hub_client import HubClient
from projections.postgres import PostgresRows
from projections.rows import MemoryRows, Row, Rows, dump


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was rebuilt: rows of each view, SHA-256 of their dump, the last feed number; and what is kept otherwise.

    `moved`: cases and activities that later entries are about, which an earlier view cannot be compared with;
    `compared`: rows of the others.
    """

    rows: dict[str, int]
    digest: str
    position: int
    moved: int
    compared: int
    differences: list[Difference]

    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        differences = [{"view": one.view, "key": one.key, "kind": one.kind} for one in self.differences]
        return {
            "rows": self.rows,
            "digest": self.digest,
            "position": self.position,
            "moved": self.moved,
            "compared": self.compared,
            "differences": differences,
        }


def replay_views(settings: Settings, *, agency: str, as_of: int | None, remark: Callable[[str], None]) -> Done:
    """Rebuild an agency's views, as they are or as of an entry, and compare them with the kept ones.

    Raises:
        RefusedError: `agency_unknown`, nothing of this agency is here; `cli_beyond_head`, the log has no such entry;
            a finding's code, the log has to be verified.
        UnavailableError: the log or the hub cannot be reached.
    """
    home = Home(settings.home)
    place = home.node(agency)
    if not place.keystore.exists() or not place.view_keys.exists():
        raise RefusedError("agency_unknown")
    with contextlib.ExitStack() as stack:
        dsn = stack.enter_context(open_database(settings, home))
        if running(home, "hub") is None:
            stack.enter_context(deployed(settings, nodes=(), starting=lambda: remark("cli_starting_for_now")))
        kept = stack.enter_context(_kept(settings, home, dsn, agency))
        client = stack.enter_context(hub_client(settings, home))
        keystore = open_keystore(settings, place.keystore, place.kek, agency=agency)
        try:
            source = stack.enter_context(PostgresLogSource(dsn))
            if as_of is not None:
                _check_within(source, as_of)
            rebuilt = replay(
                source,
                agency=agency,
                keystore=keystore,
                materials=HubClient(client, agency=agency, keystore=keystore, now=lambda: int(time.time())),
                tag_key=node_secrets(home, agency)[0],
                day=local_day(time.time_ns() // 1_000),
                as_of=as_of,
                position=kept.position(),
                kept_day=kept.day(),
            )
        except FindingError as error:
            raise RefusedError(error.code, **error.params) from None
        except SourceUnavailableError:
            raise UnavailableError("cli_log_unavailable") from None
        return _done(rebuilt, kept)


def _check_within(source: LogSource, as_of: int) -> None:
    if any(one.index >= as_of for one in source.entries(after=as_of - 1)):
        return
    raise RefusedError("cli_beyond_head", head=max((one.index for one in source.entries()), default=0))


def _done(rebuilt: Rebuilt, kept: Rows) -> Done:
    rows = rebuilt.rows
    counted = Counter({view: sum(1 for _ in rows.all(view)) for view in rows.views()})
    digest = hashlib.sha256()
    for line in dump(rows):
        digest.update(line.encode() + b"\n")
    return Done(
        rows=dict(counted),
        digest=digest.hexdigest(),
        position=rows.position(),
        moved=len(rebuilt.moved),
        compared=sum(1 for view in rows.views() for row in rows.all(view) if not rebuilt.moved & {row.case, row.key}),
        differences=rebuilt.differences(kept),
    )


@contextlib.contextmanager
def _kept(settings: Settings, home: Home, dsn: str, agency: str) -> Iterator[Rows]:
    """The views as they are kept."""
    if running(home, f"node-{agency}") is not None:
        with NodeClient(settings, home, agency=agency) as client:
            yield _asked(client)
        return
    with (
        psycopg.connect(dsn, autocommit=True) as connection,
        open_shred_keys(home.node(agency).view_keys, shared=True) as keys,
    ):
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema_of(agency))))
        yield PostgresRows(connection, keys=keys)


def _asked(client: NodeClient) -> MemoryRows:
    """The rows as the running node gives them, all of one position of its feed."""
    while True:
        before = client.sync()
        lines = [json.loads(line) for line in client.dump()]
        after = client.sync()
        if (after["feed"], after["day"]) == (before["feed"], before["day"]):
            rows = MemoryRows()
            rows.write([Row(**line) for line in lines], position=before["feed"], day=before["day"])
            return rows
