"""Over HTTP: the time limits that run for this agency, and those of one case."""

from fastapi import APIRouter

from node.clocks import CaseClock, Duty, case_clocks, duties
from node.node import Node
from projections.casefile import CaseFile


def add_clocks(to: APIRouter, node: Node) -> None:
    """Add the route of the clocks."""

    @to.get("/clocks")
    def clocks() -> list[Duty]:
        """Duties of this agency over all its cases, soonest first: running, warned, overdue by how much, not known."""
        with node.lock:
            files = node.projector.files.values()
            return duties(
                files, agency=node.agency, directory=node.projector.directory, rules=node.rules, today=node.today()
            )


def clocks_of(node: Node, file: CaseFile) -> list[CaseClock]:
    """The clocks of one case today."""
    return case_clocks(file, directory=node.projector.directory, rules=node.rules, today=node.today())
