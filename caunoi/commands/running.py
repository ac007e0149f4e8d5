"""The worked example with made-up people: `run`, and `demo` without serving; a drill that tampers with its log."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from caunoi.commands.options import Json, Lang, read

Seed = Annotated[int, typer.Option(min=0, help="Chọn bộ người giả định khác. Another made-up cast.")]
Outside = Annotated[int, typer.Option(min=0, max=200, help="Số nạn nhân ngoài tỉnh. Victims from other provinces.")]
Inside = Annotated[int, typer.Option(min=0, max=200, help="Số nạn nhân trong tỉnh. Victims from the province.")]
Once = Annotated[bool, typer.Option("--once", help="Xong thì dừng, không phục vụ tiếp. End when done, do not serve.")]

Kafka = Annotated[
    bool, typer.Option("--kafka", help="Công an và lao động đi qua Kafka. Police and labour go over Kafka.")
]

demo_app = typer.Typer(rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(run)
    demo_app.callback(invoke_without_command=True)(demo)
    demo_app.command()(tamper)
    app.add_typer(demo_app, name="demo")


def run(
    *,
    once: Once = False,
    kafka: Kafka = False,
    seed: Seed = 1,
    outside: Outside = 17,
    inside: Inside = 2,
    lang: Lang = None,
) -> None:
    """Chạy ví dụ với người giả định rồi phục vụ đến Ctrl-C. Play the worked example, then serve until Ctrl-C."""
    from caunoi import demo as example
    from caunoi.errors import BrokerError

    settings, printer = read(lang)
    cast = {"seed": seed, "outside": outside, "inside": inside}
    try:
        example.run(settings, once=once, kafka=kafka, language=printer.language, **cast)
    except KeyboardInterrupt:
        printer.remark("cli_stopped")
    except BrokerError as error:  # not a fault of what runs: this machine has not what was asked for
        print(error.sentence("vi"), error.sentence("en"), sep="\n", file=sys.stderr)
        raise typer.Exit(2) from None


def demo(
    context: typer.Context,
    *,
    once: Once = False,
    kafka: Kafka = False,
    seed: Seed = 1,
    outside: Outside = 17,
    inside: Inside = 2,
    lang: Lang = None,
) -> None:
    """Ví dụ với người giả định. The worked example with made-up people: `--once` to end when it is done."""
    if context.invoked_subcommand is None:
        run(once=once, kafka=kafka, seed=seed, outside=outside, inside=inside, lang=lang)


def tamper(
    *,
    seed: Annotated[int, typer.Option(min=0, help="Chọn chỗ sửa. Chooses what is changed.")] = 1,
    undo: Annotated[bool, typer.Option("--undo", help="Trả lại như trước diễn tập. Put it back.")] = False,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Diễn tập: sửa trộm sổ nhật ký như quản trị máy chủ làm được. A drill: change the log as a superuser could.

    Chỉ dùng với dữ liệu giả định; --undo trả lại như cũ. Only on made-up data; --undo puts back what was changed.
    """
    from audit.errors import SourceUnavailableError
    from audit.tamper import tamper as change
    from audit.untampering import untamper
    from caunoi.database import open_database
    from caunoi.errors import UnavailableError
    from caunoi.home import Home

    settings, printer = read(lang, machine=json)
    try:
        with open_database(settings, Home(settings.home)) as dsn:
            rows = untamper(dsn) if undo else 0
            done = None if undo else change(dsn, seed)
    except SourceUnavailableError:
        raise UnavailableError("cli_drill_not_undone" if undo else "cli_log_unavailable") from None
    if done is None:
        printer.say("cli_untampered" if rows else "cli_nothing_tampered", rows=rows)
        printer.document({"rows": rows})
        return
    printer.say("cli_tampered", index=done.index, kind=done.kind)
    printer.document({"index": done.index, "kind": done.kind})
