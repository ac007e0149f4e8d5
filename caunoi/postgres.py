"""Embedded PostgreSQL: our own launcher around somebody's binaries.

The server listens on one Unix socket in a 0700 directory and nowhere else; whoever can enter that directory is trusted.
It is durable (fsync, synchronous_commit, full_page_writes) and has data checksums. It outlives a Ctrl-C, because it is
in a session of its own, until `stop`. Two programs on one home share one server; the last to leave stops it.

As root, PostgreSQL runs as an unprivileged number: see `unprivileged`. Its socket is bound by a path relative to the
data directory, because nothing above that is open to it.

Not here: tuning, backup, upgrades, replication, TLS. A production server is `CAUNOI_DATABASE_URL`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from psycopg.conninfo import make_conninfo

from caunoi import binaries as programs
from caunoi.database import Server, version_at
from caunoi.errors import PostgresError
from caunoi.home import Home
from caunoi.locks import FileLock
from caunoi.unprivileged import disown, hand_over, named_user

USER = "caunoi"
# The system's limit is 107 bytes and a zero on Linux, 103 and a zero on macOS and the BSDs.
SOCKET_PATH_LIMIT = 103

_SOCKET_NAME = ".s.PGSQL.5432"
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_directories": "../socket",
    "port": "5432",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "logging_collector": "off",
    "log_destination": "stderr",
    # A failing statement and its DETAIL hold values; the log is to hold none.
    "log_statement": "none",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_LOG = "run/postgres.log"
# After a crash the old server's processes need a moment to notice; until then PostgreSQL refuses the shared memory.
_ORPHANS_LEAVE_WITHIN = 5.0


class Embedded:
    """The server of one home. Use it as a context manager, or `start` and `stop`."""

    def __init__(self, home: Home, *, binaries: Path | None = None, start_within: float = 60.0) -> None:
        self._home = home
        self._binaries = binaries
        self._start_within = start_within
        self._change = FileLock(home.run / "postgres.change")
        self._use = FileLock(home.run / "postgres.use")
        self._child: subprocess.Popen[bytes] | None = None
        self._link: Path | None = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Server:
        """Start the server, or join the one that runs; make its data directory the first time.

        Raises:
            HomeError: the home is not private.
            PostgresError: no binaries, wrong version, or it does not start; then nothing is left running.
        """
        self._home.prepare()
        try:
            with self._change.held():
                self._use.share()
                return self._join_or_launch()
        except BaseException:
            # Ctrl-C may come while the server starts.
            self.stop()
            raise

    def _join_or_launch(self) -> Server:
        directory = self._socket_directory()
        dsn = make_conninfo(host=str(directory), port=5432, user=USER, dbname="postgres")
        if self.pid() is not None:
            version = self._wait(dsn)
            if version is not None:
                return Server(dsn=dsn, version=version, source="running", socket_directory=directory)
            if self.pid() is not None:
                raise PostgresError("postgres_not_started", log=_LOG)
        found = programs.find(data_version=self._data_version(), chosen=self._binaries)
        if os.geteuid() == 0:
            found = programs.reachable(found)
        if not self._home.postgres_data.exists():
            self._make_data(found)
        version = self._launch(found, dsn)
        return Server(dsn=dsn, version=version, source=found.source, socket_directory=directory)

    def stop(self) -> None:
        """Stop the server if nobody else uses it; whoever is connected is disconnected.

        Raises:
            PostgresError: it does not stop, not even when told to drop everything.
        """
        if self._link is not None:
            (self._link / "s").unlink(missing_ok=True)
            self._link.rmdir()
            self._link = None
        if not self._use.is_held:
            return
        with self._change.held():
            alone = self._use.try_alone()
            self._use.release()
            pid = self.pid()
            if not alone or pid is None:
                return
            # Fast, then at once (PostgreSQL recovers at the next start), then without asking.
            for number, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
                if self._gone(pid, seconds):
                    return
            raise PostgresError("postgres_not_stopped", pid=pid)

    def pid(self) -> int | None:
        """Give the process id of the server that runs on our data directory, if one does."""
        try:
            pid = int((self._home.postgres_data / "postmaster.pid").read_text("ascii").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if is_server(pid, self._home.postgres_data) else None

    def _socket_directory(self) -> Path:
        if self._link is not None:
            return self._link / "s"
        direct = self._home.postgres_socket
        if _fits(direct):
            return direct
        # The server binds by a relative path and does not mind; a client's path may be a link.
        private = Path(tempfile.mkdtemp(prefix="caunoi-"))
        if not _fits(private / "s"):
            private.rmdir()
            raise PostgresError("postgres_socket_too_long")
        (private / "s").symlink_to(direct)
        self._link = private
        return private / "s"

    def _data_version(self) -> int | None:
        if not self._home.postgres_data.exists():
            return None
        try:
            return int((self._home.postgres_data / "PG_VERSION").read_text("ascii"))
        except (FileNotFoundError, ValueError):
            raise PostgresError("postgres_data_unreadable") from None

    def _make_data(self, found: programs.Binaries) -> None:
        """Run initdb beside the place and move the result there, so that half a directory is never taken for one."""
        fresh = self._home.postgres / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        maker = named_user() if os.geteuid() == 0 else None
        if maker is not None:
            os.chown(fresh, maker, maker)
        with self._log() as log, hand_over(fresh, maker) as handed:
            made = subprocess.run(
                [
                    *(str(found.directory / "initdb"), "--pgdata", handed.path, "--username", USER),
                    *("--auth-local", "trust", "--auth-host", "reject", "--encoding", "UTF8", "--locale", "C"),
                    *("--data-checksums", "--no-instructions"),
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=_ENVIRONMENT, check=False,
                user=handed.user, group=handed.user, extra_groups=handed.groups, pass_fds=handed.descriptors,
            )  # fmt: skip
        if made.returncode != 0:
            raise PostgresError("postgres_initdb_failed", status=made.returncode, log=_LOG)
        if maker is not None:
            disown(fresh)
        fresh.rename(self._home.postgres_data)

    def _launch(self, found: programs.Binaries, dsn: str) -> int:
        """Run `postgres` and give its version once it answers."""
        lock_file = self._home.postgres_data / "postmaster.pid"
        crashed = lock_file.exists()
        # Its process is gone; PostgreSQL would refuse if the number is in use again, as it soon is in a container.
        # What a crashed server left running it still finds, by the shared memory of the directory (PostgreSQL 12).
        socket = self._home.postgres_socket / _SOCKET_NAME
        for stale in (lock_file, socket.with_name(_SOCKET_NAME + ".lock"), socket):
            stale.unlink(missing_ok=True)
        last_try = time.monotonic() + (_ORPHANS_LEAVE_WITHIN if crashed else 0.0)
        while True:
            self._child = self._spawn(found)
            version = self._wait(dsn)
            if version is not None:
                return version
            if self._child.poll() is None or time.monotonic() >= last_try:
                raise PostgresError("postgres_not_started", log=_LOG)
            time.sleep(0.2)

    def _spawn(self, found: programs.Binaries) -> subprocess.Popen[bytes]:
        options = [part for name, setting in _OPTIONS.items() for part in ("-c", f"{name}={setting}")]
        with self._log() as log, hand_over(self._home.postgres_data, self._owner()) as handed:
            return subprocess.Popen(
                [str(found.directory / "postgres"), "-D", handed.path, *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=_ENVIRONMENT, start_new_session=True,
                user=handed.user, group=handed.user, extra_groups=handed.groups, pass_fds=handed.descriptors,
            )  # fmt: skip

    def _owner(self) -> int | None:
        """Give the user to run as, and let it reach the socket; None to stay who we are."""
        if os.geteuid() != 0:
            return None
        owner = self._home.postgres_data.stat().st_uid
        if owner == 0:
            raise PostgresError("postgres_data_unreadable")
        for directory in (self._home.postgres, self._home.postgres_socket):
            os.chown(directory, owner, owner)
        return owner

    def _log(self) -> BinaryIO:
        path = self._home.root / _LOG
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600), "ab")

    def _wait(self, dsn: str) -> int | None:
        """Give the server's version once it answers, or None once it has ended or time is up."""
        deadline = time.monotonic() + self._start_within
        while time.monotonic() < deadline:
            version = version_at(dsn)
            if version is not None:
                return version
            ended = self._child.poll() is not None if self._child else self.pid() is None
            if ended:
                return None
            time.sleep(0.01)
        return None

    def _gone(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._child is not None:
                self._child.poll()
            if not is_server(pid, self._home.postgres_data):
                if self._child is not None and self._child.pid == pid:
                    self._child.wait()  # else what it leaves in the table of processes looks like one
                return True
            time.sleep(0.01)
        return False


def is_server(pid: int, data: Path) -> bool:
    """Say whether this process is a PostgreSQL that runs on this data directory, and not one that got its number."""
    process = Path("/proc") / str(pid)
    try:
        if not Path("/proc/self").exists():
            os.kill(pid, 0)
            return True
        name, state = process.joinpath("stat").read_text("utf-8", "replace").partition("(")[2].rsplit(")", 1)
        if name != "postgres" or state.split()[0] == "Z" or process.stat().st_uid != data.stat().st_uid:
            return False
        return data.samefile(process / "cwd")
    except PermissionError:
        # A container's root may not look into another user's process. What it could see fits.
        return True
    except (FileNotFoundError, ProcessLookupError):
        return False


def _fits(directory: Path) -> bool:
    return len(os.fsencode(directory / _SOCKET_NAME)) <= SOCKET_PATH_LIMIT
