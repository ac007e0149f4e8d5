"""Keeping an agency's views: together with others over Kafka, and making them anew while they are read."""

from __future__ import annotations

from typing import Annotated

import typer

from caunoi.commands.options import Agency, Json, Lang, read

Supervised = Annotated[bool, typer.Option(hidden=True, help="End when standard input ends.")]
OfMembers = Annotated[bool, typer.Option("--members", help="Bảng do nhóm tiến trình giữ. Those that members keep.")]

views_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Bảng tra cứu của một cơ quan. An agency's views."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    views_app.command()(follow)
    views_app.command()(rebuild)
    app.add_typer(views_app, name="views")


def follow(*, agency: Agency, supervised: Supervised = False, lang: Lang = None) -> None:
    """Cùng các tiến trình khác giữ bảng tra cứu của cơ quan, qua Kafka. Keep an agency's views with others, over Kafka.

    Bao nhiêu tiến trình cũng được, thêm bớt lúc nào cũng được. As many as wanted, started and ended at any time.
    """
    from caunoi import operating_log
    from caunoi.keeping_views import follow_views

    settings, _ = read(lang)
    operating_log.begin(settings, process=f"views-{agency}")
    settings.need("kafka", "database_url")
    follow_views(settings, dsn=str(settings.database_url), agency=agency, supervised=supervised)


def rebuild(*, agency: Agency, members: OfMembers = False, lang: Lang = None, json: Json = False) -> None:
    """Dựng lại bảng từ luồng đã giữ, vẫn tra cứu được. Make the views anew from the kept feed, read meanwhile."""
    from caunoi.keeping_views import rebuild_views

    settings, printer = read(lang, machine=json)
    found = rebuild_views(settings, agency=agency, members=members, remark=printer.remark)
    printer.document(found)
    for view, rows in found.items():
        printer.say("cli_view_rows", view=view, rows=rows)
    printer.say("cli_views_rebuilt", mark="ok", agency=agency)
