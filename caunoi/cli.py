"""The program `caunoi`: commands translate arguments, call one function and print; nothing else."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from caunoi.errors import CaunoiError
from caunoi.settings import read_settings
from domain.wording import Language, say

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Supervised = Annotated[bool, typer.Option(hidden=True, help="End when standard input ends.")]


@app.command()
def hub(*, supervised: Supervised = False) -> None:
    """Chạy đầu mối. Serve the hub (needs CAUNOI_DATABASE_URL)."""
    from caunoi.serving import serve_hub

    settings = read_settings()
    serve_hub(settings, dsn=settings.database_url or "", supervised=supervised)


@app.command()
def node(agency: str, *, supervised: Supervised = False) -> None:
    """Chạy nút của một cơ quan. Serve one agency's node."""
    from caunoi.serving import serve_node

    settings = read_settings()
    serve_node(settings, dsn=settings.database_url or "", agency=agency, supervised=supervised)


def main() -> None:
    """Run a command; a refusal is one sentence on stderr and a stable exit status."""
    from domain.errors import RefusedError

    try:
        app()
    except CaunoiError as error:
        print(error.sentence(read_language()), file=sys.stderr)
        raise SystemExit(error.exit_status) from None
    except RefusedError as error:
        print(say(error.code, read_language(), **error.params), file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def read_language() -> Language:
    """The language of messages; Vietnamese when the settings cannot be read."""
    try:
        return read_settings().lang
    except CaunoiError:
        return "vi"
