"""Papers at the command line: the options by which an act states one, listing those of a case, and getting a file."""

from __future__ import annotations

import functools
import inspect
import json as json_
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from caunoi.commands.acting import STATED, Code, GivenPaper, code_of, day_of, listed
from caunoi.commands.options import Agency, Json, Lang, node_of, text_of
from caunoi.printing import Printer, day, plain
from domain.wording import Language

PAPER_FILE, PAPER_WORDS = "--paper", "--paper-words-file"
WORDS = ("number", "issued_by", "signatory", "title")
NEEDS_WORDS = (
    "cần một đối tượng JSON, giá trị là chuỗi, chỉ có các trường (needs a JSON object of strings, only the fields): "
    + ", ".join(WORDS)
)
ONE_STDIN = "chỉ một tệp được lấy từ stdin (only one of the files is stdin)"
KIND_AND_DATE = "cần cả --paper-kind và --paper-date (needs both --paper-kind and --paper-date)"
EXISTS = "tệp đã có; chọn tên khác bằng --out (the file exists; choose another with --out)"
NO_FILE = "không đọc được tệp (the file cannot be read)"
NO_NUMBER = "hồ sơ không có giấy tờ số này (the case has no paper of this number)"

Number = Annotated[int, typer.Argument(metavar="N", min=1, help="Số thứ tự trong case show. As in case show.")]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Ghi vào tệp mới. The new file.")]


def _option(name: str, metavar: str, words: str, **more: Any) -> Any:  # noqa: ANN401 - a parameter as typer has it
    return Annotated[str | None, typer.Option(name, metavar=metavar, help=words, **more)]


OPTIONS = {
    "file": _option(PAPER_FILE, "FILE", "Tệp giấy tờ: PDF, JPEG, DOCX đến 20 MB. The paper's file."),
    "kind": _option("--paper-kind", "CODE", "Loại giấy tờ, theo danh mục. Kind of paper."),
    "date": _option("--paper-date", "YYYY-MM-DD", "Ngày văn bản. The paper's date.", parser=day_of),
    "issuer": _option("--paper-issuer", "CODE", "Loại cơ quan ban hành, theo danh mục. Kind of issuer."),
    "words_file": _option(
        PAPER_WORDS, "FILE", "JSON {number, issued_by, signatory, title} để niêm phong; - là stdin. Words to seal."
    ),
}


def with_paper(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of one paper that its act stands for; `acting.act` finds it in `STATED`."""

    @functools.wraps(command)
    def stating(**given: Any) -> None:  # noqa: ANN401 - whatever the command takes
        said = {name: value for name in OPTIONS if (value := given.pop(f"paper_{name}")) is not None}
        token = STATED.set(_stated(said, given) if said else None)
        try:
            command(**given)
        finally:
            STATED.reset(token)

    own, hints = inspect.signature(command), get_type_hints(command, include_extras=True)
    before = [one.replace(annotation=hints[name]) for name, one in own.parameters.items()]
    added = [
        inspect.Parameter(f"paper_{name}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
        for name, option in OPTIONS.items()
    ]
    # What makes the options of a command reads these.
    stating.__signature__ = own.replace(parameters=[*before, *added])  # type: ignore[attr-defined]
    stating.__annotations__ = {one.name: one.annotation for one in (*before, *added)}
    return stating


def _stated(said: dict[str, str], given: dict[str, Any]) -> GivenPaper:
    """The paper of a command.

    Raises:
        typer.BadParameter: kind or date is missing, or a file of it cannot be read.
    """
    said.setdefault("date", given.get("legal_date", ""))
    if not said["date"] or "kind" not in said:
        raise typer.BadParameter(KIND_AND_DATE, param_hint=PAPER_FILE)
    lang: Language | None = given.get("lang")
    listed(said["kind"], "paper", lang)
    if "issuer" in said:
        listed(said["issuer"], "issuer", lang)
    if "words_file" in said:
        said |= _words(said.pop("words_file"), given)
    file = Path(said.pop("file")) if "file" in said else None
    if file is not None and not file.is_file():
        raise typer.BadParameter(NO_FILE, param_hint=PAPER_FILE)
    return GivenPaper(said=said, file=file)


def _words(file: str, given: dict[str, Any]) -> dict[str, str]:
    """The words of a paper from a JSON object: never from an argument, which others see and histories keep.

    Raises:
        typer.BadParameter: it is none, or has another field; what it says is never quoted.
    """
    if file == "-" and "-" in (given.get("values_file"), given.get("message_file")):
        raise typer.BadParameter(ONE_STDIN, param_hint=PAPER_WORDS)
    try:
        words = json_.loads(text_of(file))
    except (json_.JSONDecodeError, RecursionError):
        words = None
    if not isinstance(words, dict) or not words.keys() <= set(WORDS) or not words:
        raise typer.BadParameter(NEEDS_WORDS, param_hint=PAPER_WORDS)
    if not all(isinstance(word, str) and word for word in words.values()):
        raise typer.BadParameter(NEEDS_WORDS, param_hint=PAPER_WORDS)
    return words


def tell_papers(papers: list[dict[str, Any]], printer: Printer) -> None:
    """Print the papers of a case, numbered."""
    from domain.rules import current

    def label(code: str | None, of: str) -> str:
        return current().label(code, of=of, language=printer.language) if code else ""

    rows = [
        (
            str(number),
            label(one["kind"], "paper"),
            day(one["date"]),
            plain(one["paper_number"] or ""),
            plain(one["issued_by"] or "") or label(one["issuer"], "issuer"),
            plain(one["signatory"] or ""),
            plain(one["title"] or ""),
            _file_of(one, printer),
            str(one["index"]),
            ", ".join(
                [printer.agency(one["by"]), *(printer.label(mended["type"], of="mended") for mended in one["mended"])]
            ),
        )
        for number, one in enumerate(papers, start=1)
    ]
    columns = ("number", "paper", "paper_date", "paper_number", "issuer", "signatory", "title", "file", "entry", "by")
    printer.table([f"cli_{column}" for column in columns], rows)


def _file_of(one: dict[str, Any], printer: Printer) -> str:
    if one["state"] != "open":
        return printer.words("cli_none_open" if one["state"] == "closed" else "cli_unreadable")
    return "" if one["size"] is None else f"{one['format'].upper()} {-(-one['size'] // 1024)} KB"


def paper(code: Code, number: Number, *, agency: Agency, out: Out, lang: Lang = None, json: Json = False) -> None:
    """Lấy tệp của một giấy tờ trong hồ sơ. Get the file of one of a case's papers."""
    if out.exists():
        raise typer.BadParameter(EXISTS, param_hint="--out")
    with node_of(agency, lang, machine=json) as (client, printer):
        papers = client.get(f"/v1/cases/{code_of(code)}")["papers"]
        if number > len(papers):
            raise typer.BadParameter(NO_NUMBER, param_hint="N")
        one = papers[number - 1]
        client.download(f"/v1/papers/{one['statement']}/{one['number']}", out)
        printer.document(one)
        printer.say("cli_file_written", file=plain(str(out)))
