"""The worked example, played once for the whole run."""

from __future__ import annotations

import pytest

from tests.acceptance.playing import Played, played_once


@pytest.fixture(scope="session")
def plays(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Played, Played]:
    """First and second playing on one home."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return played_once(shared, base / "worked-example")


@pytest.fixture(scope="session")
def first(plays: tuple[Played, Played]) -> Played:
    """The first playing, on an empty home, in Vietnamese."""
    return plays[0]


@pytest.fixture(scope="session")
def second(plays: tuple[Played, Played]) -> Played:
    """The second, on the same home, in English."""
    return plays[1]
