"""The program `caunoi`: its groups of commands, and what becomes of an error: one sentence and a stable exit status.

0 clean · 1 findings, or refused for a coded reason · 2 usage, settings · 3 something we need does not run · 130 Ctrl-C
"""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from caunoi.commands import (
    auditing,
    carrying,
    case,
    clocks,
    connecting,
    feeds,
    intake,
    keeping,
    running,
    serving,
    templating,
    topics,
    upkeep,
    views,
)
from caunoi.commands.options import language_of
from caunoi.errors import CaunoiError
from caunoi.printing import plain
from domain.errors import RefusedError
from domain.wording import say
from sealing.errors import KeyStoreError

UNAVAILABLE = 3
_AWAY = ("hub_unavailable", "hub_not_running", "node_not_running")
_STATUS = {**dict.fromkeys(_AWAY, UNAVAILABLE), **dict.fromkeys(("agency_unknown", "cli_beyond_head"), 2)}
"""Exit statuses of what is refused, where it is not 1."""


class Program(TyperGroup):
    """The whole program: says what went wrong, in the language asked for, and never what somebody typed."""

    @override
    def invoke(self, ctx: Any) -> Any:  # the library's own context and whatever a command gives
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CaunoiError as error:
            print(plain(error.sentence(language_of(ctx))), file=sys.stderr)
            raise typer.Exit(error.exit_status) from None
        except RefusedError as error:
            print(plain(say(error.code, language_of(ctx), **error.params)), file=sys.stderr)
            raise typer.Exit(_STATUS.get(error.code, 1)) from None
        except KeyStoreError:
            print(say("cli_keystore_unusable", language_of(ctx)), file=sys.stderr)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # loading rich takes as long as all the rest of `--help`
    help="Cầu Nối: cầu nối giữa các cơ quan hỗ trợ nạn nhân bị mua bán. "
    "A bridge between the agencies that support victims of trafficking.",
)
_LOOKING, _KEEPING = (views, clocks, case, auditing), (keeping, topics, feeds, upkeep)
for group in (running, serving, intake, templating, carrying, connecting, *_LOOKING, *_KEEPING):
    group.add_to(app)


def main() -> None:
    """Run the program."""
    app()
