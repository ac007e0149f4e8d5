"""Attack: a superuser of the database rewrites where a statement stands, for the hub to sign it anew.

Answer: the hub signed once, when it recorded the statement. What it hands out of a rewritten row, asked for or told
over Kafka, no longer fits its own signature, and whoever gets it sees that.
"""

from __future__ import annotations

import psycopg
import pytest

from door.kafka import topics
from ledger import receipt as receipts
from ledger.errors import ReceiptForgedError
from tests.hub.test_relay import NODES, Telling, telling
from tests.world import open_case

__all__ = ["telling"]


@pytest.mark.parametrize("change", ["leaf = sha256('x')", "recorded = recorded + 1", "statement_hash = sha256('x')"])
def test_the_hub_does_not_sign_a_rewritten_row(telling: Telling, change: str) -> None:
    """Neither the receipt asked for nor the one told over Kafka can be passed off as the hub's."""
    world = telling.world
    open_case(world)
    last = world.receipts[-1]
    with psycopg.connect(world.dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        (statement_id, author) = connection.execute(
            f"UPDATE hub.log SET {change} WHERE log_index = %s RETURNING statement_id, author".encode(), (last.index,)
        ).fetchone() or ("", "")

    with pytest.raises(ReceiptForgedError):
        receipts.verify(world.intake.receipt(statement_id, agency=author), world.hub_public)
    telling.relay().turn()
    (node,) = [node for node, agencies in NODES.items() if author in agencies]
    told = [
        receipts.read(one.value or b"") for one in telling.messages(topics.receipts_of(node), topics.RECEIPT, author)
    ]
    (rewritten,) = [one for one in told if one.index == last.index]
    assert last not in told
    with pytest.raises(ReceiptForgedError):
        receipts.verify(rewritten, world.hub_public)
