"""What an agency's people look at: the views' rows in the words of the rules, with closed cells that say why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from domain.case import OPEN_STATES
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import AgencyKind, Section
from node.clocks import CaseClock
from node.paper_reading import papers_of
from projections.current import Current
from projections.rows import Row

SECTIONS = [section for section in Section if section is not Section.MESSAGE]


def caseload(rows: Current) -> list[dict[str, Any]]:
    """All cases this agency may see, oldest first."""
    cases = [_case(row) for row in rows.all("caseload")]
    return sorted(cases, key=lambda case: (case["since"], case["code"] or "", case["case"]))


def one_case(
    rows: Current,
    case: str,
    *,
    kind: AgencyKind,
    rules: Rules,
    clocks: list[CaseClock],
    asked: Mapping[Section, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """One case with its sections and clocks; a closed cell names the row of the disclosure table, never blank.

    Args:
        asked: sections this agency asked for and waits for, with the day it did.

    Raises:
        RefusedError: `case_unknown`.
    """
    row = rows.get("caseload", case)
    if row is None:
        raise RefusedError("case_unknown")
    shown = _case(row)
    content = row.content or {}
    shown["sections"] = {}
    for section in SECTIONS:
        opened = content.get(section.value)
        if opened:
            shown["sections"][section.value] = {"open": opened}
        else:
            closed = closed_cell(kind, section, rules=rules, since=asked.get(section))
            shown["sections"][section.value] = {"closed": closed}
    shown["papers"] = papers_of(rows, case)
    shown["timeline"] = [dict(line.facts) for line in timeline(rows, case)]
    shown["clocks"] = [asdict(clock) for clock in clocks]
    return shown


def closed_cell(kind: AgencyKind, section: Section, *, rules: Rules, since: str | None = None) -> dict[str, str | int]:
    """Why a cell is closed: not shared by the table's row n, asked for since a day, or nothing has been shared."""
    row = rules.cell(kind, section)
    if row.mode == "never":
        return {"code": "cell_not_shared", "row": row.n}
    if since is not None:
        return {"code": "cell_requested", "row": row.n, "since": since}
    return {"code": "cell_nothing_shared", "row": row.n}


def inbox(rows: Current, *, agency: str, today: str) -> list[dict[str, Any]]:
    """Offers this agency must answer, then those it waits for, then the settled ones; newest last.

    An offer whose day to answer by has passed reads `expired`, whether or not anything was said since. One between two
    other agencies, whose step this agency happens to see, is none of its business.
    """
    found = []
    for row in rows.all("inbox"):
        facts = dict(row.facts)
        if agency not in {facts["sender"], facts["receiver"]}:
            continue
        waiting = facts["state"] in OPEN_STATES
        if waiting and facts["answer_by"] is not None and facts["answer_by"] < today:
            facts["state"], waiting = "expired", False
        side = "ours" if facts["receiver"] == agency else "theirs"
        words = (row.content or {}).get("words", [])
        facts |= {"id": row.key, "case": row.case, "turn": side if waiting else None, "words": words}
        found.append(facts)
    order = {"ours": 0, "theirs": 1, None: 2}
    return sorted(found, key=lambda offer: (order[offer["turn"]], offer["steps"][0]["index"]))


def timeline(rows: Current, case: str | None = None) -> Iterator[Row]:
    """Entries on this agency's feed in the log's order, of one case or of all."""
    return (row for row in rows.all("timeline") if case is None or row.case == case)


def _case(row: Row) -> dict[str, Any]:
    return {"case": row.key, **row.facts}
