"""CAUNOI_HOME: where everything this program keeps lies, written down once.

    postgres/          the embedded PostgreSQL's; as root it belongs to the user that PostgreSQL runs as
      data/  socket/
    hub/               the hub's key store, the shred keys, the signer's last head, its log
    nodes/<agency>/    one agency's key store, the key of that store, view keys, officers' tokens, its log;
                       files that are just being taken in
    keys/              the registrar's key store and receipts; the public keys an auditor needs
    run/               locks, logs of PostgreSQL, and for each process NAME.port and NAME.pid
    demo/              the made-up files of the worked example
    kafka/             the Kafka broker's, where one was started here

Every directory is 0700. One that is found wider is refused and not repaired: who knows what was read meanwhile.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import Path

from caunoi.errors import HomeError
from domain.wording import Language, say
from sealing import files

_AGENCY = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True, slots=True)
class NodeHome:
    """One agency's own directory."""

    root: Path

    @property
    def keystore(self) -> Path:
        """The agency's private keys, under the key of `kek`."""
        return self.root / "keystore.json"

    @property
    def kek(self) -> Path:
        """The key of the key store, where `CAUNOI_KEK=file:`."""
        return self.root / "kek"

    @property
    def view_keys(self) -> Path:
        """The keys of the views, one for each case."""
        return self.root / "view-keys.json"

    @property
    def officers(self) -> Path:
        """The officers' tokens."""
        return self.root / "officers.json"

    @property
    def taking(self) -> Path:
        """Files that are just being taken in, in the clear; emptied when the node has ended and when it starts."""
        return self.root / "taking"

    @property
    def log(self) -> Path:
        """What the node's process prints."""
        return self.root / "node.log"


@dataclass(frozen=True, slots=True)
class HubHome:
    """The hub's own directory."""

    root: Path

    @property
    def keystore(self) -> Path:
        """The hub's signing key, under the key of `kek`."""
        return self.root / "keystore.json"

    @property
    def kek(self) -> Path:
        """The key of the key store, where `CAUNOI_KEK=file:`."""
        return self.root / "kek"

    @property
    def intake_keystore(self) -> Path:
        """The key that opens carried bundles; the hub's process does not open it."""
        return self.root / "intake.json"

    @property
    def intake_kek(self) -> Path:
        """The key of that key store, where `CAUNOI_KEK=file:`."""
        return self.root / "intake.kek"

    @property
    def day_keystore(self) -> Path:
        """The keys of the days that open what comes over Kafka; only `caunoi kafka` opens it."""
        return self.root / "kafka.json"

    @property
    def day_kek(self) -> Path:
        """The key of that key store, where `CAUNOI_KEK=file:`."""
        return self.root / "kafka.kek"

    @property
    def shred_keys(self) -> Path:
        """The outer lock of every case's grants; without them nobody opens a grant."""
        return self.root / "shred-keys.json"

    @property
    def head(self) -> Path:
        """The last head that was signed, kept outside PostgreSQL so that a rollback is noticed."""
        return self.root / "head"

    @property
    def kafka_log(self) -> Path:
        """What the Kafka door's process prints."""
        return self.root / "kafka.log"

    @property
    def log(self) -> Path:
        """What the hub's process prints."""
        return self.root / "hub.log"


@dataclass(frozen=True, slots=True)
class Home:
    """The layout below one root. Nothing is made before `prepare`."""

    root: Path

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL's directory."""
        return self.root / "postgres"

    @property
    def postgres_data(self) -> Path:
        """Its data directory (PGDATA)."""
        return self.postgres / "data"

    @property
    def postgres_socket(self) -> Path:
        """The directory its socket lies in."""
        return self.postgres / "socket"

    @property
    def hub(self) -> HubHome:
        """The hub's directory."""
        return HubHome(self.root / "hub")

    @property
    def nodes(self) -> Path:
        """Above the agencies' directories."""
        return self.root / "nodes"

    @property
    def keys(self) -> Path:
        """The registrar's keys and everybody's public ones."""
        return self.root / "keys"

    @property
    def registrar_keystore(self) -> Path:
        """The registrar's private key."""
        return self.keys / "registrar.json"

    @property
    def registrar_kek(self) -> Path:
        """The key of the registrar's key store, where `CAUNOI_KEK=file:`."""
        return self.keys / "registrar.kek"

    @property
    def registrar_receipts(self) -> Path:
        """The hub's receipts to the registrar, a line of JSON each."""
        return self.keys / "registrar-receipts.ndjson"

    @property
    def auditor_keys(self) -> Path:
        """The public keys an auditor pins: the registrar's and the hub's."""
        return self.keys / "auditor.json"

    @property
    def run(self) -> Path:
        """Locks, logs, pid and port files."""
        return self.root / "run"

    @property
    def demo(self) -> Path:
        """The worked example's files."""
        return self.root / "demo"

    @property
    def kafka(self) -> Path:
        """The directory of the Kafka broker that is started here."""
        return self.root / "kafka"

    def node(self, agency: str) -> NodeHome:
        """Give an agency's directory.

        Raises:
            HomeError: this is not an agency id, so it may not become a path.
        """
        if not _AGENCY.fullmatch(agency):
            raise HomeError("home_agency_impossible")
        return NodeHome(self.nodes / agency)

    def port_file(self, name: str) -> Path:
        """Where the process `name` writes its port once it listens."""
        return self.run / f"{name}.port"

    def pid_file(self, name: str) -> Path:
        """Where the supervisor writes the process id of `name`."""
        return self.run / f"{name}.pid"

    def prepare(self) -> bool:
        """Make the directories, or check those that are there; say whether this is the first start.

        Raises:
            HomeError: a directory is not private, not ours, or cannot be made.
        """
        first = not self.keys.exists()
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise HomeError("home_cannot_be_made", reason=error.strerror or "") from error
        # The root may be a mounted volume that is readable; what may not be is that others put things into it.
        if files.is_open_to(self.root.stat(), 0o022):
            raise HomeError("home_open_to_others")
        for directory in (self.hub.root, self.nodes, self.keys, self.run, self.demo):
            self.make_private(directory)
        for directory in (self.postgres, self.postgres_socket):
            self.make_private(directory)
        return first

    def prepare_node(self, agency: str) -> NodeHome:
        """Make an agency's directory, or check it.

        Raises:
            HomeError: it is not private, not ours, or this is not an agency id.
        """
        node = self.node(agency)
        self.make_private(node.root)
        return node

    def make_private(self, directory: Path) -> None:
        """Make one directory 0700, or check that it is.

        Raises:
            HomeError: it is open to others, belongs to someone else, or is no directory.
        """
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError:
            found = directory.lstat()
            name = directory.relative_to(self.root).as_posix()
            if not stat.S_ISDIR(found.st_mode) or files.is_open_to(found, 0o077):
                raise HomeError("home_not_private", directory=name) from None
            # Root may hold directories of the user that PostgreSQL runs as.
            if files.user() not in {None, 0, found.st_uid}:
                raise HomeError("home_not_ours", directory=name) from None
        except OSError as error:
            raise HomeError("home_cannot_be_made", reason=error.strerror or "") from error


def first_start_notice(home: Home, language: Language) -> str:
    """Say at the first start where the keys lie and what losing them means."""
    return say("home_first_start", language, home=str(home.root))
