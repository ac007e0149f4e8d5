"""Time limits as an agency sees them: whose duty in which case, soonest first, over HTTP and for one case."""

from __future__ import annotations

from typing import Any

from tests.node.province import LABOUR, POLICE, WOMEN, Office, Province, notice, opened
from tests.node.test_api import Desk


def listed(office: Office) -> list[tuple[Any, ...]]:
    """What runs for this office today: code of the case, of the limit, due day, state, days over."""
    found = Desk(office).get("/v1/clocks")
    return [
        (one["code"], one["clock"]["code"], one["clock"]["due"], one["clock"]["state"], one["clock"]["days_over"])
        for one in found
    ]


def test_duties_over_all_cases_soonest_first(province: Province) -> None:
    """Who is late stands first, then who will be; what has no number after what has one; others' duties nowhere."""
    labour, police, women = province[LABOUR], province[POLICE], province[WOMEN]
    province.world.on("2026-11-02T09:00")
    late = opened(labour, notice(pathway="self_reported"), key="1")
    province.world.on("2026-11-05T09:00")
    soon = opened(labour, notice(pathway="returned_alone"), key="2")
    province.sync()
    province.world.on("2026-11-07T09:00")
    assert listed(labour) == [
        (late, "D03", "2026-11-05", "overdue", 2),
        (soon, "D03", "2026-11-09", "due_soon", 0),
        (late, "D26", None, "at_once", 0),
        (soon, "D26", None, "at_once", 0),
    ]
    assert listed(women) == listed(police) == []


def test_a_request_hands_the_duty_on(province: Province) -> None:
    """The Labour department's limit stops, that of the police starts, and how long it is stays not known."""
    labour, police = province[LABOUR], province[POLICE]
    code = opened(labour, notice(pathway="self_reported"))
    labour.officer.request_identification(code, to=POLICE)
    province.sync()
    assert "D03" not in {one[1] for one in listed(labour)}
    assert listed(police) == [(code, "D06", None, "unknown", 0)]
    clocks = {one["code"]: one for one in Desk(labour).get(f"/v1/cases/{code}")["clocks"]}
    assert (clocks["D03"]["state"], clocks["D03"]["stopped"]) == ("stopped", "2026-11-02")
    assert (clocks["D06"]["holder"], clocks["D06"]["missing"]) == (POLICE, "limit")
