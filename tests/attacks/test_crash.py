"""Attack: kill -9 of the hub, of a node, and of the whole PostgreSQL, twenty times, each in the middle of a file.

`make torture` does it more often, in longer files, with each process executed anew (tests/torture/test_kills.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forking import forking
from tests.torture.kills import kill_and_check


@pytest.mark.timeout(400)
def test_killed_during_ingest(tmp_path: Path) -> None:
    """Nothing acknowledged is lost, nothing is there twice, and everything comes back by itself, twenty times.

    Every kill hits while rows are being taken: while they are composed, while the hub has a batch of them, and when
    the hub has recorded it and the node has not heard so. A file is one batch that is sent at once, and some rows more.
    """
    with forking():
        kill_and_check(tmp_path, seed=20241, times=20, rows=54)
