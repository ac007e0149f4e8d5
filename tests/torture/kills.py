"""A running deployment whose processes are killed while a police file is taken in, and what must hold afterwards.

Not a test: `tests/attacks/test_crash.py` kills twenty times, `tests/torture/test_kills.py` more, in longer files.
Everybody in the files is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from psycopg import sql

from audit.postgres import PostgresLogSource
from audit.replay import replay
from audit.verify import verify
from caunoi import processes
from caunoi.bootstrap import node_secrets, open_keystore, pinned, schema_of
from caunoi.demo import papers, people
from caunoi.deployment import Deployment, deployed
from caunoi.errors import UnavailableError
from caunoi.hub_address import hub_client
from caunoi.postgres import Embedded
from caunoi.receipts import collect
from caunoi.settings import Settings
from domain.errors import RefusedError
from node.hub_client import HubClient
from node.ingest import ROWS_AT_ONCE
from projections.rows import dump
from sealing.encoding import from_base64url

POLICE, LABOUR = "police-38", "labour-38"
NODES = (POLICE, LABOUR)
LOOK_EVERY = 0.001  # seconds; every moment lasts many times longer, and what is looked at needs the processor
COME_BACK_WITHIN = 60.0  # seconds until everything that was killed serves again
ROW_STATES = {"case.notified": 1, "identification.answered": 1}  # statements of one victim with a confirmation paper
A_BATCH = ROWS_AT_ONCE * len(ROW_STATES)  # statements the node queues before it sends


def case_file(directory: Path, number: int, *, rows: int) -> Path:
    """A criminal case file of its own number, with victims and papers of its own."""
    made = people.cast(seed=number, outside=rows, inside=0)
    directory.mkdir(parents=True, exist_ok=True)
    cases = [json.loads(file.read_text("utf-8")) for file in papers.police_files(directory, made)[:-1]]
    victims = [victim for case in cases for victim in case["BiHai"]]
    for place, victim in enumerate(victims, start=1):
        victim |= {"STT": str(place), "SoGXN": f"{place}/GXN-TT{number}"}
    document = cases[0] | {"SoVuAn": f"{number:02d}/VA-TT", "SoBiHai": rows, "BiHai": victims}
    file = directory / f"file-{number}.json"
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return file


def processes_of_postgres(deployment: Deployment) -> list[int]:
    """The server's process and all it started."""
    server = Embedded(deployment.home).pid()
    assert server is not None
    return [server, *children(server)]


def children(parent: int) -> list[int]:
    """The processes a process started."""
    found = []
    for place in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError):
            if place.name.isdigit() and int((place / "stat").read_text("utf-8").rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(place.name))
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file is: statements of it the node has composed, queued, the hub recorded, the node has receipts of.

    Those composed are queued some rows at a time; until then nobody sees more of them than their numbers.
    """

    composed: int
    queued: int
    recorded: int
    answered: int


# When to kill, each with what must be true of the file just then: while rows are composed and none of them is kept; a
# whole batch is queued before the hub hears of it; the hub has recorded it and the node has not heard so.
MOMENTS: dict[str, Callable[[Progress, int], bool]] = {
    "rows": lambda now, after: now.composed >= after,
    "sending": lambda now, _after: now.queued >= A_BATCH and not now.answered,
    "answer": lambda now, _after: now.recorded > now.answered,
}
KILLS = (
    ("hub", "rows"), ("node", "answer"), ("postgres", "sending"), ("node", "rows"), ("hub", "sending"),
    ("node", "sending"), ("postgres", "rows"), ("hub", "answer"), ("postgres", "answer"),
)  # fmt: skip
"""What is killed and at which moment, in turn."""


@dataclass
class Killing:
    """Kills `hub`, `node` or `postgres` of one deployment while a file is half taken in."""

    deployment: Deployment
    random: Random
    files: list[Path] = field(default_factory=list)
    acknowledged: dict[str, tuple[int, str, int]] = field(default_factory=dict)  # statement → index, leaf, recorded
    hits: Counter[str] = field(default_factory=Counter)  # kills that hit while a file was taken

    def kill(self, what: str) -> None:
        """Kill -9, at once."""
        if what == "postgres":
            pids = processes_of_postgres(self.deployment)
        else:
            name = "hub" if what == "hub" else f"node-{POLICE}"
            pids = [self.deployment.supervisor.running()[name].pid]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def take_and_kill(self, what: str, moment: str, directory: Path, *, rows: int) -> None:
        """Hand in a new file and kill in the middle of it; then see everything come back."""
        self.files.append(case_file(directory, len(self.files) + 1, rows=rows))
        with psycopg.connect(self.deployment.dsn, autocommit=True) as connection:
            before = _progress(connection)
            taking = threading.Thread(target=self._take, args=(self.files[-1],))
            taking.start()
            now = self._wait(connection, before, moment, after=self.random.randint(1, A_BATCH - 1))
            if moment == "sending":
                time.sleep(self.random.uniform(0.0, 0.05))
            half = taking.is_alive() and 0 < now.composed and now.answered < rows * len(ROW_STATES)
            self.kill(what)
        self.hits[what] += half
        self.come_back(taking)
        self.note_receipts()

    def _wait(self, connection: psycopg.Connection[Any], before: Progress, moment: str, *, after: int) -> Progress:
        deadline = time.monotonic() + COME_BACK_WITHIN
        while time.monotonic() < deadline:
            seen = _progress(connection)
            now = Progress(*(getattr(seen, name) - getattr(before, name) for name in Progress.__slots__))
            if MOMENTS[moment](now, after):
                return now
            time.sleep(LOOK_EVERY)
        raise AssertionError(f"never came: {moment}")

    def _take(self, file: Path) -> None:
        # An error is what a client would see; it takes the file again.
        with contextlib.suppress(UnavailableError, RefusedError):
            self.deployment.node(POLICE).ingest(file)

    def come_back(self, taking: threading.Thread) -> None:
        """Mend, as the program does that runs them, until the file is answered and both nodes reach the hub again."""
        deadline = time.monotonic() + COME_BACK_WITHIN
        while time.monotonic() < deadline:
            self.deployment.supervisor.mend()
            with contextlib.suppress(UnavailableError, RefusedError):
                if not taking.is_alive() and all(self.deployment.node(agency).sync()["hub"] for agency in NODES):
                    return
            time.sleep(0.05)
        raise AssertionError("not everything came back")

    def note_receipts(self) -> None:
        """Remember every receipt that the nodes keep by now."""
        for receipt in collect(self.deployment.dsn):
            self.acknowledged[receipt.statement] = (receipt.index, receipt.leaf, receipt.recorded)

    def settle(self) -> None:
        """Take every file again until nothing in it is new."""
        for file in self.files:
            for _ in range(3):
                rows = self.deployment.node(POLICE).ingest(file)["rows"]
                if {row["outcome"] for row in rows} == {"same"}:
                    break
            else:
                raise AssertionError(Counter((row["outcome"], row["reason"]) for row in rows))
        for agency in NODES:
            assert self.deployment.node(agency).sync()["queued"] == 0
        self.note_receipts()

    def check(self, *, rows: int) -> None:
        """Nothing acknowledged is lost, nothing is there twice, the log holds, and the views are what it makes."""
        self._check_log(rows=rows)
        # A node that is killed leaves the file it was taking, in the clear; the next one throws it away.
        for agency in NODES:
            assert list(self.deployment.home.node(agency).taking.iterdir()) == []
        keys = pinned(self.deployment.home)
        with PostgresLogSource(self.deployment.dsn) as source:
            verify(
                source,
                registrar_kid=keys["registrar"]["kid"],
                hub_public=from_base64url(keys["hub"]["public"]),
                receipts=collect(self.deployment.dsn),
            )
        for agency in NODES:
            rebuilt = self._rebuilt(agency)
            assert rebuilt
            assert self.deployment.node(agency).dump() == rebuilt, agency

    def _check_log(self, *, rows: int) -> None:
        with psycopg.connect(self.deployment.dsn) as connection:
            log = connection.execute(
                "SELECT log_index, encode(statement_hash, 'hex'), encode(leaf, 'hex'), recorded, type, author,"
                " originator_id::text FROM hub.log ORDER BY log_index"
            ).fetchall()
        assert [line[0] for line in log] == list(range(1, len(log) + 1))
        recorded = {line[1]: (line[0], line[2], line[3]) for line in log}
        assert {hash_: place for hash_, place in self.acknowledged.items() if recorded.get(hash_) != place} == {}
        cases: dict[str, Counter[str]] = {}
        for line in log:
            if line[5] == POLICE:
                cases.setdefault(line[6], Counter())[line[4]] += 1
        assert len(cases) == rows
        assert [counts for counts in cases.values() if counts != ROW_STATES] == []

    def _rebuilt(self, agency: str) -> list[str]:
        settings, home = self.deployment.settings, self.deployment.home
        place = home.node(agency)
        keystore = open_keystore(settings, place.keystore, place.kek, agency=agency)
        with hub_client(settings, home) as client, PostgresLogSource(self.deployment.dsn) as source:
            materials = HubClient(client, agency=agency, keystore=keystore, now=lambda: int(time.time()))
            tag_key = node_secrets(home, agency)[0]
            rebuilt = replay(source, agency=agency, keystore=keystore, materials=materials, tag_key=tag_key)
        return list(dump(rebuilt.rows))


def _progress(connection: psycopg.Connection[Any]) -> Progress:
    node = schema_of(POLICE)
    counts = sql.SQL(
        "SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {}), (SELECT count(*) FROM {}),"
        " (SELECT count(*) FROM hub.log WHERE author = {}), (SELECT count(*) FROM {})"
    ).format(
        sql.Identifier(node, "outbox_seq_seq"),  # a number is used up in whatever transaction
        sql.Identifier(node, "outbox"),
        sql.Literal(POLICE),
        sql.Identifier(node, "receipts"),
    )
    found = connection.execute(counts).fetchone()
    assert found is not None
    return Progress(*found)


def kill_and_check(place: Path, *, seed: int, times: int, rows: int) -> None:
    """Kill so many times, each in the middle of a new file, then see that nothing is lost, doubled or spoilt."""
    wanted = list(islice(cycle(KILLS), times))
    with patient(), deployed(Settings(home=place / "home"), nodes=NODES) as deployment:
        killing = Killing(deployment, Random(seed))
        for what, moment in wanted:
            killing.take_and_kill(what, moment, place / "files", rows=rows)
        assert killing.hits == Counter(what for what, _ in wanted)
        killing.settle()
        killing.check(rows=times * rows)


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """Let children end as often as they are killed here, and come back at once."""
    before = processes.RESTARTS, processes.RESTART_PAUSE
    processes.RESTARTS, processes.RESTART_PAUSE = 10_000, 0.0
    try:
        yield
    finally:
        processes.RESTARTS, processes.RESTART_PAUSE = before
