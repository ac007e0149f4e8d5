"""Collecting the receipts that the hosted nodes were given, for an auditor who checks them against the log."""

from __future__ import annotations

import json

import psycopg
from psycopg import sql

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
            for (document,) in connection.execute(query):
                text = json.dumps({name: document[name] for name in FIELDS}, separators=(",", ":"))
                found.append(receipts.read(text.encode()))
    return found
