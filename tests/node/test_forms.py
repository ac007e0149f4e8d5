"""Which form a file is of, and what is said of one that is of none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adapters.contract import Adapter
from domain.errors import RefusedError
from domain.statements import AgencyKind
from node.forms import adapter_for
from tests.tree import ROOT


@pytest.mark.parametrize("text", ["{}", "[]", '"x"', '{"name": "DỮ LIỆU GIẢ ĐỊNH"}', '[{"id": 1}]', "{"])
@pytest.mark.parametrize("kind", [AgencyKind.POLICE, AgencyKind.WOMEN_UNION])
def test_foreign_json_is_told_what_was_looked_for(text: str, kind: AgencyKind, tmp_path: Path) -> None:
    """JSON that is no case file and no event has a reason of its own."""
    file = tmp_path / "a.json"
    file.write_text(text, "utf-8")
    with pytest.raises(RefusedError, match=r"^file_json_unknown$"):
        adapter_for(kind, file)


@pytest.mark.parametrize("name", ["a.xlsb", "a.XLSM", "a.docx", "a.doc", "a.jpg", "a.pdf"])
def test_what_is_no_table_is_told_how_to_come(name: str, tmp_path: Path) -> None:
    """A binary workbook is saved as .xlsx; Word or a photo goes by template and as a paper."""
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04 made up")
    with pytest.raises(RefusedError, match=r"^file_save_as_xlsx$"):
        adapter_for(AgencyKind.LABOUR, file)


def test_unicode_text_of_excel_is_read(tmp_path: Path) -> None:
    """The Women's Union's list saved as "Unicode Text": UTF-16 with tabs, named .txt; taken as the CSV is."""
    (csv,) = (ROOT / "examples" / "women_union").glob("*.csv")
    text = csv.read_text("utf-8-sig").replace(";", "\t")
    file = tmp_path / "a.txt"
    file.write_bytes(text.encode("utf-16"))
    adapter = adapter_for(AgencyKind.WOMEN_UNION, file)
    assert read(adapter, file) == read(adapter, csv)
    assert len(read(adapter, file)) == 3


def read(adapter: Adapter, file: Path) -> list[str]:
    """What an adapter says of a file, without its places."""
    items = adapter.read(file, today=date(2026, 11, 2))
    return [f"{type(one).__name__} {getattr(one, 'reason', '')} {getattr(one, 'record_key', '')}" for one in items]


def test_a_csv_of_no_form_is_told_so(tmp_path: Path) -> None:
    """A table that nobody knows, and one that is empty: words, never a failure."""
    for name, content, code in (
        ("la.csv", "a|b|c\n1|2|3\n", "file_form_unknown"),
        ("ds.txt", "một;hai\n", "file_form_unknown"),
        ("trong.json", "", "file_empty"),
        ("trong.xml", "", "file_empty"),
        ("tep.zip", "PK", "file_save_as_xlsx"),
        ("anh.heic", "x", "file_save_as_xlsx"),
    ):
        file = tmp_path / name
        file.write_text(content, "utf-8")
        for kind in (AgencyKind.LABOUR, AgencyKind.WOMEN_UNION, AgencyKind.POLICE):
            with pytest.raises(RefusedError, match=code):
                adapter_for(kind, file)
