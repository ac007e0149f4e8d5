"""A `traceparent` goes from an officer's program to the hub, over HTTP and Kafka, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from door.kafka import topics
from node.api import create
from node.officer import AUDIENCE
from sealing.tokens import Kind, issue
from tests.node.kafka_province import KafkaProvince, kafka_province
from tests.node.province import POLICE, Office, opened

__all__ = ["kafka_province"]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
MORE = {"tracestate": "who=x", "baggage": "who=x"}


def sync(province: KafkaProvince, office: Office, headers: dict[str, str]) -> None:
    """An officer's program asks the node to send and follow."""
    node, now = office.node, province.world.now() // 1_000_000
    kid = node.keystore.kids("sign")[-1]
    token = issue(
        kind=Kind.OFFICER, agency=POLICE, kid=kid, audience=AUDIENCE, now=now, signer=node.keystore, officer="b2" * 8
    )
    client = TestClient(create(node, clock=lambda: now, today=lambda: date(2026, 11, 23)))
    assert client.post("/v1/sync", headers={"Authorization": f"Bearer {token}", **headers}).status_code == 200


def heard(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The headers of all requests that go over an office's line from here on."""
    kept: list[dict[str, str]] = []
    request = office.line.request

    def listening(method: str, path: str, **more: Any) -> Any:
        kept.append(more["headers"])
        return request(method, path, **more)

    monkeypatch.setattr(office.line, "request", listening)
    return kept


def test_over_http(
    kafka_province: KafkaProvince, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Every request that is made because of it has the trace; a wrong one is dropped; one without begins none."""
    police = kafka_province[POLICE]
    opened(police)
    kept = heard(police, monkeypatch)
    sync(kafka_province, police, {"traceparent": TRACE, **MORE})
    assert kept
    assert {one.get("traceparent") for one in kept} == {TRACE}
    assert not {name for one in kept for name in one} & set(MORE)
    for wrong in ({}, {"traceparent": "00-" + "0" * 32 + TRACE[35:]}, {"traceparent": "Giả Định".encode().hex()}):
        kept.clear()
        sync(kafka_province, police, wrong)
        assert {one.get("traceparent") for one in kept} == {None}
    assert "Giả" not in caplog.text


def test_over_kafka(kafka_province: KafkaProvince) -> None:
    """What is put because of it has the trace."""
    kafka_province.over_kafka(POLICE)
    kafka_province.sync()
    police, broker = kafka_province[POLICE], kafka_province.hubside.broker
    broker.away = True
    opened(police)
    broker.away = False
    sync(kafka_province, police, {"traceparent": TRACE, **MORE})
    (sent,) = broker.all(topics.statements_of(POLICE))
    assert sent.header("traceparent") == TRACE.encode()
    assert not {name for name, _ in sent.headers} & set(MORE)
