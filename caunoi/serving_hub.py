"""The hub's process. It ends when it is no longer the one hub of its database."""

from __future__ import annotations

import contextlib
import threading

import psycopg

from caunoi.bootstrap import HUB
from caunoi.ending import end_process
from caunoi.errors import PostgresError, UnavailableError
from caunoi.home import Home
from caunoi.hubside import Hub, open_hub
from caunoi.operating_log import LOG
from caunoi.public_keys import take_part
from caunoi.serving import serve
from caunoi.settings import Settings
from hub.errors import IntakeUnavailableError, StartRefusedError
from hub.intake import Intake

LOOK_EVERY = 0.5  # seconds between two looks whether the database still knows us as the hub
SWEEP_WITHIN = 60.0  # seconds into a new day until what ran out with the old one is deleted


def serve_hub(settings: Settings, *, dsn: str, supervised: bool) -> None:
    """Serve the hub.

    Raises:
        UnavailableError: it must not run like this: no database, an unsafe setting, another schema, a second hub.
        SettingsError: the registrar's key is not the one pinned.
    """
    home = Home(settings.home)
    stop = threading.Event()
    try:
        if not supervised:
            take_part(settings, home, HUB)
        with open_hub(settings, home, dsn) as hub:
            guard = threading.Thread(target=_keep_guard, args=(hub, stop), name="guard", daemon=True)
            guard.start()
            threading.Thread(target=sweep_daily, args=(hub.intake, stop), name="sweep", daemon=True).start()
            try:
                serve(hub.app, settings, home, name=HUB, port=settings.hub_port, supervised=supervised)
            finally:
                stop.set()
                guard.join(5)
    except StartRefusedError as error:
        LOG.error("start_refused", reason=str(error))
        raise UnavailableError("hub_start_refused", reason=str(error)) from error
    except psycopg.OperationalError:
        LOG.error("database_not_reached")
        # The cause may quote the URL.
        raise PostgresError("postgres_not_reached") from None


def _keep_guard(hub: Hub, stop: threading.Event) -> None:
    """End this process when the session that makes it the one hub is lost: the lock went with it."""
    while not stop.wait(LOOK_EVERY):
        try:
            hub.guard.execute("SELECT")
        except psycopg.Error:
            LOG.error("database_lost")
            end_process()
            return


def sweep_daily(intake: Intake, stop: threading.Event, *, every: float = SWEEP_WITHIN) -> None:
    """Sweep once each day; what fails because the database is away is tried again."""
    swept = intake.today()
    while not stop.wait(every):
        day = intake.today()
        if day == swept:
            continue
        with contextlib.suppress(IntakeUnavailableError):
            intake.sweep()
            swept = day
