"""The published contracts are what is served, complete, and of one form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from caunoi.contracts import documents, main, text_of
from door.problems import PROBLEM
from hub import documents as d
from hub import submission
from hub.contract import DOCUMENTS, NDJSON, OCTETS
from tests.contracts.fixtures import AUDITOR, CONTRACTS, Served, bearer, contract, served
from tests.world import POLICE, REGISTRAR

__all__ = ["served"]
NAMES = ("hub", "node")
OPEN = {"/healthz", "/readyz", "/metrics"}


def operations(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every path, method and operation of a contract."""
    return [(path, verb, one) for path, verbs in contract(name)["paths"].items() for verb, one in verbs.items()]


@pytest.mark.parametrize("name", NAMES)
def test_committed_is_served(name: str) -> None:
    """What is committed is what the code says: `python -m caunoi.contracts` writes it anew."""
    file = f"{name}.openapi.json"
    assert (CONTRACTS / file).read_text("utf-8") == text_of(documents()[file])


def test_exporter_writes_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The exporter needs no database and writes the files the tests read."""
    monkeypatch.setattr("caunoi.contracts.FOLDER", tmp_path / "contracts")
    main()
    written = {file.name: file.read_text("utf-8") for file in (tmp_path / "contracts").iterdir()}
    events = {"generic.schema.json": (CONTRACTS / "generic.schema.json").read_text("utf-8")}
    assert written == {f"{name}.openapi.json": text_of(contract(name)) for name in NAMES} | events


def test_served_document_is_the_contract(served: Served) -> None:
    """Whoever asks the running hub or node gets the same contract."""
    assert served.hub.get("/openapi.json").json() == contract("hub")
    assert served.node.get("/openapi.json").json() == contract("node")


@pytest.mark.parametrize("name", NAMES)
def test_errors_are_problems(name: str) -> None:
    """Every error of every operation is application/problem+json with the schema of problems, and none is missing."""
    for path, verb, operation in operations(name):
        errors = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
        needed = {"500"} if path in OPEN else {"401", "500", "503"}
        assert path == "/metrics" or needed <= errors.keys(), (path, verb)
        for status, answer in errors.items():
            assert list(answer["content"]) == [PROBLEM], (path, verb, status)
            assert "Problem" in json.dumps(answer["content"]) or "SignedRefusal" in json.dumps(answer["content"])


@pytest.mark.parametrize("name", NAMES)
def test_references_lead_somewhere(name: str) -> None:
    """Every reference names a schema of the document, and every schema is one."""
    text = json.dumps(contract(name))
    schemas = contract(name)["components"]["schemas"]
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.split('"')[0] in schemas
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_doors_are_locked(name: str) -> None:
    """Every operation but the three about the service itself asks for a token."""
    open_ = {path for path, _, operation in operations(name) if not operation.get("security")}
    assert open_ == OPEN


def test_hub_bodies_have_schemas() -> None:
    """Every document the hub takes or answers is a named schema, no free object; its metrics are text, files bytes."""
    for path, verb, operation in operations("hub"):
        contents = [answer["content"] for status, answer in operation["responses"].items() if status != "204"]
        contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
        assert ("requestBody" in operation) is (verb in {"post", "put"})
        for content in contents:
            for kind, media in content.items():
                schema = media["x-line-schema"] if kind == NDJSON else media.get("schema", {})
                assert kind in {"text/plain", OCTETS} or {"$ref", "anyOf", "oneOf"} & schema.keys(), (path, verb, kind)


def test_submission_is_what_is_read() -> None:
    """The published form of a submission has the fields and the strictness of the one that is read."""
    published, read = msgspec.json.schema(d.Submission), msgspec.json.schema(submission._Submission)
    told = ("required", "additionalProperties")
    forms = [
        {name.strip("_"): (sorted(one["properties"]), *(one[part] for part in told)) for name, one in found.items()}
        for found in (published["$defs"], read["$defs"])
    ]
    assert forms[0] == forms[1]


def resolved(reference: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """A validator for a schema inside the hub's contract."""
    return jsonschema.Draft202012Validator({**reference, "components": contract("hub")["components"]})


@pytest.mark.parametrize("path", ["/v1/feed", "/v1/entries", "/v1/refusals"])
def test_lines_fit(served: Served, path: str) -> None:
    """Every line of an NDJSON answer fits the schema of its lines."""
    operation = contract("hub")["paths"][path]["get"]
    validator = resolved(operation["responses"]["200"]["content"][NDJSON]["x-line-schema"])
    agency = POLICE if path == "/v1/feed" else AUDITOR
    if path == "/v1/refusals":
        _refused_once(served)
    rows = [json.loads(line) for line in served.hub.get(path, headers=served.as_(agency)).text.splitlines()]
    assert rows
    for row in rows:
        validator.validate(row)


def _refused_once(served: Served) -> None:
    member = served.world[AUDITOR]
    signed = member.composer.compose_activity(
        occurred="2026-11-02T01:00Z", facts={"activity": "group_meeting", "day": "2026-11-04", "headcount": 12}
    )
    headers = {**served.as_(AUDITOR), "Content-Type": "application/json"}
    assert served.hub.post("/v1/statements", headers=headers, content=signed.body).status_code == 422


@pytest.mark.parametrize(
    ("path", "name"),
    [("/v1/directory", "Directory"), ("/v1/head", "Head"), ("/healthz", "Health"), ("/readyz", "Health")],
)
def test_documents_fit(served: Served, path: str, name: str) -> None:
    """What is answered is exactly what the contract says: the schema's fields and no other."""
    answer = served.hub.get(path, headers=served.as_(REGISTRAR))
    assert answer.status_code == 200
    resolved({"$ref": f"#/components/schemas/{name}"}).validate(answer.json())
    kind = next(one for one in DOCUMENTS if one.__name__ == name)
    assert json.loads(msgspec.json.encode(msgspec.convert(answer.json(), kind))) == answer.json()


def test_a_forged_token_fits_too(served: Served) -> None:
    """A problem is of the form the contract gives problems."""
    answer = served.hub.get("/v1/head", headers=bearer("a.b.c"))
    resolved({"$ref": "#/components/schemas/Problem"}).validate(answer.json())
    assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)
    assert answer.headers["www-authenticate"] == "Bearer"
