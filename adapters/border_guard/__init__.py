"""Border guard: the XML of one hand-over record (biên bản giao, nhận; PL3, PL4). Fields: docs/forms/border_guard.md."""

from __future__ import annotations

from adapters.border_guard.handover import HandoverRecord
from adapters.contract import Adapter

__all__ = ["ADAPTER"]

ADAPTER: Adapter = HandoverRecord()
