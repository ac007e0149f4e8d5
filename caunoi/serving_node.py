"""One agency's node as a process: it follows its feed while it serves. Loads nothing of the hub."""

from __future__ import annotations

import shutil
import tempfile
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg

from caunoi.ending import end_process
from caunoi.errors import PostgresError
from caunoi.home import Home
from caunoi.hub_address import node_client
from caunoi.nodeside import open_node
from caunoi.operating_log import LOG
from caunoi.public_keys import take_part
from caunoi.serving import serve
from caunoi.settings import Settings
from node import api as node_api
from node.errors import NodeError
from node.node import Node

FOLLOW_EVERY = 0.5  # seconds between two looks at the feed when nothing moves


def serve_node(settings: Settings, *, dsn: str, agency: str, supervised: bool, seed: int | None = None) -> None:
    """Serve one agency's node.

    Raises:
        PostgresError: its database does not answer.
        UnavailableError: the hub's or the registrar's public keys are not there yet.
        SettingsError: they are not those pinned; a seed where not everybody is made up.
    """
    home = Home(settings.home)
    try:
        if not supervised:
            take_part(settings, home, agency)
        _serve_node(settings, home, dsn=dsn, agency=agency, supervised=supervised, seed=seed)
    except psycopg.OperationalError:
        LOG.error("database_not_reached")
        # The cause may quote the URL.
        raise PostgresError("postgres_not_reached") from None


def _serve_node(settings: Settings, home: Home, *, dsn: str, agency: str, supervised: bool, seed: int | None) -> None:
    stop = threading.Event()
    tempfile.tempdir = str(_emptied(home, home.prepare_node(agency).taking))
    with (
        node_client(settings, home) as client,
        open_node(settings, home, dsn, agency=agency, client=client, seed=seed) as node,
    ):
        node.try_sync()  # the directory first: without it nothing can be taken in
        follower = threading.Thread(target=_follow, args=(node, stop), name="follow", daemon=True)
        follower.start()
        app = node_api.create(node, clock=lambda: node.now() // 1_000_000, today=_today)
        try:
            port = settings.node_ports.get(agency, 0)
            serve(app, settings, home, name=f"node-{agency}", port=port, supervised=supervised)
        finally:
            stop.set()
            follower.join(10)


def _today() -> date:
    return (datetime.now(UTC) + timedelta(hours=7)).date()


def _emptied(home: Home, directory: Path) -> Path:
    """Give a private, empty directory for this process's temporary files.

    A file that is taken in lies there in the clear. A process that was killed leaves it behind, so it must not be a
    place that others use or that nobody tidies up.
    """
    shutil.rmtree(directory, ignore_errors=True)
    home.make_private(directory)
    return directory


def _follow(node: Node, stop: threading.Event) -> None:
    """Send and follow again and again; a hub that is away is waited for.

    Anything else, such as a lost database, may have left what is in memory ahead of what is stored: the process ends,
    and the next one reads everything anew.
    """
    away = ""
    try:
        while not stop.wait(FOLLOW_EVERY):
            try:
                node.outbox.bring(lock=node.lock)
                node.sync()
            except NodeError as error:
                if str(error) != away:
                    LOG.warning("hub_away", reason=str(error))
                away = str(error)
            else:
                if away:
                    LOG.info("hub_back")
                away = ""
    except psycopg.OperationalError:
        LOG.error("database_lost")
    finally:
        if not stop.is_set():
            end_process()
