"""Running the worked example from empty to served: files in, officers' part, tables out, log verified."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from caunoi.demo import papers, people, refused, script, telling
from caunoi.demo.doors import NODES, WITH_KAFKA, Doors
from caunoi.deployment import Deployment, deployed
from caunoi.home import Home, first_start_notice
from caunoi.processes import interrupted_once
from caunoi.settings import SERVERS, Settings
from domain.wording import Language

DEFAULT = (1, 17, 2)


def run(
    settings: Settings,
    *,
    once: bool = False,
    seed: int = DEFAULT[0],
    outside: int = DEFAULT[1],
    inside: int = DEFAULT[2],
    language: Language = "vi",
    without_row: int | None = None,
    kafka: bool = False,
) -> None:
    """Play the example and print it; then serve until Ctrl-C, unless *once*.

    With *kafka* police and labour go over Kafka, the Women's Union over HTTP, and the border post has bundles carried.
    """
    started = time.monotonic()
    own = of_cast(settings, seed=seed, outside=outside, inside=inside, without_row=without_row)
    if own != settings:
        Home(settings.home).prepare()
    cast = people.cast(seed=seed, outside=outside, inside=inside)
    doors = WITH_KAFKA if kafka else {}
    with interrupted_once(), deployed(own, nodes=NODES, doors=doors, seed=seed) as deployment:
        say = telling.Teller(language)
        say.banner()
        say.doors(deployment.doors)
        if deployment.first:
            say.plain(first_start_notice(deployment.home, language))
        show(deployment, cast, say, without_row=without_row)
        say.end(deployment, seconds=time.monotonic() - started, once=once)
        if not once:
            deployment.supervisor.watch()


def of_cast(settings: Settings, *, seed: int, outside: int, inside: int, without_row: int | None = None) -> Settings:
    """The settings of a cast: another than the default has a home below `demo/`, so that figures never mix."""
    if (seed, outside, inside) == DEFAULT and without_row is None:
        return settings
    own = settings.home / "demo" / f"seed-{seed}-{outside}-{inside}-{without_row or 0}"
    return settings.made_up(own, on=SERVERS)


def show(deployment: Deployment, cast: people.Cast, say: telling.Teller, *, without_row: int | None = None) -> None:
    """Play with this cast and print what became of it."""
    played = play(deployment, cast, say, without_row=without_row)
    telling.tell(deployment, played, cast, say)


def play(deployment: Deployment, cast: people.Cast, say: telling.Teller, *, without_row: int | None) -> script.Played:
    """Hand the files in, one agency after the other, and play the officers between them."""
    directory = deployment.home.demo
    directory.mkdir(mode=0o700, exist_ok=True)
    node, settle = deployment.node, Doors(deployment).settle
    settle("border-na-meo")
    handed_over = _hand_in(deployment, "border-na-meo", papers.border_file(directory, cast), say)
    settle("police-38")
    rows = [_hand_in(deployment, "police-38", file, say) for file in papers.police_files(directory, cast)]
    victims = [code for codes in rows for code in codes][: len(cast.victims)]
    settle("labour-38")
    codes = dict(zip((person.confirmation for person in cast.victims), victims, strict=True))
    _hand_in(deployment, "labour-38", papers.labour_file(directory, cast, codes, without_row=without_row), say)
    played = script.play(node, settle, victims=victims, handed_over=handed_over[0])
    known = {case["code"] for case in node("women-38").get("/v1/caseload")}
    supported = [code for code in (*victims, *handed_over) if code in known]
    _hand_in(deployment, "women-38", papers.women_file(directory, supported, remark=cast.remark), say)
    refused.try_refusals(deployment, played, settle)
    for agency in NODES:
        settle(agency)
    return played


def _hand_in(deployment: Deployment, agency: str, file: Path, say: telling.Teller) -> list[str]:
    """Hand one file in and say what became of it. Gives its rows' mã hồ sơ, by which the cast's own cases are known."""
    report: dict[str, Any] = deployment.node(agency).ingest(file)
    say.file(agency, file, report)
    return [row["code"] for row in report["rows"]]
