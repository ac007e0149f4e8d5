"""The hub's published contract: its documents as JSON Schema, and what each address takes and answers (OpenAPI 3.1).

Of NDJSON, OpenAPI 3.1 can only say that it is text; `x-line-schema` says what each line is.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from domain.ids import Hash
from domain.statements import STATEMENTS
from door.problems import PROBLEM, Problem, documented
from hub import documents as d

JSON, NDJSON, OCTETS = "application/json", "application/x-ndjson", "application/octet-stream"
ANY = (413, 422, 500)
"""What every address may answer: a body too long, a parameter given twice, what nobody expected."""
DOCUMENTS = (
    d.Submission, d.Hashes, d.Receipt, Problem, d.SignedRefusal, d.FeedLine, d.LogLine, d.RefusalLine, d.Directory,
    d.Head, d.Health, d.Brought, d.CarriedFile, d.CarriedAnswer, d.CarriedLine, d.Arrivals, d.KafkaPositions,
    d.KafkaTaken,
)  # fmt: skip


def reference(name: str) -> dict[str, str]:
    """A reference to one of `components`."""
    return {"$ref": d.REFERENCE.format(name=name)}


def components() -> dict[str, Any]:
    """All documents, and the headers of all statements, as JSON Schema 2020-12 by name."""
    schemas, found = msgspec.json.schema_components(
        (*DOCUMENTS, *STATEMENTS, dict[Hash, d.Base64]), ref_template=d.REFERENCE
    )
    types = {str(kind.__struct_config__.tag): reference(kind.__name__)["$ref"] for kind in STATEMENTS}
    found["ByHash"] = {**schemas[-1], "description": "What was found, by hash; the rest is absent."}
    found["Statement"] = {
        "description": "The header of a statement, signed by one agency, in the clear (docs/statements.md).",
        "oneOf": [{"$ref": where} for where in types.values()],
        "discriminator": {"propertyName": "type", "mapping": types},
    }
    # Python's end of text is `$` in ECMA-262, which JSON Schema wants.
    portable: dict[str, Any] = json.loads(json.dumps(found).replace(r"\\Z", "$"))
    return portable


def says(name: str, *errors: int, status: int = 200, kind: str = JSON) -> dict[int | str, Any]:
    """What an address answers: one document, or lines of it, or a problem with one of these statuses."""
    content = lines_of(name) if kind == NDJSON else {kind: {"schema": reference(name)}}
    return {status: {"description": "done", "content": content}, **documented(*sorted({*ANY, *errors}))}


def lines_of(*names: str) -> dict[str, Any]:
    """NDJSON of one of these documents a line."""
    line = reference(names[0]) if len(names) == 1 else {"oneOf": [reference(name) for name in names]}
    return {NDJSON: {"schema": {"type": "string"}, "x-line-schema": line}}


def takes(name: str, *, lines: bool = False) -> dict[str, Any]:
    """What an address takes: one document, or lines of it too."""
    content = {JSON: {"schema": reference(name)}, **(lines_of(name) if lines else {})}
    return {"requestBody": {"required": True, "content": content}}


def file_of(kind: str) -> dict[str, Any]:
    """A body of bytes that are nothing to us."""
    return {"required": True, "content": {kind: {"schema": {"type": "string", "format": "binary"}}}}


ANSWERED = (401, 503)
"""What every address behind a token may answer."""

SUBMITTED = says("Receipt", *ANSWERED, 403, 404, 409, 415, status=201)
SUBMITTED[201]["links"] = {"entries": {"operationId": "entries", "parameters": {"after": "$response.body#/index"}}}
SUBMITTED[200] = {
    "description": "NDJSON: one line for each line sent",
    "content": lines_of("Receipt", "SignedRefusal"),
}
for _status in (403, 404, 409, 422):
    SUBMITTED[_status]["content"] = {PROBLEM: {"schema": {"anyOf": [reference("SignedRefusal"), reference("Problem")]}}}

CARRIED = {
    **says("CarriedLine", *ANSWERED, 415),
    200: {"description": "done", "content": lines_of("CarriedAnswer", "CarriedLine")},
}
BROUGHT = {"requestBody": {"required": True, "content": lines_of("Brought", "CarriedFile", "Submission")}}
UPLOADED = {204: {"description": "kept, or known"}, **documented(*sorted({*ANY, *ANSWERED, 415}))}
FETCHED = {
    200: {"description": "the sealed file", "content": file_of(OCTETS)["content"]},
    **documented(*sorted({*ANY, *ANSWERED, 404})),
}
BY_HASH = says("ByHash", *ANSWERED, 415)
METRICS = {200: {"description": "Prometheus text, without ids", "content": {"text/plain": {}}}, **documented(*ANY)}
