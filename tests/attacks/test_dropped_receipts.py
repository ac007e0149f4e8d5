"""Attack: whoever cuts the log's tail drops the nodes' receipts as well, because they lie in the same database."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from caunoi.home import Home
from caunoi.receipts import of_registrar
from caunoi.verifying import receipts_of
from ledger import receipt as receipts


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


def test_the_registrar_s_receipts_lie_beside_its_keys(tmp_path: Path) -> None:
    """What the registrar was given is not in the database; a damaged line is said, never passed over."""
    home = Home(tmp_path / "home")
    home.prepare()
    given = receipts.issue(
        statement="ab" * 32, index=1, leaf="cd" * 32, recorded=5, kid="0f" * 16, sign=lambda _: b"s" * 64
    )
    assert of_registrar(home) == []
    home.registrar_receipts.write_bytes(receipts.write(given) + b"\n")
    assert of_registrar(home) == [given]
    home.registrar_receipts.write_text("{}\n")
    with pytest.raises(KeyError):
        of_registrar(home)
