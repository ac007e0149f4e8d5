"""What an agency's people look at: caseload, inbox, timeline, figures, and what a search finds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from caunoi.commands.clocks import tell_clocks
from caunoi.commands.options import Agency, Json, Lang, node_of, text_of
from caunoi.commands.papers import tell_papers
from caunoi.printing import Printer, day, moment, plain

Year = Annotated[int | None, typer.Option("--year", help="Năm của ngày xác định. Year of the identification.")]
CaseCode = Annotated[str, typer.Argument(metavar="HS-…", help="Mã hồ sơ. The case code.")]
Code = Annotated[str | None, typer.Option("--code", metavar="HS-…", help="Chỉ một hồ sơ. One case only.")]
Sought = Annotated[
    str,
    typer.Argument(
        metavar="TEXT", help="Họ tên hoặc số giấy tờ, điện thoại; - là stdin. A name or number; - is stdin."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (caseload, inbox, requests, timeline, stats, search):
        app.command()(command)


def caseload(*, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Mọi hồ sơ cơ quan được xem. All cases the agency may see."""
    with node_of(agency, lang, machine=json) as (client, printer):
        cases = client.get("/v1/caseload")
        printer.document(cases)
        rows = [
            (
                one["code"] or "–",
                printer.label(one["status"], of="status"),
                printer.label(one["pathway"], of="pathway"),
                one["custodian"] or "–",
                day(one["since"]),
                ", ".join(printer.words(f"section_{name}") for name in one["open"]) or printer.words("cli_none_open"),
                str(one["newest"]),
            )
            for one in cases
        ]
        columns = ("cli_code", "cli_status", "cli_pathway", "cli_custodian", "cli_since", "cli_open", "cli_newest")
        printer.table(columns, rows)


def search(text: Sought, *, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Tìm theo họ tên (có dấu hoặc không), số giấy tờ, trong phần được xem. Search by name or number, in what is open.

    Tên giống nhau không có nghĩa là một người. The same name is not the same person.
    """
    sought = text_of(text).strip() if text == "-" else text
    with node_of(agency, lang, machine=json) as (client, printer):
        found = client.post("/v1/search", {"text": sought})
        printer.document(found)
        rows = [
            (one["code"] or "–", plain(one["fits"]), printer.label(one["nearness"], of="nearness"), day(one["since"]))
            for one in found
        ]
        printer.table(("cli_code", "cli_fits", "cli_nearness", "cli_since"), rows)
        if rows:
            printer.say("cli_search_caution")


def inbox(*, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Đề nghị chuyển gửi, bàn giao: đến lượt ai, từ khi nào. Offers: whose turn it is, since when."""
    with node_of(agency, lang, machine=json) as (client, printer):
        offers = client.get("/v1/inbox")
        printer.document(offers)
        rows = [
            (
                printer.label(one["turn"] or "none", of="turn"),
                printer.label(one["kind"], of="offer"),
                one["code"] or "–",
                f"{one['sender']} → {one['receiver']}",
                _label(one["service"], "service", printer),
                printer.label(one["state"], of="state"),
                moment(one["steps"][-1]["recorded"]),
                day(one["answer_by"]) or printer.words("cli_no_date"),
                one["id"],
            )
            for one in offers
        ]
        columns = ("turn", "kind", "code", "sides", "service", "state", "since", "due", "id")
        printer.table([f"cli_{column}" for column in columns], rows)
        waiting = [] if json else client.get("/v1/requests")
        if waiting:
            printer.say("cli_requests", count=len(waiting))
            tell_requests(waiting, printer)


def requests(*, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Đề nghị cấp quyền đọc chưa trả lời, quyền đọc không mở được. Access not answered, grants that do not open."""
    with node_of(agency, lang, machine=json) as (client, printer):
        waiting = client.get("/v1/requests")
        printer.document(waiting)
        tell_requests(waiting, printer)


def tell_requests(waiting: list[dict[str, Any]], printer: Printer) -> None:
    """Print who waits for sections, since when, and why no node answers by itself."""
    rows = [
        (
            printer.label(one["turn"], of="turn"),
            printer.label(f"access.{'requested' if one['kind'] == 'access' else 'failed'}", of="type"),
            one["code"] or "–",
            f"{one['by']} → {', '.join(one['to']) or '–'}",
            printer.words(f"section_{wanted['section']}"),
            _why(wanted, printer),
            day(one["since"]),
            str(one["days"]),
            one["statement"],
        )
        for one in waiting
        for wanted in one["sections"]
    ]
    columns = ("turn", "what", "code", "sides", "section", "why", "since", "days", "request")
    printer.table([f"cli_{column}" for column in columns], rows)


def _why(wanted: dict[str, Any], printer: Printer) -> str:
    row = {} if wanted["row"] is None else {"row": wanted["row"]}
    return printer.words(wanted["code"], **row) if wanted["code"] else printer.words("cli_waits")


def timeline(*, agency: Agency, code: Code = None, lang: Lang = None, json: Json = False) -> None:
    """Mọi mục ghi trên luồng của cơ quan. Every entry on the agency's feed."""
    with node_of(agency, lang, machine=json) as (client, printer):
        if code is None:
            lines = client.get("/v1/timeline")
        else:
            from domain.case_code import normalise

            lines = client.get(f"/v1/cases/{normalise(code)}")["timeline"]
        printer.document(lines)
        tell_timeline(lines, printer)


def tell_timeline(lines: list[dict[str, Any]], printer: Printer) -> None:
    """Print entries in the log's order: when it happened and when it was recorded, both."""
    rows = [
        (
            str(one["index"]),
            _minute(one["occurred"]),
            moment(one["recorded"]),
            printer.agency(one["by"]),
            printer.label(one["type"], of="type"),
            _codes(one, printer),
        )
        for one in lines
    ]
    printer.table(("cli_entry", "cli_occurred", "cli_recorded", "cli_by", "cli_what", "cli_details"), rows)


def show(code: CaseCode, *, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Xem một hồ sơ: phân mục theo từng cơ quan ghi, ô đóng kèm lý do. One case; closed cells say why."""
    from domain.case_code import normalise

    with node_of(agency, lang, machine=json) as (client, printer):
        found = client.get(f"/v1/cases/{normalise(code)}")
        printer.document(found)
        parts = (
            printer.label(found["status"], of="status"),
            printer.label(found["pathway"], of="pathway"),
            printer.words("cli_custody", agency=printer.agency(found["custodian"])),
        )
        printer.text(f"{found['code']}: " + " · ".join(parts))
        for section, shown in found["sections"].items():
            printer.text(f"\n{printer.words(f'section_{section}').upper()}")
            if "closed" in shown:
                closed = shown["closed"]
                since = {"since": day(closed["since"])} if "since" in closed else {}
                printer.text("  " + printer.words(closed["code"], row=closed["row"], **since))
            for author, records in shown.get("open", {}).items():
                for record in records if isinstance(records, list) else [records]:
                    _tell_record(author, record, printer)
        if found["papers"]:
            printer.text("")
            tell_papers(found["papers"], printer)
        printer.text("")
        tell_timeline(found["timeline"], printer)
        if found["clocks"]:
            printer.text("")
            tell_clocks(found["clocks"], printer)


def _tell_record(author: str, record: dict[str, Any], printer: Printer) -> None:
    from caunoi.wording import value_words

    head = f"  {printer.agency(author)}, " + printer.words("cli_entry_number", index=record["index"])
    if "corrected" in record:
        head += ", " + printer.words("cli_corrected", index=record["corrected"]["index"])
    if record.get("unreadable"):
        head += ": " + printer.words("cli_unreadable")
    printer.text(head + f"  [{record['statement']}]")
    for name, fact in record.get("values", {}).items():
        printer.text(f"    {printer.label(name, of='field')}: {plain(value_words(name, fact, printer))}")


def stats(*, agency: Agency, year: Year = None, lang: Lang = None, json: Json = False) -> None:
    """Nạn nhân phát hiện qua vụ án, kèm các mục ghi làm căn cứ. Victims found through criminal cases, with entries."""
    from caunoi.wording import province_name

    with node_of(agency, lang, machine=json) as (client, printer):
        found = client.get("/v1/statistics", **({} if year is None else {"year": year}))
        printer.document(found)
        rows = [_figure(printer.words("cli_all_victims"), found["total"])]
        for name, figure in found["by_residence"].items():
            rows.append(_figure("  " + printer.label(name, of="residence"), figure))
        for code, figure in found["by_province"].items():
            rows.append(_figure("  " + printer.words("cli_province", place=province_name(code)), figure))
        for regime, figures in found["by_regime"].items():
            for name, figure in figures.items():
                what = f"{_label(regime, 'regime', printer)}, {printer.label(name, of='residence')}"
                rows.append(_figure(what, figure))
        printer.table(("cli_what", "cli_count", "cli_entries"), rows)


def _figure(what: str, figure: dict[str, Any]) -> tuple[str, str, str]:
    return what, str(figure["count"]), ", ".join(map(str, figure["entries"]))


def _label(code: str | None, listed: str, printer: Printer) -> str:
    from domain.rules import current

    return current().label(code, of=listed, language=printer.language) if code else "–"


def _codes(line: dict[str, Any], printer: Printer) -> str:
    """What the header says in codes, in words where we have them, with corrections and lateness."""
    from caunoi.wording import code_words

    parts = [code_words(name, value, printer) for name, value in line["codes"].items()]
    parts += [printer.label(mended["type"], of="mended") for mended in line["mended"]]
    return ", ".join([*parts, *([printer.words("cli_late")] if line["late"] else [])])


def _minute(text: str) -> str:
    from datetime import datetime

    return moment(int(datetime.fromisoformat(text).timestamp() * 1e6))
