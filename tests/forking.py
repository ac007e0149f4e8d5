"""Hub, nodes and the Kafka door for a test, forked from one process that has loaded their program. Not a test.

Nine tenths of a start is loading the program; a test that starts dozens of processes has it loaded once. One that is
forked is a process like any other: its own session, environment, directory, output and end of the pipe; it is killed,
mended and waited for as ever, and all that happens to it happens in the program as it is. What it cannot show is how
the program is executed, and what an operator sees of that (`/proc/PID/environ`): for this, `caunoi run`, `caunoi
serve`, the compose file's services, tests/attacks/test_isolation.py and the torture of kills and storms execute it.

Linux; elsewhere, where a fork without exec is not safe, each process is executed.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from caunoi import processes
from caunoi.processes import Child

PROGRAM = ("-m", "caunoi")
LOADED = ("caunoi.cli", "caunoi.serving_hub", "caunoi.serving_node", "caunoi.kafka.serving", "caunoi.keeping_views",
          "node.forms", "node.worklist", "uvicorn.loops.uvloop", "uvicorn.protocols.http.h11_impl")  # fmt: skip
FORKS = sys.platform == "linux"
AT_MOST = 1 << 18  # bytes of one message
Asked = dict[str, Any]


class Forked:
    """A forked process, as `subprocess.Popen` shows one. Whoever forked it says how it ended."""

    def __init__(self, forker: Forker, pid: int, stdin: IO[bytes] | None) -> None:
        self.pid, self.stdin, self.returncode = pid, stdin, cast("int | None", None)
        self._forker, self._ended = forker, os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Its exit status once it has ended, minus the signal that killed it."""
        if self.returncode is None:
            self.returncode = self._forker.status(self.pid)
            if self.returncode is not None:
                os.close(self._ended)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait so many seconds for its end.

        Raises:
            subprocess.TimeoutExpired: it goes on.
        """
        if self.poll() is None:
            select.select([self._ended], [], [], timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(PROGRAM, timeout or 0.0)
        return status

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)


class Forker:
    """The process that has loaded the program; made when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.computed = 0.0  # seconds of processor time of all that have ended

    def start(
        self, arguments: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: Path,
        piped: bool = False,
    ) -> subprocess.Popen[bytes]:  # fmt: skip
        """Start `python -m caunoi ARGUMENTS`, its output in a log file, and its standard input empty or a pipe."""
        if not FORKS:
            with log.open("ab") as out:
                return subprocess.Popen(
                    [sys.executable, *PROGRAM, *arguments], env={"PATH": os.defpath, **environment}, cwd=directory,
                    stdin=subprocess.PIPE if piped else subprocess.DEVNULL, stdout=out, stderr=out,
                    start_new_session=True,
                )  # fmt: skip
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        reading, writing = os.pipe() if piped else (os.open(os.devnull, os.O_RDONLY), None)
        try:
            asked = {"arguments": arguments, "environment": dict(environment), "directory": str(directory)}
            pid = self._ask(asked, (reading, written))
        finally:
            os.close(reading)
            os.close(written)
        return cast("subprocess.Popen[bytes]", Forked(self, pid, None if writing is None else os.fdopen(writing, "wb")))

    def status(self, pid: int) -> int | None:
        """How a process ended, once it has."""
        ended = self._ask({"pid": pid})
        if ended is None:
            return None
        self.computed += ended["computed"]
        return int(ended["status"])

    def close(self) -> None:
        """Let it go."""
        if self._channel is not None and self._process is not None:
            self._channel.close()
            self._process.wait()

    def _ask(self, asked: Asked, descriptors: tuple[int, ...] = ()) -> Any:
        with self._lock:
            if self._channel is None:
                self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with theirs:
                    self._process = subprocess.Popen(
                        [sys.executable, "-m", "tests.forking", str(theirs.fileno())], cwd=Path(__file__).parents[1],
                        env={"PATH": os.defpath, "PYTHONUNBUFFERED": "1"}, pass_fds=[theirs.fileno()],
                        stdin=subprocess.DEVNULL, start_new_session=True,
                    )  # fmt: skip
            socket.send_fds(self._channel, [json.dumps(asked).encode()], descriptors)
            return json.loads(self._channel.recv(AT_MOST))


FORKER = Forker()


@contextmanager
def forking() -> Iterator[None]:
    """Fork what is started meanwhile with `python -m caunoi …`."""
    executed = processes._spawn

    def spawn(child: Child) -> subprocess.Popen[bytes]:
        if child.arguments[1:3] != PROGRAM:
            return executed(child)
        asked, of_its_own = child.arguments[3:], child.environment
        return FORKER.start(asked, environment=of_its_own, directory=child.directory, log=child.log, piped=True)

    if FORKS:
        processes._spawn = spawn
    try:
        yield
    finally:
        processes._spawn = executed


def main(channel: socket.socket) -> tuple[str, ...] | None:
    """Fork until nobody asks any more; in a fork, the arguments it was asked for with."""
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, AT_MOST, 2)
        if not message:
            return None
        asked = json.loads(message)
        if "pid" in asked:
            channel.send(json.dumps(_ended(asked["pid"])).encode())
            continue
        pid = os.fork()
        if pid == 0:
            channel.close()
            _become(asked, descriptors)
            return tuple(asked["arguments"])
        for one in descriptors:
            os.close(one)
        channel.send(str(pid).encode())


def _ended(pid: int) -> Asked | None:
    found, status, used = os.wait4(pid, os.WNOHANG)
    if not found:
        return None
    return {"status": os.waitstatus_to_exitcode(status), "computed": used.ru_utime + used.ru_stime}


def _become(asked: Asked, descriptors: list[int]) -> None:
    """What `subprocess.Popen` does between fork and exec."""
    os.setsid()
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    standard_input, log = descriptors
    for place, one in enumerate((standard_input, log, log)):
        os.dup2(one, place)
    os.closerange(3, max(descriptors) + 1)


if __name__ == "__main__":
    arguments = main(socket.socket(fileno=int(sys.argv[1])))
    if arguments is not None:
        sys.argv = ["caunoi", *arguments]
        runpy.run_module("caunoi", run_name="__main__", alter_sys=True)
