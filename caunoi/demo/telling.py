"""Printing the worked example: tables computed from the running nodes, in Vietnamese or English."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from audit.postgres import PostgresLogSource
from audit.verify import verify
from caunoi.bootstrap import pinned
from caunoi.demo.people import Cast
from caunoi.demo.searching import search
from caunoi.receipts import collect, of_registrar
from domain.errors import RefusedError
from domain.rules import current
from domain.wording import Language, say
from sealing.encoding import from_base64url

if TYPE_CHECKING:
    from caunoi.demo.script import Played
    from caunoi.deployment import Deployment, Door

EYES = ("police-38", "border-na-meo", "labour-38", "women-38")
SECTIONS = ("identity", "contact", "account", "health", "support", "profile")
REGIMES = ("initial_hardship", "psychological", "legal_advice", "medical")
LABOUR = "labour-38"
CELL = 34  # columns of a table cell


class Teller:
    """Says the codes of `domain/words/demo.toml` on stdout."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._files_begun = False

    def plain(self, text: str) -> None:
        """Print a text as it is."""
        print(text, flush=True)

    def say(self, code: str, /, *, indent: int = 0, **params: str | int) -> None:
        """Print the sentence of a code."""
        self.plain(" " * indent + say(code, self.language, **params))

    def banner(self) -> None:
        """Whose data this is: nobody's."""
        text = say("demo_banner", self.language)
        self.plain("═" * width(text) + f"\n{text}\n" + "═" * width(text))

    def doors(self, doors: Mapping[str, Door]) -> None:
        """Who goes by which door, where it is not HTTP for all."""
        if doors:
            self.say("demo_doors")
            for door in ("kafka", "http", "bundles"):
                agencies = ", ".join(agency for agency in doors if doors[agency] == door)
                self.say(f"demo_door_{door}", indent=3, agencies=agencies)
            self.plain("")

    def file(self, agency: str, file: Path, report: dict[str, Any]) -> None:
        """One file: what became of its rows, beside the file's own total."""
        if not self._files_begun:
            self._files_begun = True
            self.say("demo_files")
        outcomes = [row["outcome"] for row in report["rows"]]
        own = [str(t["written"]) for t in report["totals"] if not t["what"].startswith("total_group")]
        self.say(
            "demo_file",
            indent=3,
            agency=agency,
            file=file.name,
            read=len(outcomes),
            recorded=outcomes.count("new") + outcomes.count("changed"),
            known=outcomes.count("same"),
            mend=outcomes.count("to_mend") + outcomes.count("waiting"),
            own=" + ".join(own) or say("demo_own_none", self.language),
        )

    def end(self, deployment: Deployment, *, seconds: float, once: bool) -> None:
        """What to try next."""
        self.plain("")
        self.say("demo_commands")
        home = "" if deployment.home.root == Path(".caunoi").absolute() else f"CAUNOI_HOME={deployment.home.root} "
        for command in ("audit verify", f"audit replay --agency {LABOUR}", f"inbox --agency {LABOUR}"):
            self.plain(f"   {home}.venv/bin/caunoi {command}")
        self.plain("")
        self.say("demo_done" if once else "demo_serving", seconds=round(seconds))


def tell(deployment: Deployment, played: Played, cast: Cast, to: Teller) -> None:
    """Print the figures, the case through four agencies' eyes, the refusals and the log."""
    statistics(deployment, to)
    eyes(deployment, played.shown, to)
    refusals(deployment, played, cast, to)
    log(deployment, to)


def statistics(deployment: Deployment, to: Teller) -> None:
    """Figures from the Labour department's own view and nothing else, with the entries behind each."""
    labour = deployment.node(LABOUR)
    found = labour.get("/v1/statistics", year=2024)
    rules = current()
    to.plain("")
    to.say("demo_victims", agency=LABOUR)
    lines = [(say("demo_all_victims", to.language), found["by_residence"])]
    lines += [
        (rules.label(regime, of="regime", language=to.language), found["by_regime"].get(regime, {}))
        for regime in REGIMES
    ]
    for label, figures in lines:
        counts = {name: figures.get(name, {}).get("count", 0) for name in ("outside", "inside")}
        entries = sorted({index for figure in figures.values() for index in figure["entries"]})
        total = sum(figure["count"] for figure in figures.values())
        to.say("demo_sum", indent=3, label=label, total=total, **counts, entries=ranges(entries))
    to.plain("")
    to.say("demo_residence")
    for place, figure in found["by_province"].items():
        to.say("demo_province", indent=3, place=place, count=figure["count"], entries=ranges(figure["entries"]))
    to.say("demo_province_total", indent=3, count=sum(f["count"] for f in found["by_province"].values()))
    ways = [case["pathway"] for case in labour.get("/v1/caseload")]
    returned, handed = ways.count("returned_alone"), ways.count("handed_over")
    to.say("demo_beside", indent=3, returned=returned, handed=handed)


def eyes(deployment: Deployment, code: str, to: Teller) -> None:
    """One case through four agencies' eyes, side by side; a closed cell says which row of the table closes it."""
    columns: list[list[str]] = []
    for agency in EYES:
        try:
            shown = deployment.node(agency).get(f"/v1/cases/{code}")["sections"]
            columns.append([_cell(shown[section], to.language) for section in SECTIONS])
        except RefusedError:
            columns.append([say("not_a_party", to.language)] * len(SECTIONS))
    to.plain("")
    to.say("demo_eyes", code=code)
    to.plain("   " + pad("", 20) + "".join(pad(agency, CELL + 2) for agency in EYES))
    for row, section in enumerate(SECTIONS):
        parts = [wrap(column[row], CELL) for column in columns]
        label = [say(f"section_{section}", to.language)]
        for line in range(max(map(len, parts))):
            cells = "".join(pad(part[line] if line < len(part) else "", CELL + 2) for part in parts)
            to.plain("   " + pad(label[line] if line < 1 else "", 20) + cells)
    turn(deployment, code, to)


def turn(deployment: Deployment, code: str, to: Teller) -> None:
    """Who has custody of this case if nothing waits in it; then whose turn it is in each the Labour department sees."""
    labour = deployment.node(LABOUR)
    waiting = [o for o in labour.get("/v1/inbox") if o["turn"] is not None and o["code"]]
    if code not in {o["code"] for o in waiting}:
        custodian = labour.get(f"/v1/cases/{code}")["custodian"]
        to.say("demo_turn_none", indent=3, agency=custodian, code=code)
    for offer in waiting:
        since = offer["steps"][0]["recorded"] / 1e6
        day = datetime.fromtimestamp(since, UTC) + timedelta(hours=7)
        about = {"agency": offer["receiver"], "code": offer["code"], "what": say("demo_waits", to.language)}
        to.say("demo_turn", indent=3, since=f"{day:%d/%m/%Y %H:%M}", **about)


def refusals(deployment: Deployment, played: Played, cast: Cast, to: Teller) -> None:
    """Three things that were tried and did not go."""
    to.plain("")
    to.say("demo_refusals")
    for one in played.refusals:
        to.plain(f"   ✗ {say(f'demo_{one.tried}', to.language)}: {say(one.code, to.language, **one.params)}")
        for code, params in one.more:
            to.say(code, indent=5, **params)
    name = cast.victims[0].name
    with psycopg.connect(deployment.dsn) as connection:
        found, tables, size = search(connection, name)
    to.plain("   ✗ " + say("demo_name_search", to.language, name=name, tables=tables, bytes=size, found=found))


def log(deployment: Deployment, to: Teller) -> None:
    """Size and head of the log, verified here and now without any data key."""
    keys = pinned(deployment.home)
    receipts = [*collect(deployment.dsn), *of_registrar(deployment.home)]
    with PostgresLogSource(deployment.dsn) as source:
        verified = verify(
            source,
            registrar_kid=keys["registrar"]["kid"],
            receipts=receipts,
            hub_public=from_base64url(keys["hub"]["public"]),
        )
    to.plain("")
    to.say("demo_log", size=verified.size, root=verified.root)
    to.say("demo_verified", indent=3, receipts=len(receipts))


def _cell(section: dict[str, Any], language: Language) -> str:
    """One cell: what is open, author by author; or why it is closed."""
    if "closed" in section:
        closed = section["closed"]
        return say(closed["code"], language, row=closed["row"])
    texts = []
    for author, content in sorted(section["open"].items()):
        items = content if isinstance(content, list) else [content]
        values = [_words(item, language) for item in items]
        texts.append(f"{author}: {'; '.join(dict.fromkeys(filter(None, values)))}")
    return " | ".join(texts)


def _words(item: dict[str, Any], language: Language) -> str:
    values = item.get("values", {})
    for name in ("full_name", "phones", "statement", "route", "regime", "residence_province", "given"):
        value = values.get(name, {}).get("value")
        if isinstance(value, list) and value:
            return str(value[0].get("number", ""))
        if value and name == "regime":
            return current().label(value, of="regime", language=language)
        if value:
            return str(value)
    return say("demo_recorded", language)


def ranges(numbers: list[int]) -> str:
    """Entry numbers shortly: 3–7, 9."""
    parts: list[tuple[int, int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    texts = [str(a) if a == b else f"{a}–{b}" for a, b in parts]
    return ", ".join(texts[:6]) + (f", … ({len(numbers)})" if len(texts) > 6 else "")


def width(text: str) -> int:
    """Columns a text takes on a terminal."""
    return sum(0 if unicodedata.combining(c) else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """Fill with blanks to a width."""
    return text + " " * max(0, columns - width(text))


def wrap(text: str, columns: int) -> list[str]:
    """Break a text into lines of at most this width, at blanks."""
    lines = [""]
    for word in text.split():
        if lines[-1] and width(lines[-1]) + 1 + width(word) > columns:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
