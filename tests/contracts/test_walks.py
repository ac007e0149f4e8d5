"""Ids from one answer are used in the next: generated walks along the links of the contracts, and one by hand."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import settings
from schemathesis import Case, Response
from schemathesis.openapi import from_dict
from typing_extensions import override

from hub.contract import JSON
from tests.contracts.fixtures import AUDITOR, Served, contract, served
from tests.contracts.test_generated import CHECKS, SOME
from tests.world import WOMEN

__all__ = ["served"]
WALKS = settings(SOME, max_examples=30, stateful_step_count=6)


def links(name: str) -> set[tuple[str, str, str]]:
    """(operation, operation it leads to, parameter) of every link of a contract."""
    return {
        (operation["operationId"], link["operationId"], parameter)
        for verbs in contract(name)["paths"].values()
        for operation in verbs.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
        for parameter in link["parameters"]
    }


def test_links_lead_somewhere() -> None:
    """Every link names an operation and a parameter that there are."""
    for name in ("hub", "node"):
        known = {
            (operation["operationId"], parameter["name"])
            for verbs in contract(name)["paths"].values()
            for operation in verbs.values()
            for parameter in operation.get("parameters", [])
        }
        assert links(name)
        assert {(target, parameter) for _, target, parameter in links(name)} <= known


def test_walks_at_the_node(served: Served) -> None:
    """From a list to one of it and on: nothing breaks, every answer fits, and the ids that were given are found."""
    refused = served.node.post("/v1/ingest?name=x.json", headers=served.as_officer(), content=b"{}")
    assert refused.status_code == 422
    schema = from_dict(contract("node"))
    schema.app = served.node_app
    found: Counter[str] = Counter()

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        """As an officer."""

        @override
        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            return {"headers": served.as_officer()}

        @override
        def validate_response(self, response: Response, case: Case[Any], *_: Any, **__: Any) -> None:
            case.validate_response(response, checks=CHECKS, headers=served.as_officer())
            found[case.path] += response.status_code == 200

    Walk.run(settings=WALKS)
    assert all(found[path] for path in ("/v1/cases/{code}", "/v1/quarantine/{number}")), found


def test_from_a_submission_to_all_it_left(served: Served) -> None:
    """A statement's receipt, entry, place on the feed, bodies and grants are found by what the answers before gave."""
    hub, headers = served.hub, served.as_(WOMEN)
    facts = {"activity": "group_meeting", "day": "2026-11-04", "headcount": 12}
    made = served.world[WOMEN].composer.compose_activity(occurred="2026-11-02T01:00Z", facts=facts)
    before = hub.get("/v1/head", headers=headers).json()["size"]
    answer = hub.post("/v1/statements", headers={**headers, "Content-Type": JSON}, content=made.body)
    given = answer.json()
    assert (answer.status_code, given["index"]) == (201, before + 1)
    header = json.loads(json.loads(made.body)["header"])
    assert hub.get(f"/v1/receipts/{header['id']}", headers=headers).json() == given
    auditor = served.as_(AUDITOR)
    line = hub.get(f"/v1/entries?after={given['index'] - 1}&limit=1", headers=auditor).json()
    assert line["index"] == given["index"] and json.loads(line["entry"].split("\n")[0]) == header
    assert hub.get(f"/v1/entries?after={given['index']}", headers=auditor).text == ""
    assert hub.get("/v1/head", headers=headers).json()["size"] == given["index"]


def test_from_the_feed_to_bodies_and_grants(served: Served) -> None:
    """Every body and every grant to oneself that an entry on the feed names is handed out by its hash."""
    headers = served.as_(WOMEN)
    lines = [json.loads(line) for line in served.hub.get("/v1/feed", headers=headers).text.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    entries = [json.loads(line["entry"].split("\n")[0]) for line in lines]
    bodies = [sealed["hash"] for entry in entries for sealed in entry.get("sealed", [])]
    grants = [one["hash"] for entry in entries for one in entry.get("grants", []) if one["to"] == WOMEN]
    for path, hashes in (("bodies", bodies), ("grants", grants)):
        found = served.hub.post(f"/v1/{path}", headers=headers, json={"hashes": hashes}).json()
        assert hashes and found.keys() <= set(hashes) and found, path
