"""Over HTTP: who asked for sections and waits, and who cannot open what it was granted."""

from fastapi import APIRouter

from node.access import Waiting, waiting
from node.node import Node


def add_requests(to: APIRouter, node: Node) -> None:
    """Add the route of the requests."""

    @to.get("/requests")
    def requests() -> list[Waiting]:
        """What waits for this agency, then what it waits for; since when, and why no node answers by itself."""
        with node.lock:
            return waiting(
                node.projector.files.values(),
                agency=node.agency,
                directory=node.projector.directory,
                rules=node.rules,
                day=node.today(),
            )
