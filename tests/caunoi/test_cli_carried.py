"""Bundles over the command line, with a hub and a node that run: there and back, twice, cut short, a watched folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from caunoi.deployment import deployed
from caunoi.home import Home
from caunoi.listening import running
from caunoi.roles import prepare_database, prepare_node_role
from caunoi.settings import Settings
from sealing import manifests
from tests.caunoi.apart import ROOT, Party
from tests.caunoi.test_cli_deployed import read, run
from tests.forking import forking

POLICE = "police-38"
FILE = ROOT / "examples" / "police" / "vu-an-07.json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose hub and one node run."""
    settings = Settings(home=tmp_path_factory.mktemp("carried") / "home")
    with forking(), deployed(settings, nodes=(POLICE,)):
        yield settings.home


@pytest.fixture(autouse=True)
def here(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The settings name that home; files go to a folder of the test's own."""
    monkeypatch.setenv("CAUNOI_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_and_back(here: Path, home: Path) -> None:
    """Packed at the agency, answered at the hub, taken at the agency; the hub's own store has no key that opens."""
    (packed,) = read("pack", "--agency", POLICE)["packed"]
    assert packed["file"] == f"{POLICE}-{packed['number']:06d}.caunoi"
    (answered,) = read("unpack", packed["file"], "--hub")["bundles"]
    assert (answered["agency"], answered["number"], answered["refused"]) == (POLICE, packed["number"], 0)
    (taken,) = read("unpack", answered["file"], "--agency", POLICE)["bundles"]
    assert (taken["number"], taken["known"]) == (packed["number"], False)
    status, out, _ = run("unpack", answered["file"], "--agency", POLICE)
    assert (status, "trước đây" in out) == (0, True)
    assert not [file for file in here.iterdir() if file.name.endswith(".part")]
    assert b'"use":"seal"' not in (Home(home).hub.keystore).read_bytes().replace(b" ", b"")


def test_a_half_copy_is_one_sentence(here: Path) -> None:
    """Exit status 1, and what to do; nothing of it is shown."""
    (packed,) = read("pack", "--agency", POLICE)["packed"]
    half = here / "half.caunoi"
    half.write_bytes((here / packed["file"]).read_bytes()[:-9])
    for arguments in (("--hub",), ("--agency", POLICE)):
        status, out, _ = run("unpack", str(half), *arguments)
        assert (status, "chép lại" in out) == (1, True)


def test_a_folder_at_each_side(here: Path) -> None:
    """What lies in the hub's folder is answered into the office's, and taken from there."""
    hub, office = here / "hub", here / "office"
    hub.mkdir()
    office.mkdir()
    read("pack", "--agency", POLICE, "--out", str(hub))
    assert run("drop", "--hub", "--in", str(hub), "--out", str(office), "--once")[0] == 0
    assert run("drop", "--agency", POLICE, "--in", str(office), "--out", str(hub), "--once")[0] == 0
    assert [len(list((side / "done").iterdir())) for side in (hub, office)] == [1, 1]


@pytest.mark.parametrize("wrong", [("--hub", "--agency", POLICE), ()])
def test_one_side_at_a_time(here: Path, wrong: tuple[str, ...]) -> None:
    """Either the hub's side or an agency's."""
    (here / "x.caunoi").write_bytes(b"x")
    assert run("unpack", "x.caunoi", *wrong)[0] == 2


def test_a_call_of_last_week(here: Path) -> None:
    """`case notify` opens a case with the time it was told, as people here write it."""
    (here / "who.json").write_text('{"full_name": "Nguyễn Thị Giả"}', "utf-8")
    told = ("--pathway", "hotline", "--channel", "phone", "--values-file", "who.json", "--officer", "lan")
    made = read("case", "notify", "--agency", POLICE, "--occurred", "2026-10-30T14:15", *told)
    shown = read("case", "show", made["id"], "--agency", POLICE)
    assert shown["timeline"][0]["occurred"] == "2026-10-30T07:15Z"
    assert run("case", "notify", "--agency", POLICE, "--occurred", "hôm qua", *told)[0] == 2


# -- a node that never had a line to the hub


@pytest.fixture
def parties(tmp_path: Path, database: str) -> Iterator[tuple[Party, Party, Party]]:
    """Registrar, hub and police, each in a home of its own; the hub runs."""
    prepare_database(database)
    prepare_node_role(database, POLICE)
    registrar, hub, police = (Party(tmp_path / name, database) for name in ("registrar", "hub", "police"))
    for party in (registrar, hub, police):
        party.root.mkdir()
    registrar.run("keys", "make", "registrar")
    registrar.hand(hub, name="registrar")
    try:
        hub.serve("hub", name="hub")
        registrar.more["CAUNOI_HUB_URL"] = f"http://127.0.0.1:{running(hub.home, 'hub')}"
        yield registrar, hub, police
    finally:
        police.stop()
        hub.stop()


@dataclass(frozen=True, slots=True)
class Journeys:
    """A node that has no line to the hub, the hub, and the registrar beside it; what is carried lies on a stick."""

    registrar: Party
    hub: Party
    police: Party

    @property
    def stick(self) -> Path:
        """Where bundles lie."""
        return self.police.root

    def keys_there_and_back(self) -> None:
        """The node's keys to the registrar, the hub's and the registrar's to the node, which then starts."""
        self.police.run("keys", "make", POLICE)
        self.police.hand(self.registrar, name=POLICE)
        self.registrar.hand(self.police, name="registrar")
        self.hub.hand(self.police, name="hub")
        self.found()
        self.start()

    def found(self) -> None:
        """The registrar says what the directory has not."""
        self.registrar.run("found", "--members", str(ROOT / "caunoi" / "example" / "members.toml"))

    def start(self) -> None:
        """Start the node."""
        self.police.serve("node", POLICE, name=f"node-{POLICE}")

    def pack(self) -> Path:
        """A bundle on the stick."""
        (packed,) = self.police.read("pack", "--agency", POLICE, "--out", str(self.stick))["packed"]
        return self.stick / str(packed["file"])

    def answer(self, bundle: Path) -> Path:
        """The hub's answer to it."""
        (answered,) = self.hub.read("unpack", str(bundle), "--hub", "--out", str(self.stick))["bundles"]
        return self.stick / str(answered["file"])

    def take(self, answer: Path) -> dict[str, Any]:
        """What the answer brought."""
        return dict(self.police.read("unpack", str(answer), "--agency", POLICE)["bundles"][0])

    def sealed_for(self) -> str:
        """The key that the next bundle is sealed to."""
        return manifests.read(self.pack().read_bytes()).manifest.sealed_for


@pytest.fixture
def journeys(tmp_path: Path, database: str) -> Iterator[Journeys]:
    """Registrar, hub and police, each in a home of its own; the hub runs."""
    prepare_database(database)
    prepare_node_role(database, POLICE)
    registrar, hub, police = (Party(tmp_path / name, database) for name in ("registrar", "hub", "police"))
    for party in (registrar, hub, police):
        party.root.mkdir()
    registrar.run("keys", "make", "registrar")
    registrar.hand(hub, name="registrar")
    try:
        hub.serve("hub", name="hub")
        registrar.more["CAUNOI_HUB_URL"] = f"http://127.0.0.1:{running(hub.home, 'hub')}"
        yield Journeys(registrar, hub, police)
    finally:
        police.stop()
        hub.stop()


def test_a_first_start_by_bundles_alone_without_posix(journeys: Journeys) -> None:
    """Keys are carried, then an empty bundle brings the directory; after that files are taken and answered.

    At the agency there is nothing of POSIX, and a mode says nothing: what that cannot show is in docs/windows.md. The
    next test starts in the same way on this system.
    """
    police = journeys.police
    police.like_windows = True
    journeys.keys_there_and_back()
    police.home.node(POLICE).root.chmod(0o755)
    # (1): nothing can be taken in before the directory is here, and it says so.
    assert "caunoi pack" in police.run("ingest", "--agency", POLICE, str(FILE), status=1)
    assert journeys.take(journeys.answer(journeys.pack()))["feed"] > 0
    # (2): a file, a bundle, its answer.
    assert police.read("ingest", "--agency", POLICE, str(FILE), status=1)["files"][0]["sums"]["new"] == 2
    taken = journeys.take(journeys.answer(journeys.pack()))
    assert (taken["recorded"] > 0, taken["refused"]) == (True, 0)
    # (3): what an office does every day.
    code = police.read("caseload", "--agency", POLICE)[0]["code"]
    assert police.read("case", "show", code, "--agency", POLICE)["code"] == code
    assert police.read("inbox", "--agency", POLICE) == []
    assert police.read("keys", "list", "--agency", POLICE)
    assert "serves" in police.read("doctor")["checks"][-1]["code"]
    # (4): Ctrl-C.
    police.stop()
    assert "stopped" in (police.root / "log").read_text("utf-8").splitlines()[-1]
    assert "caunoi node" in police.run("inbox", "--agency", POLICE, status=3)


def test_the_hubs_key_for_bundles_is_replaced(journeys: Journeys) -> None:
    """A bundle packed before arrives after; once the old key is destroyed one is refused, and packing anew works."""
    hub, police = journeys.hub, journeys.police
    journeys.keys_there_and_back()
    one, two = journeys.pack(), journeys.pack()
    old = journeys.sealed_for()

    def replaced() -> str:
        """A new key, registered; give its id."""
        kid = str(hub.read("keys", "rotate", "--intake")[-1]["kid"])
        hub.hand(journeys.registrar, name="hub")
        journeys.found()
        return kid

    # (1): the old one opens until it is destroyed, which is not done too early.
    new = replaced()
    answer = journeys.answer(one)
    assert "90" not in hub.run("keys", "destroy", "--intake", status=1)
    assert hub.read("keys", "destroy", "--intake", "--days", "0") == {"destroyed": [old]}
    # (2): then what was sealed to it is refused; the agency that heard nothing of it yet gets the key by hand.
    assert journeys.sealed_for() == old
    assert "keys.json" in hub.run("unpack", str(two), "--hub", status=1)
    hub.hand(police, name="hub")
    police.stop()
    journeys.start()
    assert journeys.sealed_for() == new
    assert journeys.take(journeys.answer(journeys.pack()))["known"] is False
    journeys.take(answer)
    # (3): who hears of a newer one on the feed needs nothing by hand.
    newest = replaced()
    journeys.take(journeys.answer(journeys.pack()))
    assert journeys.sealed_for() == newest
    assert hub.read("audit", "verify")["intact"]
