"""The published contracts: `python -m caunoi.contracts` writes the APIs of hub and node, and the generic form's events.

The applications are built as they are served, over nothing: a contract is what they say, not what they hold.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.generic import events
from hub import api as hub_api
from node import api as node_api

FOLDER = Path(__file__).parents[1] / "contracts"


class _Nothing:
    """Stands where a hub or a node would; whatever is taken from it is nothing too."""

    def __getattr__(self, name: str) -> _Nothing:
        return self


def documents() -> dict[str, dict[str, Any]]:
    """Each contract by its file's name."""
    nothing: Any = _Nothing()
    hub = hub_api.create(nothing, nothing, registrar_public=b"", clock=lambda: 0)
    node = node_api.create(nothing, clock=lambda: 0, today=lambda: datetime.fromtimestamp(0, UTC).date())
    return {"hub.openapi.json": hub.openapi(), "node.openapi.json": node.openapi()}


def text_of(document: dict[str, Any]) -> str:
    """A contract as it is committed: sorted, so that a difference is one of meaning."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, document in documents().items():
        (FOLDER / name).write_text(text_of(document), "utf-8")
    (FOLDER / "generic.schema.json").write_text(text_of(events.schema()), "utf-8")


if __name__ == "__main__":
    main()
