"""Agencies that state things over Kafka while broker and PostgreSQL are restarted and killed; what must hold after it.

Not a test. Hub and Kafka door run as processes of their own, on an Apache Kafka and a PostgreSQL of their own. What is
sent is signed and sealed as a node does it. Everybody is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
from typing_extensions import override

from caunoi.bootstrap import pinned
from caunoi.broker.running import Broker, free_port
from caunoi.deployment import Deployment, deployed
from caunoi.home import Home
from caunoi.kafka import topics as administered
from caunoi.listening import running
from caunoi.settings import Settings
from domain.statements import CaseStatement
from door.kafka import topics
from door.kafka.access import Access
from door.kafka.client import KafkaSender
from door.kafka.day_key import DayKey
from door.kafka.port import KafkaAwayError
from node.composer import Submission
from node.kafka_messages import read_day_key, type_of
from sealing.encoding import from_base64url
from tests.caunoi.apart import ROOT
from tests.torture.kills import patient, processes_of_postgres
from tests.torture.pens import Pen
from tests.torture.storm_checks import LABOUR, NODE_OF, NODES, POLICE, STILL, WOMEN, Sent, check, lying

OF_A_CASE = 10
LOT = 200  # statements put at once
AHEAD = 1_000  # statements put that are not in the log yet
_ALL = [POLICE, LABOUR, WOMEN]


def _sent(one: Submission) -> Sent:
    assert isinstance(one.statement, CaseStatement)
    return Sent(one.statement.id, one.statement.case, one.statement.by, one.hash)


@dataclass
class Feeder(threading.Thread):
    """Puts statements into topics, lot by lot, and each lot again until the broker has all of it."""

    access: Access
    pens: Sequence[Pen]
    key: DayKey
    count: int
    sent: list[Sent] = field(default_factory=list)
    again: int = 0  # lots that had to be put again
    logged: int = 0
    _sender: KafkaSender | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    @override
    def run(self) -> None:
        while len(self.sent) < self.count:
            if len(self.sent) > self.logged + AHEAD:
                time.sleep(0.02)
                continue
            half = min(LOT, self.count - len(self.sent)) // len(self.pens) or 1
            made = [(pen, one) for pen in self.pens for one in pen.cases(half, length=OF_A_CASE)]
            self._put([pen.message(one, self.key) for pen, one in made])
            self.sent += [_sent(one) for _, one in made]
        if self._sender is not None:
            self._sender.close()

    def _put(self, messages: Sequence[object]) -> None:
        while True:
            try:
                self._sender = self._sender or KafkaSender(self.access, name="storm")
                self._sender.send(messages)  # type: ignore[arg-type]
            except KafkaAwayError:
                self.again += 1
                if self._sender is not None:
                    self._sender.close()
                    self._sender = None
                time.sleep(0.2)
            else:
                return

    # A dataclass is compared by its fields; a thread is itself.
    __hash__ = threading.Thread.__hash__


@dataclass
class Door:
    """One process of `caunoi kafka`."""

    home: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, settings: Settings, dsn: str) -> Door:
        """Start it."""
        environment = {**settings.environment(), "CAUNOI_DATABASE_URL": dsn}
        with (settings.home / "door.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "caunoi", "kafka"],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
                cwd=settings.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        return cls(settings.home, process)

    def memory(self) -> int:
        """The most it ever had in memory, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) >> 10

    def stop(self) -> None:
        """Stop it, and see that nothing ended it before."""
        assert self.process.poll() is None, (self.home / "door.log").read_text("utf-8")[-3000:]
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Storm:
    """What runs, and what is done to it."""

    broker: Broker
    deployment: Deployment
    feeder: Feeder
    founded: int  # entries there were before
    done: list[str] = field(default_factory=list)

    def blow(self, what: str) -> None:
        """Restart or kill one of those everything stands on."""
        if what.startswith("broker"):
            self.broker.stop() if what == "broker restarted" else self.broker.kill()
            self.broker.start()
        else:
            self._end_postgres(kill=what == "postgres killed")
        self.done.append(what)

    def _end_postgres(self, *, kill: bool) -> None:
        self.go_on(self._database_answers)
        server, *children = processes_of_postgres(self.deployment)
        for pid in [server, *children] if kill else [server]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if kill else signal.SIGINT)
        until(lambda: not Path(f"/proc/{server}").exists() or "\nState:\tZ" in _status(server))

    def _database_answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.deployment.dsn).close()
            return True
        return False

    def logged(self) -> int:
        """How many statements are in the log; what it was, while nobody can tell."""
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.deployment.dsn) as connection:
            (count,) = connection.execute("SELECT max(log_index) FROM hub.log").fetchone() or (0,)
            self.feeder.logged = int(count) - self.founded
        return self.feeder.logged

    def go_on(self, enough: Callable[[], bool]) -> None:
        """Mend, as the program does that runs them, until it is enough; something must move meanwhile."""
        seen, moved = -1, time.monotonic()
        while not enough():
            self.deployment.supervisor.mend()
            if (now := self.logged()) != seen:
                seen, moved = now, time.monotonic()
            assert time.monotonic() - moved < STILL, (seen, self.done)
            time.sleep(0.05)


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return "\nState:\tZ"


def until(true: Callable[[], bool], *, within: float = 60) -> None:
    """Wait."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def storm(place: Path, *, count: int, gentle: int, kills: int, postgres: int, seed: int = 1) -> str:
    """Send `count` statements while all that is done, check what must hold, and say how it went."""
    began = time.monotonic()
    blows = ["broker restarted"] * gentle + ["broker killed"] * kills
    blows += ["postgres killed" if number % 2 == 0 else "postgres restarted" for number in range(postgres)]
    Random(seed).shuffle(blows)
    with ExitStack() as stack:
        stack.enter_context(patient())
        broker = stack.enter_context(Broker(place / "broker"))
        access = Access(addresses=(broker.address,))
        with closing(administered.Administration(access)) as administration:
            administration.apply(administered.wanted(NODES))
        settings = Settings(home=place / "home", kafka=broker.address, kafka_nodes=NODES, hub_port=free_port())
        deployment = stack.enter_context(deployed(settings, nodes=()))
        door = Door.start(settings, deployment.dsn)
        stack.callback(door.stop)
        key = day_key(access, deployment.home)
        pens = [
            Pen.of(deployment, POLICE, node=NODE_OF[POLICE], told=LABOUR),
            Pen.of(deployment, WOMEN, node=NODE_OF[WOMEN]),
        ]
        blowing = Storm(broker, deployment, Feeder(access, pens, key, count), founded=entries(deployment.dsn))
        blowing.feeder.start()
        second = _blow_all(blowing, blows, count, lambda: _second(settings, deployment, place / "home-2"))
        blowing.go_on(lambda: blowing.logged() >= count)
        blowing.feeder.join(60)
        memory = max(one.memory() for one in (door, second))
        second.stop()
        blowing.go_on(lambda: told(deployment.dsn))
        check(access, deployment, blowing.feeder.sent)
        seconds = time.monotonic() - began
        feeder = blowing.feeder
        return (
            f"{len(feeder.sent)} statements, {len(blows)} blows, {seconds:.0f} s, "
            f"{feeder.again} lots put again, a door had {memory} MB at most"
        )


def _blow_all(blowing: Storm, blows: Sequence[str], count: int, start: Callable[[], Door]) -> Door:
    """Each after as much of the way; from the middle on there are two doors by mistake."""
    second: Door | None = None
    step, seen = count // (len(blows) + 1), 0
    for number, what in enumerate(blows, start=1):
        # Between two something moved, or they would hit what has not come back from the one before.
        enough = max(seen + min(step, LOT), step * number)
        blowing.go_on(lambda enough=enough: blowing.logged() >= min(enough, count))  # type: ignore[misc]
        seen = blowing.logged()
        if second is None and number > len(blows) // 2:
            second = start()
        blowing.blow(what)
    return second or start()


def _second(settings: Settings, deployment: Deployment, home: Path) -> Door:
    """A door on a copy of the home, as if it were another machine's."""
    shutil.copytree(settings.home, home, ignore=shutil.ignore_patterns("postgres", "run", "nodes"))
    Home(home).prepare()
    copied = settings.model_copy(update={"home": home, "hub_url": f"http://127.0.0.1:{settings.hub_port}"})
    return Door.start(copied, deployment.dsn)


def entries(dsn: str) -> int:
    """How many there are in the log."""
    with psycopg.connect(dsn) as connection:
        (count,) = connection.execute("SELECT count(*) FROM hub.log").fetchone() or (0,)
        return int(count)


def told(dsn: str) -> bool:
    """Whether every agency was told all of its feed and every answer."""
    asked = """
        SELECT count(*) FROM hub.relayed AS told WHERE number = (SELECT max(number) FROM hub.feeds USING_AGENCY)
        AND receipts = coalesce((SELECT max(log_index) FROM hub.log WHERE author = told.agency), 0)
    """.replace("USING_AGENCY", "WHERE agency = told.agency")
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(dsn) as connection:
        return connection.execute(asked).fetchone() == (len(_ALL),)
    return False


def day_key(access: Access, home: Home) -> DayKey:
    """The key of the day, as a node finds it."""
    until(lambda: running(home, "kafka") is not None)
    public = from_base64url(pinned(home)["hub"]["public"])
    found = [one for one in lying(access, topics.receipts_of(POLICE)) if type_of(one) == topics.DAY_KEY]
    return read_day_key(found[-1], hub_key=public)
