"""Three parties in homes of their own, for tests: registrar and hub here, an agency's node that has no line to them.

What goes from one to another is carried by the test, as a stick would. The node's side may be a process like Windows'.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from caunoi.cli import app
from caunoi.home import Home
from caunoi.listening import running

ROOT = Path(__file__).parents[2]
LIKE_WINDOWS = (sys.executable, str(ROOT / "tests" / "windows_like.py"), "program")


@dataclass(slots=True)
class Party:
    """One party: its home, its directory of public keys, its database; `more` settings; on which system it is."""

    root: Path
    database: str
    like_windows: bool = False
    more: dict[str, str] = field(default_factory=dict)
    _processes: list[subprocess.Popen[str]] = field(default_factory=list)
    _commands: subprocess.Popen[str] | None = None

    @property
    def home(self) -> Home:
        """Its home."""
        return Home(self.root / "home")

    @property
    def public(self) -> Path:
        """Where public keys lie."""
        return self.root / "public"

    def run(self, *arguments: str, status: int = 0) -> str:
        """Run one command of the program and give all it said."""
        return "".join(self._run(arguments, status=status))

    def read(self, *arguments: str, status: int = 0) -> Any:
        """The JSON a command prints."""
        out, err = self._run((*arguments, "--json"), status=status)
        assert out, err
        return json.loads(out)

    def _run(self, arguments: tuple[str, ...], *, status: int) -> tuple[str, str]:
        if self.like_windows:
            ended, out, err = self._ask(arguments)
        else:
            others = dict.fromkeys(name for name in os.environ if name.startswith("CAUNOI_"))
            done = CliRunner().invoke(app, arguments, env={**others, **self._settings()})
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            ended, out, err = done.exit_code, done.stdout, done.stderr
        assert ended == status, (arguments, ended, out, err)
        return out, err

    def _ask(self, arguments: tuple[str, ...]) -> tuple[int, str, str]:
        """Let the process that is like Windows run one command."""
        if self._commands is None:
            self._commands = self._start(LIKE_WINDOWS, asked=True)
        asked, answered = self._commands.stdin, self._commands.stdout
        assert asked is not None
        assert answered is not None
        print(json.dumps(arguments), file=asked, flush=True)
        line = answered.readline()
        assert line, (self.root / "log").read_text("utf-8")
        ended, out, err = json.loads(line)
        return ended, out, err

    def _start(self, program: tuple[str, ...], *, asked: bool = False) -> subprocess.Popen[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("CAUNOI_")}
        with (self.root / "log").open("ab") as log:
            process = subprocess.Popen(
                program, env={**own, "PYTHONPATH": str(ROOT), **self._settings()}, cwd=self.root, text=True,
                stdin=subprocess.PIPE if asked else None, stdout=subprocess.PIPE if asked else log, stderr=log,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def serve(self, *arguments: str, name: str) -> None:
        """Start a process that serves and wait until it is ready."""
        program = LIKE_WINDOWS if self.like_windows else (sys.executable, "-m", "caunoi")
        serving = self._start((*program, *arguments))
        deadline = time.monotonic() + 60
        while running(self.home, name) is None:
            assert serving.poll() is None, (self.root / "log").read_text("utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop what runs, as Ctrl-C does; what serves has told others where until then."""
        for process in self._processes:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
        self._processes.clear()
        self._commands = None

    def hand(self, to: Party, *, name: str) -> None:
        """Carry this party's public keys to another, which knows it by a name."""
        place = to.public / name
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.public / "own" / "keys.json", place)

    def _settings(self) -> dict[str, str]:
        return {
            "CAUNOI_HOME": str(self.home.root),
            "CAUNOI_PUBLIC": str(self.public),
            "CAUNOI_DATABASE_URL": self.database,
            **self.more,
        }
