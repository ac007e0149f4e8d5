"""The answer to one file in words: row by row, totals, notes; and the office's own sheet with a column of answers.

Places and codes only: no cell's value is ever printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from adapters.contract import Returned
from adapters.tables.answered import answered_path, is_answered, write_answered
from adapters.values.mending import MENDABLE
from caunoi.printing import Mark, Printer
from node.forms import ADAPTERS
from node.worklist import LAYOUTS_OF_FORM

RECORDED = ("new", "changed", "same")
UNSETTLED = ("to_mend", "waiting")
PROPOSED = MENDABLE | {"row_legacy_font"}  # the reasons for which a row may have proposals
_SIGNS: dict[str, Mark] = {"new": "ok", "changed": "ok", "same": "ok", "to_mend": "wrong", "waiting": "note"}

Report = Mapping[str, Any]


def count(report: Report, *outcomes: str) -> int:
    """How many rows had one of these outcomes."""
    return sum(row["outcome"] in outcomes for row in report["rows"])


def place(row: Mapping[str, Any], form: str, printer: Printer, *, last: int | None = None) -> str:
    """Where in the file: 'Trang “Tự trở về”, dòng 12, cột G' of a table, 'Mục 3, trường NgaySinh' of a record."""
    kind = "row" if form in LAYOUTS_OF_FORM else "record"
    parts = [printer.words("cli_at_sheet", sheet=row["sheet"])] if row.get("sheet") else []
    rows = {"row": row["row"]} if last in {None, row["row"]} else {"row": row["row"], "last": last}
    parts.append(printer.words(f"cli_at_{kind}s" if "last" in rows else f"cli_at_{kind}", **rows))
    if row.get("column"):
        parts.append(printer.words("cli_at_column" if kind == "row" else "cli_at_field", column=row["column"]))
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def reason(row: Mapping[str, Any], printer: Printer) -> str:
    """Why, in words."""
    return printer.words(row["reason"], **row["params"]) if row["reason"] else ""


def answer(row: Mapping[str, Any], form: str, printer: Printer, *, others: int) -> str:
    """What became of one row, without its place; `others` are the rows that were recorded."""
    words = {"reason": reason(row, printer), "others": others, "code": row["code"] or ""}
    suffix = "_coded" if row["code"] and row["outcome"] in RECORDED else ""
    kind = "record" if row["outcome"] in UNSETTLED and form not in LAYOUTS_OF_FORM else "row"
    return printer.words(f"cli_{kind}_{row['outcome']}{suffix}", **words)


def tell(report: Report, printer: Printer) -> None:
    """Print the answer to one file; rows that are as before are put together."""
    form, others = report["form"], count(report, *RECORDED)
    for same, group in groupby(report["rows"], key=lambda row: (row["outcome"] == "same", row["sheet"])):
        rows = list(group)
        if same[0]:
            where = place(rows[0], form, printer, last=rows[-1]["row"])
            printer.text(f"{where}: {_same(len(rows), printer)}", mark="ok")
            continue
        for row in rows:
            told = answer(row, form, printer, others=others)
            printer.text(f"{place(row, form, printer)}: {told}", mark=_SIGNS[row["outcome"]])
    for total in report["totals"]:
        mark: Mark = "ok" if total["written"] == total["counted"] else "note"
        numbers = {"written": total["written"], "counted": total["counted"]}
        printer.text(_of_sheet(total, total["what"], printer, **numbers), mark=mark)
    for note in report["notes"]:
        printer.text(f"{place(note, form, printer)}: {reason(note, printer)}.", mark="note")
    if report["vanished"]:
        printer.say("cli_vanished", mark="note", count=report["vanished"])
        if report["vanished_codes"]:
            printer.say("cli_vanished_codes", mark="note", codes=", ".join(report["vanished_codes"]))
    if report["queued"]:
        printer.say("cli_queued", mark="note")
    printer.text(printer.words("cli_file_sum", **sums(report)))


def sums(report: Report) -> dict[str, int]:
    """Rows read, and what became of them; the parts add up to the whole."""
    return {"read": len(report["rows"]), **{name: count(report, name) for name in (*RECORDED, *UNSETTLED)}}


def write_answers(file: Path, report: Report, printer: Printer) -> Path | None:
    """Write the same sheet with a column of answers beside a spreadsheet; None where the form is no table.

    Raises:
        RefusedError: the file cannot be read any more.
        OSError: there is no writing beside it.
    """
    layouts = LAYOUTS_OF_FORM.get(report["form"])
    if layouts is None:
        return None
    others = count(report, *RECORDED)
    said = {(row["sheet"], row["row"]): _beside(row, report["form"], printer, others) for row in report["rows"]}
    to = answered_path(file, printer.language)
    proposals = _proposals(file, report["form"]) if any(row["reason"] in PROPOSED for row in report["rows"]) else {}
    wrong = {(row["sheet"], row["row"]): row["column"] for row in report["rows"] if row["outcome"] in UNSETTLED}
    write_answered(file, layouts, said, to=to, language=printer.language, proposals=proposals, wrong=wrong)
    return to


def _proposals(file: Path, form: str) -> dict[tuple[str | None, int], str]:
    """What to write instead, by row; read from the office's own file again, so that no report ever carries it."""
    adapter = next(adapter for adapter in ADAPTERS if adapter.form.id == form)
    rows = (item for item in adapter.read(file, today=datetime.now(UTC).date()) if isinstance(item, Returned))
    return {
        (row.where.sheet, row.where.row): "; ".join(f"{one.column}: {one.text}" for one in row.proposals)
        for row in rows
        if row.proposals
    }


def _beside(row: Mapping[str, Any], form: str, printer: Printer, others: int) -> str:
    """The cell beside a row: its answer, with the column where there is one."""
    at = printer.words("cli_at_column", column=row["column"]) + ": " if row["column"] else ""
    text = at + answer(row, form, printer, others=others)
    return text[:1].upper() + text[1:]


def _same(number: int, printer: Printer) -> str:
    return printer.words("cli_row_same") if number == 1 else printer.words("cli_rows_same", count=number)


def _of_sheet(where: Mapping[str, Any], code: str, printer: Printer, **params: int) -> str:
    """A total the file states, beside what was counted."""
    sheet = printer.words("cli_at_sheet", sheet=where["sheet"]) + ": " if where.get("sheet") else ""
    sentence, bare = printer.words(code, **params), printer.words(code)
    # Some forms name their total, others say the whole sentence.
    text = sheet + (sentence if sentence != bare else sentence + printer.words("cli_total", **params))
    return text[:1].upper() + text[1:] + "."


def files_in(paths: list[Path]) -> Iterator[Path]:
    """Files as given; of a folder all in it and below, in order, but for what is hidden, answered sheets and ~$….

    Excel lays the last beside a workbook that is open.

    Raises:
        FileNotFoundError: one is not there.
    """
    for path in paths:
        if path.is_dir():
            found = (file for file in sorted(path.rglob("*")) if file.is_file() and not is_answered(file))
            yield from (
                file for file in found if not any(p.startswith((".", "~$")) for p in file.relative_to(path).parts)
            )
        elif path.is_file():
            yield path
        else:
            raise FileNotFoundError(path)
