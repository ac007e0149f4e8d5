"""Serving: everything on one machine, or the hub or one node alone, until Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caunoi.commands.options import Json, Lang, read
from caunoi.errors import SettingsError
from domain.wording import Language

if TYPE_CHECKING:
    from caunoi.settings import Settings

Seed = Annotated[int | None, typer.Option(hidden=True, min=0, help="Ids of what is made up.")]
Supervised = Annotated[bool, typer.Option(hidden=True, help="End when standard input ends.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(serve)
    app.command()(hub)
    app.command()(node)
    app.command()(kafka)


def serve(*, lang: Lang = None, json: Json = False) -> None:
    """Chạy đầu mối và mọi nút, đến khi nhấn Ctrl-C. Run the hub and every hosted node until Ctrl-C."""
    from caunoi import operating_log
    from caunoi.deployment import deployed
    from caunoi.home import first_start_notice
    from caunoi.processes import interrupted_once

    settings, printer = read(lang, machine=json)
    operating_log.begin(settings, process="serve")
    try:
        with interrupted_once():
            printer.remark("cli_starting")
            with deployed(settings) as deployment:
                if deployment.first:
                    printer.text(first_start_notice(deployment.home, printer.language))
                addresses = {name: f"http://127.0.0.1:{port}" for name, port in deployment.ports().items()}
                printer.table(("cli_process", "cli_address"), list(addresses.items()))
                printer.document(addresses)
                printer.remark("cli_serving")
                deployment.supervisor.watch()
    except KeyboardInterrupt:
        printer.remark("cli_stopped")


def hub(*, supervised: Supervised = False, lang: Lang = None) -> None:
    """Chỉ chạy đầu mối (cần CAUNOI_DATABASE_URL). Serve the hub alone (needs CAUNOI_DATABASE_URL)."""
    from caunoi.serving_hub import serve_hub

    settings = _begin(lang, process="hub")
    serve_hub(settings, dsn=_named(settings.database_url), supervised=supervised)


def node(agency: str, *, supervised: Supervised = False, seed: Seed = None, lang: Lang = None) -> None:
    """Chỉ chạy nút của một cơ quan. Serve one agency's node alone (needs CAUNOI_DATABASE_URL)."""
    from caunoi.serving_node import serve_node

    settings = _begin(lang, process=f"node-{agency}")
    serve_node(settings, dsn=_named(settings.database_url), agency=agency, supervised=supervised, seed=seed)


def kafka(*, supervised: Supervised = False, lang: Lang = None) -> None:
    """Cổng Kafka bên cạnh đầu mối (cần CAUNOI_KAFKA). The Kafka door beside the hub (needs CAUNOI_KAFKA)."""
    from caunoi.kafka.serving import serve_kafka

    settings = _begin(lang, process="kafka")
    settings.need("database_url", "kafka", "kafka_nodes")
    serve_kafka(settings, dsn=_named(settings.database_url), supervised=supervised)


def _named(url: str | None) -> str:
    if url is None:
        raise SettingsError("setting_needed", name="CAUNOI_DATABASE_URL")
    return url


def _begin(lang: Language | None, *, process: str) -> Settings:
    """The settings, and from here on what happens goes to the operator's log."""
    from caunoi import operating_log

    settings, _ = read(lang)
    operating_log.begin(settings, process=process)
    return settings
