"""A refusal is as durable as an acceptance."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hub.log.application import HubApplication
from hub.log.records import Refusal
from tests.hub.log_fixtures import KID, application, clock, hub_dsn

__all__ = ["application", "clock", "hub_dsn"]

REFUSAL = Refusal(
    agency="police-th",
    statement_id="0c" * 16,
    statement_hash=bytes(32),
    code="key_revoked",
    recorded=1_700_000_000_000_000,
    kid=KID,
    signature=bytes(64),
)


def refuse(application: HubApplication, *refusals: Refusal) -> None:
    """Keep refusals in an append of their own."""
    with application.recorder.appending() as appending:
        appending.refuse(refusals)


def test_refusals_are_numbered_for_each_agency(application: HubApplication) -> None:
    """Each agency counts its own, and reads on from any number."""
    other = replace(REFUSAL, agency="labour-th", code="header_malformed")
    refuse(application, REFUSAL, REFUSAL, other)

    assert [(1, REFUSAL), (2, REFUSAL)] == application.refusals.after("police-th")
    assert [(2, REFUSAL)] == application.refusals.after("police-th", 1)
    assert [(1, other)] == application.refusals.after("labour-th")
    assert application.refusals.of(["0c" * 16, "0d" * 16]) == {("police-th", "0c" * 16), ("labour-th", "0c" * 16)}


def test_refusals_at_once_are_dense(application: HubApplication) -> None:
    """No number is left out or given twice when many are refused at the same moment."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: refuse(application, REFUSAL), range(40)))

    assert [number for number, _ in application.refusals.after("police-th")] == list(range(1, 41))
