"""Police: the JSON of one criminal case file (vụ án) with the persons in it. Fields: docs/forms/police.md."""

from __future__ import annotations

from adapters.contract import Adapter
from adapters.police.case_file import PoliceCaseFile

__all__ = ["ADAPTER"]

ADAPTER: Adapter = PoliceCaseFile()
