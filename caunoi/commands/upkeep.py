"""Looking after an installation: what is wrong and what to do next, the database's schema, public keys."""

from __future__ import annotations

from typing import Annotated

import typer

from caunoi.commands.options import Agency, Json, Lang, read
from caunoi.errors import SettingsError

Hosted = Annotated[
    list[str] | None,
    typer.Option("--agency", metavar="ID", help="Tạo chỗ cho nút, nhắc lại được. Make a node's role and schema."),
]

db_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Cơ sở dữ liệu. The database.")
keys_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Khóa công khai. Public keys.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(doctor)
    db_app.command()(prepare)
    db_app.command("migrate", hidden=True)(prepare)
    app.add_typer(db_app, name="db")
    keys_app.command("list")(list_keys)
    app.add_typer(keys_app, name="keys")


def doctor(*, lang: Lang = None, json: Json = False) -> None:
    """Kiểm tra mọi thứ cần có và gợi ý một lệnh tiếp theo. Check what must be there; suggests one next command."""
    from caunoi.doctor import examine, next_command

    settings, printer = read(lang, machine=json)
    checks = []
    for check in examine(settings):
        checks.append(check)
        printer.say(check.code, mark=check.mark, **check.params)
    command = next_command(checks)
    found = [{"code": one.code, "mark": one.mark, "params": one.params, "words": one.words} for one in checks]
    printer.document({"checks": found, "next": command})
    printer.text("")
    printer.say("cli_next_command", command=command)
    if any(check.mark == "wrong" for check in checks):
        raise typer.Exit(1)


def prepare(*, agency: Hosted = None, lang: Lang = None) -> None:
    """Đưa cơ sở dữ liệu CAUNOI_DATABASE_URL về lược đồ này. Migrate the database of CAUNOI_DATABASE_URL."""
    from caunoi.bootstrap import prepare_node_role
    from caunoi.deployment import open_database, prepare_database
    from caunoi.home import Home

    settings, printer = read(lang)
    if settings.database_url is None:
        raise SettingsError("setting_needed", name="CAUNOI_DATABASE_URL")
    home = Home(settings.home)
    for name in agency or ():
        home.node(name)
    with open_database(settings, home) as dsn:
        prepare_database(dsn)
        for name in agency or ():
            prepare_node_role(dsn, name)
    printer.say("cli_database_prepared", mark="ok")


def list_keys(*, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Khóa công khai của một cơ quan (hoặc hub, registrar). An agency's public keys (or hub's, registrar's)."""
    from caunoi.public_keys import public_keys

    settings, printer = read(lang, machine=json)
    keys = public_keys(settings, agency)
    printer.document(keys)
    rows = [(key["kid"], printer.label(key["use"], of="use"), key["suite"], key["public"]) for key in keys]
    printer.table(("cli_kid", "cli_use", "cli_suite", "cli_public"), rows)
