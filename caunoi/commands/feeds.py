"""Checking an agency's feed as Kafka has it against the log, or against what the agency's own node has."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from caunoi.commands.options import Agency, Json, Lang, read

SHOWN = 20  # findings printed; JSON has all
All = Annotated[
    bool,
    typer.Option(
        "--all", help=f"In mọi sai lệch, không chỉ {SHOWN} cái đầu. Every finding, not only the first {SHOWN}."
    ),
]

feed_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Luồng của một cơ quan trên Kafka. An agency's feed over Kafka."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    feed_app.command()(check)
    app.add_typer(feed_app, name="feed")


@feed_app.callback()
def feeds() -> None:
    """A group of one command so far."""


def check(*, agency: Agency, all_: All = False, lang: Lang = None, json: Json = False) -> None:
    """So luồng trên Kafka với sổ nhật ký: thiếu, sai thứ tự, bị đổi, bị thêm. The feed's topic against the log.

    Mã kết thúc 1 nếu có sai lệch. Ở nút: so với những gì nút đã nhận. Exit status 1 on a finding. In a node's home it
    is held against what the node has.
    """
    from caunoi.kafka.feeds import check_feed

    settings, printer = read(lang, machine=json)
    settings.need("kafka")
    done = check_feed(settings, agency=agency, remark=printer.remark)
    printer.document(
        {"agency": agency, "number": done.number, **done.counted, "findings": list(map(asdict, done.findings))}
    )
    shown = done.findings if all_ else done.findings[:SHOWN]
    for one in shown:
        printer.say(f"feed_{one.what}", mark="wrong", partition=one.partition, position=one.position, part=one.part)
    if len(done.findings) > len(shown):
        printer.say("cli_more_findings", count=len(done.findings) - len(shown))
    if repeated := done.counted.get("repeated"):
        printer.say("feed_repeated", mark="note", count=repeated)
    if done.findings:
        raise typer.Exit(1)
    printer.say("feed_holds", mark="ok", agency=agency, number=done.number, entries=done.counted.get("entries", 0))
