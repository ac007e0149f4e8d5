"""Looking after an installation: what is wrong and what to do next, the database's schema, public keys."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caunoi.commands.options import Agency, Json, Lang, read
from caunoi.errors import SettingsError
from caunoi.printing import Printer

if TYPE_CHECKING:
    from caunoi.public_keys import PublicKey

Hosted = Annotated[
    list[str] | None,
    typer.Option("--agency", metavar="ID", help="Tạo chỗ cho nút, nhắc lại được. Make a node's role and schema."),
]
PassFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--passwords",
        metavar="FILE",
        help="Tệp mật khẩu libpq của các vai trò, nhắc lại được. A libpq pass file whose roles get these passwords.",
    ),
]
Holder = Annotated[str, typer.Argument(metavar="NAME", help="Mã cơ quan, hub, registrar. An agency's id, or these.")]
Members = Annotated[
    Path, typer.Option("--members", metavar="FILE", help="Danh sách thành viên (TOML). The list of members.")
]
OfBundles = Annotated[
    bool, typer.Option("--intake", help="Khóa mở các gói mang tới. The hub's key that opens carried bundles.")
]
Days = Annotated[
    int, typer.Option(min=0, metavar="N", help="Đã thay ít nhất N ngày. Only those replaced N days ago or longer.")
]

db_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Cơ sở dữ liệu. The database.")
keys_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Khóa. Keys.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(doctor)
    db_app.command()(prepare)
    app.add_typer(db_app, name="db")
    keys_app.command("list")(list_keys)
    keys_app.command("make")(make_keys)
    keys_app.command("rotate")(rotate_keys)
    keys_app.command("destroy")(destroy_keys)
    app.command("found")(found_log)
    app.add_typer(keys_app, name="keys")


def doctor(*, lang: Lang = None, json: Json = False) -> None:
    """Kiểm tra mọi thứ cần có và gợi ý một lệnh tiếp theo. Check what must be there; suggests one next command."""
    from caunoi.doctor import examine, next_command

    settings, printer = read(lang, machine=json)
    checks = []
    for check in examine(settings):
        checks.append(check)
        printer.say(check.code, mark=check.mark, **check.params)
    command, setting = next_command(checks)
    found = [{"code": one.code, "mark": one.mark, "params": one.params, "words": one.words} for one in checks]
    printer.document({"checks": found, "next": command})
    printer.text("")
    if setting is None:
        printer.say("cli_next_command", command=command)
    else:
        printer.say("cli_next_setting", command=command, name=setting)
    if any(check.mark == "wrong" for check in checks):
        raise typer.Exit(1)


def prepare(*, agency: Hosted = None, passwords: PassFiles = None, lang: Lang = None) -> None:
    """Tạo vai trò và lược đồ trong CAUNOI_DATABASE_URL. Make roles and schemas in CAUNOI_DATABASE_URL."""
    from caunoi.database import open_database
    from caunoi.home import Home
    from caunoi.roles import prepare_database, prepare_node_role, set_passwords

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
        for file in passwords or ():
            set_passwords(dsn, file, agencies=agency or [])
    printer.say("cli_database_prepared", mark="ok")


def list_keys(*, agency: Agency, lang: Lang = None, json: Json = False) -> None:
    """Khóa công khai của một cơ quan (hoặc hub, registrar). An agency's public keys (or hub's, registrar's)."""
    from caunoi.public_keys import public_keys

    settings, printer = read(lang, machine=json)
    keys = public_keys(settings, agency)
    _show(printer, keys)


def make_keys(name: Holder, *, lang: Lang = None, json: Json = False) -> None:
    """Tạo khóa nếu chưa có và đưa khóa công khai ra CAUNOI_PUBLIC. Make keys unless there, hand the public ones out."""
    from caunoi import public_keys
    from caunoi.home import Home

    settings, printer = read(lang, machine=json)
    _show(printer, public_keys.make_keys(settings, Home(settings.home), name).keys)


def rotate_keys(*, intake: OfBundles, lang: Lang = None, json: Json = False) -> None:  # noqa: ARG001 - says which
    """Đầu mối tạo khóa nhận gói mới; khóa cũ vẫn mở được. A new key at the hub's for bundles; older ones still open."""
    from caunoi.home import Home
    from caunoi.public_keys import rotate_intake

    settings, printer = read(lang, machine=json)
    keys = rotate_intake(settings, Home(settings.home), now=int(time.time())).keys
    _show(printer, keys)
    printer.say("cli_intake_rotated", mark="ok", kid=keys[-1].kid)


def destroy_keys(*, intake: OfBundles, days: Days = 90, lang: Lang = None, json: Json = False) -> None:  # noqa: ARG001
    """Hủy khóa nhận gói đã thay từ lâu. Destroy keys for bundles that were replaced long ago."""
    from caunoi.home import Home
    from caunoi.public_keys import destroy_intake

    settings, printer = read(lang, machine=json)
    gone = destroy_intake(settings, Home(settings.home), now=int(time.time()), days=days)
    printer.document({"destroyed": gone})
    printer.say("cli_intake_destroyed", mark="ok", count=len(gone))


def found_log(*, members: Members, lang: Lang = None) -> None:
    """Lập sổ và ghi tên thành viên (bên đăng ký). Found the log and register the members (the registrar's)."""
    from caunoi.founding import found
    from caunoi.home import Home

    settings, printer = read(lang)
    registered, waiting = found(settings, Home(settings.home), members=members)
    printer.say("cli_registered", mark="ok", count=len(registered))
    for agency in waiting:
        printer.say("cli_waiting_for_keys", mark="note", agency=agency)


def _show(printer: Printer, keys: Sequence[PublicKey]) -> None:
    import msgspec

    printer.document([msgspec.to_builtins(key) for key in keys])
    rows = [(key.kid, printer.label(key.use, of="use"), key.suite, key.public) for key in keys]
    printer.table(("cli_kid", "cli_use", "cli_suite", "cli_public"), rows)
