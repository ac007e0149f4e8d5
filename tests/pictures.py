"""The pictures of docs/forms.md: each agency's example as it was sent and as it was answered. Not a test.

``python -m tests.pictures`` plays the worked example and writes them anew. They are drawn from the files themselves:
a sheet from the workbook that was written, a record beside the words of the report. Only mã hồ sơ, which every home
draws anew, are put as made-up ones.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.cell.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from caunoi.printing import Printer
from caunoi.reporting import tell
from domain.case_code import new as new_case_code
from tests.acceptance.newcomer import EXAMPLES, MARKED, PROPOSED
from tests.acceptance.playing import played_once
from tests.drawing import GUTTER, LINE, MONO_WIDE, PAD, SIZE, Cell, Drawing, draw_line, draw_table, folded, wrapped
from tests.tree import ROOT

FOLDER = ROOT / "docs" / "pictures"
SHOWN = {
    "police": "vu-an-07.json",
    "border_guard": "bien-ban-05.xml",
    "labour_department": "danh-sach-ho-tro-2024.xlsx",
    "women_union": "ho-tro-thang-4-2024.csv",
    "generic": "mot-nguoi.xlsx",
}
SENT, SHEET, SCREEN = "Tệp đã gửi", "Trang trả lời", "Trả lời trên màn hình"
TOP, ROWS, LETTERS, BESIDE = 30, 22, 86, 330  # px of the title, rows of a sheet, letters of a line, px of an answer
CODE = re.compile(r"HS-[0-9A-Z]{5}-[0-9A-Z]{5}")
BEGINS = {".json": re.compile(r"^ {4}\{"), ".xml": re.compile(r"^ {2}<Nguoi\b")}
SIGNS = {"✓": "#E2EFDA", "✗": "#FFD966", "!": "#FFF2CC"}


def pictures(met: Mapping[str, Any]) -> dict[str, str]:
    """Each picture by the name of its file, from what a newcomer met."""
    made: dict[str, str] = {}
    codes: dict[str, str] = {}

    def code_of(found: re.Match[str]) -> str:
        drawn = sha256(f"picture {len(codes)}".encode()).digest()[:16]
        return codes.setdefault(found[0], new_case_code(drawn))

    def masked(text: str) -> str:
        return CODE.sub(code_of, text)

    for form, name in SHOWN.items():
        answer = next(one for one in met["first"][form]["files"] if one["name"] == name)
        sent = EXAMPLES / form / name
        if "answers" in answer:
            answered = Path(met["folder"]) / form / answer["answers"]
            drawn = sheet(sent, f"{SENT}: {name}", masked), sheet(answered, f"{SHEET}: {answered.name}", masked)
        else:
            drawn = record(sent, None), record(sent, answer, masked)
        made |= {f"{form}-{kind}.svg": text for kind, text in zip(("sent", "answered"), drawn, strict=True)}
    return made


def _titled(title: str) -> Drawing:
    drawing = Drawing(title)
    drawing.text((PAD, 20), title, font_weight="bold", font_size="15")
    return drawing


# -- a sheet -----------------------------------------------------------------------------------------------------------


def sheet(file: Path, title: str, masked: Callable[[str], str]) -> str:
    """The first sheet of a workbook, or a CSV file as a spreadsheet shows it; a long one to its `ROWS`th row."""
    found = _of_csv(file) if file.suffix == ".csv" else _of_page(openpyxl.load_workbook(file).worksheets[0])
    # Before anything is measured: another code would be another width.
    table = {place: replace(cell, text=masked(cell.text)) for place, cell in found.items()}
    answers = sorted(column for (_, column), cell in table.items() if cell.text in {MARKED, PROPOSED})
    columns = answers[0] if answers else 1 + max(column for _, column in table)
    rows = sorted({row for row, _ in table})
    kept = rows[:ROWS]
    shown = {(kept.index(row), column): cell for (row, column), cell in table.items() if row in kept}
    drawing = _titled(title)
    limits = dict.fromkeys(range(columns), 92.0 if columns > 8 else 150.0)
    limits |= dict(zip(answers, (240.0, 130.0), strict=False))
    names = [str(row + 1) for row in kept]
    draw_table(drawing, _overflowing(shown, columns), names=names, widest=limits, top=TOP)
    if kept != rows:
        drawing.height += LINE + PAD
        drawing.text((PAD, drawing.height), f"… và {len(rows) - len(kept)} dòng nữa")
    return drawing.svg()


def _overflowing(table: Mapping[tuple[int, int], Cell], columns: int) -> dict[tuple[int, int], Cell]:
    """The text that stands alone in a row of the office's columns reaches over the empty cells beside it."""
    alone = Counter(row for row, column in table if column < columns)
    return {
        (row, column): replace(cell, across=columns - column)
        if alone[row] == 1 and cell.across == 1 and column < columns
        else cell
        for (row, column), cell in table.items()
    }


def _of_csv(file: Path) -> dict[tuple[int, int], Cell]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        lines = enumerate(csv.reader(stream, delimiter=";"))
        return {(row, column): Cell(text=text) for row, line in lines for column, text in enumerate(line) if text}


def _of_page(page: Worksheet) -> dict[tuple[int, int], Cell]:
    merged = {(one.min_row, one.min_col): one.size for one in page.merged_cells.ranges}
    cells: dict[tuple[int, int], Cell] = {}
    for line in page.iter_rows():
        if page.row_dimensions[line[0].row].hidden:
            continue
        for cell in line:
            if not isinstance(cell, MergedCell) and (cell.value is not None or cell.border.left.style == "thick"):
                cells[cell.row - 1, cell.column - 1] = _cell(cell, merged.get((cell.row, cell.column)))
    return cells


def _cell(cell: SheetCell, size: Mapping[str, int] | None) -> Cell:
    filled = cell.fill.fill_type == "solid" and isinstance(cell.fill.fgColor.rgb, str)
    return Cell(
        text=str(cell.value or ""),
        bold=bool(cell.font.b),
        centred=size is not None or cell.alignment.horizontal == "center",
        fill=f"#{cell.fill.fgColor.rgb[-6:]}" if filled else "#FFFFFF",
        framed=cell.border.left.style == "thick",
        across=size["columns"] if size else 1,
        down=size["rows"] if size else 1,
    )


# -- a record ----------------------------------------------------------------------------------------------------------


def record(file: Path, answer: Mapping[str, Any] | None, masked: Callable[[str], str] = str) -> str:
    """The lines of a JSON or XML file; with its answer, beside each person what the report says of them."""
    drawing = _titled(f"{SENT}: {file.name}" if answer is None else f"{SCREEN}: {file.name}")
    lines = file.read_text("utf-8").splitlines()
    begins = [number for number, line in enumerate(lines) if BEGINS[file.suffix].match(line)]
    shown = folded(lines, LETTERS)
    rows = [] if answer is None else list(answer["rows"])
    left = 30 + LETTERS * MONO_WIDE + 2 * PAD
    drawing.box((0, TOP), (30, len(shown) * LINE + PAD), fill=GUTTER)
    drawing.box((30, TOP), (left - 30, len(shown) * LINE + PAD), fill="#FFFFFF")
    tops: dict[int, float] = {}
    for place, (number, line) in enumerate(shown):
        y = TOP + (place + 1) * LINE
        if number not in tops:
            tops[number] = y - SIZE - 2
            drawing.text((15, y), str(number + 1), text_anchor="middle", fill="#7F7F7F")
        person = sum(number >= begin for begin in begins)
        field = next((row["column"] for row in rows if row["row"] == person and row["column"]), None)
        draw_line(drawing, (30 + PAD, y), line, framed=_framed(line, field))
    if answer is not None:
        _beside(
            drawing,
            [masked(line) for line in _said(answer)],
            [tops[begin] for begin in begins[: len(rows)]],
            left + 2 * PAD,
        )
    return drawing.svg()


def _framed(line: str, field: str | None) -> str:
    """The part of a line that is the field with its value."""
    found = re.search(rf'"{field}": "[^"]*"|<{field}>[^<]*</{field}>', line) if field else None
    return found[0] if found else ""


def _said(answer: Mapping[str, Any]) -> list[str]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        tell(answer, Printer("vi"))
    return printed.getvalue().splitlines()


def _beside(drawing: Drawing, said: list[str], tops: list[float], left: float) -> None:
    """Each sentence at the height of its person, those of the whole file below."""
    below = 0.0
    for number, line in enumerate(said):
        sign, text = (line[0], line[2:]) if line[0] in SIGNS else (" ", line)
        y = max(below, tops[number] if number < len(tops) else 0)
        lines = wrapped(text, BESIDE - 30, bold=sign == "✗")
        drawing.box((left, y), (BESIDE, len(lines) * LINE + 6), fill=SIGNS.get(sign, "#FFFFFF"))
        looks = {"font_weight": "bold"} if sign == "✗" else {}
        for place, part in enumerate(lines):
            drawing.text((left + 22, y + (place + 1) * LINE), part, **looks)
        if sign in SIGNS:
            drawing.text((left + 7, y + LINE), sign, font_weight="bold")
        below = y + len(lines) * LINE + 6 + 4


def main() -> None:
    """Play the worked example and write all pictures anew."""
    with tempfile.TemporaryDirectory(prefix="caunoi-pictures-") as place:
        *_, seen = played_once(Path(place), Path(place) / "home")
        FOLDER.mkdir(exist_ok=True)
        for name, text in pictures(seen.newcomer).items():
            (FOLDER / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
