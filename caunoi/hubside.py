"""The composition root of the hub: its database, its keys, its intake and its web application."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from fastapi import FastAPI
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from caunoi.bootstrap import HUB, open_keystore, open_shred_keys, pinned
from caunoi.home import Home
from caunoi.settings import Settings
from domain.rules import current
from hub import api as hub_api
from hub.head import Head
from hub.intake import Intake
from hub.log.application import HubApplication, environment
from hub.log.erasing import erase_grants, erase_unnamed
from hub.log.guards import check_schema, check_server, single_hub
from hub.sharing import Sharing
from sealing.encoding import from_base64url

WRITER = "caunoi_writer"


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub that works: its intake, its web application, and the session that makes it the one hub."""

    intake: Intake
    app: FastAPI
    guard: psycopg.Connection[TupleRow]


@contextlib.contextmanager
def open_hub(settings: Settings, home: Home, dsn: str) -> Iterator[Hub]:
    """Check what must hold, become the one hub of this database, and build it.

    Raises:
        StartRefusedError: an unsafe setting, another schema, or a second hub.
    """
    with contextlib.ExitStack() as stack:
        guard = stack.enter_context(psycopg.connect(make_conninfo(dsn, user=WRITER), autocommit=True))
        check_server(guard)
        check_schema(guard)
        single_hub(guard)
        application = stack.enter_context(HubApplication(environment(make_conninfo(dsn), user=WRITER)))
        keystore = open_keystore(settings, home.hub.keystore, home.hub.kek, agency=HUB, seals=False)
        shred_keys = stack.enter_context(open_shred_keys(home.hub.shred_keys))
        keys = pinned(home)
        intake = Intake(
            head=Head(application),
            shred_keys=shred_keys,
            signer=keystore,
            sign_as=keystore.kids("sign")[-1],
            rules=current(),
            registrar=keys["registrar"]["kid"],
            eraser=lambda hashes: erase_grants(dsn, hashes),
            sweeper=lambda before: erase_unnamed(dsn, before),
        )
        intake.sweep()
        registrar_public = from_base64url(keys["registrar"]["public"])
        app = hub_api.create(intake, Sharing(intake), registrar_public=registrar_public, clock=lambda: int(time.time()))
        yield Hub(intake, app, guard)
