"""A watched folder goes on past a file that never succeeds, and waits for whoever is away; its folders are apart."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from caunoi.cli import app
from caunoi.dropping import DONE, REFUSED, TRIES, Folder, check_apart, once
from caunoi.errors import SettingsError, UnavailableError
from domain.errors import RefusedError
from domain.wording import say

NODE_FAILED = UnavailableError("node_failed", agency="police-38")
AWAY = UnavailableError("node_not_running", agency="police-38")


@dataclass
class Node:
    """Handles files: `fails` of these names, `kills` ends it, and then it is away until it is back."""

    fails: dict[str, Exception] = field(default_factory=dict)
    kills: str = ""
    away: bool = False
    taken: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def here(self) -> None:
        if self.away:
            raise AWAY

    def handle(self, file: Path) -> None:
        self.here()
        self.tried.append(file.name)
        if file.name == self.kills:
            self.away = True
            raise AWAY
        if file.name in self.fails:
            raise self.fails[file.name]
        self.taken.append(file.name)


def folder(path: Path, node: Node, *names: str) -> Folder:
    for name in names:
        (path / name).write_text("x", "utf-8")
    return Folder(path=path, handle=node.handle, here=node.here, language="en", told=lambda *_: None, suffixes=(".x",))


def looks(one: Folder, node: Node, count: int) -> list[str]:
    """So many looks; before each the node is back. What they end with."""
    ended = []
    for _ in range(count):
        node.away = False
        try:
            one.look(settled=True)
        except UnavailableError as error:
            ended.append(error.code)
    return ended


@pytest.mark.parametrize(
    "error", [NODE_FAILED, RefusedError("internal_error", incident="0a")], ids=["no answer", "an incident"]
)
def test_a_file_that_always_fails(tmp_path: Path, error: Exception) -> None:
    """The others go on at once; after some tries it is set aside with why."""
    node = Node(fails={"a.x": error})
    one = folder(tmp_path, node, "a.x", "b.x", "c.x")
    assert len(looks(one, node, 1)) == 1
    assert (node.taken, (tmp_path / "a.x").exists()) == (["b.x", "c.x"], True)
    assert len(looks(one, node, TRIES)) == TRIES - 2
    assert node.tried.count("a.x") == TRIES
    reason = (tmp_path / REFUSED / "a.x.txt").read_text("utf-8")
    assert reason.startswith(say("cli_drop_failed", "en", count=TRIES, reason=""))


def test_a_file_that_ends_the_node(tmp_path: Path) -> None:
    """It holds up the others once, then it is the last; after some tries it is set aside."""
    node = Node(kills="a.x")
    one = folder(tmp_path, node, "a.x", "b.x")
    assert looks(one, node, TRIES + 1) == ["node_not_running"] * (TRIES - 1)
    assert node.tried == ["a.x", "b.x", "a.x", "a.x"]
    assert (tmp_path / REFUSED / "a.x").exists()


@pytest.mark.parametrize("code", ["not_ready", "hub_unavailable", "hub_answer_wrong"])
def test_not_now_is_no_refusal(tmp_path: Path, code: str) -> None:
    """Who says to come again later sets nothing aside, however often."""
    node = Node(fails={"a.x": RefusedError(code)})
    one = folder(tmp_path, node, "a.x")
    assert looks(one, node, 2 * TRIES) == [code] * 2 * TRIES
    node.fails = {}
    assert looks(one, node, 1) == []
    assert [file.name for file in (tmp_path / DONE).iterdir()] == ["a.x"]


def test_a_node_that_is_away_sets_nothing_aside(tmp_path: Path) -> None:
    """For as long as it is away, and also if it went while a file was handled."""
    node = Node(kills="a.x")
    one = folder(tmp_path, node, "a.x", "b.x")
    for _ in range(3 * TRIES):
        with pytest.raises(UnavailableError):
            one.look(settled=True)
    assert not (tmp_path / REFUSED).exists()
    node.kills = ""
    assert looks(one, node, 1) == []
    assert sorted(node.taken) == ["a.x", "b.x"]


@pytest.mark.parametrize("when", ["before its turn", "before it is read", "before it is moved"])
def test_a_file_somebody_takes_away(tmp_path: Path, when: str) -> None:
    """Whenever that is: the others are handled all the same, and nothing is told of it."""
    node = Node()
    one = folder(tmp_path, node, "a.x", "b.x", "c.x")

    def handle(file: Path) -> None:
        if when != "before it is moved":
            (tmp_path / ("b.x" if when == "before its turn" else "a.x")).unlink(missing_ok=True)
            file.read_bytes()
        node.handle(file)
        (tmp_path / "a.x").unlink(missing_ok=True)

    one.handle = handle
    one.look(settled=True)
    assert node.taken[-1] == "c.x"
    assert (list(tmp_path.glob("*.x")), (tmp_path / REFUSED).exists()) == ([], False)


def test_a_file_we_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is set aside with why; it does not end whoever watches."""
    node = Node(fails={"a.x": PermissionError()})
    one = folder(tmp_path, node, "a.x", "b.x")
    monkeypatch.setattr(os, "access", lambda file, _: file.name != "a.x")  # root may read anything
    one.look(settled=True)
    assert node.taken == ["b.x"]
    assert (tmp_path / REFUSED / "a.x.txt").read_text("utf-8") == say("file_unreadable", "en") + "\n"


@pytest.mark.parametrize("name", ["~$a.x", "._a.x", ".a.x"])
def test_what_programs_lay_beside_a_file(tmp_path: Path, name: str) -> None:
    """Excel while a workbook is open, a Mac on every stick: it is no file of anybody's, and stays."""
    node = Node()
    folder(tmp_path, node, name, "b.x").look(settled=True)
    assert (node.taken, (tmp_path / name).exists()) == (["b.x"], True)


def test_another_file_of_the_name(tmp_path: Path) -> None:
    """Has as many tries as any, though one that was taken away failed."""
    node = Node(fails={"a.x": NODE_FAILED})
    one = folder(tmp_path, node, "a.x")
    assert len(looks(one, node, TRIES - 1)) == TRIES - 1
    (tmp_path / "a.x").unlink()
    assert looks(one, node, 1) == []
    folder(tmp_path, node, "a.x")
    assert len(looks(one, node, TRIES - 1)) == TRIES - 1


def test_once(tmp_path: Path) -> None:
    """It tries as often as it must, says that it waits, and ends with what it waited for."""
    told: list[str] = []
    node = Node(fails={"a.x": NODE_FAILED})
    once(folder(tmp_path, node, "a.x", "b.x").look, every=0, away=lambda error: told.append(error.code))
    assert (told, node.taken) == (["node_failed"], ["b.x"])
    node = Node(away=True)
    with pytest.raises(UnavailableError):
        once(folder(tmp_path, node, "a.x").look, every=0, away=lambda error: told.append(error.code))
    assert told == ["node_failed", "node_not_running"]


def linked(path: Path) -> Path:
    (path / "link").symlink_to(path / "in")
    return path / "link"


@pytest.mark.parametrize(
    "out",
    [
        lambda path: path / "in",
        lambda path: path / "in" / ".." / "in",
        lambda path: path / "in" / "out",
        lambda path: path,
        linked,
        lambda path: linked(path) / "out",
    ],
    ids=["the same", "said otherwise", "inside", "around", "a link to it", "inside by a link"],
)
@pytest.mark.parametrize("command", [("connect", "drop"), ("drop",)], ids=["records", "bundles"])
def test_two_folders_apart(tmp_path: Path, out: Callable[[Path], Path], command: tuple[str, ...]) -> None:
    """Neither the same nor one in the other, whatever they are called: exit status 2, before anything is asked."""
    (tmp_path / "in" / "out").mkdir(parents=True)
    folders = ("--in", str(tmp_path / "in"), "--out", str(out(tmp_path)))
    done = CliRunner().invoke(app, [*command, "--agency", "police-38", *folders, "--once", "--lang", "en"])
    assert (done.exit_code, done.output.strip()) == (2, say("drop_folders_not_apart", "en"))


def test_folders_beside_each_other(tmp_path: Path) -> None:
    """Are as they should be, also where one's name begins with the other's."""
    for name in ("in", "in-out"):
        (tmp_path / name).mkdir()
    check_apart(tmp_path / "in", tmp_path / "in-out")
    with pytest.raises(SettingsError):
        check_apart(tmp_path / "in", tmp_path / "in")
