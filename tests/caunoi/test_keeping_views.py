"""Members that keep the police's views over Apache Kafka, with real processes; and a rebuild beside a running node."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from caunoi.bootstrap import open_shred_keys, schema_of
from caunoi.deployment import Deployment, deployed
from caunoi.kafka import topics
from caunoi.settings import Settings
from door.kafka.access import Access
from projections.postgres import MEMBERS, NODE, PostgresRows
from projections.rows import dump
from tests.caunoi.apart import ROOT
from tests.forking import FORKER, forking

POLICE = "police-38"
SAMPLE = ROOT / "examples" / "police" / "vu-an-07.json"


@dataclass
class Keeping:
    """What runs; members are started and ended by who needs them."""

    deployment: Deployment
    settings: Settings
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one more of our processes."""
        environment = {**self.settings.environment(), "CAUNOI_DATABASE_URL": self.deployment.dsn}
        home = self.settings.home
        process = FORKER.start(arguments, environment=environment, directory=home, log=home / "test.log")
        self.started.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> int:
        """End it."""
        process.send_signal(how)
        self.started.remove(process)
        return process.wait(30)

    def log(self) -> str:
        """What all of them said."""
        return (self.settings.home / "test.log").read_text("utf-8")

    def take(self, case: int, persons: int) -> None:
        """Hand in a file of the police's."""
        sample = json.loads(SAMPLE.read_text("utf-8"))
        one = {**sample["BiHai"][0], "HoTen": "Nguyễn Giả Định", "SoGT": None}
        listed = [{**one, "STT": str(n), "SoGXN": f"{case}{n}/GXN-PC02"} for n in range(1, persons + 1)]
        file = self.settings.home / f"vu-an-{case}.json"
        content = {**sample, "SoVuAn": f"{case}/VA-PC02", "SoBiHai": persons, "BiHai": listed}
        file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        answer = self.deployment.node(POLICE).ingest(file)
        assert {row["outcome"] for row in answer["rows"]} == {"new"}, answer["rows"][0]

    def dumped(self, keeper: str) -> list[str]:
        """The views as they lie there."""
        home, schema = self.deployment.home, schema_of(POLICE)
        with (
            psycopg.connect(make_conninfo(self.deployment.dsn, user=schema), autocommit=True) as connection,
            open_shred_keys(home.node(POLICE).view_keys, shared=True) as keys,
        ):
            connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
            return list(dump(PostgresRows(connection, keys=keys, keeper=keeper)))

    def same(self) -> bool:
        """Whether the members' views are the node's."""
        self.deployment.node(POLICE).sync()
        return self.dumped(MEMBERS) == self.dumped(NODE)


def until(true: Callable[[], bool], *, within: float = 60) -> None:
    """Wait."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def keeping(kafka: str, tmp_path: Path) -> Iterator[Keeping]:
    """A hub with its Kafka door, and the police's node."""
    name = "n" + secrets.token_hex(6)
    settings = Settings(home=tmp_path / "home", kafka=kafka, kafka_nodes={name: (POLICE,)})
    with closing(topics.Administration(Access(addresses=(kafka,)))) as administration:
        administration.apply(topics.wanted([name]))
    with forking(), deployed(settings, nodes=(POLICE,)) as deployment:
        made = Keeping(deployment, settings)
        try:
            made.start("kafka")
            yield made
        finally:
            for process in list(made.started):
                made.end(process)


def test_members_come_and_go(keeping: Keeping) -> None:
    """One, then three, one killed while files are taken, one ended: the views are the node's at every rest."""
    keeping.take(1, 6)
    first = keeping.start("views", "follow", "--agency", POLICE)
    until(lambda: len(keeping.dumped(MEMBERS)) > 0)
    others = [keeping.start("views", "follow", "--agency", POLICE) for _ in range(2)]

    def take() -> None:
        for case in range(2, 6):
            keeping.take(case, 8)

    taking = threading.Thread(target=take)
    taking.start()
    keeping.end(first, signal.SIGKILL)
    taking.join()
    until(keeping.same)
    assert keeping.end(others[0]) == 0
    keeping.take(9, 3)
    until(keeping.same)
    assert len(keeping.dumped(NODE)) > 150
    assert "feed_wrong" not in keeping.log()
    check_rebuilds(keeping)


def check_rebuilds(keeping: Keeping) -> None:
    """Both sets of views are made anew while node and member run on, and each goes on with its new one."""
    kept = keeping.dumped(NODE)
    for more in ([], ["--members"]):
        rebuilding = keeping.start("views", "rebuild", "--agency", POLICE, *more)
        assert rebuilding.wait(60) == 0
        keeping.started.remove(rebuilding)
        assert (keeping.dumped(NODE), keeping.dumped(MEMBERS)) == (kept, kept)
    keeping.take(10, 2)
    until(keeping.same)
    assert len(keeping.dumped(NODE)) > len(kept)
