"""Time limits on the screen: an agency's duties over all its cases, and those of one case."""

from __future__ import annotations

from typing import Any

import typer

from caunoi.commands.options import Agency, Json, Lang, node_of
from caunoi.printing import Printer, day

COLUMNS = ("cli_clock_state", "cli_clock_due", "cli_clock_limit")
REST = ("cli_clock_amount", "cli_since", "cli_clock_source")


def add_to(app: typer.Typer) -> None:
    """Add the command of this group."""
    app.command()(clocks)


def clocks(*, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Việc của cơ quan theo hạn xử lý, gấp trước. Duties of the agency by due day, soonest first."""
    with node_of(agency, lang, machine=json) as (client, printer):
        duties = client.get("/v1/clocks")
        printer.document(duties)
        if not duties:
            printer.say("cli_clocks_none")
            return
        rows = [(*_first(one["clock"], printer), one["code"] or "–", *_rest(one["clock"], printer)) for one in duties]
        printer.table((*COLUMNS, "cli_code", *REST), rows)


def tell_clocks(found: list[dict[str, Any]], printer: Printer) -> None:
    """Print the time limits of one case: each with whose duty it is, done or not."""
    rows = [
        (*_first(one, printer), printer.agency(one["holder"] or one["duty"]), *_rest(one, printer)) for one in found
    ]
    printer.table((*COLUMNS, "cli_clock_holder", *REST), rows)


def _first(clock: dict[str, Any], printer: Printer) -> tuple[str, str, str]:
    return _state(clock, printer), day(clock["due"]) or "–", printer.label(clock["code"], of="limit")


def _rest(clock: dict[str, Any], printer: Printer) -> tuple[str, str, str]:
    unknown = clock["amount"] is None and clock["unit"] not in {"at_once", "stated"}
    amount = "–" if unknown else printer.words(f"clock_amount_{clock['unit']}", amount=clock["amount"] or 0)
    return amount, day(clock["since"]), clock["source"]


def _state(clock: dict[str, Any], printer: Printer) -> str:
    """How it stands; days over are said as days or as working days, never mixed."""
    if clock["state"] == "unknown" and clock["missing"] == "calendar":
        return printer.words("clock_no_calendar")
    if not clock["days_over"] or clock["unit"] == "stated":
        return printer.label(clock["state"], of="clock")
    unit = "working_days" if clock["unit"] == "working_days" else "days"
    over = printer.words(f"clock_over_{unit}", days=clock["days_over"])
    return printer.words("clock_done_late", late=over) if clock["state"] == "stopped" else over
