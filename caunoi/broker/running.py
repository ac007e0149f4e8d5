"""One broker in one directory: formatted once, started, stopped gently or not, started again on the same ports.

Whoever runs it holds a lock on the directory. What one that was killed left running is ended before the next starts.

Every listener is on 127.0.0.1. Two ways in: everybody may do everything (`make kafka`, most tests), or TLS with
SCRAM-SHA-512 and access lists (`Guarded`), as an operator would set it up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from caunoi.broker.jars import DIRECTORY, missing
from caunoi.errors import BrokerError
from caunoi.locks import FileLock

START_WITHIN = 60.0  # seconds; two on a quiet machine
STOP_WITHIN = 20.0
# One core is enough and little memory: a broker for one machine, beside everything else that runs there.
JAVA = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %m (%c)%n
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """TLS and passwords: PEM files of the broker's certificate chain with its key; the users, `admin` among them.

    clients: PEM file of the authorities whose certificates let clients in, by a way of their own (mTLS). The common
    name of such a certificate is the user.
    """

    certificate: Path
    passwords: Mapping[str, str] = field(repr=False)
    admin: str = "admin"
    clients: Path | None = None


class Broker:
    """A broker on a directory of its own. Use it as a context manager, or `start` and `stop`."""

    def __init__(
        self, directory: Path, *, port: int = 0, guarded: Guarded | None = None, jars: Path = DIRECTORY
    ) -> None:
        self._directory = directory
        self._guarded = guarded
        self._jars = jars
        self._child: subprocess.Popen[bytes] | None = None
        self._settings = directory / "server.properties"
        self._pid_file = directory / "broker.pid"
        self._lock = FileLock(directory / "broker.lock")
        self.port = port or free_port()
        self._controller = free_port()
        self._certified = free_port()

    @property
    def address(self) -> str:
        """Where clients find it: ``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self.port}"

    @property
    def certified_address(self) -> str:
        """Where clients with a certificate find it, if it is guarded so."""
        return f"127.0.0.1:{self._certified}"

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it answers; what it knew when it ran last is there.

        Raises:
            BrokerError: no Java, no jars, it runs already, or it does not start; then nothing is left running.
        """
        program = self._program()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._lock.is_held and not self._lock.try_hold():
            raise BrokerError("broker_running")
        try:
            self._end_left_over()
            self._configure()
            if not (self._directory / "data" / "meta.properties").exists():
                self._format(program)
            with self._log() as log:
                self._child = subprocess.Popen(
                    [*program, "kafka.Kafka", str(self._settings)],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env={"LC_ALL": "C"},
                )  # fmt: skip
            self._pid_file.write_text(f"{self._child.pid}\n", "ascii")
            self._wait()
        except BaseException:
            self.kill()
            self._lock.release()
            raise

    def stop(self) -> None:
        """Stop it gently: what it has is on disk; without asking, where it takes too long."""
        if self._child is None:
            return
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(STOP_WITHIN)
        self.kill()
        self._lock.release()

    def kill(self) -> None:
        """Kill it as a power cut would end it, and wait until it is gone."""
        if self._child is not None:
            if self._child.poll() is None:
                self._child.kill()
            self._child.wait()
            self._child = None
            self._pid_file.unlink(missing_ok=True)

    def _program(self) -> list[str]:
        java = find_java()
        if missing(self._jars):
            raise BrokerError("broker_no_jars")
        logging = f"-Dlog4j2.configurationFile={self._directory}/log4j2.properties"
        return [java, *JAVA, logging, "-cp", f"{self._jars}/*"]

    def _end_left_over(self) -> None:
        """End the broker of somebody who was killed: the lock says that nobody runs it, and it still has the data."""
        try:
            pid = int(self._pid_file.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return
        if str(self._settings) not in arguments_of(pid):
            return  # it has ended, and the number may be somebody else's
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + STOP_WITHIN
        while str(self._settings) in arguments_of(pid) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _configure(self) -> None:
        """Write its settings; its ports may be others than those of last time."""
        (self._directory / "log4j2.properties").write_text(LOGGING, "ascii")
        lines = [f"{name}={setting}\n" for name, setting in self._properties().items()]
        self._settings.touch(mode=0o600)
        self._settings.write_text("".join(lines), "utf-8")

    def _format(self, program: list[str]) -> None:
        """Give its directory an id, and the passwords of its users."""
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()  # one in 64 begins with a hyphen
        users = self._guarded.passwords if self._guarded else {}
        scram = [f"--add-scram=SCRAM-SHA-512=[name={name},password={word}]" for name, word in users.items()]
        asked = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._settings), *scram]
        with self._log() as log:
            done = subprocess.run([*program, *asked], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if done.returncode != 0:
            raise BrokerError("broker_not_started", status=done.returncode)

    def _properties(self) -> dict[str, str]:
        ways = {"CLIENT": (self.address, "SASL_SSL" if self._guarded else "PLAINTEXT")}
        if self._guarded is not None and self._guarded.clients is not None:
            ways["CERTIFIED"] = (self.certified_address, "SSL")
        listeners = ",".join(f"{name}://{address}" for name, (address, _) in ways.items())
        protocols = "".join(f",{name}:{protocol}" for name, (_, protocol) in ways.items())
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{listeners},CONTROLLER://127.0.0.1:{self._controller}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT{protocols}",
            "inter.broker.listener.name": "CLIENT",
            "log.dirs": f"{self._directory}/data",
            "auto.create.topics.enable": "false",
            "message.max.bytes": str(32 * 1024 * 1024),
            "replica.fetch.max.bytes": str(32 * 1024 * 1024),
            # One node has no other to copy to, and a group need not wait for members of another machine.
            **dict.fromkeys(("offsets.topic.num.partitions", "transaction.state.log.num.partitions"), "1"),
            **dict.fromkeys(("offsets.topic.replication.factor", "transaction.state.log.replication.factor"), "1"),
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # After a kill it may come back at once, and need not wait until its own old session has run out.
            "broker.heartbeat.interval.ms": "200",
            "broker.session.timeout.ms": "1000",
            **(self._guards(self._guarded) if self._guarded else {}),
        }

    def _guards(self, guarded: Guarded) -> dict[str, str]:
        module = "org.apache.kafka.common.security.scram.ScramLoginModule"
        login = f'{module} required username="{guarded.admin}" password="{guarded.passwords[guarded.admin]}";'
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(guarded.certificate),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(guarded.certificate),
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.client.scram-sha-512.sasl.jaas.config": login,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # The controller's own listener is on loopback and known to nobody else; it speaks as ANONYMOUS.
            "super.users": f"User:{guarded.admin};User:ANONYMOUS",
            **(self._certifies(guarded.clients) if guarded.clients else {}),
        }

    def _certifies(self, clients: Path) -> dict[str, str]:
        settings = {
            # Not "requested": who came without one would be ANONYMOUS, who may do everything here.
            "ssl.client.auth": "required",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(clients),
            # The whole of a name that is a common name and nothing else; any other stays as it is, and is nobody.
            "ssl.principal.mapping.rules": "RULE:^CN=([a-z][a-z0-9-]*)$/$1/,DEFAULT",
        }
        return {f"listener.name.certified.{name}": setting for name, setting in settings.items()}

    def _wait(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            if self._child is None or self._child.poll() is not None:
                raise BrokerError("broker_not_started", status=self._child.returncode if self._child else 0)
            time.sleep(0.05)
        raise BrokerError("broker_not_started", status=0)

    def _log(self) -> BinaryIO:
        return (self._directory / "broker.log").open("ab")


def check_programs(jars: Path = DIRECTORY) -> None:
    """See that there is something to start a broker with.

    Raises:
        BrokerError: no Java, or no jars.
    """
    find_java()
    if missing(jars):
        raise BrokerError("broker_no_jars")


def find_java() -> str:
    """The Java to run it with.

    Raises:
        BrokerError: there is none.
    """
    java = shutil.which("java")
    if java is None:
        raise BrokerError("broker_no_java")
    return java


def arguments_of(pid: int) -> str:
    """The command line of a process; empty where there is none."""
    process = Path("/proc") / str(pid)
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        return ""
    asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, check=False, text=True).stdout


def free_port() -> int:
    """A port on loopback that nobody uses just now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
