"""A child that ends by itself is started again, after what it stands on, and not for ever."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from caunoi import processes
from caunoi.errors import ChildError, PostgresError
from caunoi.home import Home
from caunoi.processes import Running, Supervisor
from tests.caunoi.test_processes import child, is_alive


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def kill(running: Running) -> None:
    os.kill(running.pid, signal.SIGKILL)
    running.process.wait()


def test_started_again_in_order(home: Home) -> None:
    """What has ended is started again in the order of the first start, each after what lies beneath, and it is told."""
    told: list[str] = []
    with Supervisor(beneath=lambda: told.append("beneath"), told=lambda *ended: told.append(str(ended))) as supervisor:
        before = [supervisor.start(child(home, name)) for name in ("hub", "node", "other")]
        for one in (before[1], before[0]):
            kill(one)
        supervisor.mend()
        after = supervisor.running()
        assert told == ["('hub', -9)", "beneath", "('node', -9)", "beneath"]
        assert list(after) == ["hub", "node", "other"]
        assert after["other"].pid == before[2].pid
        assert all(is_alive(one.pid) for one in after.values())
        supervisor.mend()
        assert len(told) == 4


def test_given_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that ends again and again is given up, with its name and last status."""
    monkeypatch.setattr(processes, "RESTARTS", 2)
    monkeypatch.setattr(processes, "RESTART_PAUSE", 0.01)
    with Supervisor() as supervisor:
        supervisor.start(child(home, "hub"))
        for _ in range(2):
            kill(supervisor.running()["hub"])
            supervisor.mend()
        kill(supervisor.running()["hub"])
        with pytest.raises(ChildError) as given_up:
            supervisor.mend()
    assert (given_up.value.code, given_up.value.params["name"]) == ("child_keeps_ending", "hub")


def test_long_ago_is_forgiven(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ended long ago does not count."""
    monkeypatch.setattr(processes, "RESTARTS", 1)
    monkeypatch.setattr(processes, "RESTARTS_WITHIN", 0.1)
    with Supervisor() as supervisor:
        supervisor.start(child(home, "hub"))
        for _ in range(3):
            kill(supervisor.running()["hub"])
            supervisor.mend()
            time.sleep(0.15)


def test_what_lies_beneath_is_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """While what lies beneath does not come back nothing is started on it; once it does, everything is."""
    monkeypatch.setattr(processes, "RESTART_PAUSE", 0.0)
    away = [True, True]

    def beneath() -> None:
        if away:
            away.pop()
            raise PostgresError("postgres_not_reached")

    with Supervisor(beneath=beneath) as supervisor:
        for name in ("hub", "node"):
            kill(supervisor.start(child(home, name)))
        for _ in range(2):
            supervisor.mend()
            assert [one for one in supervisor.running().values() if is_alive(one.pid)] == []
        supervisor.mend()
        assert all(is_alive(one.pid) for one in supervisor.running().values())
