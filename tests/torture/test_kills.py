"""kill -9 of the hub, of a node and of PostgreSQL, again and again, while files of 150 rows are taken in."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from caunoi.deployment import deployed
from caunoi.settings import Settings
from tests.torture.kills import NODES, Killing, patient

ROWS, KILLS = 150, 20


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1])
def test_twenty_kills(tmp_path: Path, seed: int) -> None:
    """Twenty kills: nothing acknowledged lost, nothing twice, the log verified, the views what the log makes."""
    random = Random(seed)
    with patient(), deployed(Settings(home=tmp_path / "home"), nodes=NODES) as deployment:
        killing = Killing(deployment, random)
        for number in range(KILLS):
            what = ("hub", "node", "postgres", "answer")[number % 4]
            killing.take_and_kill(what, tmp_path / "files", rows=ROWS, within=2.0)
        assert killing.hits.total() >= KILLS // 2, killing.hits
        killing.settle()
        killing.check(rows=KILLS * ROWS)
