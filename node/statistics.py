"""Figures from one agency's own views and nothing else, each with the numbers of the entries behind it.

A victim is counted once, in the case's entry pathway and the province of residence; a figure that cannot be told is
counted as unknown, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from projections.rows import Row

INSIDE, OUTSIDE, UNKNOWN = "inside", "outside", "unknown"


@dataclass(slots=True)
class Figure:
    """A count with the cases and log entries that make it."""

    cases: list[str] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many cases."""
        return len(self.cases)

    def add(self, case: str, entries: Iterable[int]) -> None:
        """Count a case once, with its entries."""
        if case not in self.cases:
            self.cases.append(case)
        self.entries = sorted({*self.entries, *entries})


@dataclass(slots=True)
class Victims:
    """Victims found through criminal cases: all, by residence, by regime of support, by province."""

    total: Figure = field(default_factory=Figure)
    by_residence: dict[str, Figure] = field(default_factory=dict)
    by_regime: dict[str, dict[str, Figure]] = field(default_factory=dict)
    by_province: dict[str, Figure] = field(default_factory=dict)


def victims_by_criminal_case(rows: Iterable[Row], *, agency: str, year: int | None = None) -> Victims:
    """Count identified victims whose case came in by rescue, from one agency's caseload rows.

    Args:
        agency: its own record comes first where several authors say where the person lives.
        year: of the legal date of identification; None counts all.
    """
    victims = Victims()
    for row in rows:
        identified = row.facts.get("identified")
        if identified is None or row.facts.get("pathway") != "rescued":
            continue
        if year is not None and not identified["legal_date"].startswith(str(year)):
            continue
        residence, province = _residence(row, agency)
        base = [*row.facts["notified"], identified["index"]]
        victims.total.add(row.key, base)
        victims.by_residence.setdefault(residence, Figure()).add(row.key, base)
        victims.by_province.setdefault(province, Figure()).add(row.key, base)
        for support in row.facts["support"]:
            figures = victims.by_regime.setdefault(support["regime"], {})
            figures.setdefault(residence, Figure()).add(row.key, [support["index"]])
    return victims


def _residence(row: Row, agency: str) -> tuple[str, str]:
    """(inside | outside | unknown, province code | unknown) as the agency's own record says, else another author's."""
    profiles: dict[str, Any] = dict((row.content or {}).get("profile", {}))
    ordered = [profiles[agency]] if agency in profiles else []
    ordered += [profiles[author] for author in sorted(profiles) if author != agency]
    residence = _first(ordered, "residence")
    province = _first(ordered, "residence_province")
    return (residence if residence in {INSIDE, OUTSIDE} else UNKNOWN), province or UNKNOWN


def _first(records: Iterable[dict[str, Any]], name: str) -> str | None:
    for record in records:
        value = record.get("values", {}).get(name, {}).get("value")
        if isinstance(value, str):
            return value
    return None
