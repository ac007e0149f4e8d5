"""A canary in every text a request can hold comes back in no answer, header, metric or log line, nor in a 500."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from door.problems import described
from hub.contract import JSON, NDJSON
from tests.contracts.fixtures import Served, contract, served
from tests.world import POLICE

__all__ = ["served"]
CANARY = "Canary-Nguyễn-Thị-Thử-038199000001"
PLAIN = "Canary038199000001"  # where only ASCII can stand
MARKS = (CANARY, PLAIN, "038199000001", "Canary", CANARY.encode("utf-8").hex())


def seen(text: str) -> list[str]:
    """Which forms of the canary a text has."""
    return [mark for mark in MARKS if mark.lower() in text.lower()]


def planted(schema: Any, document: dict[str, Any]) -> Iterator[Any]:
    """Values of a schema, in each a canary in one place: as a text, as a name, as a whole."""
    schema = resolve(schema, document)
    yield CANARY
    match schema.get("type"):
        case "object":
            yield {CANARY: CANARY}
            for name, part in schema.get("properties", {}).items():
                good = {other: sample(one, document) for other, one in schema["properties"].items()}
                for value in planted(part, document):
                    yield {**good, name: value}
            yield {**{name: sample(one, document) for name, one in schema.get("properties", {}).items()}, CANARY: 1}
        case "array":
            for value in planted(schema["items"], document):
                yield [value]
        case _:
            yield {"Canary": [CANARY]}


def sample(schema: Any, document: dict[str, Any]) -> Any:
    """Some value of a schema."""
    schema = resolve(schema, document)
    if "enum" in schema:
        return schema["enum"][0]
    samples: dict[str, Any] = {"object": {}, "array": [], "string": "0" * 32, "integer": 1}
    return samples.get(schema.get("type", "object"))


def resolve(schema: Any, document: dict[str, Any]) -> Any:
    """What a reference names."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


HEADERS = {
    "Accept": CANARY, "Accept-Language": CANARY, "User-Agent": CANARY, "X-Request-Id": CANARY, "Cookie": f"a={CANARY}",
    "Referer": CANARY, "Origin": CANARY, "X-Forwarded-For": CANARY, "Traceparent": CANARY, "Idempotency-Key": CANARY,
    "If-Match": CANARY,
}  # fmt: skip


def requests(document: dict[str, Any], token: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Each operation, with a canary in one place after another."""
    raw = {name: value.encode() for name, value in HEADERS.items()}
    for path, verbs in document["paths"].items():
        filled = path.replace("{statement_id}", "0" * 32).replace("{code}", "x").replace("{number}", "1")
        for verb, operation in verbs.items():
            base = {"method": verb, "url": filled, "headers": token}
            named = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
            yield {**base, "headers": {**token, **raw}}
            yield {**base, "headers": {"Authorization": f"Bearer {PLAIN}"}}
            yield {**base, "headers": {"Authorization": f"{PLAIN} {PLAIN}.{PLAIN}.{PLAIN}"}}
            yield {**base, "url": f"{filled}/{CANARY}"}
            yield {**base, "url": f"{filled}/"}
            yield {**base, "method": PLAIN}
            yield {**base, "params": {**dict.fromkeys(named, CANARY), CANARY: CANARY}}
            if path != filled:
                yield {**base, "url": path.replace("{", CANARY).replace("}", CANARY)}
            for kind, media in operation.get("requestBody", {}).get("content", {}).items():
                for value in planted(media.get("x-line-schema", media["schema"]), document):
                    yield {**base, "headers": {**token, "Content-Type": kind}, "content": json.dumps(value)}
                for other in (f"{kind}; charset={PLAIN}", PLAIN):
                    yield {**base, "headers": {**token, "Content-Type": other}, "content": CANARY.encode()}
                yield {**base, "headers": {**token, "Content-Encoding": PLAIN, "Content-Type": kind}, "content": b"{}"}


def echoes(client: TestClient, document: dict[str, Any], token: dict[str, str]) -> tuple[int, list[str]]:
    """How many requests were made, and what of the canary came back."""
    made, found = 0, []
    for one in requests(document, token):
        answer = client.request(**one)
        made += 1
        assert answer.status_code < 500, (one["method"], one["url"], answer.text)
        text = answer.text + " ".join(f"{name}: {value}" for name, value in answer.headers.items())
        # What the node answers of a case is the officer's own to see; the story has no canary in it.
        found += [f"{one['method']} {one['url']}: {mark}" for mark in seen(text)]
    return made, found


@pytest.mark.parametrize("name", ["hub", "node"])
def test_no_answer_repeats_a_request(served: Served, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Not in an answer, not in a header, not in a metric, not in a log line of any level."""
    caplog.set_level(logging.DEBUG)
    client, token = (served.hub, served.as_(POLICE)) if name == "hub" else (served.node, served.as_officer())
    made, found = echoes(client, contract(name), token)
    assert made > 100 and found == []
    assert seen(client.get("/metrics").text) == []
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert seen("\n".join(ours)) == []


class LostError(Exception):
    """An error nobody thought of."""


@pytest.mark.parametrize("path", ["/v1/statements", "/v1/directory", "/v1/feed"])
def test_what_nobody_expected(
    served: Served, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """An error with the input in its text becomes a problem with a number; the log has its type and place alone."""

    def fail(*_: Any, **__: Any) -> Any:
        try:
            raise ValueError(CANARY)
        except ValueError as cause:
            raise LostError(f"it was {CANARY}") from cause

    monkeypatch.setattr("hub.intake.Intake.submit", fail)
    monkeypatch.setattr("hub.intake.Intake.directory", fail)
    monkeypatch.setattr("hub.log.reading.LogReader.feed", fail)
    headers = {**served.as_(POLICE), "Content-Type": JSON, "Accept-Language": "en"}
    verb = "POST" if path == "/v1/statements" else "GET"
    answer = served.hub.request(verb, path, headers=headers, content=CANARY.encode() if verb == "POST" else None)
    said = answer.json()
    assert (answer.status_code, said["code"], said["title"]) == (500, "internal_error", said["en"])
    assert answer.headers["cache-control"] == "no-store"
    logged = [record.getMessage() for record in caplog.records if record.name == "hub.api"]
    assert len(logged) == 1 and said["incident"] in logged[0] and "LostError at " in logged[0]
    assert "test_api_echo:" in logged[0] and "hub.api:" in logged[0]
    told = capfd.readouterr()
    assert seen(answer.text + caplog.text + told.out + told.err) == []
    assert all(record.exc_info is None for record in caplog.records)


def test_node_too(served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The node's last handler is as silent."""

    def fail(*_: Any, **__: Any) -> Any:
        raise LostError(CANARY)

    monkeypatch.setattr("node.reading.caseload", fail)
    answer = served.node.get("/v1/caseload", headers=served.as_officer())
    assert answer.status_code == 500 and seen(answer.text + caplog.text) == []
    assert answer.json()["incident"] in caplog.text


def test_two_incidents_two_numbers(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number is for one incident."""
    monkeypatch.setattr("hub.intake.Intake.directory", lambda _: 1 / 0)
    numbers = {served.hub.get("/v1/directory", headers=served.as_(POLICE)).json()["incident"] for _ in range(5)}
    assert len(numbers) == 5


def test_described_has_no_text() -> None:
    """Not even of an error whose notes and cause have it."""
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as cause:
            lost = LostError(CANARY)
            lost.add_note(CANARY)
            raise lost from cause
    except LostError as error:
        assert seen(described(error)) == [] and "LostError" in described(error)


def test_metrics_have_no_ids(served: Served) -> None:
    """Neither an agency nor a case, key, statement or hash is in the hub's metrics, only codes and sizes."""
    served.hub.post("/v1/statements", headers={**served.as_(POLICE), "Content-Type": NDJSON}, content=b"{}\n")
    text = served.hub.get("/metrics").text
    assert 'caunoi_hub_answers_total{code="submission_malformed"}' in text
    ids = [POLICE, served.case, *served.world.members, served.world.hub_kid]
    assert [one for one in ids if one in text] == []
