"""Statements over Apache Kafka while broker and PostgreSQL are restarted and killed: 0 lost, 0 twice, feeds whole.

`CAUNOI_TEST_STORM` gives another number of statements for the long form.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.brokers import need_jars
from tests.torture.storms import storm

STATEMENTS = int(os.environ.get("CAUNOI_TEST_STORM", "100000"))


def test_a_short_storm(tmp_path: Path) -> None:
    """200 statements, three blows, two doors by mistake."""
    need_jars()
    storm(tmp_path, count=200, gentle=1, kills=1, postgres=1)


@pytest.mark.torture
@pytest.mark.timeout(4 * 3600)
def test_a_storm(tmp_path: Path) -> None:
    """100,000 statements; the broker restarted 50 times and killed 50 times, PostgreSQL ended 10 times."""
    need_jars()
    print(storm(tmp_path, count=STATEMENTS, gentle=50, kills=50, postgres=10))  # noqa: T201 - the figures
