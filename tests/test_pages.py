"""What pages say of the code is so: every link, path and name in them leads to something."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.tree import PACKAGES, ROOT, SHIPPED, defined, modules, pages

ROOMS = "|".join((*PACKAGES, "tests", "docs", "examples", "contracts", "requirements", r"\.ci"))
PATH = re.compile(rf"(?<![\w./$-])((?:{ROOMS})/(?:[\w.<>*-]+/?)*)(?:: ([A-Za-z_][\w.]*)(?=[`,;)\s]))?")
QUOTED = re.compile(r"`([^`\n]+)`")
BARE = re.compile(r"\w+\.(?:py|sql|md)|\w+/")
MEMBER = re.compile(r"([A-Z]\w+)\.(\w+)")


def _said(text: str) -> Iterator[tuple[str, str | None]]:
    """Every path of a page with the name said to be in it, `<anything>` in it left open."""
    for path, name in PATH.findall(text):
        yield re.sub(r"<[^>]*>", "*", path.rstrip(".")), name or None


def _wrong(text: str) -> list[str]:
    wrong = []
    for path, name in _said(text):
        found = list(ROOT.glob(path)) if path else []
        if not found or (path.endswith("/") and not all(one.is_dir() for one in found)):
            wrong.append(path)
        elif name is not None and path.endswith(".py") and name not in defined(path):
            wrong.append(f"{path}: {name}")
    return wrong


def _wrong_bare(text: str) -> list[str]:
    """What is named alone lies in the room named before it in the same line; a file, where none is, somewhere."""
    wrong = []
    for line in text.splitlines():
        room = ""
        for quoted in QUOTED.findall(line):
            if found := re.match(rf"({ROOMS})/", quoted):
                room = found[1]
            elif (
                BARE.fullmatch(quoted)
                and (room or quoted[-1] != "/")
                and not list(ROOT.glob(f"{room}/**/{quoted}" if room else f"**/{quoted}"))
            ):
                wrong.append(f"{room}: {quoted}")
    return wrong


def _wrong_members(text: str) -> list[str]:
    """`Class.member`, wherever its class is, is a member of it."""
    known = {name for module, _ in modules() for name in defined(module)}
    said = [found for quoted in QUOTED.findall(text) for found in MEMBER.findall(quoted.partition("(")[0])]
    return [f"{one}.{member}" for one, member in said if one in known and f"{one}.{member}" not in known]


def test_links_lead_somewhere() -> None:
    """Every relative link of every page leads to a file or directory of this repository."""
    broken = []
    for name, text in pages():
        links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        here = (ROOT / name).parent
        broken += [f"{name}: {link}" for link in links if ":" not in link and not (here / link).exists()]
    assert broken == []


def test_paths_and_names_are_there() -> None:
    """Every path a page names exists, and `path.py: name` is defined in it."""
    found = {name: _wrong(text) for name, text in pages()}
    assert sum(1 for _, text in pages() for _ in _said(text)) > 60
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_files_named_alone_are_there() -> None:
    """`contract.py` in the row of a room lies in that room."""
    found = {name: _wrong_bare(text) for name, text in pages()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_members_are_there() -> None:
    """`Case.apply` without a path is a member of the class of that name."""
    found = {name: _wrong_members(text) for name, text in pages()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_the_rooms_are_the_packages() -> None:
    """The table of rooms names every package, once."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8").split("## The rooms")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)/` ", text, flags=re.MULTILINE)) == sorted(SHIPPED)


@pytest.mark.parametrize(
    "text",
    [
        "see hub/nowhere.py",
        "`hub/head.py: nothing_there`",
        "`domain/case.py: Case.nothing`",
        "(`no_such_room/x.py`, tests/none/)",
    ],
)
def test_wrong_paths_would_be_found(text: str) -> None:
    """The search above finds what it looks for."""
    assert _wrong(text)


def test_wrong_names_alone_would_be_found() -> None:
    assert _wrong_bare("| `adapters/` | `head.py` |")
    assert _wrong_members("`Case.nothing_there`")
