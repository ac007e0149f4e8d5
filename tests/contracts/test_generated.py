"""Requests generated from the contracts (schemathesis), with a token and without: no 5xx, nothing undocumented."""

from __future__ import annotations

import json
from collections.abc import Callable
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
from tests.contracts.fixtures import Served, contract, served
from tests.world import POLICE

__all__ = ["served"]
SOME = settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
# Without a token there is one answer; `tests/attacks/test_api_garbage.py` asks for it everywhere.
FEW = settings(SOME, max_examples=10, phases=(Phase.generate,))
# The explicit cases are those of `SOME`; to make them again, for each collection, would take seconds.
MANY = settings(SOME, max_examples=1000, derandomize=False, phases=(Phase.generate,))
load_all_checks()
AnyCase = Case[Any]
Test = Callable[..., None]


@schemathesis.serializer(NDJSON, "application/octet-stream")
def as_text(ctx: SerializationContext, value: Any) -> bytes:
    """NDJSON and files are sent as they are generated."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json.dumps(value).encode()


def lines_fit(ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """Every line of an NDJSON answer fits `x-line-schema`."""
    if not response.headers.get("content-type", [""])[0].startswith(NDJSON):
        return
    raw = contract("hub")["paths"].get(case.path, {}).get(case.method.lower(), {})
    media = raw.get("responses", {}).get(str(response.status_code), {}).get("content", {}).get(NDJSON, {})
    if "x-line-schema" in media:
        schema = {**media["x-line-schema"], "components": contract("hub")["components"]}
        for line in response.content.splitlines():
            jsonschema.Draft202012Validator(schema).validate(json.loads(line))


def headers_hold(ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """Every answer says that it is kept nowhere and of no other type."""
    assert response.headers["cache-control"] == ["no-store"]
    assert response.headers["x-content-type-options"] == ["nosniff"]


def wrong_is_refused(ctx: CheckContext, response: Response, case: AnyCase) -> bool | None:
    """What breaks the contract is refused; of NDJSON each line is, in an answer that is 200, or it is too large."""
    if case.media_type == NDJSON or response.status_code == 413:
        return None
    return openapi_checks.negative_data_rejection(ctx, response, case)


CHECKS: list[Any] = [
    not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.ignored_auth,
    wrong_is_refused,
    lines_fit,
    headers_hold,
]


SERVED: dict[str, FastAPI] = {}


def each_of(name: str) -> Callable[[Test], Test]:
    """Run a test for each operation of a committed contract, asked of whatever application `SERVED` has by then."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await SERVED[name](scope, receive, send)

    schema = from_dict(contract(name))
    schema.app = app
    made: Callable[[Test], Test] = schema.parametrize()
    return made


@pytest.fixture(autouse=True)
def current(served: Served) -> None:
    """Let the applications of this module answer."""
    SERVED.update(hub=served.hub_app, node=served.node_app)


@each_of("hub")
@SOME
def test_hub_with_a_token(case: AnyCase, served: Served) -> None:
    case.call_and_validate(headers=served.as_(POLICE), checks=CHECKS)


@each_of("hub")
@FEW
def test_hub_without(case: AnyCase) -> None:
    case.call_and_validate(checks=CHECKS)


@each_of("node")
@SOME
def test_node_with_a_token(case: AnyCase, served: Served) -> None:
    case.call_and_validate(headers=served.as_officer(), checks=CHECKS)


@each_of("node")
@FEW
def test_node_without(case: AnyCase) -> None:
    case.call_and_validate(checks=CHECKS)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@each_of("hub")
@MANY
def test_hub_at_length(case: AnyCase, served: Served) -> None:
    case.call_and_validate(headers=served.as_(POLICE), checks=CHECKS)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@each_of("node")
@MANY
def test_node_at_length(case: AnyCase, served: Served) -> None:
    case.call_and_validate(headers=served.as_officer(), checks=CHECKS)
