"""The worked example with Apache Kafka: police and labour over Kafka, the Women's Union over HTTP, the border carried.

Whatever door a statement took, it is the same statement, and everybody sees the same.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caunoi.home import Home
from caunoi.listening import read_port
from tests.acceptance.playing import Played, play, play_another
from tests.acceptance.told import Told, told
from tests.brokers import need_jars
from tests.caunoi.apart import ROOT

pytestmark = pytest.mark.timeout(600)

OWN = "demo/seed-7-5-3-0"
CAST = ("--kafka", "--seed", "7", "--outside", "5", "--inside", "3")


@pytest.fixture(scope="module")
def with_kafka(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, Told]:
    """The playing with Kafka."""
    need_jars()
    return play_another(tmp_path_factory.mktemp("with-kafka") / "home", kafka=True)


def test_the_same_was_said_and_is_seen(another: tuple[Played, Told], with_kafka: tuple[Played, Told]) -> None:
    """The same statements by id, in the same order within each case; the same views at each of eight agencies."""
    assert len(another[1].statements) > 10
    _check_same(with_kafka[1], another[1])


@pytest.mark.torture  # the whole example twice
def test_the_same_with_the_cast_that_everybody_plays(tmp_path: Path) -> None:
    """`make demo KAFKA=1` says what `make demo` says, of seventeen and two persons."""
    need_jars()
    for name, kafka in (("without", False), ("with", True)):
        play(tmp_path / name, kafka=kafka)
    without = told(tmp_path / "without")
    assert sum(one.startswith("case.notified") for case in without.statements.values() for one in case[:1]) >= 17
    _check_same(told(tmp_path / "with"), without)


def _check_same(by_kafka: Told, without: Told) -> None:
    assert by_kafka.statements == without.statements
    assert set(by_kafka.views) == set(without.views)
    for agency, lines in without.views.items():
        assert lines
        assert by_kafka.views[agency] == lines, agency


def test_no_key_is_the_same(another: tuple[Played, Told], with_kafka: tuple[Played, Told]) -> None:
    """Ids come from the seed, and no key: nothing that was wrapped in the one is the same in the other."""
    assert len(with_kafka[1].grants) == len(another[1].grants) > 20
    assert set(with_kafka[1].grants).isdisjoint(another[1].grants)


def test_it_says_who_goes_by_which_door(another: tuple[Played, Told], with_kafka: tuple[Played, Told]) -> None:
    """Three lines more; the rest is the same walk, but for numbers of entries, moments and the log's head."""
    doors, rest = with_kafka[0].output.split("\n\n", 1)
    assert "qua Kafka: police-38, labour-38, police-14, labour-14, police-40, labour-40" in doors
    assert "qua HTTP: women-38" in doors
    assert "mang tệp đến, không có đường truyền: border-na-meo" in doors
    plain = another[0].output.split("KHÔNG CÓ NGƯỜI THẬT\n", 1)[1].split("\n", 1)[1]
    assert _walk(rest, with_kafka[0].home) == _walk(plain, another[0].home)


def _walk(text: str, home: str) -> list[str]:
    text = text.replace(home, "")
    for varying in (r"mục ghi số .*", r"\(mục \d+\)", r"\d\d:\d\d", r"đỉnh \w+", r"\d+ byte", r"Xong sau \d+"):
        text = re.sub(varying, "…", text)
    return [line for line in text.splitlines() if "Đến lượt" not in line and line.strip()]


@pytest.mark.torture  # three starts of everything
def test_killed_and_played_again(with_kafka: tuple[Played, Told]) -> None:
    """After kill -9 of all while it serves, broker first, it plays again, and takes nothing in a second time."""
    home = Path(with_kafka[0].home)
    with _serving(home) as served:
        broker = int((home / OWN / "kafka" / "broker.pid").read_text("ascii"))
        os.kill(broker, signal.SIGKILL)
        _until(lambda: _pid(home) not in {None, broker})
        os.kill(served.pid, signal.SIGKILL)
    again, seen = play_another(home, kafka=True)
    assert seen == with_kafka[1]
    assert re.findall(r" = (\d+) \+ \d+ \+ (\d+)   ", again.part(1)) == [("0", "0")] * 6
    with _serving(home) as served:
        served.send_signal(signal.SIGINT)
        assert served.wait(60) == 0
    assert not list((home / OWN / "run").glob("*.pid"))
    assert _pid(home) is None


@contextlib.contextmanager
def _serving(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`caunoi run --kafka` until it serves."""
    environment = {"CAUNOI_HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "caunoi", "run", *CAST]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE) as served:
        assert served.stdout is not None
        for line in served.stdout:
            if "Ctrl-C để dừng" in line.decode():
                break
        assert read_port(Home(home / OWN).port_file("kafka"))
        yield served
        served.kill()


def _pid(home: Path) -> int | None:
    try:
        return int((home / OWN / "kafka" / "broker.pid").read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return None


def _until(true: Callable[[], bool], *, within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
