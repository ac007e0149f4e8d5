"""Whether one of our processes runs, asked of its lock and its door, never of its number."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path

import pytest

from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.listening import present, running, write_port
from tests.caunoi.child import Ready

NAME = "node-police-38"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


@pytest.fixture
def port(home: Home) -> Iterator[int]:
    """A door that answers, its port written down."""
    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        write_port(home.port_file(NAME), server.server_port)
        yield server.server_port
        server.shutdown()
        serving.join()


def test_a_port_that_was_left_behind_is_nobodys(home: Home, port: int) -> None:
    """Somebody else may answer there by now: what counts is that the process holds its lock."""
    assert running(home, NAME) is None
    with present(home, NAME):
        assert running(home, NAME) == port
    assert running(home, NAME) is None


def test_a_process_that_does_not_answer_is_not_ready(home: Home) -> None:
    """Nor is one that has written no port yet."""
    with present(home, NAME):
        assert running(home, NAME) is None


def test_there_is_one_of_a_name(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one is refused; another name, or the same after the first, is not."""
    monkeypatch.setattr("caunoi.listening._AGAIN", 0)
    with present(home, NAME), present(home, "hub"):
        with pytest.raises(UnavailableError) as refused, present(home, NAME):
            pass
        assert (refused.value.code, refused.value.params) == ("process_running", {"name": NAME})
    with present(home, NAME):
        pass


def test_looking_makes_nothing(home: Home) -> None:
    """Who only asks leaves no file behind."""
    before = sorted(home.run.iterdir())
    assert running(home, NAME) is None
    assert sorted(home.run.iterdir()) == before
