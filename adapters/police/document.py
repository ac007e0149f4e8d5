"""The bytes of a case file made a plain document: objects, lists, and scalars as the text they were written in.

Numbers stay text, so that a paper's number typed without quotes is not rounded or shortened on the way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from adapters.police.layout import FLAGS
from adapters.values.files import check_size, found_in, opened, pieces, text_pieces
from adapters.values.json_members import members
from adapters.values.kept import Pile
from adapters.values.secrecy import levelled, refuse_level
from domain.errors import RefusedError

MAX_FILE: Final = 200 * 1024 * 1024
"""Bytes."""
MAX_PERSONS: Final = 200_000
HANOI: Final = timezone(timedelta(hours=7))
NO_DATE: Final = -62135596800000
"""`DateTime.MinValue` of .NET in milliseconds: what an export writes where there is no date."""

_MARKING: Final = re.compile(r'(?i)"[a-z_]{0,12}do_?mat[a-z]{0,8}"\s*:\s*"?([^",}\]]{0,200})')
_DOTNET_DATE: Final = re.compile(r"/Date\((-?[0-9]{1,14})(?:[+-][0-9]{4})?\)/")


@dataclass(frozen=True, slots=True)
class Document:
    """A case file: the members of its header, and its persons outside memory, each as the JSON it was written in."""

    header: dict[str, object] = field(default_factory=dict)
    persons: Pile[str] = field(default_factory=Pile)


def parse(file: Path) -> Document:
    """Read one JSON object, strictly, to its end; a byte order mark is allowed.

    Raises:
        RefusedError: `file_secret_marked` for a marked file, even one that is not JSON: what is refused for its
            shape is kept in quarantine, and a state secret may not be. `file_unreadable`, `file_empty`,
            `file_too_large`, `file_not_utf8`, `file_not_json`, `file_repeated_field`, `file_form_unknown`.
    """
    check_size(file, limit=MAX_FILE)
    with opened(file) as stream:
        try:
            document = _read(stream)
        except UnicodeDecodeError:
            _refuse_marked_text(stream)
            raise RefusedError("file_not_utf8") from None
        except RefusedError:
            _refuse_marked_text(stream)
            raise
    refuse_level(document.header, "file_secret_marked")
    return document


def person(written_as: str) -> object:
    """One person of a document."""
    found: object = _DECODER.decode(written_as)
    return found


def _read(stream: BinaryIO) -> Document:
    document, named = Document(), False
    for member in members(text_pieces(stream, "utf-8-sig"), listed="BiHai", decoder=_DECODER):
        if member.name != "BiHai":
            document.header[member.name] = person(member.text)
            continue
        named = True
        # A lone person may stand as an object; of another kind of value there is no person.
        if member.element or member.text.startswith("{"):
            document.persons.put(member.text)
        elif member.text != "[]":
            raise RefusedError("file_form_unknown")
        if len(document.persons) > MAX_PERSONS:
            raise RefusedError("file_too_large")
    if not named or "SoVuAn" not in document.header:
        raise RefusedError("file_form_unknown")
    return document


def texts(record: Mapping[str, object], names: Iterable[str]) -> dict[str, str]:
    """The named fields of an object as text; null is "", a .NET date is dd/mm/yyyy, true and false are of a flag.

    Raises:
        RefusedError: `row_malformed` with `column`, where a list, an object or a truth value stands instead.
    """
    found = {}
    for name in record.keys() & set(names):
        if isinstance(record[name], dict | list) or (isinstance(record[name], bool) and name not in FLAGS):
            raise RefusedError("row_malformed", column=name)
        found[name] = _text(record[name])
    return found


def written(record: object) -> dict[str, str]:
    """A row as written, whatever it is: text by field, for the quarantine; what is nested, as its leaves in order."""
    fields = record.items() if isinstance(record, dict) else [("BiHai", record)]
    return {name: "; ".join(_leaves(value)) for name, value in fields}


def _leaves(value: object) -> Iterator[str]:
    # A name stands before its own value only: paths would grow with the depth of the file.
    waiting = [("", value)]
    while waiting:
        name, inner = waiting.pop()
        if isinstance(inner, dict):
            waiting += reversed([(f"{name}: ", one) for name, one in inner.items()])
        elif isinstance(inner, list):
            waiting += [("", one) for one in reversed(inner)]
        else:
            yield name + ("true" if inner is True else "false" if inner is False else str(inner or ""))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    dotnet = _DOTNET_DATE.fullmatch(text.strip())
    return _day_of(int(dotnet[1])) if dotnet else text


def _day_of(milliseconds: int) -> str:
    """Day in Hà Nội of a .NET date; the offset it carries only tells where it was written."""
    if milliseconds == NO_DATE:
        return ""
    try:
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)).astimezone(HANOI)
    except OverflowError:
        return str(milliseconds)
    return day.strftime("%d/%m/") + f"{day.year:04}"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise RefusedError("file_repeated_field")
    return dict(pairs)


def _constant(_: str) -> NoReturn:
    raise RefusedError("file_not_json")


def _refuse_marked_text(stream: BinaryIO) -> None:
    """Look for a mark in what is not JSON, as well as it can be told apart there."""
    texts = (piece.replace(b"\0", b"").decode("utf-8", "replace") for piece in pieces(stream))
    if any(map(levelled, found_in(texts, _MARKING))):
        raise RefusedError("file_secret_marked")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_constant)
