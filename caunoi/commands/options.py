"""Options that many commands have, and what they make of them: settings, a printer, a client of one agency's node."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caunoi.errors import CaunoiError
from caunoi.printing import Printer
from domain.wording import Language

if TYPE_CHECKING:
    from caunoi.officers import NodeClient
    from caunoi.settings import Settings


@dataclass(slots=True)
class Asked:
    """What the command line said before any settings were read."""

    language: Language | None = None


def _remember(context: typer.Context, language: Language | None) -> Language | None:
    asked = context.find_root().ensure_object(Asked)
    asked.language = language or asked.language
    return asked.language


Lang = Annotated[
    Language | None,
    typer.Option(
        "--lang", callback=_remember, is_eager=True, help="Ngôn ngữ (mặc định: CAUNOI_LANG, vi). Language of words."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="In JSON cho máy đọc. Print JSON for a machine.")]
Agency = Annotated[str, typer.Option("--agency", metavar="ID", help="Mã cơ quan. The agency's id.")]
OfficerName = Annotated[
    str,
    typer.Option(
        "--officer", metavar="NAME", help="Cán bộ thực hiện (ghi bằng bí danh). Who acts; kept as a pseudonym."
    ),
]
Message = Annotated[
    str | None, typer.Option("--message", metavar="WORDS", help="Lời nhắn, sẽ được niêm phong. Words, to be sealed.")
]
MessageFile = Annotated[
    str | None,
    typer.Option("--message-file", metavar="FILE", help="Lời nhắn trong tệp; - là stdin. Words in a file; - is stdin."),
]


def read(lang: Language | None, *, machine: bool = False) -> tuple[Settings, Printer]:
    """The settings with the language asked for, and a printer in that language."""
    from caunoi.settings import read_settings

    settings = read_settings()
    if lang is not None:
        settings = settings.model_copy(update={"lang": lang})
    return settings, Printer(settings.lang, machine=machine)


@contextlib.contextmanager
def node_of(
    agency: str, lang: Language | None, *, machine: bool = False, officer: str = "officer"
) -> Iterator[tuple[NodeClient, Printer]]:
    """A client of one agency's node, which is started for the duration if it does not run."""
    from caunoi.connecting import connected
    from caunoi.members import example_names

    settings, printer = read(lang, machine=machine)
    if not (machine or settings.is_alone):  # a party's own home is of other agencies
        printer.names = example_names(printer.language)
    with connected(settings, agency, officer=officer, remark=printer.remark) as client:
        yield client, printer


def words_of(message: str | None, message_file: str | None) -> str:
    """The words of `--message` or `--message-file`.

    Raises:
        typer.BadParameter: neither or both were given, the file cannot be read, or it is empty.
    """
    if (message is None) is (message_file is None):
        raise typer.BadParameter(
            "cần một trong hai, không phải cả hai (needs one of them, not both)",
            param_hint="--message | --message-file",
        )
    words = message if message_file is None else text_of(message_file)
    if words is None or not words.strip():
        raise typer.BadParameter("lời nhắn trống (the words are empty)", param_hint="--message | --message-file")
    return words.strip()


def text_of(file: str) -> str:
    """The text of a file, or of stdin for `-`.

    Raises:
        typer.BadParameter: it cannot be read as UTF-8; the message never quotes it.
    """
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig") if file == "-" else Path(file).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter("tệp không đọc được bằng UTF-8 (the file cannot be read as UTF-8)") from None


def language_of(context: typer.Context) -> Language:
    """The language of a sentence about what went wrong: as asked, as set, else Vietnamese."""
    asked = context.find_root().obj
    if isinstance(asked, Asked) and asked.language is not None:
        return asked.language
    try:
        return read(None)[0].lang
    except CaunoiError:
        return "vi"
