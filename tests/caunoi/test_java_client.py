"""A vendor's way: the client in Java against the known answers, then against a sandbox on Apache Kafka, then checked.

The commands are those of docs/connecting.md.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from caunoi.broker.jars import missing
from caunoi.cli import app
from caunoi.connect.agency_file import SUITES, new_own
from caunoi.connect.vectors import FOLDER
from tests.brokers import need_jars
from tests.caunoi.connecting_page import PAGE, command
from tests.tree import ROOT

SOURCES, JARS = ROOT / "examples" / "java", Path(sys.prefix) / "client"
NOWHERE = {
    "CAUNOI_DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "CAUNOI_HUB_URL": "http://127.0.0.1:1",
    "CAUNOI_KAFKA": "127.0.0.1:1",
}


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, compiled; never skipped in CI."""
    if (missing(JARS, SOURCES) or shutil.which("javac") is None) and not os.environ.get("CI"):
        pytest.skip(
            "the Java client's jars or a Java compiler are not here; `make .venv/ready-for-client` brings the jars"
        )
    made = tmp_path_factory.mktemp("classes")
    compiler, *asked = command("javac ", {".venv/client": JARS, ".venv/classes": made})
    subprocess.run([compiler, "-Xlint:all", "-Werror", *asked], check=True)
    return made


def client(
    classes: Path, holding: str, places: Mapping[str, Path | str], *more: str
) -> subprocess.CompletedProcess[str]:
    """Run the client by one of the page's commands."""
    java, *asked, last = command(holding, {".venv/client": JARS, ".venv/classes": classes, **places})
    # A program of a second is not worth the second compiler.
    line = [java, "-XX:TieredStopAtLevel=1", *asked, *more, last]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=100)


def test_the_jars_are_those_of_the_list(classes: Path) -> None:
    """The page's command has nothing left to bring."""
    asked = command("caunoi.broker.jars", {".venv/bin/python": sys.executable, ".venv/client": JARS})
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_known_answers(classes: Path, tmp_path: Path) -> None:
    """Java makes and takes the same bytes; a changed answer would be noticed."""
    done = client(classes, "--vectors", {"contracts/vectors": FOLDER})
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 40
    spoilt = shutil.copytree(FOLDER, tmp_path / "vectors") / "answer.json"
    spoilt.write_text(spoilt.read_text("utf-8").replace('"holds": false', '"holds": true', 1), "utf-8")
    assert client(classes, "--vectors", {"contracts/vectors": tmp_path / "vectors"}).returncode != 0


def test_what_the_page_says_of_its_size() -> None:
    """Under 700 lines in all."""
    assert sum(len(file.read_text("utf-8").splitlines()) for file in SOURCES.glob("*.java")) < 700
    assert "under 700 lines" in PAGE


def test_asked_wrongly(classes: Path, tmp_path: Path) -> None:
    """A sandbox without Kafka is not asked over Kafka, and a file that is not there is not read: a line, no trace."""
    agency = tmp_path / "sandbox" / "agency.json"
    done = client(classes, "Client .caunoi", {".caunoi": tmp_path}, "--send")
    assert (done.returncode, done.stderr.split()[0]) == (2, "usage:")
    agency.parent.mkdir()
    own = {use: msgspec.to_builtins(new_own(use)) for use in SUITES}
    hub = {"url": "http://127.0.0.1:1", "public": own["sign"]["public"]}
    agency.write_text(json.dumps({"agency": "a", "node": "a", **own, "readers": [], "kafka": {}, "hub": hub}), "utf-8")
    done = client(classes, "Client .caunoi", {".caunoi": tmp_path})
    assert (done.returncode, "--http" in done.stderr.splitlines()[0]) == (2, True)
    done = client(classes, "Client --http", {".caunoi": tmp_path})
    assert (done.returncode, done.stderr) == (3, "the hub does not answer: send the same bytes again\n")
    for wrong, content in {"garbage": b"\x00\xff", "other": b'{"header": "{}"}'}.items():
        (tmp_path / wrong).write_bytes(content)
        done = client(classes, "Client --http", {".caunoi": tmp_path}, "--send", str(tmp_path / wrong))
        assert (done.returncode, done.stderr.splitlines()[0].split()[0]) == (2, str(tmp_path / wrong))
    done = client(classes, "Client --http", {".caunoi": tmp_path}, "--send", str(tmp_path))
    assert (done.returncode, done.stderr.splitlines()[0].split()[0]) == (2, str(tmp_path))
    agency.write_text("{}", "utf-8")
    done = client(classes, "Client --http", {".caunoi": tmp_path})
    assert (done.returncode, done.stderr.splitlines()[0].split()[0]) == (2, str(agency))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`caunoi connect sandbox`, where real places are set that do not answer; gives its home."""
    need_jars()
    home = tmp_path_factory.mktemp("connect") / "home"
    environment = {**os.environ, "CAUNOI_HOME": str(home), **NOWHERE}
    asked = [sys.executable, "-m", "caunoi", "connect", "sandbox", "--json"]
    with subprocess.Popen(
        asked, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stderr is not None
            opened, told = child.stdout.readline(), child.stdout.readline()
            assert opened.strip() == "{", child.stderr.read()
            assert json.loads("{" + told + "}")["file"] == str(home / "sandbox" / "agency.json")
            yield home
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(60)


def check(home: Path, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """`caunoi connect check`: the exit status, what became of each statement."""
    environment = {"CAUNOI_HOME": str(home)}
    _, *asked = command("connect check", {})
    done = CliRunner().invoke(app, [*asked, "--json", *arguments], env=environment)
    return done.exit_code, json.loads(done.stdout)["checked"]


def test_a_statement_over_kafka(classes: Path, sandbox: Path, tmp_path: Path) -> None:
    """It is published, recorded and receipted; every rule holds. What is spoilt in a file fails its own rule."""
    done = client(classes, "Client .caunoi", {".caunoi": sandbox})
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["index"] > 0
    status, checked = check(sandbox)
    assert (status, [one["statement"] for one in checked]) == (0, [told["statement"]])
    assert {rule["state"] for rule in checked[0]["rules"]} == {"holds"}
    assert json.loads(client(classes, "Client --http", {".caunoi": sandbox}).stdout)["index"] > told["index"]
    printed = tmp_path / "submission.json"
    printed.write_text(client(classes, "Client .caunoi", {".caunoi": sandbox}, "--print").stdout, "utf-8")
    status, checked = check(sandbox, str(printed))
    assert (status, checked[0]["rules"].pop()["state"]) == (0, "open"), "it was not sent"
    again = [
        json.loads(client(classes, way, {".caunoi": sandbox}, "--send", str(printed)).stdout)
        for way in ("Client .caunoi", "Client --http")
    ]
    assert again[0] == again[1], "sent twice, it is one entry"
    assert again[0]["statement"] == checked[0]["statement"]
    stranger = tmp_path / "sandbox" / "agency.json"
    stranger.parent.mkdir()
    made = json.loads((sandbox / "sandbox" / "agency.json").read_text("utf-8"))
    stranger.write_text(json.dumps({**made, "sign": msgspec.to_builtins(new_own("sign"))}), "utf-8")
    done = client(classes, "Client --http", {".caunoi": tmp_path})
    assert (done.returncode, done.stderr) == (3, "401 token_wrong\n")
    printed.write_text(printed.read_text("utf-8").replace("rescued", "screened"), "utf-8")
    status, checked = check(sandbox, str(printed))
    assert status == 1
    assert [rule["rule"] for rule in checked[0]["rules"] if rule["state"] == "fails"] == ["signature"]
    said = CliRunner().invoke(app, ["connect", "check", str(printed)], env={"CAUNOI_HOME": str(sandbox)}).stdout
    assert "Giả Định" not in said, "nothing of what was sent is shown"
