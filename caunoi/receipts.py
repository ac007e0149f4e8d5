"""Collecting the receipts that hosted nodes and the registrar were given, for an auditor who holds them to the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from caunoi.home import Home
from ledger import receipt as receipts
from ledger.receipt import Receipt

FIELDS = ("statement", "index", "leaf", "recorded", "kid", "sig")


def receipt_schemas(dsn: str) -> set[str]:
    """The schemas of this database that hold receipts."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'receipts'").fetchall()
    return {str(schema) for (schema,) in found}


def collect(dsn: str) -> list[Receipt]:
    """Every receipt in every node's schema of this database."""
    found: list[Receipt] = []
    schemas = sorted(receipt_schemas(dsn))
    with psycopg.connect(dsn) as connection:
        for schema in schemas:
            query = sql.SQL("SELECT receipt FROM {} ORDER BY log_index").format(sql.Identifier(schema, "receipts"))
            found += [_receipt(document) for (document,) in connection.execute(query)]
    return found


def of_registrar(home: Home) -> list[Receipt]:
    """The registrar's, from this home; none where it has never been the registrar's.

    Raises:
        LedgerError, ValueError, KeyError: one is damaged.
    """
    if not home.registrar_receipts.exists():
        return []
    return [_receipt(json.loads(line)) for line in home.registrar_receipts.read_text("ascii").splitlines()]


def _receipt(document: Mapping[str, Any]) -> Receipt:
    text = json.dumps({name: document[name] for name in FIELDS}, separators=(",", ":"))
    return receipts.read(text.encode())
