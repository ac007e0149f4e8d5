"""Every test of a node may ask for a province."""

from __future__ import annotations

import pytest

from tests.hub.log_fixtures import hub_dsn
from tests.node.province import province

__all__ = ["hub_dsn", "province"]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub wait: a machine at work on a suite may stand still for seconds (tests/hub/test_api_away.py)."""
    monkeypatch.setattr("hub.serving.PATIENCE", 30.0)
