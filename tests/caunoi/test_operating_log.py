"""The operator's log: our own events in the form that was asked for, and nothing that a library quotes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging, sys, threading
from caunoi import operating_log
from caunoi.settings import Settings
from door import tracing

operating_log.begin(Settings(log_level=sys.argv[1], log_format=sys.argv[2]), process="made-up")
operating_log.LOG.info("started", port=1)
trace = tracing.CURRENT.set("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
logging.getLogger("hub.api").error("incident %s: %s", "0a", "KeyError at hub.api:1")
tracing.CURRENT.reset(trace)
library = logging.getLogger("library.part")
library.warning("bad value %s", "Lo Thi Mai")
library.warning(f"bad value {'Lo Thi Mai'}")
library.info("GET %s", "/Lo Thi Mai")
try:
    raise ValueError("Lo Thi Mai")
except ValueError:
    library.exception("it said %s", "Lo Thi Mai")

def fails():
    raise ValueError("Lo Thi Mai")

thread = threading.Thread(target=fails)
thread.start()
thread.join()
fails()
"""


def printed(level: str, form: str) -> list[str]:
    """What such a process prints on stderr."""
    command = [sys.executable, "-c", PROGRAM, level, form]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr.splitlines()


def test_json_lines() -> None:
    """One object a line, with level, time and process; incidents of the applications are among them."""
    lines = [json.loads(line) for line in printed("info", "json")]
    assert all(line["process"] == "made-up" and line["timestamp"].endswith("Z") for line in lines)
    assert (lines[0]["event"], lines[0]["level"], lines[0]["port"]) == ("started", "info", 1)
    assert lines[1]["event"] == "incident 0a: KeyError at hub.api:1"
    assert [number for number, line in enumerate(lines) if "traceparent" in line] == [1]
    assert [line["event"].split(":")[0] for line in lines[2:5]] == ["library.part"] * 3
    assert lines[2]["event"] == "library.part: bad value %s"
    assert [line["error"].split(" at ")[0] for line in lines if line["event"] == "failed"] == ["ValueError"] * 2


def test_a_level_is_kept() -> None:
    """`error` says neither that it started nor what a library warned of."""
    events = [json.loads(line)["event"] for line in printed("error", "json")]
    assert len(events) == 4
    assert "started" not in events


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("level", ["debug", "info", "warning"])
def test_no_value_is_printed(level: str, form: str) -> None:
    """Whatever the level: not the values of a library's message, not its text, not an exception's."""
    lines = printed(level, form)
    assert any("library.part" in line for line in lines)
    assert [line for line in lines if "Mai" in line or "GET" in line] == []
