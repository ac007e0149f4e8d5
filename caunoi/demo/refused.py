"""The refusals of the worked example: tried anew at every playing, by those who would gain from them."""

from __future__ import annotations

import time
from typing import Any

from caunoi.bootstrap import open_keystore
from caunoi.demo.script import Played, Refusal, Settle
from caunoi.deployment import Deployment
from caunoi.hub_address import hub_client
from domain import statements
from domain.errors import RefusedError
from domain.statements import CaseStatement, Section
from node.hub_client import HubClient

WOMEN, HOLDER = "women-38", "police-38"
PAGE = 500  # feed lines asked for at once


def try_refusals(deployment: Deployment, played: Played, settle: Settle) -> None:
    """The Union opens `account`, and a second officer accepts: both are really tried, every time."""
    played.refusals += [_open_account(deployment, played.shown, settle), _accept_again(deployment, played.shown)]


def _open_account(deployment: Deployment, code: str, settle: Settle) -> Refusal:
    """The Union asks for the keys, looks at its own cell, and asks the hub for the keys by hash.

    Then the police, who have them, try to give them.
    """
    women, police = deployment.node(WOMEN), deployment.node(HOLDER)
    if not _requests(women.get(f"/v1/cases/{code}")):
        women.act("request_access", code, to=HOLDER, sections=[Section.ACCOUNT.value])
    for agency in (WOMEN, HOLDER, WOMEN):
        settle(agency)
    shown = women.get(f"/v1/cases/{code}")
    request, cell = _requests(shown)[0], shown["sections"][Section.ACCOUNT.value]
    closed = dict(cell.get("closed", {"code": "demo_not_refused"}))
    handed, asked = _keys_by_hash(deployment, shown["case"])
    more = [("demo_keys_by_hash", {"index": request["index"], "handed": handed, "asked": asked})]
    try:
        police.act("grant_access", code, to=WOMEN, sections=[Section.ACCOUNT.value], request=request["statement"])
    except RefusedError as error:
        more.append((f"demo_holder_{error.code}", dict(error.params)))
    return Refusal("women_open_account", str(closed.pop("code")), closed, tuple(more))


def _requests(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in shown["timeline"] if line["type"] == "access.requested" and line["by"] == WOMEN]


def _keys_by_hash(deployment: Deployment, case: str) -> tuple[int, int]:
    """How many of the wrapped keys of a case's `account` the hub hands to the Union's own token, and how many exist."""
    settings, place = deployment.settings, deployment.home.node(WOMEN)
    keystore = open_keystore(settings, place.keystore, place.kek, agency=WOMEN)
    with hub_client(settings, deployment.home) as client:
        hub = HubClient(client, agency=WOMEN, keystore=keystore, now=lambda: int(time.time()))
        wanted = [
            grant.hash
            for statement in _feed(hub)
            if statement.case == case
            for grant in statement.grants
            if any(key.section is Section.ACCOUNT for key in grant.keys)
        ]
        return len(hub.grants(wanted)), len(wanted)


def _feed(hub: HubClient) -> list[CaseStatement]:
    """Every statement of a case on the feed: headers name the hashes of what is sealed and wrapped beside them."""
    found: list[CaseStatement] = []
    after = 0
    while lines := hub.feed(after, limit=PAGE):
        after = lines[-1].number
        read = (statements.read(line.entry.partition(b"\n")[0]) for line in lines)
        found += [statement for statement in read if isinstance(statement, CaseStatement)]
    return found


def _accept_again(deployment: Deployment, code: str) -> Refusal:
    offers = deployment.node(WOMEN).get("/v1/inbox")
    accepted = next(offer for offer in offers if (offer["code"], offer["state"]) == (code, "accepted"))
    try:
        deployment.node(WOMEN, officer="second").act("accept", accepted["id"])
    except RefusedError as error:
        return Refusal("second_accepts", error.code, dict(error.params))
    return Refusal("second_accepts", "demo_not_refused", {})
