"""kill -9 of the hub, of a node and of PostgreSQL, again and again, in the middle of files of 150 rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.kills import kill_and_check


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_forty_kills(tmp_path: Path, seed: int) -> None:
    """Forty kills: nothing acknowledged lost, nothing twice, the log verified, the views what the log makes."""
    kill_and_check(tmp_path, seed=seed, times=40, rows=150)
