"""Requests generated from the contracts (schemathesis), with a token and without: no 5xx, nothing undocumented."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, CheckContext, Response, SerializationContext
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi import checks as openapi_checks

from hub.contract import NDJSON
from tests.contracts.fixtures import POLICE, Served, contract, served

__all__ = ["served"]
PHASES = (Phase.explicit, Phase.generate)
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture)
FEW = settings(max_examples=25, deadline=None, database=None, derandomize=True, phases=PHASES, suppress_health_check=QUIET)
MANY = settings(FEW, max_examples=1000, derandomize=False)
load_all_checks()


@schemathesis.serializer(NDJSON, "application/octet-stream")
def as_text(ctx: SerializationContext, value: Any) -> bytes:
    """NDJSON and files are sent as they are generated."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json.dumps(value).encode()


def lines_fit(ctx: CheckContext, response: Response, case: Case) -> None:
    """Every line of an NDJSON answer fits `x-line-schema`."""
    if not response.headers.get("content-type", [""])[0].startswith(NDJSON):
        return
    raw = contract("hub")["paths"].get(case.path, {}).get(case.method.lower(), {})
    media = raw.get("responses", {}).get(str(response.status_code), {}).get("content", {}).get(NDJSON, {})
    if "x-line-schema" in media:
        schema = {**media["x-line-schema"], "components": contract("hub")["components"]}
        for line in response.content.splitlines():
            jsonschema.Draft202012Validator(schema).validate(json.loads(line))


def headers_hold(ctx: CheckContext, response: Response, case: Case) -> None:
    """Every answer says that it is kept nowhere and of no other type."""
    assert response.headers["cache-control"] == ["no-store"]
    assert response.headers["x-content-type-options"] == ["nosniff"]


CHECKS: list[Any] = [
    not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.ignored_auth,
    openapi_checks.negative_data_rejection,
    lines_fit,
    headers_hold,
]


SERVED: dict[str, FastAPI] = {}


def schema_of(name: str) -> Any:
    """The committed contract, asked of whatever application `SERVED` has when the tests run."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await SERVED[name](scope, receive, send)

    schema = from_dict(contract(name))
    schema.app = app
    return schema


@pytest.fixture(autouse=True)
def current(served: Served) -> None:
    """Let the applications of this module answer."""
    SERVED.update(hub=served.hub_app, node=served.node_app)


hub, node = schema_of("hub"), schema_of("node")


@hub.parametrize()
@FEW
def test_hub_with_a_token(case: Case, served: Served) -> None:
    case.call_and_validate(headers=served.as_(POLICE), checks=CHECKS)


@hub.parametrize()
@FEW
def test_hub_without(case: Case) -> None:
    case.call_and_validate(checks=CHECKS)


@node.parametrize()
@FEW
def test_node_with_a_token(case: Case, served: Served) -> None:
    case.call_and_validate(headers=served.as_officer(), checks=CHECKS)


@node.parametrize()
@FEW
def test_node_without(case: Case) -> None:
    case.call_and_validate(checks=CHECKS)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@hub.parametrize()
@MANY
def test_hub_at_length(case: Case, served: Served) -> None:
    case.call_and_validate(headers=served.as_(POLICE), checks=CHECKS)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@node.parametrize()
@MANY
def test_node_at_length(case: Case, served: Served) -> None:
    case.call_and_validate(headers=served.as_officer(), checks=CHECKS)
