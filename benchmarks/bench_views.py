"""Views kept by two processes of one consumer group, beside one; on a broker, a hub and a PostgreSQL of their own.

views.two   entries of one agency's feed read from its topic, held against signed heads, kept, opened, folded, written
beside      one process that does the same with the same entries
views.limit what two could reach at most: all cores busy all the time with what the two, PostgreSQL, hub and broker used
beside      as above

Both with the hub's process, which gives out bodies and grants, and PostgreSQL on the same machine: on two cores these
share them with the processes that are measured. Counted from when all have their partitions. Everybody is made up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from benchmarks import bench_kafka
from benchmarks.figures import Bench, Pair, rate
from caunoi.bootstrap import node_secrets, open_shred_keys, schema_of
from caunoi.broker.jars import missing
from caunoi.roles import prepare_node_role
from door.kafka import topics
from node.store import Connection, connect

POLICE, STATEMENTS, OF_A_CASE = bench_kafka.POLICE, 9_000, 10
ONE = "one process that folds the same entries"
CORES = len(os.sched_getaffinity(0))
KEPT = ("member_parts", "member_feed", "view_rows", "view_generations")


def views(bench: Bench) -> list[Pair]:
    """Measure both, round by round; nothing where there is no broker."""
    if missing():
        print("views: not measured, Apache Kafka is not here (`make kafka` brings it)", file=sys.stderr)
        return []
    pair, limit = Pair("views.two", "entries/s", ONE), Pair("views.limit", "entries/s", ONE)
    with bench_kafka._ground(bench) as ground:  # noqa: SLF001 - the same ground
        place, schema = ground.deployment.home.node(POLICE), schema_of(POLICE)
        prepare_node_role(ground.deployment.dsn, POLICE)
        node_secrets(ground.deployment.home, POLICE)
        open_shred_keys(place.view_keys, shared=True).close()
        with connect(make_conninfo(ground.deployment.dsn, user=schema), schema=schema) as connection:
            made = ground.pen.cases(bench.of(STATEMENTS), length=OF_A_CASE)
            for start in range(0, len(made), 500):
                ground.hub.bring(bench_kafka._arrivals(made[start : start + 500]))  # noqa: SLF001
            ground.told()
            _measure(ground, connection, 1)  # makes the view keys, which are not made again
            for number in range(bench.rounds):
                for processes in (1, 2) if number % 2 else (2, 1):
                    measured, at_most = _measure(ground, connection, processes)
                    if processes == 2:
                        pair.ours.append(measured)
                        limit.ours.append(at_most)
                    else:
                        pair.beside.append(measured)
                        limit.beside.append(measured)
    return [pair, limit]


def _measure(ground: bench_kafka.Ground, connection: Connection, processes: int) -> tuple[float, float]:
    """Entries a second of so many processes, from the first entry of the feed; and if no core had ever been idle."""
    for table in KEPT:
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    environment = {
        **os.environ,
        **ground.deployment.settings.environment(),
        "CAUNOI_DATABASE_URL": ground.deployment.dsn,
        "CAUNOI_KAFKA": ",".join(ground.access.addresses),
    }
    command = [sys.executable, "-m", "benchmarks.views_worker", POLICE, str(topics.PARTITIONS // processes)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    workers = [subprocess.Popen(command, env=environment, text=True, **pipes) for _ in range(processes)]  # type: ignore[call-overload]
    try:
        for one in workers:
            if one.stdout is None or one.stdout.readline() != "joined\n":
                raise RuntimeError("a worker did not start")
        whole, before = _whole(ground), _used()
        measured = rate(partial(_let_go, workers, connection, whole))
        return measured, whole * CORES / (_used() - before)
    finally:
        for one in workers:
            one.kill()
            one.wait()


def _used() -> float:
    """Seconds of a core that this process and all it started and that still run have used (proc_pid_stat(5))."""
    parents, ticks = dict[int, int](), dict[int, int]()
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = file.read_text("ascii", "replace").rpartition(")")[2].split()
            parents[int(file.parent.name)] = int(fields[1])
            ticks[int(file.parent.name)] = int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while found := {one for one, parent in parents.items() if parent in ours} - ours:
        ours |= found
    return sum(ticks[one] for one in ours) / os.sysconf("SC_CLK_TCK")


def _whole(ground: bench_kafka.Ground) -> int:
    """How many entries lie in all partitions together."""
    with psycopg.connect(ground.deployment.dsn) as connection:
        row = connection.execute("SELECT parts FROM hub.relayed WHERE agency = %s", (POLICE,)).fetchone()
        return sum(row[0]) if row else 0


def _let_go(workers: list[subprocess.Popen[str]], connection: Connection, whole: int) -> int:
    for pipe in (one.stdin for one in workers if one.stdin is not None):
        pipe.write("\n")
        pipe.flush()
    while True:
        row = connection.execute("SELECT sum(number) FROM view_parts").fetchone()
        if row is not None and row[0] == whole:
            return whole
        time.sleep(0.05)
