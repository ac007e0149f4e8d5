"""Ids from a seed: the same however the worked example is played, and for nobody who is not made up."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import httpx2 as httpx
import pytest
from typer.testing import CliRunner

from caunoi.bootstrap import make_founding_keys
from caunoi.cli import app
from caunoi.errors import SettingsError
from caunoi.home import Home
from caunoi.hub_address import node_client
from caunoi.made_up import SeededIds, check_made_up, seeded_registrar
from caunoi.nodeside import open_node
from caunoi.settings import Settings
from domain.wording import say
from node.ids import random_id

POLICE = "police-38"
NOWHERE = "postgresql://127.0.0.1:1/none"


def founded(root: Path) -> tuple[Settings, Home]:
    """A home that holds everything."""
    settings, home = Settings(home=root / "home"), Home(root / "home")
    home.prepare()
    make_founding_keys(settings, home)
    return settings, home


def refused(settings: Settings, home: Home, agency: str = POLICE) -> None:
    """No node of these settings is opened with a seed, and no database is asked."""
    with (
        httpx.Client() as client,
        pytest.raises(SettingsError) as caught,
        open_node(settings, home, NOWHERE, agency=agency, client=client, seed=1),
    ):
        pass
    assert caught.value.code == "seed_not_made_up"


def test_a_node_of_somebody_real_gets_no_seed(tmp_path: Path) -> None:
    """Without the registrar's own key, with a hub or public keys of others, or by another's name: never."""
    settings, home = founded(tmp_path)
    check_made_up(settings, home, author=POLICE)
    refused(settings.model_copy(update={"hub_url": "http://127.0.0.1:1"}), home)
    refused(settings.model_copy(update={"public": tmp_path}), home)
    refused(settings, home, "police-01")
    home.registrar_keystore.unlink()
    refused(settings, home)
    with pytest.raises(SettingsError):
        seeded_registrar(settings, home, 1)


def test_nor_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`caunoi node … --seed 1` in a home of its own ends with a sentence and 2; no setting gives a seed."""
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)  # a node's process has its own
    environment = {"CAUNOI_HOME": str(tmp_path / "home"), "CAUNOI_DATABASE_URL": NOWHERE}
    Home(tmp_path / "home").prepare()
    done = CliRunner().invoke(app, ["node", POLICE, "--supervised", "--seed", "1"], env=environment)
    assert (done.exit_code, say("seed_not_made_up", "vi") in done.output) == (2, True)
    assert not [name for name in Settings.model_fields if "seed" in name]


def test_ids_say_what_they_are_for_and_not_when() -> None:
    """Whatever else was drawn before, in whatever order; another author's and another seed's are others."""
    one, other = (SeededIds(1, POLICE, used=lambda _id: False) for _ in range(2))
    first = [one("case"), one("case"), one("referral", "c", "labour-38"), one("case")]
    second = [other("referral", "c", "labour-38"), other("case"), other("case"), other("case")]
    assert sorted(first) == sorted(second)
    assert len(set(first)) == 4
    assert all(len(name) == 32 and int(name, 16) for name in first)
    assert SeededIds(2, POLICE, used=lambda _id: False)("case") not in first
    assert SeededIds(1, "labour-38", used=lambda _id: False)("case") not in first


def test_an_id_is_given_once() -> None:
    """Not what is there already, nor what was ever kept here, so that a node started again goes on."""
    there, kept = set[str](), set[str]()
    ids = SeededIds(1, POLICE, used=kept.__contains__)
    first = ids("statement", known=there.__contains__)
    assert ids("statement", known=there.__contains__) == first, "of which nothing came"
    there.add(first)
    second = ids("statement", known=there.__contains__)
    kept.add(second)
    assert ids("statement", known=there.__contains__) not in {first, second}


def test_ids_are_random_without_a_seed() -> None:
    """The same question, another id."""
    assert len({random_id("case", "c") for _ in range(100)}) == 100


def test_without_java_it_says_so(tmp_path: Path) -> None:
    """`caunoi demo --once --kafka` where there is no Java: one sentence in each language, 2, and nothing is made."""
    environment = {"CAUNOI_HOME": str(tmp_path / "home"), "PATH": os.devnull}
    done = CliRunner().invoke(app, ["demo", "--once", "--kafka"], env=environment)
    assert done.exit_code == 2
    assert done.output.splitlines() == [say("broker_no_java", "vi"), say("broker_no_java", "en")]
    assert not (tmp_path / "home").exists()


def test_a_node_without_a_line_reaches_no_hub(tmp_path: Path) -> None:
    """Where all is carried nobody is asked, even if an address of the hub is set."""
    settings = Settings(home=tmp_path / "home", node_over="bundles", hub_url="http://127.0.0.1:1")
    with node_client(settings, Home(settings.home)) as client, pytest.raises(httpx.ConnectError, match="no line"):
        client.get("/readyz")
