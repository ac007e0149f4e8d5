"""Attack: kill -9 of the hub, of a node, and of the whole PostgreSQL while files of 150 rows are taken in.

The short form; `make torture` kills twenty times and more (tests/torture/test_kills.py).
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from caunoi.deployment import deployed
from caunoi.settings import Settings
from tests.torture.kills import NODES, Killing, patient

ROWS = 150
WHAT = ("hub", "node", "answer", "postgres")


@pytest.mark.timeout(300)
def test_killed_during_ingest(tmp_path: Path) -> None:
    """Nothing acknowledged is lost, nothing is there twice, and everything comes back by itself.

    Killed are the hub, the node, the node when what it sent was recorded and it has not heard so, and PostgreSQL.
    """
    settings = Settings(home=tmp_path / "home")
    with patient(), deployed(settings, nodes=NODES) as deployment:
        killing = Killing(deployment, Random(20241))
        for what in WHAT:
            killing.take_and_kill(what, tmp_path / "files", rows=ROWS, within=0.8)
        assert killing.hits == dict.fromkeys(WHAT, 1)
        killing.settle()
        killing.check(rows=len(WHAT) * ROWS)
