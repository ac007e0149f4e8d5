"""Attack: somebody gets a copy of the database, its data directory, all logs, metrics and error answers, and looks
for a person.

The whole worked example is played with a name, a citizen number, a phone number and free words in every text field of
every file kind. Then they are put into each field alone, into every word an officer may type, and into requests that
fail; and every place is searched in every form bytes may carry them. Only the agency's own input folder is left out.
The search is shown to work first: it finds a leak that was planted.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import psycopg
import pytest

from caunoi.bootstrap import open_keystore
from caunoi.demo import running
from caunoi.demo.doors import NODES
from caunoi.demo.telling import Teller
from caunoi.deployment import Deployment, deployed
from caunoi.errors import UnavailableError
from caunoi.officers import NodeClient
from caunoi.settings import Settings
from domain.errors import RefusedError
from node.hub_client import HubClient
from tests.attacks import canary
from tests.attacks.canary import ALL, AS_AGENCY, AS_CODE, CANARIES, CITIZEN, LEAK, NAME, WORDS, found, needles
from tests.caunoi.test_processes import ROOT
from tests.forking import forking

POLICE, BORDER, LABOUR, WOMEN = "police-38", "border-na-meo", "labour-38", "women-38"
pytestmark = pytest.mark.timeout(300)


@dataclass
class Planted:
    """A deployment that was fed canaries, since when, and everything it answered to what failed."""

    deployment: Deployment
    since: float
    opened: Path  # what an officer opened, outside of all that is searched
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    papers: list[str] = field(default_factory=list)  # statements with a file of canaries
    printed: str = ""  # by the example

    def hand_in(self, agency: str, file: Path) -> None:
        """Hand a file in and keep the report; of a refused file the error."""
        try:
            report = self.deployment.node(agency).ingest(file)
        except (RefusedError, UnavailableError) as error:
            self.outcomes[error.code] += 1
            self.answers.append((f"{agency} {file.name}", repr((error.code, error.params, str(error))).encode()))
            return
        self.outcomes.update(row["outcome"] for row in report["rows"])
        # A sheet is found again by its name, which is told to nobody but who handed the book in.
        for line in (*report["rows"], *report["totals"], *report["notes"]):
            del line["sheet"]
        self.answers.append((f"{agency} {file.name}", json.dumps(report, ensure_ascii=False).encode()))

    def act(self, node: NodeClient, act: str, on: str, **arguments: object) -> str | None:
        """Do an act; give the id of what it made, or keep the error."""
        try:
            return node.act(act, on, **arguments).get("id")
        except (RefusedError, UnavailableError) as error:
            self.outcomes[error.code] += 1
            self.answers.append((f"{node.agency} {act}", repr((error.code, error.params, str(error))).encode()))
            return None


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """The worked example with canaries; then files, acts, requests and commands that fail, with canaries in them."""
    place = tmp_path_factory.mktemp("canary")
    with forking(), deployed(Settings(home=place / "home", log_level="debug"), nodes=NODES) as deployment:
        made = Planted(deployment, time.time() - 1, place / "opened.pdf")
        play_example(made)
        take_files(made, place)
        act_as_officers(made)
        hand_in_papers(made, place)
        ask_wrongly(made)
        use_command_line(made, place)
        with psycopg.connect(deployment.dsn, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        yield made


def play_example(made: Planted) -> None:
    """What `caunoi demo --once` does; every URL that its officers' programs ask is kept."""
    send = httpx.Client.send

    def kept(client: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        made.answers.append(("url", str(request.url).encode()))
        return send(client, request, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "send", kept)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            running.show(made.deployment, canary.cast(), Teller("vi"))
    made.printed = printed.getvalue()


def take_files(made: Planted, place: Path) -> None:
    """A file for each field, with a canary in it, whatever the field holds; most of these rows are to be mended."""
    node = made.deployment.node
    inputs = {agency: place / agency for agency in (POLICE, BORDER, LABOUR, WOMEN)}
    for directory in inputs.values():
        directory.mkdir()
    for agency, files in ((POLICE, canary.police_files), (BORDER, canary.border_files)):
        for file in files(inputs[agency]):
            made.hand_in(agency, file)
    for file in canary.generic_files(inputs[BORDER]):
        made.hand_in(BORDER, file)
    node(LABOUR).sync()
    codes = [case["code"] for case in node(LABOUR).get("/v1/caseload")][:5]
    for file in canary.labour_files(inputs[LABOUR], codes):
        made.hand_in(LABOUR, file)
    supported = [case["code"] for case in node(WOMEN).get("/v1/caseload") if case["code"]]
    for file in canary.women_files(inputs[WOMEN], supported):
        made.hand_in(WOMEN, file)


def act_as_officers(made: Planted) -> None:
    """Words that are sealed; and canaries where codes, ids and days belong, which must be refused."""
    labour, women = made.deployment.node(LABOUR), made.deployment.node(WOMEN)
    labour.sync()
    code = women.get("/v1/caseload")[0]["code"]
    made.act(labour, "record_support", code, regime="essential_needs", given=ALL)
    for section in ("identity", "contact", "health", "support", "profile"):
        values = {"full_name": NAME, "note": ALL, "phones": [{"number": canary.PHONE, "owner": NAME}]}
        made.act(labour, "append", code, section=section, values=values)
    offer = made.act(labour, "refer", code, to=WOMEN, service="reintegration", message=ALL, sections=["identity"])
    women.sync()
    made.act(women, "refuse", str(offer), reason="no_capacity", message=ALL)
    before = made.outcomes.total()
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("refer", {"to": WOMEN, "service": AS_CODE, "message": WORDS, "sections": ["identity"]}),
        ("refer", {"to": AS_AGENCY, "service": "reintegration", "message": WORDS}),
        ("request_access", {"to": AS_AGENCY, "sections": ["identity"]}),
        ("request_access", {"to": POLICE, "sections": ["identity"], "purpose": AS_CODE}),
        ("request_identification", {"to": AS_AGENCY}),
        ("give_consent", {"recipients": [AS_AGENCY], "sections": ["identity"], "given_by": "person"}),
        ("transfer", {"to": AS_AGENCY, "message": WORDS, "sections": ["identity"]}),
        ("refer", {"to": WOMEN, "service": "reintegration", "message": WORDS, "answer_by": ALL}),
        ("record_support", {"regime": AS_CODE, "given": WORDS}),
        ("record_support", {"regime": "essential_needs", "given": WORDS, "since": CITIZEN}),
        ("append", {"section": ALL, "values": {}}),
        ("correct", {"statement": ALL, "section": "identity", "values": {NAME: ALL}, "reason": AS_CODE}),
        ("correct", {"statement": "0" * 32, "section": "identity", "values": {NAME: ALL}, "reason": AS_CODE}),
        ("annul", {"statement": "0" * 32, "reason": AS_CODE}),
        ("give_consent", {"recipients": [AS_CODE], "sections": ["identity"], "given_by": AS_CODE}),
        ("give_consent", {"recipients": [WOMEN], "sections": ["identity"], "given_by": "person", "purpose": AS_CODE}),
        ("give_consent", {"recipients": [WOMEN], "sections": ["identity"], "given_by": AS_CODE}),
        ("answer_identification", {"outcome": AS_CODE, "legal_date": ALL}),
        ("answer_identification", {"outcome": "victim", "legal_date": "2024-03-21", "paper": AS_CODE}),
        ("request_identification", {"to": POLICE, "law": AS_CODE}),
        ("grant_access", {"to": WOMEN, "sections": [NAME], "request": ALL}),
        ("close", {"reason": AS_CODE}),
        ("close", {NAME: ALL}),
        (AS_CODE, {}),
    ]
    for act, arguments in wrong:
        assert made.act(labour, act, code, **arguments) is None
    made.act(labour, "close", NAME, reason="no_need")
    made.act(labour, "accept", CITIZEN)
    assert made.outcomes.total() - before == len(wrong) + 2


def hand_in_papers(made: Planted, place: Path) -> None:
    """A paper with canaries in its words and all through its file; and files and words that are refused."""
    labour = made.deployment.node(LABOUR)
    code = labour.get("/v1/caseload")[0]["code"]
    scan = canary.written(place / f"{NAME}.pdf", "%PDF-1.7\n" + f"{ALL}\n" * 5_000)
    file = labour.hand_in(code, scan)["file"]
    said = {"number": ALL, "issued_by": NAME, "signatory": NAME, "title": WORDS}
    paper = {"kind": "support_decision", "date": "2024-03-05", "file": file, **said}
    done = labour.act("record_support", code, regime="essential_needs", given=ALL, papers=[paper])
    made.papers.append(done["statement"])
    before = made.outcomes.total()
    for wrong in ({"kind": AS_CODE}, {"issuer": AS_CODE}, {"date": ALL}, {"file": CITIZEN}, {"file": "0" * 64}):
        made.act(labour, "record_support", code, regime="essential_needs", given=ALL, papers=[{**paper, **wrong}])
    for content in (ALL, "PK\x03\x04" + ALL, ""):
        try:
            labour.hand_in(code, canary.written(place / f"{CITIZEN}.docx", content))
        except (RefusedError, UnavailableError) as error:
            made.outcomes[error.code] += 1
            made.answers.append(("hand in", repr((error.code, error.params, str(error))).encode()))
    assert made.outcomes.total() - before == 8
    labour.sync()


def ask_wrongly(made: Planted) -> None:
    """Requests that fail, of the hub and of a node, with canaries in every part of them."""
    deployment = made.deployment
    bearer = {"Authorization": f"Bearer {_token_of(deployment)}"}
    with httpx.Client(timeout=30) as client:
        for name, one in deployment.supervisor.running().items():
            at = f"http://127.0.0.1:{one.port}"
            asked: list[tuple[str, str, dict[str, Any]]] = [
                ("GET", f"/v1/{quote(NAME)}", {}),
                ("GET", f"/{quote(ALL)}/{quote(WORDS)}", {}),
                ("GET", f"/v1/cases/{quote(NAME)}", {"headers": bearer}),
                ("GET", f"/v1/receipts/{CITIZEN}", {"headers": bearer}),
                ("GET", "/v1/feed", {"params": {"after": ALL, NAME: ALL}, "headers": bearer}),
                ("GET", "/v1/statistics", {"params": {"year": ALL}}),
                ("GET", "/v1/caseload", {"headers": {"Authorization": f"Bearer {AS_CODE}.{CITIZEN}.x"}}),
                ("GET", "/v1/caseload", {"headers": {"Cookie": f"who={quote(ALL)}", "User-Agent": AS_CODE}}),
                ("POST", "/v1/statements", {"json": {"header": ALL, NAME: [ALL]}, "headers": bearer}),
                ("POST", "/v1/statements", {"json": {}, "headers": {
                    **bearer, "traceparent": AS_CODE, "tracestate": f"who={AS_CODE}", "baggage": f"who={CITIZEN}"}}),
                ("GET", "/readyz", {"headers": {"traceparent": f"00-{CITIZEN}-{CITIZEN}-01"}}),
                ("POST", "/v1/statements", {"content": ALL.encode(), "headers": {**bearer, "Content-Type": AS_CODE}}),
                ("POST", "/v1/statements", {"content": f'{ALL}\n{{"header": "{ALL}"}}\n'.encode(),
                                            "headers": {**bearer, "Content-Type": "application/x-ndjson"}}),
                ("POST", "/v1/bodies", {"json": {"hashes": [ALL], NAME: 1}, "headers": bearer}),
                ("PUT", f"/v1/attachments/{'0' * 64}", {"content": ALL.encode(), "headers": {
                    **bearer, "Content-Type": "application/octet-stream"}}),
                ("GET", f"/v1/attachments/{quote(ALL)}", {"headers": bearer}),
                ("POST", f"/v1/papers/{quote(NAME)}", {"params": {NAME: ALL}, "content": ALL.encode()}),
                ("POST", "/v1/grants", {"content": ALL.encode(), "headers": bearer}),
                ("POST", "/v1/acts", {"json": {"act": NAME, "on": ALL, "arguments": {NAME: ALL}}}),
                ("POST", "/v1/acts", {"content": b'{"act": "' + ALL.encode()}),
                ("POST", "/v1/ingest", {"params": {"name": ALL}, "content": ALL.encode()}),
                ("PATCH", "/v1/caseload", {"content": ALL.encode()}),
            ]  # fmt: skip
            for method, path, more in asked:
                answer = client.request(method, at + path, **more)
                assert answer.status_code < 500, (name, method, path.split("/")[:2], answer.status_code)
                _keep(made, f"{name} {method}", answer)
            for path in ("/metrics", "/healthz", "/readyz", "/openapi.json"):
                _keep(made, f"{name} {path}", client.get(at + path))


def _keep(made: Planted, what: str, answer: httpx.Response) -> None:
    headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    made.answers.append((what, headers.encode() + answer.content))


def _token_of(deployment: Deployment) -> str:
    """A token with which an agency asks the hub, so that requests come as far as they can."""
    place = deployment.home.node(POLICE)
    keystore = open_keystore(deployment.settings, place.keystore, place.kek, agency=POLICE)
    with httpx.Client() as client:
        return HubClient(client, agency=POLICE, keystore=keystore, now=lambda: int(time.time()))._bearer()


def use_command_line(made: Planted, place: Path) -> None:
    """Commands that are refused; what they print must not repeat what was typed."""
    strange = place / "in"
    strange.mkdir()
    refused = canary.written(strange / f"{NAME}.json", ALL)
    mend = canary.written(strange / f"{CITIZEN}.json", canary.police_document("80/CN", [canary.victim(1, GT=ALL)]))
    commands = [
        ["ingest", "--agency", POLICE, str(mend)],
        ["ingest", "--agency", POLICE, str(refused)],
        ["case", "show", NAME, "--agency", POLICE],
        ["case", "close", NAME, "--agency", LABOUR, "--reason", AS_CODE, "--lang", "en"],
        ["caseload", "--agency", AS_CODE],
    ]
    environment = {**made.deployment.settings.environment(), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "caunoi", *command], env=environment, cwd=ROOT, capture_output=True, check=False
        )
        # The file's own name is said back to who gave it, and to nobody else.
        said = (
            (done.stdout + done.stderr).replace(f"{NAME}.json".encode(), b"").replace(f"{CITIZEN}.json".encode(), b"")
        )
        assert b"Traceback" not in said
        assert done.returncode in {1, 2}
        made.answers.append((f"caunoi {command[0]}", said))


# -- the search ------------------------------------------------------------------------------------------------------


def search(made: Planted, texts: tuple[str, ...]) -> dict[str, set[bytes]]:
    """Where any form of any of the texts is found: tables, files below the home, answers."""
    wanted = set().union(*(needles(text) for text in texts))
    places: dict[str, set[bytes]] = {}
    home = made.deployment.home
    # The worked example's own input folder lies below the home.
    sources = (
        *((f"table {name}", blob) for name, blob in canary.tables(made.deployment.dsn)),
        *(
            (f"file {name}", blob)
            for name, blob in canary.files(home.root, since=made.since)
            if not name.startswith(f"{home.demo.name}/")
        ),
        *((f"answer {name}", blob) for name, blob in made.answers),
    )
    for name, blob in sources:
        places.setdefault(name, set()).update(found(blob, wanted))
    return {name: hits for name, hits in places.items() if hits}


def check_leak_is_found(planted: Planted) -> None:
    """Plant one in a table, a log line, a file and an answer: it is found in each of them, in each form."""
    home, dsn, wanted = planted.deployment.home, planted.deployment.dsn, needles(LEAK)
    assert len(wanted) > 25
    log, stray = home.node(POLICE).log, home.run / "stray"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE hub.scratch (leak bytea)")
        connection.cursor().executemany("INSERT INTO hub.scratch VALUES (%s)", [(form,) for form in sorted(wanted)])
        connection.execute("CHECKPOINT")
    kept = log.read_bytes()
    try:
        with log.open("ab") as stream:
            stream.writelines(b"INFO %s\n" % form for form in sorted(wanted))
        stray.write_bytes(b"\n".join(sorted(wanted)))
        planted.answers.append(("leak", b" ".join(sorted(wanted))))
        hits = search(planted, (LEAK,))
    finally:
        planted.answers.remove(("leak", b" ".join(sorted(wanted))))
        stray.unlink()
        log.write_bytes(kept)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("DROP TABLE hub.scratch")
    expected = ("table hub.scratch", f"file nodes/{POLICE}/node.log", "file run/stray", "answer leak")
    assert {name: hits.get(name) for name in expected} == dict.fromkeys(expected, wanted)
    data = [name for name in hits if name.startswith("file postgres/data/base/")]
    assert set().union(*(hits[name] for name in data)) == wanted
    assert [name for name in hits if name.startswith("file postgres/data/pg_wal/")]


def test_the_example_is_whole(planted: Planted) -> None:
    """With canaries it says what it says without: 19 = 17 + 2 five times, three refusals; its own search finds 0."""
    assert planted.printed.count("19 = 17 ngoài tỉnh + 2 trong tỉnh") == 5
    refusals = [line for line in planted.printed.splitlines() if "✗" in line]
    assert len(refusals) == 3
    assert NAME in refusals[2]
    assert refusals[2].endswith(": thấy 0")
    assert len([name for name, _ in planted.answers if name == "url"]) > 150


def test_canaries_went_in(planted: Planted) -> None:
    """The canaries were really taken in: rows recorded, rows to mend, files refused, and an officer can read them."""
    assert planted.outcomes["new"] > 30
    assert planted.outcomes["to_mend"] > 100
    assert len([code for code in planted.outcomes if code.startswith("file_")]) >= 8
    police = planted.deployment.node(POLICE)
    shown = [police.get(f"/v1/cases/{case['code']}") for case in police.get("/v1/caseload")]
    read = json.dumps(shown, ensure_ascii=False)
    assert [text for text in (NAME, CITIZEN, WORDS) if text not in read] == []
    labour, (statement,) = planted.deployment.node(LABOUR), planted.papers
    labour.download(f"/v1/papers/{statement}/1", planted.opened)
    assert planted.opened.read_text("utf-8").count(ALL) == 5_000
    with psycopg.connect(planted.deployment.dsn) as connection:
        kept = connection.execute("SELECT sum(length(piece)) FROM hub.attachment_pieces JOIN hub.attached USING (hash)")
        assert kept.fetchall()[0][0] > planted.opened.stat().st_size
    aside = police.get("/v1/quarantine")
    assert len(aside) > 10
    content = json.dumps([police.get(f"/v1/quarantine/{row['id']}") for row in aside], ensure_ascii=False)
    assert [text for text in (NAME, CITIZEN, WORDS) if text not in content] == []


def test_nothing_leaks(planted: Planted) -> None:
    """A planted leak is found first; then no canary in any table, file, log, metric, URL or answer, in any form."""
    check_leak_is_found(planted)
    hits = search(planted, CANARIES)
    assert hits == {}
