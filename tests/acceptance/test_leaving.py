"""`caunoi run` as people end it: Ctrl-C at any moment, and kill -9 of the program itself.

That a process of its that is killed comes back is in tests/caunoi/test_cli_deployed.py, of `caunoi serve`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from caunoi.home import Home
from caunoi.postgres import Embedded
from tests.caunoi.test_processes import ROOT, is_alive, wait_gone

pytestmark = pytest.mark.timeout(240)


class Program:
    """`caunoi run` in a process group of its own, its output read line by line."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "caunoi", "run", "--seed", "7", "--outside", "1", "--inside", "1"],
            env={"CAUNOI_HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        # Another cast than the default has a home of its own.
        self.own = Home(home / "demo" / "seed-7-1-1-0")

    def until(self, words: str) -> str:
        """Read what it prints up to a line with these words."""
        read = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            read += line
            if words in line:
                return read
        raise AssertionError(f"ended without saying {words}: {read[-2000:]}")

    def pids(self) -> list[int]:
        """Hub, nodes and PostgreSQL's server."""
        pids = [int(file.read_text("ascii")) for file in self.own.run.glob("*.pid")]
        server = Embedded(self.own).pid()
        assert server is not None
        return [*pids, server]

    def end(self) -> None:
        """See that nothing outlives the test, whatever it did."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.communicate(timeout=60)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    started = Program(tmp_path / "home")
    yield started
    started.end()


def stopped(program: Program, pids: list[int]) -> None:
    """Nothing of it runs, and it says so by its status."""
    output, errors = program.process.communicate(timeout=60)
    assert program.process.returncode == 0, output + errors
    assert "Traceback" not in errors
    assert wait_gone(pids, 0.0) == []
    assert Embedded(program.own).pid() is None
    assert [path.name for path in program.own.run.iterdir() if path.suffix in {".pid", ".port"}] == []


MOMENTS = [pytest.param(words, marks=pytest.mark.torture) for words in ("DỮ LIỆU GIẢ ĐỊNH", "bien-phong", "so-y-te")]


@pytest.mark.parametrize("moment", ["cong-an-vu-an-01", *MOMENTS])
def test_interrupted(program: Program, moment: str) -> None:
    """Ctrl-C while files are taken in; and when all has just started, between two files, in the middle of the acts."""
    program.until(moment)
    pids = program.pids()
    assert len(pids) == 10
    assert [pid for pid in pids if not is_alive(pid)] == []
    # As a terminal does: to the whole group, and an impatient person twice.
    for _ in range(2):
        os.killpg(program.process.pid, signal.SIGINT)
        time.sleep(0.005)
    stopped(program, pids)


def test_killed(program: Program) -> None:
    """After kill -9 of the program hub and nodes end by themselves; PostgreSQL is stopped by the next that uses it."""
    program.until("Ctrl-C")
    pids = program.pids()
    program.process.kill()
    program.process.communicate(timeout=60)
    *children, server = pids
    assert wait_gone(children, 15.0) == []
    with Embedded(program.own):
        assert Embedded(program.own).pid() == server
    assert wait_gone([server], 0.0) == []
