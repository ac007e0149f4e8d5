"""Taking one file in by the adapter of this agency that knows it; the report as JSON: codes and places, no value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from domain.errors import RefusedError
from node.ingest import Ingest, Progress, Report, RowAnswer, hash_of
from node.node import Node

ROWS_IN_A_PIECE = 500


def take(node: Node, file: Path, day: date, *, progress: Progress | None = None) -> Report:
    """Take in a file by the adapter of this agency that knows its form; one that is refused whole is set aside.

    Raises:
        RefusedError: no adapter of this agency reads it, or it cannot be read.
    """
    from node.forms import adapter_for  # noqa: PLC0415 - adapters are large; a node loads them with its first file

    kind = node.member().kind
    try:
        report = Ingest(node, adapter_for(kind, file), progress=progress).take(file, today=day)
    except RefusedError as error:
        with node.lock:
            node.quarantine.keep_file(error.code, file, digest=hash_of(file))
        raise
    with node.lock:
        node.quarantine.settle(node.quarantine.file_record(report.file_hash))
    return report


def report_of(report: Report) -> Iterator[str]:
    """A report as JSON, piece by piece: codes and places, never a value."""
    about = {"form": report.form, "file": report.file_hash}
    yield json.dumps(about)[:-1] + ', "rows": ['
    for start in range(0, len(report.rows), ROWS_IN_A_PIECE):
        rows = [json.dumps(_row(row), ensure_ascii=False) for row in report.rows[start : start + ROWS_IN_A_PIECE]]
        yield (",\n" if start else "") + ",\n".join(rows)
    yield "], " + json.dumps(_rest(report), ensure_ascii=False)[1:]


def _row(row: RowAnswer) -> dict[str, Any]:
    return {
        "sheet": row.where.sheet,
        "row": row.where.row,
        "column": row.where.column,
        "outcome": row.outcome,
        "reason": row.reason,
        "params": row.params,
        "code": row.code,
    }


def _rest(report: Report) -> dict[str, Any]:
    """All but the rows."""
    return {
        "totals": [
            {"sheet": t.where.sheet, "row": t.where.row, "what": t.what, "written": t.written, "counted": t.counted}
            for t in report.totals
        ],
        "notes": [
            {
                "sheet": note.where.sheet,
                "row": note.where.row,
                "column": note.where.column,
                "reason": note.reason,
                "params": dict(note.params),
            }
            for note in report.notes
        ],
        "vanished": report.vanished,
        "vanished_codes": report.vanished_codes,
        "queued": report.queued,
    }
