"""The node's published contract: what each address takes and answers, beside what the framework finds by itself."""

from __future__ import annotations

from typing import Any

from door import problems
from node import acts

JSON, NDJSON, FILE = "application/json", "application/x-ndjson", "application/octet-stream"
Responses = dict[int | str, dict[str, Any]]
LINE = {"type": "object", "required": ["view", "key", "case", "facts", "content"]}
"""One row of a view as `projections.rows.dump` writes it."""


def says(kind: Any, **links: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - whatever makes a schema
    """How an address answers: a document that is sent as it was made, and where it leads."""
    return {"response_model": None, "responses": {200: {"model": kind, "description": "done", **leads(**links)}}}


def leads(**links: dict[str, str]) -> dict[str, Any]:
    """What of an answer another address takes: operation → its parameters as runtime expressions (OpenAPI 3.1)."""
    found = {name: {"operationId": name, "parameters": parameters} for name, parameters in links.items()}
    return {"links": found} if found else {}


def takes(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    """What an address takes."""
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


A_FILE = takes(FILE, {"type": "string", "format": "binary"})
AN_ACT = takes(JSON, {"$ref": "#/components/schemas/Act"})
DUMP: Responses = {
    200: {"description": "done", "content": {NDJSON: {"schema": {"type": "string"}, "x-line-schema": LINE}}}
}
METRICS: Responses = {200: {"description": "Prometheus text, without ids", "content": {"text/plain": {}}}}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document with the forms of problems and acts."""
    document.setdefault("components", {}).setdefault("schemas", {}).update(problems.components() | acts.components())
    return document
