"""Which form a file is of, and what is said of one that is of none."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import RefusedError
from domain.statements import AgencyKind
from node.forms import adapter_for


@pytest.mark.parametrize("text", ["{}", "[]", '"x"', '{"name": "DỮ LIỆU GIẢ ĐỊNH"}', '[{"id": 1}]', "{"])
@pytest.mark.parametrize("kind", [AgencyKind.POLICE, AgencyKind.WOMEN_UNION])
def test_foreign_json_is_told_what_was_looked_for(text: str, kind: AgencyKind, tmp_path: Path) -> None:
    """JSON that is no case file and no event has a reason of its own."""
    file = tmp_path / "a.json"
    file.write_text(text, "utf-8")
    with pytest.raises(RefusedError, match=r"^file_json_unknown$"):
        adapter_for(kind, file)
