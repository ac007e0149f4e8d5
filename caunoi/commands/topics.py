"""The topics of a Kafka broker: what must be there, made so, and who may do what. For the hub's operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caunoi.commands.options import Json, Lang, read

if TYPE_CHECKING:
    from caunoi.kafka.topics import Difference
    from caunoi.printing import Printer
    from caunoi.settings import Settings

Give = Annotated[bool, typer.Option("--apply", help="Cấp những quyền còn thiếu. Give the rights that are missing.")]
topics_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Các chủ đề Kafka. Kafka's topics (contracts/asyncapi.yaml)."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (plan, apply, check, acl):
        topics_app.command()(command)
    app.add_typer(topics_app, name="topics")


def plan(*, lang: Lang = None, json: Json = False) -> None:
    """Xem thiếu gì, khác gì; không sửa gì. What is missing or differs; changes nothing."""
    _told(lang, json=json)


def apply(*, lang: Lang = None, json: Json = False) -> None:
    """Tạo chủ đề còn thiếu, sửa cài đặt khác; không xóa gì. Make what is missing, set what differs; deletes nothing."""
    from caunoi.kafka.topics import administered, wanted

    settings, printer = _begin(lang, json=json)
    with administered(settings) as administration:
        left = administration.apply(wanted(sorted(settings.kafka_nodes)))
    _tell(printer, left)
    raise typer.Exit(1 if left else 0)


def check(*, lang: Lang = None, json: Json = False) -> None:
    """Như `plan`, mã kết thúc 1 khi có khác biệt. As `plan`, exit 1 where something differs."""
    raise typer.Exit(1 if _told(lang, json=json) else 0)


def acl(
    *,
    give: Give = False,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Ai được đọc, ghi chủ đề nào; --apply để cấp. Who may read and write which topics; --apply gives the rights."""
    from caunoi.kafka.topics import administered, rights

    settings, printer = _begin(lang, json=json)
    wanted = rights(sorted(settings.kafka_nodes))
    with administered(settings) as administration:
        missing = administration.missing_rights(wanted)
        if give:
            administration.give(missing)
    rows = [(one.user, one.may, one.of, one.name + ("*" if one.prefix else "")) for one in wanted]
    states = ["missing" if one in missing and not give else "there" for one in wanted]
    words = [printer.words(f"topics_right_{state}") for state in states]
    printer.table(
        ["topics_user", "topics_may", "topics_of", "topics_name", "topics_state"],
        [
            (user, printer.label(may, of="right"), printer.label(of, of="right"), name, word)
            for (user, may, of, name), word in zip(rows, words, strict=True)
        ],
    )
    printer.document({"rights": [[*row, state] for row, state in zip(rows, states, strict=True)]})
    raise typer.Exit(1 if "missing" in states else 0)


def _begin(lang: Lang, *, json: bool) -> tuple[Settings, Printer]:
    settings, printer = read(lang, machine=json)
    settings.need("kafka", "kafka_nodes")
    printer.remark("kafka_connecting")  # a broker that is away takes a while to be missed
    return settings, printer


def _told(lang: Lang, *, json: bool) -> list[Difference]:
    """What is missing or differs, printed."""
    from caunoi.kafka.topics import administered, wanted

    settings, printer = _begin(lang, json=json)
    with administered(settings) as administration:
        found = administration.differences(wanted(sorted(settings.kafka_nodes)))
    _tell(printer, found)
    return found


def _tell(printer: Printer, differences: list[Difference]) -> None:
    rows = [(one.topic, printer.label(one.what, of="topics"), one.wanted, one.found) for one in differences]
    if rows:
        printer.table(["topics_name", "topics_what", "topics_wanted", "topics_found"], rows)
    else:
        printer.say("topics_right", mark="ok")
    printer.document({"differences": [[one.topic, one.what, one.wanted, one.found] for one in differences]})
