"""Figures over HTTP, each with the entries behind it."""

from typing import Any

from fastapi import APIRouter

from node import documents as d
from node.contract import says
from node.node import Node
from node.statistics import Figure, victims_by_criminal_case


def add_statistics(to: APIRouter, node: Node) -> None:
    """Add the route of figures."""

    @to.get("/statistics", **says(d.Statistics))
    def statistics(year: int | None = None) -> dict[str, Any]:
        """Victims found through criminal cases, from this agency's own view, with the entries behind each figure."""
        with node.lock:
            found = victims_by_criminal_case(node.views.all("caseload"), agency=node.agency, year=year)
        return {
            "total": _figure(found.total),
            "by_residence": _figures(found.by_residence),
            "by_province": _figures(found.by_province),
            "by_regime": {regime: _figures(figures) for regime, figures in sorted(found.by_regime.items())},
        }


def _figure(figure: Figure) -> dict[str, Any]:
    return {"count": figure.count, "entries": figure.entries}


def _figures(figures: dict[str, Figure]) -> dict[str, Any]:
    return {name: _figure(one) for name, one in sorted(figures.items())}
