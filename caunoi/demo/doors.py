"""Who goes by which door where the worked example is played with Kafka, and how what was said comes to everybody."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import psycopg
from psycopg import sql

from caunoi.bootstrap import schema_of
from caunoi.carrying import carrier
from caunoi.deployment import Deployment, Door
from caunoi.errors import UnavailableError
from caunoi.officers import NodeClient

NODES: Final = (
    "police-38", "border-na-meo", "labour-38", "women-38", "police-14", "labour-14", "police-40", "labour-40",
)  # fmt: skip
BORDER, WOMEN = "border-na-meo", "women-38"
OTHERS: Mapping[str, Door] = MappingProxyType({BORDER: "bundles", WOMEN: "http"})
WITH_KAFKA: Mapping[str, Door] = MappingProxyType({agency: OTHERS.get(agency, "kafka") for agency in NODES})
SETTLED_WITHIN = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways between the agencies of a deployment and its hub."""

    deployment: Deployment

    def settle(self, agency: str) -> None:
        """Let all that was said come to an agency. Over HTTP it asks; by the other doors it comes, and is waited for.

        Raises:
            UnavailableError: it does not come.
        """
        if self.deployment.doors:
            self._wait()
        self.deployment.node(agency).sync()

    def _wait(self) -> None:
        deadline = time.monotonic() + SETTLED_WITHIN
        with psycopg.connect(self.deployment.dsn, autocommit=True) as connection:
            while behind := _behind(connection):
                if time.monotonic() > deadline:
                    raise UnavailableError("demo_not_everywhere", seconds=int(SETTLED_WITHIN))
                self.deployment.supervisor.mend()
                for one in behind:
                    self._turn(self.deployment.node(one))

    def _turn(self, node: NodeClient) -> None:
        """Let an agency send and follow; of one without a line a bundle goes to the hub, and comes back answered."""
        if self.deployment.doors[node.agency] != "bundles":
            node.sync()
            return
        with carrier(self.deployment.settings, self.deployment.home) as bringer:
            node.unpack(bringer.take(node.pack()).bundle)


def _behind(connection: psycopg.Connection[Any]) -> list[str]:
    """Agencies whose statements still wait, or who have not what the hub's own book says of their feed."""
    asked = sql.SQL(
        "SELECT EXISTS (SELECT FROM {outbox} WHERE state = 'queued') OR (SELECT max(number) FROM {feed})"
        " IS DISTINCT FROM (SELECT max(number) FROM hub.feeds WHERE agency = {agency})"
    )
    return [
        agency
        for agency in NODES
        if connection.execute(
            asked.format(
                outbox=sql.Identifier(schema_of(agency), "outbox"),
                feed=sql.Identifier(schema_of(agency), "feed"),
                agency=agency,
            )
        ).fetchone()
        == (True,)
    ]
