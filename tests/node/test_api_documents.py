"""What the node answers is what its contract says: every field is documented and of its type, none is missing."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from adapters.contract import Item, Note, Returned, Total, Where
from domain.statements import Section
from node.intake import report_of
from tests.contracts.fixtures import contract
from tests.node.province import (
    LABOUR,
    POLICE,
    WOMEN,
    Province,
    answer,
    facts,
    holding,
    notice,
    opened,
    paper,
    person,
    row,
    support,
)
from tests.node.test_api import Desk

CONTRACT = contract("node")
ROUTES = (
    "worklist",
    "quarantine",
    "caseload",
    "inbox",
    "timeline",
    "statistics",
    "receipts",
    "ingest",
    "requests",
    "clocks",
)


def schema_of(path: str, method: str = "get") -> dict[str, Any]:
    """The schema of an answer, to which nothing may be added."""
    content = CONTRACT["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    return {**closed(content["schema"]), "components": closed(CONTRACT["components"])}


def closed(schema: Any) -> Any:
    """A schema in which objects have the fields that are named and no other."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(one) for name, one in schema.items()}
    named = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {"additionalProperties": False, **found} if named else found


def check(document: Any, path: str, method: str = "get") -> None:
    """Fails where a document is not as the contract has it."""
    jsonschema.Draft202012Validator(schema_of(path, method)).validate(document)


def test_an_undocumented_field_is_noticed() -> None:
    """The check of this module can fail: a field too many, one too few, one of another type."""
    good = {"rows": 1, "looked": 2, "of": 3}
    check(good, "/v1/ingest")
    for wrong in ({**good, "more": 2}, {}, {**good, "rows": "1"}):
        with pytest.raises(jsonschema.ValidationError):
            check(wrong, "/v1/ingest")


@pytest.fixture
def desks(province: Province) -> dict[str, Desk]:
    """Desks of three agencies after a story with everything in it: what is open, closed, mended, refused, waiting."""
    made = {agency: Desk(province[agency]) for agency in (POLICE, LABOUR, WOMEN)}
    police, labour, women = made.values()
    identity = person(papers=holding(paper()), sex="f", birth={"year": 1999})
    profile = facts(source="criminal_case", residence="outside", residence_province="14")
    code = opened(police.office, notice({Section.IDENTITY: identity, Section.PROFILE: profile}), answer())
    other = opened(police.office, key="2")
    province.sync()
    labour.office.take(row(support(), code=code, opens=False), form="giả định 1/1")
    consent = act(police, "give_consent", code, recipients=[WOMEN], sections=["identity"], given_by="person")
    act(police, "give_consent", other, recipients=[WOMEN], sections=["identity"], given_by="person")
    offer = act(police, "refer", code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"])
    refused = act(police, "refer", other, to=WOMEN, service="reintegration", message="nhờ", answer_by="2026-12-01")
    province.sync()
    act(women, "open", offer["id"])
    act(women, "accept", offer["id"])
    act(women, "refuse", refused["id"], reason="no_capacity", message="không có chỗ")
    province.sync()
    act(women, "record_support", code, regime="medical", given="tư vấn")
    added = act(police, "append", code, section="identity", values={"full_name": "Tên Giả", "other_names": ["a", "b"]})
    correct = {"statement": added["statement"], "section": "identity", "reason": "source_corrected"}
    act(police, "correct", code, **correct, values={"full_name": "Tên Khác"})
    act(police, "withdraw_consent", code, consent=consent["statement"])
    act(women, "request_access", code, to=POLICE, sections=["profile"])
    province.sync()
    return made


def act(desk: Desk, name: str, on: str, **arguments: Any) -> Any:
    """Do one act; its answer is as the contract says."""
    answered = desk.act(name, on, **arguments)
    assert answered.status_code == 200, answered.text
    check(answered.json(), "/v1/acts", "post")
    return answered.json()


def test_views(desks: dict[str, Desk]) -> None:
    """All that three agencies read, with something in each list."""
    seen: dict[str, int] = dict.fromkeys(ROUTES, 0)
    for desk in desks.values():
        for name in ROUTES:
            if name == "worklist" and desk.office.agency == POLICE:
                continue  # keeps none
            document = desk.get(f"/v1/{name}")
            check(document, f"/v1/{name}")
            seen[name] += len(document)
        for code in filter(None, (case["code"] for case in desk.get("/v1/caseload"))):
            check(desk.get(f"/v1/cases/{code}"), "/v1/cases/{code}")
        check(desk.client.post("/v1/sync", headers=desk.token()).json(), "/v1/sync", "post")
    assert {name for name, count in seen.items() if not count} <= {"quarantine"}
    women = desks[WOMEN]
    code = next(one["code"] for one in women.get("/v1/inbox") if one["state"] == "accepted")
    shown = women.get(f"/v1/cases/{code}")
    assert {next(iter(cell)) for cell in shown["sections"].values()} == {"open", "closed"}
    assert any(entry["mended"] for entry in shown["timeline"])
    assert {offer["state"] for offer in women.get("/v1/inbox")} >= {"accepted", "refused"}


def test_act_without_effect(desks: dict[str, Desk]) -> None:
    """An offer that is opened again: nothing is done, and that is documented too."""
    women = desks[WOMEN]
    offer = next(one["id"] for one in women.get("/v1/inbox") if one["state"] == "accepted")
    assert act(women, "open", offer) == {}


def test_report(desks: dict[str, Desk]) -> None:
    """The answer to a file with rows of every outcome, totals and notes; and what is set aside of it."""
    police = desks[POLICE]
    items: list[Item] = [
        row(key="7"),
        Returned(where=Where(row=8, sheet="Trang", column="G"), reason="date_not_in_calendar", content={"G": "x"}),
        row(key="9", code="HS-22222-22222", opens=False),
        Total(where=Where(row=10), what="total_rows", written=19, counted=18),
        Note(where=Where(row=11, column="B"), reason="column_unknown", params={"name": 1}),
    ]
    report = json.loads("".join(report_of(police.office.take(*items, form="giả định/2"))))
    check(report, "/v1/ingest", "post")
    assert {one["outcome"] for one in report["rows"]} >= {"new", "to_mend"}
    waiting = police.get("/v1/quarantine")
    check(waiting, "/v1/quarantine")
    assert waiting
    for one in waiting:
        check(police.get(f"/v1/quarantine/{one['id']}"), "/v1/quarantine/{number}")


def test_service(desks: dict[str, Desk]) -> None:
    """Alive and ready."""
    check(desks[POLICE].client.get("/healthz").json(), "/healthz")
    check(desks[POLICE].client.get("/readyz").json(), "/readyz")
