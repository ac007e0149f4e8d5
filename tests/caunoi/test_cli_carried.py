"""Bundles over the command line, with a hub and a node that run: there and back, twice, cut short, a watched folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caunoi.deployment import deployed
from caunoi.home import Home
from caunoi.settings import Settings
from tests.caunoi.test_cli_deployed import read, run

POLICE = "police-38"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose hub and one node run."""
    settings = Settings(home=tmp_path_factory.mktemp("carried") / "home")
    with deployed(settings, nodes=(POLICE,)):
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
    told = ("--pathway", "hotline", "--received", "phone", "--values-file", "who.json", "--officer", "lan")
    made = read("case", "notify", "--agency", POLICE, "--occurred", "2026-10-30T14:15", *told)
    shown = read("case", "show", made["id"], "--agency", POLICE)
    assert shown["timeline"][0]["occurred"] == "2026-10-30T07:15Z"
    assert run("case", "notify", "--agency", POLICE, "--occurred", "hôm qua", *told)[0] == 2
