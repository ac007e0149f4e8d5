"""The hub's process."""

from __future__ import annotations

from caunoi.bootstrap import HUB
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.hubside import open_hub
from caunoi.serving import serve
from caunoi.settings import Settings
from hub.errors import StartRefusedError


def serve_hub(settings: Settings, *, dsn: str, supervised: bool) -> None:
    """Serve the hub.

    Raises:
        UnavailableError: it must not run like this: an unsafe setting, another schema, a second hub.
    """
    home = Home(settings.home)
    try:
        with open_hub(settings, home, dsn) as hub:
            serve(hub.app, settings, home, name=HUB, port=settings.hub_port, supervised=supervised)
    except StartRefusedError as error:
        raise UnavailableError("hub_start_refused", reason=str(error)) from error
