"""Serving one of our applications until its parent or a signal ends it."""

from __future__ import annotations

import os
import socket

import uvicorn
from starlette.applications import Starlette
from typing_extensions import override

from caunoi.ending import watch_parent
from caunoi.home import Home
from caunoi.listening import present, write_port
from caunoi.operating_log import LOG
from caunoi.settings import Settings


class _Server(uvicorn.Server):
    """The library's server; it gives a signal on once it has stopped, so nothing after `run` could say so."""

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        LOG.info("stopped")


def config(app: Starlette) -> uvicorn.Config:
    """How an application is served.

    By h11: the other parser drops the body of a request that offers to speak HTTP/2 as well (`Upgrade: h2c`), which
    Java's client does of itself. No application here speaks WebSocket; its library would be loaded for nothing.
    """
    return uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", log_config=None, log_level="warning", access_log=False
    )


def serve(app: Starlette, settings: Settings, home: Home, *, name: str, port: int, supervised: bool) -> None:
    """Serve an application; its port is written down once it listens. Port 0 takes a free one.

    Without a supervisor it also writes down its own process id, for whoever wants to stop it.

    Raises:
        UnavailableError: it is served from this home already.
    """
    listening = socket.create_server((settings.address, port))
    if supervised:
        watch_parent()
    else:
        home.pid_file(name).write_text(f"{os.getpid()}\n", "ascii")
    with present(home, name):
        port = listening.getsockname()[1]
        write_port(home.port_file(name), port)
        LOG.info("started", port=port)
        _Server(config(app)).run(sockets=[listening])
