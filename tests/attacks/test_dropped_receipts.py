"""Attack: whoever cuts the log's tail drops the nodes' receipts as well, because they lie in the same database."""

from __future__ import annotations

import psycopg

from caunoi.verifying import receipts_of


def test_a_node_without_its_receipts_is_a_finding(database: str) -> None:
    """A node that has run and has no receipts any more is named; one that still has them is not."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE SCHEMA node_labour_38; CREATE TABLE node_labour_38.receipts (log_index bigint, receipt jsonb)"
        )
    known = {"labour-38": "node_labour_38", "police-38": "node_police_38"}
    receipts, findings = receipts_of(database, known)

    assert [] == receipts
    assert [("cli_receipts_missing", "police-38")] == [(one.code, one.params["agency"]) for one in findings]
