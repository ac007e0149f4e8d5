"""Public keys that travel between homes: handed out, checked, pinned; members who have handed none wait."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from caunoi import public_keys
from caunoi.bootstrap import open_intake_keys, pinned
from caunoi.errors import SettingsError, UnavailableError
from caunoi.founding import found, listed_members
from caunoi.home import Home
from caunoi.public_keys import handed, make_keys, take_part
from caunoi.settings import Settings
from domain.errors import RefusedError

AGENCY = "police-38"


def settings_of(root: Path) -> Settings:
    """One party's own home, and the directory where public keys lie."""
    root.mkdir(exist_ok=True)
    return Settings(home=root / "home", public=root / "public")


def carry(giver: Settings, taker: Settings, name: str) -> Path:
    """Bring what one party handed out to another, as a stick would; give where it lies there."""
    assert giver.public is not None
    assert taker.public is not None
    place = taker.public / name / "keys.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes((giver.public / "own" / "keys.json").read_bytes())
    return place


@pytest.fixture
def node(tmp_path: Path) -> Settings:
    """A node's side."""
    return settings_of(tmp_path / "node")


@pytest.fixture
def registrar(tmp_path: Path) -> Settings:
    """The registrar's side, its keys made."""
    made = settings_of(tmp_path / "registrar")
    make_keys(made, Home(made.home), "registrar")
    return made


@pytest.fixture
def hub(tmp_path: Path, registrar: Settings) -> Settings:
    """The hub's side; it trusts that registrar."""
    made = settings_of(tmp_path / "hub")
    carry(registrar, made, "registrar")
    take_part(made, Home(made.home), "hub")
    return made


def test_only_public_keys_leave_the_home(node: Settings) -> None:
    """What is handed out has two keys and nothing private; a second time it is the same file."""
    made = make_keys(node, Home(node.home), AGENCY)
    assert node.public is not None
    file = node.public / "own" / "keys.json"
    told = json.loads(file.read_bytes())
    assert [sorted(key) for key in told["keys"]] == [["kid", "public", "suite", "use"]] * 2
    assert [key.use for key in made.keys] == ["sign", "seal"]
    before = file.read_bytes()
    assert make_keys(node, Home(node.home), AGENCY) == made
    assert file.read_bytes() == before
    assert stat.S_IMODE(Home(node.home).node(AGENCY).keystore.stat().st_mode) == 0o600


def test_what_was_handed_out_is_taken(node: Settings, registrar: Settings) -> None:
    """The registrar reads the very keys; of who has handed none it knows none."""
    made = make_keys(node, Home(node.home), AGENCY)
    assert handed(registrar, AGENCY) is None
    carry(node, registrar, AGENCY)
    assert handed(registrar, AGENCY) == made.keys


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(agency="labour-38"),
        lambda told: told["keys"][0].update(kid="0" * 32),
        lambda told: told["keys"][0].update(use="seal"),
        lambda told: told["keys"].pop(),
        lambda told: told["keys"].reverse(),
        lambda told: told["keys"][1].update(suite="x25519"),
        lambda told: told["keys"][0].update(private="made up"),
        lambda told: told["keys"].clear(),
        lambda told: told.update(version=2),
    ],
)
def test_a_changed_file_is_refused(node: Settings, registrar: Settings, change: Any) -> None:
    """Another agency's name, another id, use or suite, a key missing or something more: nothing of it is taken."""
    make_keys(node, Home(node.home), AGENCY)
    place = carry(node, registrar, AGENCY)
    told = json.loads(place.read_bytes())
    change(told)
    place.write_text(json.dumps(told), "utf-8")
    with pytest.raises(SettingsError) as refused:
        handed(registrar, AGENCY)
    assert refused.value.code == "public_keys_wrong"


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 100_000])
def test_a_broken_file_is_refused(registrar: Settings, content: bytes) -> None:
    """Bytes that are no such document are refused and not quoted."""
    assert registrar.public is not None
    (registrar.public / AGENCY).mkdir()
    (registrar.public / AGENCY / "keys.json").write_bytes(content)
    with pytest.raises(SettingsError, match="agreed form"):
        handed(registrar, AGENCY)


def test_a_node_waits_for_those_it_trusts(node: Settings) -> None:
    """Without the hub's and the registrar's keys it does not start; its own are made and handed out all the same."""
    with pytest.raises(UnavailableError) as refused:
        take_part(node, Home(node.home), AGENCY)
    assert refused.value.code == "public_keys_missing"
    assert node.public is not None
    assert (node.public / "own" / "keys.json").exists()


def test_keys_are_pinned_at_first_sight(node: Settings, registrar: Settings, hub: Settings, tmp_path: Path) -> None:
    """Hub and node pin the same two keys; a missing file changes nothing later, another key is refused."""
    place = carry(registrar, node, "registrar")
    carry(hub, node, "hub")
    take_part(node, Home(node.home), AGENCY)
    pinned = Home(node.home).auditor_keys.read_bytes()
    assert json.loads(pinned).keys() == {"registrar", "hub", "intake"}
    assert json.loads(pinned) == json.loads(Home(hub.home).auditor_keys.read_bytes())
    place.unlink()
    take_part(node, Home(node.home), AGENCY)
    other = settings_of(tmp_path / "other")
    make_keys(other, Home(other.home), "registrar")
    carry(other, node, "registrar")
    with pytest.raises(SettingsError) as refused:
        take_part(node, Home(node.home), AGENCY)
    assert refused.value.code == "pinned_key_other"
    assert Home(node.home).auditor_keys.read_bytes() == pinned


def test_a_list_of_members_that_is_none(registrar: Settings, tmp_path: Path) -> None:
    """Not there, not TOML, a field missing, a kind nobody knows: one code, nothing quoted."""
    listed = tmp_path / "members.toml"
    for text in (
        None,
        "[[agency",
        'registrar = "registrar"',
        'registrar = "r"\n[[agency]]\nid = "a"\nkind = "hunter2"',
    ):
        if text is not None:
            listed.write_text(text, "utf-8")
        with pytest.raises(SettingsError) as refused:
            found(registrar, Home(registrar.home), members=listed)
        assert refused.value.code == "members_unreadable"
        assert "hunter2" not in str(refused.value)


def test_the_example_is_a_list_of_members() -> None:
    """What the compose file names can be read."""
    listed = listed_members(Path(__file__).parents[2] / "caunoi" / "example" / "members.toml")
    assert AGENCY in {member.id for member in listed}


def test_the_hubs_key_for_bundles_is_renewed(hub: Settings, node: Settings) -> None:
    """A new one is handed out beside the old, the newest is pinned; the old one goes when its time is over."""
    home, day = Home(hub.home), 24 * 3600
    (old,) = [key.kid for key in public_keys.of_store(open_intake_keys(hub, home))]
    for days, said in ((0, "—"), (90, "—")):
        with pytest.raises(RefusedError) as refused:
            public_keys.destroy_intake(hub, home, now=0, days=days)
        assert (refused.value.code, refused.value.params) == ("intake_key_needed", {"day": said})
    handed_out = public_keys.rotate_intake(hub, home, now=1_000 * day).keys
    new = handed_out[-1].kid
    assert [key.kid for key in handed_out[1:]] == [old, new]
    assert pinned(home)["intake"]["kid"] == new
    take_part(hub, home, "hub")
    assert pinned(home)["intake"]["kid"] == new
    with pytest.raises(RefusedError) as refused:
        public_keys.destroy_intake(hub, home, now=1_090 * day - 1, days=90)
    assert refused.value.params == {"day": "1972-12-26"}
    assert public_keys.destroy_intake(hub, home, now=1_090 * day, days=90) == (old,)
    assert [key.kid for key in public_keys.of_store(open_intake_keys(hub, home))] == [new]
    for renew in (
        lambda: public_keys.rotate_intake(node, Home(node.home), now=0),
        lambda: public_keys.destroy_intake(node, Home(node.home), now=0, days=0),
    ):
        with pytest.raises(UnavailableError) as missing:
            renew()
        assert missing.value.code == "cli_no_keystore"
