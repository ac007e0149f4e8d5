"""What all acts on a case share: their options, the codes they may name, doing one and saying what became of it."""

from __future__ import annotations

import json
import re
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from caunoi.commands.options import node_of, text_of
from domain.wording import Language

REASONS = {"refusal", "recall", "correction", "annulment", "closing"}
OPTION_OF = {"paper": "paper_kind", "issuer": "paper_issuer"}
NO_DAY = (
    "không có ngày này; hãy ghi năm-tháng-ngày, ví dụ 2026-11-22 "
    "(there is no such date; write year-month-day, as in 2026-11-22)"
)
NO_CODE = "không có mã này; hãy chọn trong danh mục (there is no such code; choose one of the list):"


def day_of(text: str) -> str:
    """A day as 2026-11-22 or 22/11/2026, as headers hold it.

    Raises:
        typer.BadParameter: it is neither, or there is no such day; the program names the option.
    """
    from datetime import date

    written = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text.strip())
    try:
        if written is None:
            raise ValueError
        year, month, day = written.group(1, 2, 3) if written[1] else written.group(6, 5, 4)
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise typer.BadParameter(NO_DAY) from None


def minute_of(text: str) -> str:
    """A local day, or day and time, as the minute in UTC that headers hold.

    Raises:
        typer.BadParameter: it is neither.
    """
    from datetime import UTC, datetime, timedelta, timezone

    day, _, clock = text.strip().replace("T", " ").partition(" ")
    local = day_of(day)
    try:
        if re.fullmatch(r"([0-9]{2}:[0-9]{2})?", clock) is None:
            raise ValueError
        told = datetime.fromisoformat(f"{local}T{clock or '00:00'}").replace(tzinfo=timezone(timedelta(hours=7)))
        return told.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    except (ValueError, OverflowError):
        raise typer.BadParameter(NO_DAY) from None


Code = Annotated[str, typer.Argument(metavar="HS-…", help="Mã hồ sơ. The case code.")]
OfferId = Annotated[str, typer.Argument(metavar="ID", help="Số đề nghị (xem inbox). The offer's id, as in inbox.")]
To = Annotated[str, typer.Option("--to", metavar="ID", help="Cơ quan nhận. The receiving agency.")]
Sections = Annotated[
    list[str],
    typer.Option(
        "--section", metavar="NAME", help="Phân mục, nhắc lại được: identity contact account health support profile."
    ),
]
Section = Annotated[str, typer.Option("--section", metavar="NAME", help="Phân mục. The section.")]
Statement = Annotated[str, typer.Option("--statement", metavar="ID", help="Bản ghi (xem case show). The statement.")]
Reason = Annotated[str, typer.Option("--reason", metavar="CODE", help="Lý do, theo danh mục. A coded reason.")]
Until = Annotated[str | None, typer.Option("--until", parser=day_of, metavar="YYYY-MM-DD", help="Đến ngày. Until.")]
Since = Annotated[str | None, typer.Option("--since", parser=day_of, metavar="YYYY-MM-DD", help="Từ ngày. Since.")]
AnswerBy = Annotated[
    str | None, typer.Option("--answer-by", parser=day_of, metavar="YYYY-MM-DD", help="Hạn trả lời. To answer by.")
]
LegalDate = Annotated[
    str, typer.Option("--legal-date", parser=day_of, metavar="YYYY-MM-DD", help="Ngày văn bản. Its date.")
]
Occurred = Annotated[
    str, typer.Option("--occurred", parser=minute_of, metavar="YYYY-MM-DDTHH:MM", help="Báo lúc nào. When told.")
]
Purpose = Annotated[str, typer.Option("--purpose", metavar="CODE", help="Mục đích, theo danh mục. A coded purpose.")]
ValuesFile = Annotated[
    str,
    typer.Option(
        "--values-file", metavar="FILE", help='JSON {"trường": giá trị}; - là stdin. Fields to seal; - is stdin.'
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPaper:
    """A paper as the command line states it, and its file."""

    said: dict[str, str]
    file: Path | None = None


STATED: ContextVar[GivenPaper | None] = ContextVar("stated", default=None)
"""The paper the act of this command stands for."""


def act(
    name: str, on: str, *, agency: str, officer: str, lang: Language | None, machine: bool, **arguments: object
) -> None:
    """Do one act at the agency's node and say what became of it."""
    given = {argument: value for argument, value in arguments.items() if value is not None}
    paper = STATED.get()
    with node_of(agency, lang, machine=machine, officer=officer) as (client, printer):
        if paper is not None:
            file = {} if paper.file is None else {"file": client.hand_in(on or "new", paper.file)["file"]}
            given["papers"] = [paper.said | file]
        done = client.act(name, on, **given)
        printer.document(done)
        if not done:
            printer.say("cli_nothing_to_do")
        elif done["index"] is None:
            printer.say("cli_act_queued", mark="note", statement=done["statement"])
        else:
            printer.say("cli_act_done", mark="ok", index=done["index"], statement=done["statement"])
        if done.get("id"):
            printer.say("cli_act_opened" if name == "notify" else "cli_act_offer", id=done["id"])


def code_of(text: str) -> str:
    """A mã hồ sơ as people copy it, as printed."""
    from domain.case_code import normalise

    return normalise(text)


def listed(code: str, of: str, lang: Language | None) -> str:
    """A code that the list has: of the rules, or the pathways, statuses and outcomes of the domain.

    Raises:
        typer.BadParameter: it has not; the message names the option and gives the list.
    """
    from domain.rules import current
    from domain.statements import Outcome, Pathway, Status
    from domain.wording import say

    language = lang or "vi"
    fixed = {"pathway": Pathway, "status": Status, "outcome": Outcome}
    if of in fixed:
        known = {one.value: say(f"word_{of}_{one.value}", language) for one in fixed[of]}
    else:
        known = {one: words[language] for one, words in current().offered(of).items()}
    if code not in known and code not in current().lists.get(of, {}):
        listing = "; ".join(f"{one} = {words}" for one, words in known.items())
        option = "--reason" if of in REASONS else f"--{OPTION_OF.get(of, of).replace('_', '-')}"
        raise typer.BadParameter(f"{NO_CODE} {listing}", param_hint=option)
    return code


def section_named(name: str) -> str:
    """A section that may be shared or written.

    Raises:
        typer.BadParameter: there is none of this name.
    """
    from domain.statements import Section as Named

    known = [section.value for section in Named if section is not Named.MESSAGE]
    if name not in known:
        raise typer.BadParameter(f"{NO_CODE} {' '.join(known)}", param_hint="--section")
    return name


def values_of(section: str, file: str) -> dict[str, Any]:
    """Fields of a section from a JSON object.

    Raises:
        typer.BadParameter: it is none, or has a field the section has not; values are never quoted.
    """
    from domain.contents import FIELDS
    from domain.statements import Section as Named

    fields = FIELDS[Named(section_named(section))]
    try:
        values = json.loads(text_of(file))
    except (json.JSONDecodeError, RecursionError):
        values = None
    if not isinstance(values, dict) or not values or not values.keys() <= fields.keys():
        raise typer.BadParameter(
            "cần một đối tượng JSON, chỉ có các trường (needs one JSON object with only the fields): "
            + ", ".join(fields),
            param_hint="--values-file",
        )
    return values
