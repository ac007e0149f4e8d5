"""The worked example, played once for the whole run."""

from __future__ import annotations

import pytest

from tests.acceptance.looking import Seen
from tests.acceptance.playing import Played, another_once, played_once
from tests.acceptance.told import Told


@pytest.fixture(scope="session")
def _once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Played, Played, Seen]:
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return played_once(shared, base / "worked-example")


@pytest.fixture(scope="session")
def plays(_once: tuple[Played, Played, Seen]) -> tuple[Played, Played]:
    """First and second playing on one home."""
    return _once[:2]


@pytest.fixture(scope="session")
def first(plays: tuple[Played, Played]) -> Played:
    """The first playing, on an empty home, in Vietnamese."""
    return plays[0]


@pytest.fixture(scope="session")
def second(plays: tuple[Played, Played]) -> Played:
    """The second, on the same home, in English."""
    return plays[1]


@pytest.fixture(scope="session")
def another(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Played, Told]:
    """A playing with another cast, and what was then told."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return another_once(shared, base / "another-example")


@pytest.fixture(scope="session")
def seen(_once: tuple[Played, Played, Seen]) -> Seen:
    """What its agencies saw afterwards, each in its own views."""
    return _once[2]
