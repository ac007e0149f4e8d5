"""Our own processes: ready before they are used, and none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import caunoi
from caunoi import processes
from caunoi.errors import ChildError
from caunoi.home import Home
from caunoi.processes import Child, Supervisor

ROOT = Path(caunoi.__path__[0]).parent
# A whole program: PostgreSQL and two children, serving until it is told to stop.
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_processes import child
from caunoi.home import Home
from caunoi.postgres import Embedded
from caunoi.processes import Supervisor, interrupted_once
home = Home(Path(sys.argv[1]))
try:
    with interrupted_once(), Embedded(home), Supervisor() as supervisor:
        for name in ("hub", "node"):
            supervisor.start(child(home, name))
        print("up", flush=True)
        supervisor.watch()
except KeyboardInterrupt:
    print("down", flush=True)
"""


def child(home: Home, name: str, kind: str = "ready", ready_within: float = 20.0) -> Child:
    home.prepare()
    return Child(
        name=name,
        arguments=(sys.executable, str(Path(__file__).with_name("child.py")), kind, str(home.port_file(name))),
        environment={"PYTHONPATH": str(ROOT)},
        directory=ROOT,
        log=home.run / f"{name}.log",
        port_file=home.port_file(name),
        pid_file=home.pid_file(name),
        ready_within=ready_within,
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_gone(pids: list[int], seconds: float = 10.0) -> list[int]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(is_alive(pid) for pid in pids):
        time.sleep(0.02)
    return [pid for pid in pids if is_alive(pid)]


def test_ready_then_stopped(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child is returned once it is ready, sees only its own environment, and at the end nothing of it stays."""
    monkeypatch.setenv("CAUNOI_TEST_SECRET", "1")
    with Supervisor() as supervisor:
        running = supervisor.start(child(home, "hub"))
        assert running.port > 0
        assert home.pid_file("hub").read_text("ascii") == f"{running.pid}\n"
        assert os.getsid(running.pid) == running.pid
        supervisor.check()
    assert not is_alive(running.pid)
    assert not home.pid_file("hub").exists()
    assert not home.port_file("hub").exists()
    log = home.run / "hub.log"
    assert "CAUNOI_TEST_SECRET" not in log.read_text("utf-8")
    assert log.stat().st_mode & 0o777 == 0o600


def test_stopped_in_reverse(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last started is stopped first."""
    stopped: list[str] = []
    end = processes._end

    def note(child: Child, process: subprocess.Popen[bytes]) -> None:
        stopped.append(child.name)
        end(child, process)

    monkeypatch.setattr(processes, "_end", note)
    with Supervisor() as supervisor:
        for name in ("hub", "police", "border"):
            supervisor.start(child(home, name))
    assert stopped == ["border", "police", "hub"]


def test_deaf_child_is_killed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that ignores SIGTERM is killed after a bounded wait."""
    monkeypatch.setattr(processes, "STOP_WITHIN", 0.3)
    with Supervisor() as supervisor:
        pid = supervisor.start(child(home, "hub", "deaf")).pid
    assert not is_alive(pid)


@pytest.mark.parametrize(("kind", "code"), [("dies", "child_ended"), ("mute", "child_not_ready")])
def test_not_ready_is_an_error(home: Home, kind: str, code: str) -> None:
    """A child that ends or does not answer is an error that names it, and does not stay."""
    with Supervisor() as supervisor, pytest.raises(ChildError) as refused:
        supervisor.start(child(home, "hub", kind, ready_within=20.0 if kind == "dies" else 1.0))
    assert (refused.value.code, refused.value.params["name"]) == (code, "hub")
    assert not home.pid_file("hub").exists()


def test_stale_port_file_is_not_believed(home: Home) -> None:
    """A port that an earlier child left, and on which somebody answers by now, is not taken for this one's."""
    with Supervisor() as supervisor:
        other = supervisor.start(child(home, "node"))
        home.port_file("hub").write_text(f"{other.port}\n", "ascii")
        assert supervisor.start(child(home, "hub")).port != other.port


def test_killed_child_is_noticed_and_started_again(home: Home) -> None:
    """A child that was killed is named by `check`, and `start` puts another in its place."""
    with Supervisor() as supervisor:
        first = supervisor.start(child(home, "hub"))
        first.process.kill()
        first.process.wait()
        with pytest.raises(ChildError, match="hub"):
            supervisor.check()
        second = supervisor.start(child(home, "hub"))
        supervisor.check()
        assert second.pid != first.pid


def test_what_a_killed_child_leaves_goes_with_it(home: Home) -> None:
    """Its scratch files: when it is started again, and when nobody starts it again."""
    scratch = home.root / "taking"
    with Supervisor() as supervisor:
        running = supervisor.start(replace(child(home, "hub"), scratch=scratch))
        for again in (True, False):
            scratch.mkdir()
            (scratch / "file").write_text("Giả Định", "utf-8")
            running.process.kill()
            running.process.wait()
            if again:
                supervisor.mend()
                assert not scratch.exists()
                running = supervisor.running()["hub"]
    assert not scratch.exists()


def _up(home: Home, *, group: bool = False) -> tuple[subprocess.Popen[str], list[int]]:
    """Start the whole program and give its processes: PostgreSQL and the children."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home.root), str(Path(__file__).parent)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=group,
    )  # fmt: skip
    assert program.stdout is not None
    assert program.stdout.readline() == "up\n"
    server = int((home.postgres_data / "postmaster.pid").read_text("ascii").split()[0])
    return program, [server, *(int(home.pid_file(name).read_text("ascii")) for name in ("hub", "node"))]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop_leaves_nothing(home: Home, number: signal.Signals) -> None:
    """After Ctrl-C, SIGTERM or a closed terminal, even sent thrice, no process, pid file or port file is left."""
    program, pids = _up(home, group=True)
    assert len([pid for pid in pids if is_alive(pid)]) == 3
    # As a terminal does: to the whole group.
    for _ in range(3):
        os.killpg(program.pid, number)
        # So that the second comes while the first is being answered, and is not merged with it.
        time.sleep(0.005)
    assert program.communicate(timeout=20)[0] == "down\n"
    assert program.returncode == 0
    assert wait_gone(pids, 0.0) == []
    assert sorted(path.suffix for path in home.run.iterdir() if path.suffix in {".pid", ".port"}) == []


def test_killed_program_takes_its_children_along(home: Home) -> None:
    """After kill -9 of the program its children end by themselves; PostgreSQL is stopped by the next that starts."""
    program, pids = _up(home)
    program.kill()
    program.communicate()
    assert wait_gone(pids[1:]) == []
    again, pids_again = _up(home)
    assert pids_again[0] == pids[0]
    again.terminate()
    assert again.communicate(timeout=20)[0] == "down\n"
    assert wait_gone([*pids, *pids_again], 0.0) == []
