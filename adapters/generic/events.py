"""CloudEvents 1.0 as JSON, one event or a batch: the fields of the list, sent by a program.

`application/cloudevents+json`, `application/cloudevents-batch+json`. The record is known again by the event's source
and `data.number`, the program's own id of the record; the event's id says nothing of a person and is not kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar

import msgspec
from msgspec import Meta, Struct

from adapters.contract import Note, Returned, Where
from adapters.generic.entry import Entry
from adapters.generic.fields import FIELDS, Field
from adapters.generic.layout import BY_KEY, VERSION
from adapters.values.files import read_bounded
from adapters.values.secrecy import levelled, refuse_level, stamped
from adapters.values.writing import MAX_TEXT
from domain.contents import FIELDS as CONTENTS
from domain.errors import RefusedError

TYPE: Final = f"vn.caunoi.record.v{VERSION}"
SCHEMA: Final = f"urn:caunoi:schema:generic:{VERSION}"
MAX_FILE: Final = 8 * 1024 * 1024
"""Bytes of one file."""
MAX_EVENTS: Final = 10_000
NAMES: Final = ("full_name", "other_names", "householder", "signatory")
"""Fields of names: Mật is one, and no stamp."""
_TYPES: Final = re.compile(r"vn\.caunoi\.record\.v[0-9]{1,4}")
_MARKING: Final = re.compile(r'(?i)"(?:[a-z_]{0,12}do_?mat[a-z]{0,8}|secrecy)"\s*:\s*"?([^",}\]]{0,200})')
_NAMEABLE: Final = frozenset({"consent", *(name for fields in CONTENTS.values() for name in fields)})
"""Names not of this form that a refusal may tell; any other is told by its position, it may be somebody's."""
_IDS: Final = "the program's own id of the record, the same in every event about it"
_WRONG: Final = re.compile(r"`\$\.([a-z_]+)`$")
_MISSING: Final = re.compile(r"required field `([a-z_]+)`")

Made = TypeVar("Made", bound=Struct)
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class Envelope(Struct, frozen=True, kw_only=True):
    """What CloudEvents asks of an event; its extension attributes are passed over."""

    specversion: Literal["1.0"]
    id: Text
    source: Annotated[str, Meta(min_length=1, max_length=200, description="whose numbers `data.number` are")]
    type: Literal["vn.caunoi.record.v1"]
    time: Annotated[datetime, Meta(tz=True)] | None = None
    subject: Text | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Literal["urn:caunoi:schema:generic:1"] = "urn:caunoi:schema:generic:1"
    data: dict[str, Any]  # each field is checked by `Record`


def _type(one: Field) -> tuple[Any, ...]:
    """A field of `Record`: name, type, default."""
    about = Meta(title=one.label["en"], description=_IDS if one.key == "number" else one.hint["en"])
    kind: Any = Annotated[str, Meta(max_length=MAX_TEXT), about]
    if one.choices:
        kind = Annotated[Literal[tuple(one.choices)], about]
    elif one.kind == "day":
        kind = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"), about]
    elif one.kind == "amount":
        kind = Annotated[int, Meta(ge=0), about]
    return (one.key, kind) if one.required else (one.key, kind | None, None)


Record: Final = msgspec.defstruct(
    "Record", [_type(one) for one in FIELDS], kw_only=True, frozen=True, forbid_unknown_fields=True, module=__name__
)
"""The data of an event: the fields of the list, dates as ISO text, coded ones by their code, money in đồng."""


def read_events(file: Path) -> Iterator[Entry | Returned | Note]:
    """Read the events of a file.

    Raises:
        RefusedError: `file_too_large`, `file_empty`, `file_unreadable`, `file_not_utf8`, `file_not_json`,
            `file_repeated_field`, `file_form_unknown`, `file_secret_marked`.
    """
    document = _parsed(read_bounded(file, limit=MAX_FILE))
    events = document if isinstance(document, list) else [document]
    if len(events) > MAX_EVENTS:
        raise RefusedError("file_too_large")
    if not events or not all(isinstance(event, dict) and "specversion" in event for event in events):
        raise RefusedError("file_form_unknown")
    for number, event in enumerate(events, start=1):
        where = Where(row=number)
        try:
            yield _entry(event, where)
        except RefusedError as error:
            yield _returned(event, error, where)
        if unread := sum(name not in Envelope.__struct_fields__ for name in event):
            yield Note(where=where, reason="note_fields_not_read", params={"count": unread})


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a file: one event or a batch."""
    whole = msgspec.defstruct("Event", [("data", Record)], bases=(Envelope,), kw_only=True, frozen=True)
    (event,), parts = msgspec.json.schema_components((whole,), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "generic.events/1: application/cloudevents+json, application/cloudevents-batch+json",
        "anyOf": [event, {"type": "array", "items": event, "minItems": 1, "maxItems": MAX_EVENTS}],
        "$defs": parts,
    }


def _entry(event: dict[str, Any], where: Where) -> Entry:
    refuse_level(event, "row_secret_marked", names=NAMES)
    kind = event.get("type")
    if isinstance(kind, str) and kind != TYPE and _TYPES.fullmatch(kind):
        raise RefusedError("row_event_version", column="type")
    envelope = _converted(event, Envelope)
    data = envelope.data
    for position, name in enumerate(data, start=1):
        if name not in BY_KEY:
            raise RefusedError("row_field_unknown", field=name if name in _NAMEABLE else f"#{position}")
    _converted({name: value for name, value in data.items() if value is not None}, Record)
    return Entry(
        texts={name: "" if value is None else str(value) for name, value in data.items()},
        path=f"[{where.row}].data",
        where=where,
        source=envelope.source,
        book=False,
        cells={name: Where(row=where.row, column=name) for name in BY_KEY},
        content=_written(event),
    )


def _converted(value: dict[str, Any], kind: type[Made]) -> Made:
    """Convert strictly; what is wrong is named by field, never quoted."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        if found := _MISSING.search(str(error)):
            raise RefusedError("value_missing", column=found[1]) from None
        if (found := _WRONG.search(str(error))) and found[1] in {*BY_KEY, *Envelope.__struct_fields__}:
            raise RefusedError("row_field_wrong", column=found[1]) from None
        raise RefusedError("row_malformed") from None


def _returned(event: dict[str, Any], error: RefusedError, where: Where) -> Returned:
    """An event to be mended; of one that bears a secret mark only that it came."""
    params = {name: value for name, value in error.params.items() if name != "column"}
    column = error.params.get("column")
    where = Where(row=where.row, column=None if column is None else str(column))
    content = {} if error.code == "row_secret_marked" else _written(event)
    return Returned(where=where, reason=error.code, params=params, content=content)


def _written(event: Mapping[str, Any]) -> dict[str, str]:
    """The data as written, by field; an event without data as its attributes."""
    data = event.get("data")
    fields = data if isinstance(data, dict) else event
    # A lone surrogate is JSON and no text that can be stored.
    return {
        _storable(name): _storable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in fields.items()
    }


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _parsed(content: bytes) -> object:
    """Read JSON strictly. A file refused for its shape is kept, so a secret mark is looked for before."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse_text(content.replace(b"\0", b"").decode("utf-8", "replace"))
        raise RefusedError("file_not_utf8") from None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError):
        # The cause quotes the file, so it must not travel on.
        _refuse_text(text)
        raise RefusedError("file_not_json") from None
    except RefusedError:
        _refuse_text(text)
        raise


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise RefusedError("file_repeated_field")
    return dict(pairs)


def _constant(_: str) -> NoReturn:
    raise RefusedError("file_not_json")


def _refuse_text(text: str) -> None:
    """Refuse what is not JSON and bears a mark, as well as it can be told apart there.

    Raises:
        RefusedError: `file_secret_marked`.
    """
    plain = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda escape: chr(int(escape[1], 16)), text)
    if any(map(stamped, re.split(r'["\n]', plain))) or any(map(levelled, _MARKING.findall(plain))):
        raise RefusedError("file_secret_marked")
