"""Our own processes: starting them, waiting until they are ready, and leaving none behind.

A child gets a list of arguments (no shell), an environment of its own and nothing inherited, a session of its own so
that Ctrl-C reaches only us, its output in a log file, and the reading end of a pipe as standard input. We hold the
other end and never write: when we are gone, for whatever reason, the child reads the end of it and stops itself
(`caunoi.ending`).

A child says where it listens (`caunoi.listening`), and is ready when `GET /readyz` there answers 200, or what else
says so. One that ends by itself is started again, a bounded number of times. Needs POSIX: sessions, groups, signals.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from caunoi.ending import STOP_WITHIN
from caunoi.errors import ChildError, UnavailableError
from caunoi.listening import is_ready, read_port

# So often one child may end by itself within so many seconds. Each time we wait longer before it is started again:
# 0, 0.5, 1, 2 … seconds, in which a database that restarts has come back.
RESTARTS = 6
RESTARTS_WITHIN = 120.0
RESTART_PAUSE = 0.25
_LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What to start."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    port_file: Path
    pid_file: Path
    ready_within: float = 60.0
    ready: Callable[[int], bool] = is_ready  # asked with its port
    scratch: Path | None = None  # where it keeps files for a moment; removed when it has ended, however it ended


@dataclass(frozen=True, slots=True)
class Running:
    """A child that answered."""

    child: Child
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid


class Supervisor:
    """The children of this program, in the order they were started. A context manager: its end stops them all.

    Args:
        beneath: called before a child is started again: sees that what the children stand on runs.
        told: called with the name and exit status of a child that is started again.
    """

    def __init__(
        self, *, beneath: Callable[[], None] = lambda: None, told: Callable[[str, int], None] = lambda _n, _s: None
    ) -> None:
        self._running: dict[str, Running] = {}
        self._beneath = beneath
        self._told = told
        self._restarts: dict[str, list[float]] = defaultdict(list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, child: Child) -> Running:
        """Start a child and wait until it is ready; one of that name that has ended is replaced.

        Raises:
            ChildError: it ended, or was not ready in time; then it does not run.
        """
        previous = self._running.get(child.name)
        if previous is not None:
            _end(previous.child, previous.process)
        child.port_file.unlink(missing_ok=True)
        process = _spawn(child)
        try:
            child.pid_file.write_text(f"{process.pid}\n", "ascii")
            running = Running(child, _wait_ready(child, process), process)
        except BaseException:
            # Ctrl-C may come here too.
            _end(child, process)
            raise
        self._running[child.name] = running
        return running

    def running(self) -> dict[str, Running]:
        """The children by name, in the order they were first started."""
        return dict(self._running)

    def stop_one(self, name: str) -> None:
        """Stop one child if it runs."""
        running = self._running.pop(name, None)
        if running is not None:
            _end(running.child, running.process)

    def stop(self) -> None:
        """Stop all children, the last started first."""
        for name in reversed(list(self._running)):
            self.stop_one(name)

    def check(self) -> None:
        """See that all children run.

        Raises:
            ChildError: one has ended.
        """
        for name, running in self._running.items():
            status = running.process.poll()
            if status is not None:
                raise ChildError("child_ended", name=name, status=status)

    def mend(self) -> None:
        """Start again what has ended by itself, in the order of the first start.

        What does not come back is left for the next call, and what was started after it: it may stand on it.

        Raises:
            ChildError: a child ended too often.
        """
        for name, running in self.running().items():
            status = running.process.poll()
            if status is None:
                continue
            self._pause(name, status)
            self._told(name, status)
            try:
                self._beneath()
                self.start(running.child)
            except UnavailableError:
                return

    def _pause(self, name: str, status: int) -> None:
        now = time.monotonic()
        recent = [at for at in self._restarts[name] if now - at < RESTARTS_WITHIN]
        self._restarts[name] = [*recent, now]
        if len(recent) >= RESTARTS:
            raise ChildError("child_keeps_ending", name=name, status=status, count=len(recent))
        if recent:
            time.sleep(RESTART_PAUSE * 2.0 ** len(recent))

    def watch(self) -> None:
        """Keep the children running until Ctrl-C or SIGTERM (see `interrupted_once`).

        Raises:
            KeyboardInterrupt: one of them came.
            ChildError: a child ended too often.
        """
        while True:
            self.mend()
            time.sleep(0.2)


@contextlib.contextmanager
def interrupted_once() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into KeyboardInterrupt, and ignore more, so that tidying up can finish.

    Goes around everything that is to be tidied up; only in the main thread.
    """
    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in caught:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _spawn(child: Child) -> subprocess.Popen[bytes]:
    log = os.open(child.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        return subprocess.Popen(
            child.arguments,
            env=dict(child.environment),
            cwd=child.directory,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)


def _wait_ready(child: Child, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + child.ready_within
    while time.monotonic() < deadline:
        status = process.poll()
        if status is not None:
            raise ChildError("child_ended", name=child.name, status=status)
        port = read_port(child.port_file)
        if port is not None and child.ready(port):
            return port
        time.sleep(_LOOK_EVERY)
    raise ChildError("child_not_ready", name=child.name, seconds=int(child.ready_within))


def _end(child: Child, process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, a bounded wait, then SIGKILL, to all of the child's group; its pid, port and scratch files go."""
    # Once it has been waited for, its number may be somebody else's.
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stdin is not None:
        process.stdin.close()
    child.port_file.unlink(missing_ok=True)
    child.pid_file.unlink(missing_ok=True)
    if child.scratch is not None:
        shutil.rmtree(child.scratch, ignore_errors=True)
