"""Finding the hub from a node's process, again for every request: a hub that was started again has another port."""

from __future__ import annotations

import httpx2 as httpx
from typing_extensions import override

from caunoi.bootstrap import hub_url
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.settings import Settings

_ANY = "http://hub"  # replaced in each request


class HubTransport(httpx.BaseTransport):
    """Sends each request to where the hub listens now."""

    def __init__(self, settings: Settings, home: Home) -> None:
        self._settings = settings
        self._home = home
        self._inner = httpx.HTTPTransport()

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.

        Raises:
            httpx.ConnectError: no hub is known at this moment.
        """
        try:
            hub = httpx.URL(hub_url(self._settings, self._home))
        except UnavailableError:
            raise httpx.ConnectError("the hub does not run", request=request) from None
        request.url = request.url.copy_with(scheme=hub.scheme, host=hub.host, port=hub.port)
        request.headers["Host"] = hub.netloc.decode("ascii")
        return self._inner.handle_request(request)

    @override
    def close(self) -> None:
        """Let go of the connections."""
        self._inner.close()


def hub_client(settings: Settings, home: Home) -> httpx.Client:
    """A client of the hub as set, else of the one we started, wherever it listens."""
    if settings.hub_url:
        return httpx.Client(base_url=settings.hub_url, timeout=60)
    return httpx.Client(base_url=_ANY, transport=HubTransport(settings, home), timeout=60)
