"""A newcomer with `examples/`: hands the files in, mends what the answers name, sends everything back. Not a test.

Spreadsheets are mended in the answered sheet, as a person does it: the cell named beside the row gets what is proposed
there. JSON and XML have no such sheet; the field that the report names is mended in the file itself.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

EXAMPLES = Path(__file__).parents[2] / "examples"
AGENCIES = {
    "police": "police-38", "border_guard": "border-na-meo", "labour_department": "labour-38",
    "women_union": "women-38", "generic": "police-38",
}  # fmt: skip
"""Who hands in which folder, in the order of examples/README.md."""
BIRTHDAY = "28/02/2001"  # what the office finds in its papers
MARKED, PROPOSED = "Kết quả ghi nhận", "Đề nghị sửa thành"
WRONG = "chưa được ghi nhận"

Ingest = Callable[[str, Path], dict[str, Any]]
"""`caunoi ingest --json`: agency and file or folder → its answer, with the exit status."""


@dataclass
class Newcomer:
    """What the newcomer met.

    Attributes:
        folder: where the files and their answered sheets lie.
        first: folder → the answer to it; `again`: file → the answer once it was mended.
        record: the answers to a hand-over record with a wrong day, and to the same mended.
    """

    folder: str
    first: dict[str, Any] = field(default_factory=dict)
    again: dict[str, Any] = field(default_factory=dict)
    record: list[Any] = field(default_factory=list)


def try_examples(ingest: Ingest, folder: Path) -> Newcomer:
    """Do what examples/README.md says, then the same with an XML record."""
    shutil.copytree(EXAMPLES, folder)
    met = Newcomer(str(folder))
    for name, agency in AGENCIES.items():
        met.first[name] = ingest(agency, folder / name)
    police = folder / "police" / "vu-an-07.json"
    labour = folder / "labour_department" / "danh-sach-ho-tro-2024.tra-loi.xlsx"
    women = folder / "women_union" / "ho-tro-thang-4-2024.tra-loi.csv"
    for agency, sent, file, mend in (
        ("police-38", police, police, mend_json),
        ("labour-38", labour, folder / "sua" / labour.name, mend_workbook),
        ("women-38", women, folder / "sua" / women.name, mend_csv),
    ):
        file.parent.mkdir(exist_ok=True)
        mend(sent, file)
        met.again[file.name] = ingest(agency, file)
    record = folder / "sua" / "bien-ban-06.xml"
    text = (EXAMPLES / "border_guard" / "bien-ban-05.xml").read_text("utf-8").replace('so="05/', 'so="06/')
    for day in ("31/02/2002", "28/02/2002"):
        record.write_text(text.replace("30/02/2002 ÂL", day), "utf-8")
        met.record.append(ingest("border-na-meo", record))
    return met


def mend_workbook(sent: Path, to: Path) -> None:
    """Write what is proposed beside a marked row into the cell that is named there; save the sheet."""
    book = openpyxl.load_workbook(sent)
    for page in book.worksheets:
        said = {str(cell.value): cell.column for line in page.iter_rows() for cell in line if cell.value}
        for row in range(1, page.max_row + 1):
            if WRONG in str(page.cell(row, said[MARKED]).value):
                column, text = _proposed(str(page.cell(row, said[PROPOSED]).value))
                page[f"{column}{row}"] = text
    book.save(to)


def mend_csv(sent: Path, to: Path) -> None:
    """The same in a CSV file."""
    with sent.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream, delimiter=";"))
    head = next(line for line in lines if MARKED in line)
    for line in lines:
        if WRONG in line[head.index(MARKED)]:
            column, text = _proposed(line[head.index(PROPOSED)])
            line[ord(column) - ord("A")] = text
    with to.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(lines)


def mend_json(sent: Path, to: Path) -> None:
    """Write another day of birth for the third victim; the rest of the file stays byte for byte."""
    text = sent.read_text("utf-8")
    to.write_text(text.replace(json.loads(text)["BiHai"][2]["NgaySinh"], BIRTHDAY), "utf-8")


def _proposed(text: str) -> tuple[str, str]:
    """'I: 0912345678' as column and what to write."""
    found = re.fullmatch(r"([A-Z]): (.+)", text)
    assert found is not None, text
    return found[1], found[2]
