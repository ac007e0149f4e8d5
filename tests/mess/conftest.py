"""A year of files is taken in by a real node."""

from __future__ import annotations

from tests.hub.log_fixtures import hub_dsn
from tests.node.province import province

__all__ = ["hub_dsn", "province"]
