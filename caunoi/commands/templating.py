"""Empty forms for offices without a form of their own; no node, no settings of one are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from caunoi.commands.options import Json, Lang, read
from caunoi.printing import plain

Form = Annotated[
    Literal["person", "list"],
    typer.Option("--form", help="Một người (person) hoặc danh sách (list). One person upright, or a list."),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Tệp sẽ ghi (.xlsx). File to write.")]


def add_to(app: typer.Typer) -> None:
    """Add the command of this group."""
    app.command()(template)


def template(*, form: Form, out: Out = None, lang: Lang = None, json: Json = False) -> None:
    """Ghi mẫu Excel trống để điền rồi gửi bằng ingest. Write an empty Excel form, to be filled in and taken in."""
    from adapters.generic.templates import FORMS, write_template

    to = out or Path(f"mau-{form}.xlsx")
    if to.suffix.lower() != ".xlsx":
        raise typer.BadParameter("tệp phải có đuôi .xlsx (the file's name must end in .xlsx)")
    if to.exists():
        raise typer.BadParameter("tệp đã có; chọn tên khác bằng --out (the file exists; choose another with --out)")
    settings, printer = read(lang, machine=json)
    try:
        write_template(to, form, settings.lang)
    except OSError:
        raise typer.BadParameter("không ghi được tệp này (the file cannot be written)") from None
    printer.document({"form": FORMS[form], "file": to.name})
    printer.say("cli_template_written", file=plain(str(to)), form=FORMS[form])
