"""What the agencies of the worked example see once it was played, each in its own views; and what an officer mends.

Not a test. Everybody is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from typer.testing import CliRunner

from adapters.tables.worklist import write_worklist
from caunoi.cli import app
from caunoi.demo.doors import NODES
from caunoi.demo.people import cast
from caunoi.demo.running import DEFAULT, show
from caunoi.demo.telling import Teller
from caunoi.deployment import Deployment, deployed
from caunoi.officers import NodeClient
from caunoi.settings import Settings
from domain.errors import RefusedError
from node.worklist import sheets_of
from tests.acceptance.newcomer import AGENCIES, try_examples
from tests.forking import forking

HOME_PROVINCES = ("14", "40")
LABOUR, WOMEN = "labour-38", "women-38"


@dataclass
class Seen:
    """Looked at after the two playings.

    Attributes:
        told: agency → pathway → citizen numbers of the persons in its caseload.
        offers: agency → state → how many offers it received.
        sheets: agency → rows on the sheets of its worklist; None where it keeps none.
        again: agency and kind of file → outcomes of the rows of that sheet, handed in unchanged.
        said: what was looked at after mending, agency and language → text.
        shown: the case as the Union's node gives it after mending.
        newcomer: what a newcomer met with `examples/`, after everything else (`tests/acceptance/newcomer.py`).
        before, after: entries of the log before and after playing once more beside them.
        third: what that playing printed.
    """

    told: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    offers: dict[str, dict[str, int]] = field(default_factory=dict)
    sheets: dict[str, int | None] = field(default_factory=dict)
    again: dict[str, dict[str, int]] = field(default_factory=dict)
    corrected: int = 0
    annulled: int = 0
    said: dict[str, str] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    newcomer: dict[str, Any] = field(default_factory=dict)
    before: int = 0
    after: int = 0
    third: str = ""


def look(home: Path) -> Seen:
    """Start what was played once more and look; at the end play beside what somebody else handed in."""
    seen = Seen()
    with forking(), deployed(Settings(home=home), nodes=NODES) as deployment:
        for province in HOME_PROVINCES:
            for kind in ("police", "labour"):
                _told(deployment.node(f"{kind}-{province}"), seen)
        for agency in NODES:
            _send_back(deployment.node(agency), home.parent, seen)
        _mend(deployment, seen)
        _play_beside_newcomer(deployment, seen, home.parent / "newcomer")
    return seen


def _told(node: NodeClient, seen: Seen) -> None:
    told: dict[str, list[str]] = {}
    for case in node.get("/v1/caseload"):
        opened = node.get(f"/v1/cases/{case['code']}")["sections"]["identity"]["open"]
        papers = {
            paper["number"]
            for record in opened.values()
            for paper in record["values"].get("papers", {}).get("value", [])
            if paper["kind"] == "cccd"
        }
        told.setdefault(case["pathway"], []).append(" ".join(sorted(papers)))
    seen.told[node.agency] = {pathway: sorted(numbers) for pathway, numbers in told.items()}
    seen.offers[node.agency] = dict(Counter(offer["state"] for offer in node.get("/v1/inbox")))


def _send_back(node: NodeClient, place: Path, seen: Seen) -> None:
    """Take the office's own sheet and hand it in as it is."""
    try:
        document = node.get("/v1/worklist")
    except RefusedError as error:
        assert error.code == "worklist_no_sheet", error.code
        seen.sheets[node.agency] = None
        return
    sheets = sheets_of(document)
    seen.sheets[node.agency] = sum(len(sheet["rows"]) for sheet in document["sheets"])
    for ending in ("xlsx", "csv") if len(sheets) == 1 else ("xlsx",):
        file = place / f"{node.agency}.{ending}"
        write_worklist(file, sheets)
        outcomes = Counter(row["outcome"] for row in node.ingest(file)["rows"])
        seen.again[f"{node.agency} {ending}"] = dict(outcomes)


def _mend(deployment: Deployment, seen: Seen) -> None:
    """An officer of the Labour department corrects one support and annuls another; the Union holds both."""
    code = next(
        case["code"] for case in deployment.node(LABOUR).get("/v1/caseload") if case["pathway"] == "handed_over"
    )
    home = str(deployment.home.root)

    def command(*arguments: str, given: str | None = None) -> str:
        done = CliRunner().invoke(app, list(arguments), input=given, env={"CAUNOI_HOME": home})
        assert done.exit_code == 0, done.output
        return done.stdout

    support = ("case", "support", code, "--agency", LABOUR, "--regime", "travel", "--message", "tiền xe", "--json")
    wrong, twice = (json.loads(command(*support)) for _ in range(2))
    mended = command("case", "correct", code, "--agency", LABOUR, "--statement", wrong["statement"], "--reason",
                     "typing", "--section", "support", "--values-file", "-", "--json",
                     given='{"given": "vé tàu"}')  # fmt: skip
    annulled = command("case", "annul", code, "--agency", LABOUR, "--statement", twice["statement"], "--reason",
                       "entered_in_error", "--json")  # fmt: skip
    seen.corrected, seen.annulled = json.loads(mended)["index"], json.loads(annulled)["index"]
    deployment.node(WOMEN).sync()
    for agency in (LABOUR, WOMEN):
        for language in ("vi", "en"):
            asked = ("--agency", agency, "--lang", language)
            seen.said[f"show {agency} {language}"] = command("case", "show", code, *asked)
            seen.said[f"timeline {agency} {language}"] = command("timeline", "--code", code, *asked)
    seen.shown = deployment.node(WOMEN).get(f"/v1/cases/{code}")
    seen.shown["mended"] = [wrong["index"], twice["index"]]


def _play_beside_newcomer(deployment: Deployment, seen: Seen, folder: Path) -> None:
    """A newcomer hands in and mends every file of `examples/`; then the example is played again."""

    def ingest(agency: str, file: Path) -> dict[str, Any]:
        asked = ["ingest", "--agency", agency, str(file), "--json"]
        done = CliRunner().invoke(app, asked, env={"CAUNOI_HOME": str(deployment.home.root)})
        return {"status": done.exit_code, **json.loads(done.stdout)}

    met = try_examples(ingest, folder)
    seen.newcomer = asdict(met)
    seen.newcomer["waiting"] = [
        row for agency in set(AGENCIES.values()) for row in deployment.node(agency).get("/v1/quarantine")
    ]
    for _ in range(2):  # what one says, another answers by law
        for agency in NODES:
            deployment.node(agency).sync()
    seen.before = _entries(deployment)
    seed, outside, inside = DEFAULT
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        show(deployment, cast(seed=seed, outside=outside, inside=inside), Teller("vi"))
    seen.after, seen.third = _entries(deployment), printed.getvalue()


def _entries(deployment: Deployment) -> int:
    with psycopg.connect(deployment.dsn) as connection:
        return int(connection.execute("SELECT count(*) FROM hub.log").fetchone()[0])  # type: ignore[index]
