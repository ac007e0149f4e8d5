"""Finding the hub from a node's process, again for every request: a hub that was started again has another port."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx2 as httpx
from typing_extensions import override

from caunoi.bootstrap import hub_url
from caunoi.errors import SettingsError, UnavailableError
from caunoi.home import Home
from caunoi.listening import plain
from caunoi.settings import Settings

_ANY = "http://hub"  # replaced in each request


class HubTransport(httpx.BaseTransport):
    """Sends each request to where the hub listens now."""

    def __init__(self, settings: Settings, home: Home) -> None:
        self._settings = settings
        self._home = home
        self._inner = httpx.HTTPTransport(verify=plain())

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


class NoLine(httpx.BaseTransport):
    """There is no way to the hub from here: all that is said is carried."""

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.

        Raises:
            httpx.ConnectError: always.
        """
        raise httpx.ConnectError("this node has no line to the hub", request=request)


def node_client(settings: Settings, home: Home) -> httpx.Client:
    """A node's client of the hub; one that never gets there where all is carried."""
    if settings.node_over == "bundles":
        return httpx.Client(base_url=_ANY, transport=NoLine())
    return hub_client(settings, home)


def hub_client(settings: Settings, home: Home, *, timeout: float = 60.0) -> httpx.Client:
    """A client of the hub as set, else of the one we started, wherever it listens. `timeout` is in seconds.

    Raises:
        SettingsError: the authorities of its address cannot be read, or it is one without TLS.
    """
    if settings.hub_url:
        trusted = _trusted(settings.hub_url, settings.hub_ca)
        return httpx.Client(base_url=settings.hub_url, timeout=timeout, verify=trusted)
    return httpx.Client(base_url=_ANY, transport=HubTransport(settings, home), timeout=timeout)


def _trusted(url: str, ca: Path | None) -> ssl.SSLContext | bool:
    """Whom a client of this address trusts, as httpx has it; True is whom the system trusts."""
    if ca is not None:
        return authorities(url, ca)
    return httpx.URL(url).scheme == "https" or plain()


def authorities(url: str, ca: Path) -> ssl.SSLContext:
    """Who vouches for the hub's address: those of this PEM file alone.

    Raises:
        SettingsError: they cannot be read, or the address is one without TLS.
    """
    if httpx.URL(url).scheme != "https":
        raise SettingsError("hub_ca_without_tls")
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError:  # of which what is wrong with a certificate is one
        raise SettingsError("setting_file_unusable", name="CAUNOI_HUB_CA") from None
    context.hostname_checks_common_name = False  # RFC 9525 §2: a server's name is a subjectAltName
    return context
