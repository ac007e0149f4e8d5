"""The home directory is private, and says where the keys are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caunoi.errors import HomeError
from caunoi.home import Home, first_start_notice


def test_all_directories_are_private(tmp_path: Path) -> None:
    """Every directory below the home is 0700, whatever the umask."""
    home = Home(tmp_path / "home")
    before = os.umask(0)
    try:
        home.prepare()
        home.prepare_node("police-th")
    finally:
        os.umask(before)
    made = [path for path in (home.root, *home.root.rglob("*")) if path.is_dir()]
    assert len(made) == 9
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700}


def test_first_start_is_told_once(tmp_path: Path) -> None:
    """The first `prepare` says that it is the first, the second does not."""
    home = Home(tmp_path / "home")
    assert [home.prepare(), home.prepare()] == [True, False]


@pytest.mark.parametrize("name", ["hub", "keys", "nodes", "postgres"])
def test_open_directory_is_refused(tmp_path: Path, name: str) -> None:
    """A directory that others may enter is refused by name, and stays as it is."""
    home = Home(tmp_path / "home")
    home.prepare()
    (home.root / name).chmod(0o750)
    with pytest.raises(HomeError) as refused:
        home.prepare()
    assert (refused.value.code, refused.value.params) == ("home_not_private", {"directory": name})
    assert (home.root / name).stat().st_mode & 0o777 == 0o750


def test_link_in_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    """Keys are not written through a link that somebody laid."""
    home = Home(tmp_path / "home")
    home.prepare()
    home.keys.rmdir()
    home.keys.symlink_to(home.hub.root)
    with pytest.raises(HomeError, match="keys"):
        home.prepare()


def test_home_others_can_write_to_is_refused(tmp_path: Path) -> None:
    """/tmp itself is no home."""
    tmp_path.chmod(0o777)
    with pytest.raises(HomeError) as refused:
        Home(tmp_path).prepare()
    assert refused.value.code == "home_open_to_others"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("agency", ["../hub", "a/b", "", "Police", "x", ".", "a" * 41, "police\n"])
def test_agency_never_becomes_a_path(tmp_path: Path, agency: str) -> None:
    """Only an agency id names a node's directory."""
    with pytest.raises(HomeError):
        Home(tmp_path).node(agency)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_notice_says_where_the_keys_lie(tmp_path: Path, language: str) -> None:
    """The notice names the three places, the loss, and that the key lies beside the state."""
    home = Home(tmp_path)
    notice = first_start_notice(home, "vi" if language == "vi" else "en")
    assert all(f"{tmp_path}/{place}/" in notice for place in ("nodes", "hub", "keys"))
    wanted = {"vi": ("MẤT NỘI DUNG", "NGAY CẠNH"), "en": ("CONTENT IS LOST", "RIGHT BESIDE")}[language]
    assert all(words in notice for words in wanted)
    assert "CAUNOI_KEK" in notice
