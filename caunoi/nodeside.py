"""The composition root of a node: from settings and a home to a node that works. Loads nothing of the hub."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial

import httpx2 as httpx
from psycopg.conninfo import make_conninfo

from caunoi.bootstrap import HUB, INTAKE, node_secrets, open_keystore, open_shred_keys, pinned, schema_of
from caunoi.home import Home
from caunoi.settings import Settings
from domain.rules import current
from node.carried import Kept
from node.hub_client import HubClient
from node.ids import Ids, random_id
from node.node import Node
from node.paper_files import PaperFiles
from node.store import Store, connect
from projections.postgres import PostgresRows
from sealing import files
from sealing.encoding import from_base64url


@contextlib.contextmanager
def open_node(
    settings: Settings, home: Home, dsn: str, *, agency: str, client: httpx.Client, seed: int | None = None
) -> Iterator[Node]:
    """Build one agency's node over its own schema, and fold what its feed already has. With a seed, ids come from it.

    Raises:
        SettingsError: not everybody is made up here.
    """
    ids = None if seed is None else _seeded(settings, home, agency=agency, seed=seed)
    place = home.prepare_node(agency)
    with contextlib.ExitStack() as stack:
        keystore = open_keystore(settings, place.keystore, place.kek, agency=agency)
        stack.enter_context(files.locked(place.root / "node"))  # one process sends; others may keep views beside it
        view_keys = stack.enter_context(open_shred_keys(place.view_keys, shared=True))
        role = schema_of(agency)
        connection = stack.enter_context(connect(make_conninfo(dsn, user=role), schema=role))
        tag_key, quarantine_key = node_secrets(home, agency)
        store = Store(connection)
        keys = pinned(home)
        node = Node(
            agency=agency,
            keystore=keystore,
            hub=HubClient(client, agency=agency, keystore=keystore, now=lambda: int(time.time())),
            store=store,
            rows=PostgresRows(connection, keys=view_keys),
            paper_files=PaperFiles(store.attachments, keys=view_keys),
            rules=current(),
            tag_key=tag_key,
            quarantine_key=quarantine_key,
            hub_key=from_base64url(keys[HUB]["public"]),
            kept=Kept(connection, keys=view_keys),
            intake_key=from_base64url(keys[INTAKE]["public"]) if INTAKE in keys else None,
            now=lambda: time.time_ns() // 1000,
            ids=random_id if ids is None else ids(store.is_made),
        )
        if settings.node_over == "kafka":
            _go_over_kafka(settings, node, stack)
        node.start()
        yield node


def _go_over_kafka(settings: Settings, node: Node, stack: contextlib.ExitStack) -> None:
    from caunoi.kafka.node import over_kafka  # noqa: PLC0415 - its library is large; not all nodes need it

    node.way = way = over_kafka(settings, node)
    stack.callback(way.close)


def _seeded(settings: Settings, home: Home, *, agency: str, seed: int) -> Callable[[Callable[[str], bool]], Ids]:
    from caunoi.made_up import SeededIds, check_made_up  # noqa: PLC0415 - a node of somebody real never loads it

    check_made_up(settings, home, author=agency)
    return partial(SeededIds, seed, agency)
