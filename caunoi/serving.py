"""Serving one of our applications on loopback until its parent or a signal ends it."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from caunoi.home import Home
from caunoi.processes import watch_parent, write_port
from caunoi.settings import Settings


def serve(app: FastAPI, settings: Settings, home: Home, *, name: str, port: int, supervised: bool) -> None:
    """Serve an application; its port is written down once it listens. Port 0 takes a free one."""
    listening = socket.create_server((settings.address, port))
    # Neither application speaks WebSocket; its library would be loaded for nothing.
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
    if supervised:
        watch_parent()
    write_port(home.port_file(name), listening.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listening])
