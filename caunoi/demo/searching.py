"""Looking for a name in a dump of every table of the database, in all the ways bytes may carry it."""

from __future__ import annotations

import base64
import unicodedata
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from domain.folding import fold


def forms(text: str) -> list[bytes]:
    """The byte forms to look for: NFC, NFD, unaccented, capitals, UTF-16, hex, percent, base64 at three offsets."""
    spelled = {text, text.upper(), fold(text), fold(text).upper()}
    plain = {unicodedata.normalize(form, one) for one in spelled for form in ("NFC", "NFD")}
    found: set[bytes] = set()
    for one in plain:
        raw = one.encode()
        found |= {raw, one.encode("utf-16-le"), one.encode("utf-16-be"), raw.hex().encode(), quote(one).encode()}
        found |= {core for core in (_base64_core(raw, shift) for shift in range(3)) if len(core) > 6}
    return sorted(found)


def _base64_core(raw: bytes, shift: int) -> bytes:
    """The part of a base64 text that is the same whatever stands before and after, at one of three offsets."""
    encoded = base64.b64encode(b"\0" * shift + raw)
    begin = (shift * 8 + 5) // 6
    whole = (shift + len(raw)) * 8 // 6
    return encoded[begin:whole]


def search(connection: psycopg.Connection[Any], text: str) -> tuple[int, int, int]:
    """Count the hits over all tables of all schemas: (hits, tables, bytes looked at)."""
    needles = forms(text)
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    hits = size = 0
    for schema, table in tables:
        name = sql.Identifier(schema, table)
        with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(name)) as copy:
            dump = b"".join(bytes(piece) for piece in copy)
        size += len(dump)
        hits += sum(dump.count(needle) for needle in needles)
    return hits, len(tables), size
