"""Files in, the office's sheet out, and what waits to be mended."""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caunoi.commands.options import Agency, Json, Lang, node_of
from caunoi.errors import UnavailableError
from caunoi.printing import Printer, Progress, plain
from domain.errors import RefusedError

if TYPE_CHECKING:
    from caunoi.officers import NodeClient

LOOK_EVERY = 0.3  # seconds between two looks at how far a file is
_ROW = re.compile(r"(?P<form>\S+/\d+) (?:(?P<sheet>[0-9a-f]{8})!)?(?P<row>\d+)(?P<column>.*)")
_HASH = re.compile(r"[0-9a-f]{64}")

Name = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="Tên của tệp đọc từ stdin. Name of stdin's file.")
]
Answers = Annotated[
    bool, typer.Option("--answers/--no-answers", help="Ghi trang trả lời cạnh bảng tính. Write the answered sheet.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Tệp sẽ ghi (.xlsx, .csv). File to write.")]
Number = Annotated[int, typer.Argument(help="Số trong danh sách. Its number in the list.")]
All = Annotated[bool, typer.Option("--all", help="Cả những gì đã giải quyết. Also what is settled.")]
Back = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Ghi lại tệp đã bị từ chối. Write back the refused file.")
]

quarantine_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Chờ sửa, chưa ghi nhận. What waits to be mended."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(ingest)
    app.command()(worklist)
    quarantine_app.command("list")(list_quarantine)
    quarantine_app.command("show")(show_quarantine)
    quarantine_app.command("settle")(settle_quarantine)
    app.add_typer(quarantine_app, name="quarantine")


def ingest(
    files: Annotated[list[str], typer.Argument(help="Tệp, thư mục, hoặc -. Files, folders, or - for stdin.")],
    *,
    agency: Agency,
    name: Name = None,
    answers: Answers = True,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Nhận tệp của một cơ quan; trả lời từng dòng, không nhắc lại nội dung. Take in files; answer row by row.

    Mã kết thúc 1 nếu còn dòng phải sửa. Exit status 1 if a row is to be mended.
    """
    with _gathered(files, name) as found, node_of(agency, lang, machine=json) as (client, printer):
        told = []
        for number, file in enumerate(found, start=1):
            printer.text(f"── {plain(name or '-') if file.parent.name.startswith(_STDIN) else plain(str(file))}")
            told.append(_take(client, file, printer, where=(number, len(found))))
            if answers and "rows" in told[-1] and not file.parent.name.startswith(_STDIN):
                _answer(file, told[-1], printer)
        printer.document({"files": told})
    if any("refused" in one or _unsettled(one) for one in told):
        raise typer.Exit(1)


_STDIN = "caunoi-stdin-"


@contextlib.contextmanager
def _gathered(files: list[str], name: str | None) -> Iterator[list[Path]]:
    from caunoi.reporting import files_in

    with tempfile.TemporaryDirectory(prefix=_STDIN) as directory:
        paths = []
        for given in files:
            if given != "-":
                paths.append(Path(given))
                continue
            if name is None:
                raise typer.BadParameter("- cần --name, ví dụ --name so.xlsx (stdin needs --name)")
            copy = Path(directory) / ("stdin" + Path(name).suffix.lower())
            with copy.open("wb") as stream:
                while piece := sys.stdin.buffer.read(1 << 20):
                    stream.write(piece)
            paths.append(copy)
        try:
            found = list(files_in(paths))
        except FileNotFoundError:
            raise typer.BadParameter("không có tệp hoặc thư mục này (no such file or folder)") from None
        if not found:
            raise typer.BadParameter("thư mục không có tệp nào (the folder holds no file)")
        yield found


def _take(client: NodeClient, file: Path, printer: Printer, *, where: tuple[int, int]) -> dict[str, Any]:
    """Hand one file in, showing how far it is; a file that is refused whole is one sentence."""
    from adapters.values.secrecy import check_name
    from caunoi import reporting

    try:
        check_name(file)  # here: a file's name is told to nobody
        with _watched(client, printer, where):
            report = client.ingest(file)
    except RefusedError as error:
        if not error.code.startswith("file_"):
            raise
        reason = printer.words(error.code, **error.params)
        printer.say("cli_file_refused", mark="wrong", reason=reason)
        return {"name": file.name, "refused": error.code, "params": dict(error.params)}
    reporting.tell(report, printer)
    return {"name": file.name, **report, "sums": reporting.sums(report)}


@contextlib.contextmanager
def _watched(client: NodeClient, printer: Printer, where: tuple[int, int]) -> Iterator[None]:
    done, progress = threading.Event(), Progress(printer)

    def look() -> None:
        seconds = 0.0
        while not done.wait(LOOK_EVERY):
            seconds += LOOK_EVERY
            with contextlib.suppress(UnavailableError, RefusedError):  # only a look; the other thread will say
                far = client.get("/v1/ingest")
                told = {"file": where[0], "files": where[1], "seconds": round(seconds)}
                if far["rows"]:
                    progress.show("cli_reading", rows=far["rows"], **told)
                elif far["of"]:
                    progress.show("cli_looking_part", percent=100 * far["looked"] // far["of"], **told)
                else:
                    progress.show("cli_looking", **told)

    watcher = threading.Thread(target=look, name="progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        progress.end()


def _answer(file: Path, report: dict[str, Any], printer: Printer) -> None:
    from caunoi.reporting import write_answers

    try:
        to = write_answers(file, report, printer)
    except (OSError, RefusedError):
        printer.remark("cli_answers_not_written")
        return
    if to is not None:
        report["answers"] = to.name
        printer.say("cli_answers_written", file=plain(str(to)))


def _unsettled(report: dict[str, Any]) -> int:
    return int(report["sums"]["to_mend"] + report["sums"]["waiting"])


def worklist(*, agency: Agency, out: Out = None, lang: Lang = None, json: Json = False) -> None:
    """Ghi sổ của cơ quan với mã hồ sơ điền sẵn. Write the office's own sheet, to tick and send back."""
    from node.worklist import is_generic, write

    to = out or Path(f"so-{agency}.xlsx")
    if not json and to.exists():
        raise typer.BadParameter("tệp đã có; chọn tên khác bằng --out (the file exists; choose another with --out)")
    with node_of(agency, lang, machine=json) as (client, printer):
        document = client.get("/v1/worklist")
        printer.document(document)
        if not json and is_generic(document) and to.suffix.lower() != ".xlsx":
            raise typer.BadParameter("tệp phải có đuôi .xlsx (the file's name must end in .xlsx)")
        if not json:
            write(document, to, printer.language)
        rows = sum(len(sheet["rows"]) for sheet in document["sheets"])
        printer.say("cli_worklist_written", file=plain(str(to)), rows=rows)
        if document["left_out"]:
            codes = ", ".join(document["left_out"])
            printer.say("cli_worklist_left_out", mark="note", count=len(document["left_out"]), codes=codes)


def list_quarantine(*, agency: Agency, all_: All = False, lang: Lang = None, json: Json = False) -> None:
    """Liệt kê những gì chờ sửa: số, giờ, số lần, chỗ, lý do. List what waits: number, time, times, place, reason."""
    with node_of(agency, lang, machine=json) as (client, printer):
        rows = client.get("/v1/quarantine", settled=all_)
        printer.document(rows)
        columns = ["cli_number", "cli_received", "cli_last", "cli_seen", "cli_place", "cli_reason"]
        printer.table([*columns, "cli_settled"] if all_ else columns, [_line(row, printer)[: 6 + all_] for row in rows])


def show_quarantine(number: Number, *, agency: Agency, out: Back = None, lang: Lang = None, json: Json = False) -> None:
    """Mở một bản ghi chờ sửa cho cán bộ của cơ quan. Open one of them for the agency's own officer."""
    if out is not None and out.exists():
        raise typer.BadParameter("tệp đã có; chọn tên khác bằng --out (the file exists; choose another with --out)")
    with node_of(agency, lang, machine=json) as (client, printer):
        row = client.get(f"/v1/quarantine/{number}")
        printer.document(row)
        printer.text("  ".join(_line(row, printer)[:5]))
        printer.text(printer.words(row["code"]))
        if out is not None:
            client.download(f"/v1/quarantine/{number}/file", out)
            printer.say("cli_file_written", file=plain(str(out)))
        elif row["pieces"]:
            printer.say("cli_file_kept")
        elif row["content"] is None:
            printer.say("cli_no_content")
        for path, text in _leaves(row["content"]):
            printer.text(f"  {plain(path)}: {plain(text)}")


def settle_quarantine(number: Number, *, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Ghi là đã giải quyết; nội dung bị xóa. Say that one of them is settled; its content goes."""
    with node_of(agency, lang, machine=json) as (client, printer):
        printer.document(client.post(f"/v1/quarantine/{number}/settled"))
        printer.say("cli_quarantine_settled", number=number)


def _line(row: dict[str, Any], printer: Printer) -> tuple[str, ...]:
    first, last, settled = (_moment(row[name]) for name in ("received", "last", "settled"))
    where = _where(row["reference"], printer)
    return (str(row["id"]), first, last, str(row["seen"]), where, printer.words(row["code"]), settled)


def _where(reference: str, printer: Printer) -> str:
    """Where a row stood (its sheet by a tag: it may be named after a person), or a file by the head of its hash."""
    from caunoi.reporting import place

    if found := _ROW.fullmatch(reference):
        form = found["form"]
        return f"{printer.label(form, of='form')}: {place(found.groupdict(), form, printer)}"
    return printer.words("cli_file_by_hash", hash=reference[:8]) if _HASH.fullmatch(reference) else reference or "–"


def _moment(text: str | None) -> str:
    from datetime import datetime

    from caunoi.printing import moment

    return "–" if text is None else moment(int(datetime.fromisoformat(text).timestamp() * 1e6))


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """A JSON value as lines: (path, text); what is empty is left out."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, one in enumerate(value, start=1):
            yield from _leaves(one, f"{path}[{number}]")
    elif value is not None:
        yield path, str(value)
