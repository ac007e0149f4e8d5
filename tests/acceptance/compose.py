"""The services of docker-compose.yml as processes of this machine: their own commands, settings, secrets and volumes.

Only what a container engine would provide is replaced: hosts, ports, the paths of secrets, configs and volumes. A
volume is a directory; a service sees those it mounts and no other. The servers that are not ours are started from
their own programs: PostgreSQL, and Kafka with the settings that its image would be given.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql
from psycopg.conninfo import make_conninfo
from typing_extensions import override

from caunoi import binaries
from caunoi.broker.running import Broker
from caunoi.listening import is_ready
from caunoi.unprivileged import named_user

ROOT = Path(__file__).parents[2]
HOME, PUBLIC = "/var/lib/caunoi", "/public"
SUPERUSER, ADMINISTRATOR = "superuser", "postgres"
SERVERS = frozenset({"postgres", "kafka"})  # not ours
KAFKA = "kafka:9092"
_EVERYWHERE = ".".join("0000")  # replaced, never listened on
STARTS_WITHIN = 60.0  # seconds


def free_port() -> int:
    """A port of the loopback nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def production_postgres(*, password: str, database: str) -> Iterator[int]:
    """A server that the program did not start: TCP on the loopback, a password for everybody. Gives its port."""
    found = binaries.find(data_version=None)
    user = None
    if os.geteuid() == 0:
        found, user = binaries.reachable(found), named_user()
    with tempfile.TemporaryDirectory(prefix="caunoi-pg-") as parent:
        data, word, port = Path(parent) / "data", Path(parent) / "word", free_port()
        word.write_text(password, "utf-8")
        for path in (Path(parent), word):
            os.chown(path, -1 if user is None else user, -1)
        initdb = [str(found.directory / "initdb"), "-D", str(data), "-U", SUPERUSER, f"--pwfile={word}"]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        quiet: dict[str, Any] = {"cwd": "/", "user": user, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*initdb, *options], check=True, **quiet)
        serving = [str(found.directory / "postgres"), "-D", str(data), "-p", str(port), "-k", "", "-h", "127.0.0.1"]
        with subprocess.Popen(serving, **quiet) as server:
            try:
                _create(
                    make_conninfo(host="127.0.0.1", port=port, user=SUPERUSER, password=password), database, password
                )
                yield port
            finally:
                server.send_signal(signal.SIGINT)  # "fast": whoever is connected is disconnected


def _create(dsn: str, database: str, password: str) -> None:
    """The database, and an owner of it who is no superuser, as on a server that somebody else runs."""
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            with psycopg.connect(dsn, dbname="postgres", autocommit=True) as connection:
                owner = sql.Identifier(ADMINISTRATOR)
                create = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
                connection.execute(create.format(owner, sql.Literal(password)))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), owner))
                return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class ImageBroker(Broker):
    """A broker with the settings that the compose file gives to the image: `KAFKA_NODE_ID` is `node.id`."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        super().__init__(directory)
        self._environment = environment

    @override
    def _properties(self) -> dict[str, str]:
        places = {"9092": str(self.port), "9093": str(self._controller), "//kafka:": "//127.0.0.1:"}
        places |= {"CLIENT://:": "CLIENT://127.0.0.1:", "/var/lib/kafka/data": f"{self._directory}/data"}
        found: dict[str, str] = {}
        for name, setting in self._environment.items():
            if name.startswith("KAFKA_"):
                for inside, here in places.items():
                    setting = setting.replace(inside, here)  # noqa: PLW2901
                found[name.removeprefix("KAFKA_").replace("_", ".").lower()] = setting
        return found


@dataclass(slots=True)
class Compose:
    """The compose file's services, below one directory. `postgres` is the port of the server."""

    root: Path
    postgres: int
    profiles: str = ""
    """What COMPOSE_PROFILES says."""
    over: str = ""
    """What CAUNOI_NODE_OVER says."""
    broker: Broker | None = None
    roles: dict[str, str] = field(default_factory=dict)
    """Passwords by role, made up here, as the operator makes them up."""
    _file: dict[str, Any] = field(default_factory=dict)
    _ports: dict[str, int] = field(default_factory=dict)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._file = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
        for service in self._file["services"].values():
            for port in service.get("ports", ()):
                self._ports[port.rpartition(":")[2]] = free_port()
        for directory in ("secrets", "volumes", "public", "logs"):
            (self.root / directory).mkdir(mode=0o700)
        for name in self._file["volumes"]:
            (self.root / "volumes" / name).mkdir(mode=0o700)

    @property
    def services(self) -> dict[str, Any]:
        """Our own services by name, in an order that keeps `depends_on`: those of no profile and of those asked for."""
        found: dict[str, Any] = {}
        active = {*self.profiles.split(","), None}
        waiting = {
            name: one
            for name, one in self._file["services"].items()
            if name not in SERVERS and not active.isdisjoint(one.get("profiles", (None,)))
        }
        while waiting:
            ready = [n for n, one in waiting.items() if not (one.get("depends_on", {}).keys() & waiting.keys())]
            assert ready, "services wait for one another"
            found.update({name: waiting.pop(name) for name in ready})
        return found

    def make_secrets(self, *, administrator: str) -> None:
        """The files an operator writes: a pass file for each database login named, a pass phrase for each key store."""
        logins = {"pgpass_owner": [ADMINISTRATOR], "pgpass_hub": ["caunoi_writer", "caunoi_eraser", "caunoi_relay"]}
        for service in self.services.values():
            login = re.match(r"postgresql://(node_\w+)@", service["environment"].get("CAUNOI_DATABASE_URL", ""))
            if login:
                logins[next(name for name in service["secrets"] if name.startswith("pgpass"))] = [login[1]]
        self.roles = {role: "p\\:" + secrets.token_hex(8) for roles in logins.values() for role in roles}
        self.roles |= {SUPERUSER: administrator, ADMINISTRATOR: administrator}
        for name in self._file["secrets"]:
            path = self.root / "secrets" / name
            lines = [f"127.0.0.1:*:caunoi:{role}:{self.roles[role]}" for role in logins.get(name, ())]
            path.write_text("\n".join(lines) + "\n" if lines else secrets.token_hex(16), "utf-8")
            path.chmod(0o400)

    def environment(self, name: str) -> dict[str, str]:
        """A service's environment on this machine, and nothing inherited but where programs are."""
        service = self.services[name]
        mounted = dict(volume.split(":")[:2][::-1] for volume in service.get("volumes", ()))
        public = self.root / "public" / name
        public.mkdir(exist_ok=True)
        for path, volume in mounted.items():
            if path.startswith(PUBLIC + "/") and not (public / Path(path).name).exists():
                (public / Path(path).name).symlink_to(self.root / "volumes" / volume)
        home = self.root / "volumes" / mounted[HOME] if HOME in mounted else self.root / "volumes" / f"none-{name}"
        given = {key: self._here(value, service, public) for key, value in service["environment"].items()}
        return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "CAUNOI_HOME": str(home), **given}

    def command(self, name: str) -> list[str]:
        """A service's command on this machine."""
        service = self.services[name]
        return [sys.executable, "-m", "caunoi", *(self._here(part, service, Path()) for part in service["command"])]

    def up(self, *names: str) -> None:
        """Run services: to their end, or until their health checks would pass."""
        for name in names:
            log = self.root / "logs" / name
            with log.open("ab") as out:
                command, environment = self.command(name), self.environment(name)
                if self.services[name]["restart"] == "no":
                    done = subprocess.run(command, env=environment, stdout=out, stderr=out, check=False, timeout=120)
                    assert done.returncode == 0, log.read_text("utf-8")
                    continue
                self._running[name] = subprocess.Popen(
                    command, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL
                )
        deadline = time.monotonic() + STARTS_WITHIN
        for name in names:
            while name in self._running and not is_ready(self.port(name)):
                assert self._running[name].poll() is None, self.log(name)
                assert time.monotonic() < deadline, self.log(name)
                time.sleep(0.1)

    def run_in(self, name: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """What `docker compose exec NAME caunoi …` does."""
        command = [sys.executable, "-m", "caunoi", *arguments]
        environment = self.environment(name)
        return subprocess.run(command, env=environment, input=given, capture_output=True, check=False, timeout=120)

    @contextlib.contextmanager
    def with_kafka(self) -> Iterator[None]:
        """What the profile, CAUNOI_NODE_OVER=kafka and `docker compose up` make of what runs; then `up` without."""
        self.broker = ImageBroker(self.root / "broker", self._file["services"]["kafka"]["environment"])
        over_it = [name for name, one in self._file["services"].items() if "CAUNOI_NODE_OVER" in one["environment"]]
        try:
            self.broker.start()
            self.profiles, self.over = "kafka,another", "kafka"
            self.down(*over_it)
            self.up("topics", "hub-kafka", *over_it)
            yield
        finally:
            self.down(*({"hub-kafka", *over_it} & self._running.keys()))
            self.broker.stop()
            self.profiles, self.over = "", ""
            self.up(*over_it)

    def port(self, name: str) -> int:
        """Where a service is published."""
        return self._ports[self.services[name]["ports"][0].rpartition(":")[2]]

    def pid(self, name: str) -> int:
        """The process of a service that runs."""
        return self._running[name].pid

    def get(self, name: str, path: str) -> Any:
        """A service's answer to a plain GET."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port(name)}{path}", timeout=10) as answer:
            return json.loads(answer.read())

    def log(self, name: str) -> str:
        """What a service has printed."""
        return (self.root / "logs" / name).read_text("utf-8")

    def down(self, *names: str) -> None:
        """Stop these services, or all that run, the last started first."""
        for name in names or tuple(reversed(self._running)):
            process = self._running.pop(name)
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def dsn(self, role: str) -> str:
        """A login as one of the roles, with its own password."""
        password = re.sub(r"\\(.)", r"\1", self.roles[role])
        return make_conninfo(host="127.0.0.1", port=self.postgres, dbname="caunoi", user=role, password=password)

    def _here(self, text: str, service: dict[str, Any], public: Path) -> str:
        text = re.sub(r"\$\{CAUNOI_NODE_OVER:-(\w*)\}", lambda found: self.over or found[1], text)
        if self.broker is not None:
            text = text.replace(KAFKA, self.broker.address)
        for one in service.get("configs", ()):
            text = text.replace(one["target"], str(ROOT / self._file["configs"][one["source"]]["file"]))
        text = re.sub(r"/run/secrets/(\w+)", lambda found: str(self._secret(found[1], service)), text)
        text = text.replace("@postgres/", f"@127.0.0.1:{self.postgres}/").replace(_EVERYWHERE, "127.0.0.1")
        for inside, port in self._ports.items():
            text = re.sub(rf"\b{inside}\b", str(port), text.replace(f"//hub:{inside}", f"//127.0.0.1:{inside}"))
        return str(public) if text == PUBLIC else text

    def _secret(self, name: str, service: dict[str, Any]) -> Path:
        assert name in service["secrets"], name
        return self.root / "secrets" / name
