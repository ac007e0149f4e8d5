"""The officers' client asks again for an act whose answer was lost, under the same key, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from caunoi import officers
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.officers import TRIES, NodeClient
from caunoi.settings import Settings
from node.act_keys import PATTERN

AGENCY = "police-38"


class Lossy:
    """A node behind a line that loses the first answers."""

    def __init__(self) -> None:
        self.lost = 0
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.lost:
            self.lost -= 1
            raise httpx.ReadError("lost", request=request)
        return httpx.Response(200, json={"statement": "0a", "index": 1, "id": None})

    def sent(self) -> list[str]:
        return [one.headers["Idempotency-Key"] for one in self.asked]


@pytest.fixture
def line() -> Lossy:
    return Lossy()


@pytest.fixture
def client(tmp_path: Path, line: Lossy, monkeypatch: pytest.MonkeyPatch) -> Iterator[NodeClient]:
    monkeypatch.setattr(officers, "PAUSE", 0)
    home = Home(tmp_path / "home")
    home.prepare()
    home.prepare_node(AGENCY)
    home.port_file(f"node-{AGENCY}").write_text("1", "ascii")
    with NodeClient(Settings(home=home.root), home, agency=AGENCY) as made:
        made._client = httpx.Client(transport=httpx.MockTransport(line))
        yield made


def test_asked_again_under_the_same_key(client: NodeClient, line: Lossy) -> None:
    """Byte for byte; the next act has another one."""
    line.lost = TRIES - 1
    assert client.act("accept", "0a" * 16)["index"] == 1
    assert len(line.asked) == TRIES
    assert len(set(line.sent())) == 1
    assert len({one.content for one in line.asked}) == 1
    client.act("accept", "0a" * 16)
    assert len(set(line.sent())) == 2
    assert all(re.fullmatch(PATTERN, key) for key in sorted(line.sent()))


def test_not_for_ever(client: NodeClient, line: Lossy) -> None:
    """A node that is away is said to be."""
    line.lost = TRIES
    with pytest.raises(UnavailableError) as away:
        client.act("accept", "0a" * 16)
    assert away.value.code == "node_not_running"
    assert len(line.asked) == TRIES


def test_what_has_no_key_is_asked_once(client: NodeClient, line: Lossy) -> None:
    """A file handed in is not sent twice by itself."""
    line.lost = 1
    with pytest.raises(UnavailableError):
        client.post("/v1/sync")
    assert len(line.asked) == 1
