"""The house rules that no linter knows: sizes, addresses, words, links; that the ways in are what we say they are."""

from __future__ import annotations

import ast
import configparser
import os
import re
import string
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "sealing", "ledger", "hub", "adapters", "projections", "node", "audit", "caunoi", "benchmarks")
TARGETS = {"run", "demo", "test", "check", "bench", "torture", "clean"}
MODULE_LINES = 300
FUNCTION_LINES = 40
HUB_MAY_IMPORT = {"encoding", "envelope", "errors", "locks", "shredding", "tokens"}

# Written so that this file does not contain what it looks for.
MACHINE = re.compile(r"/wor[k]/|/roo[t]/|/hom[e]/[a-z]|/User[s]/|/op[t]/wheels|/tm[p]/(venv|spec|bash)")
REGISTRY = re.compile(
    r"pyp[i]\.|pythonhoste[d]|npmj[s]|(registr[y]|mirro[r]s?|prox[y])\.[a-z]+\.|(index|links)[=\s]+https?:"
)


def _ignored() -> set[str]:
    lines = (ROOT / ".gitignore").read_text("utf-8").split()
    return {".git", *(line.strip("/") for line in lines if "*" not in line)}


@cache
def _files() -> tuple[Path, ...]:
    """Every file that is or may be committed; works in a tree without git too."""
    ignored, found = _ignored(), []
    for directory, names, files in os.walk(ROOT):
        names[:] = sorted(name for name in names if name not in ignored)
        found += [Path(directory, name) for name in sorted(files) if not name.endswith(".pyc")]
    return tuple(found)


def _texts() -> Iterator[tuple[str, str]]:
    for file in _files():
        try:
            yield file.relative_to(ROOT).as_posix(), file.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def _modules() -> Iterator[tuple[str, str]]:
    yield from ((name, text) for name, text in _texts() if name.startswith(PACKAGES) and name.endswith(".py"))


def test_modules_fit_a_sitting() -> None:
    """No module is longer than 300 lines."""
    sizes = {name: text.count("\n") for name, text in _modules()}
    assert len(sizes) > 50
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_functions_fit_a_screen() -> None:
    """No function is longer than 40 lines, those inside it counted."""
    long = {}
    for name, text in _modules():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{name}:{node.lineno} {node.name}"] = lines
    assert long == {}


def test_modules_say_what_they_are_for() -> None:
    """Every module opens with a docstring."""
    assert [name for name, text in _modules() if text and ast.get_docstring(ast.parse(text)) is None] == []


def test_no_rooms_for_anything() -> None:
    """No module is called after nothing."""
    nothing = {"utils", "util", "common", "core", "helpers", "services", "misc"}
    assert [name for name, _ in _modules() if nothing & set(re.split(r"[/_.]", name.removesuffix(".py")))] == []


def test_no_path_of_a_machine() -> None:
    """No file names a directory of the machine it was written on, nor of this one."""
    here = re.compile(re.escape(f"{ROOT}/"))
    assert [name for name, text in _texts() if MACHINE.search(text) or here.search(text)] == []


def test_no_registry() -> None:
    """No file names the host packages come from."""
    assert [name for name, text in _texts() if REGISTRY.search(text)] == []


@pytest.mark.parametrize("address", ["https://py" + "pi.org/simple", "registr" + "y.example.org", "/wor" + "k/main/x"])
def test_addresses_would_be_found(address: str) -> None:
    """The two searches above find what they look for."""
    assert MACHINE.search(address) or REGISTRY.search(address)


def _words() -> Iterator[tuple[str, str, dict[str, str]]]:
    for file in sorted((ROOT / "domain" / "words").glob("*.toml")):
        for code, texts in tomllib.loads(file.read_text("utf-8")).items():
            yield file.name, code, texts


def test_no_code_has_two_sentences() -> None:
    """A code stands in one file of words."""
    codes = Counter(code for _, code, _ in _words())
    assert len(codes) > 50
    assert [code for code, times in codes.items() if times > 1] == []


def test_words_in_both_languages() -> None:
    """Every code has words in Vietnamese and English, with the same parameters, and in no other language."""
    wrong = []
    for file, code, texts in _words():
        sets = {frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in texts.values()}
        if texts.keys() != {"vi", "en"} or not all(text.strip() for text in texts.values()) or len(sets) != 1:
            wrong.append(f"{file}: {code}")
    assert wrong == []


def test_links_lead_somewhere() -> None:
    """Every relative link of every page leads to a file or directory of this repository."""
    broken = []
    for name, text in _texts():
        if name.endswith(".md"):
            links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
            here = (ROOT / name).parent
            broken += [f"{name}: {link}" for link in links if ":" not in link and not (here / link).exists()]
    assert broken == []


def test_makefile_has_its_targets() -> None:
    """`make` knows the seven targets, each with a line of help, none mistaken for a file."""
    text = (ROOT / "Makefile").read_text("utf-8")
    documented = set(re.findall(r"^([a-z]+):.*## ", text, flags=re.MULTILINE))
    phony = {name for names in re.findall(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE) for name in names.split()}
    assert documented == TARGETS
    assert phony >= TARGETS


def test_ci_runs_what_people_run() -> None:
    """`.ci/run` calls `make check`, and that calls `make test`."""
    commands = re.sub(r"^\s*#.*$", "", (ROOT / ".ci" / "run").read_text("utf-8"), flags=re.MULTILINE)
    assert re.search(r"\bmake\b.* check\b", commands)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    recipe = (ROOT / "Makefile").read_text("utf-8").split("\ncheck:")[1].split("\n\n")[0]
    assert re.search(r"\$\(MAKE\) --no-print-directory test\b", recipe)
    assert all(part in recipe for part in ("lint", "types", "imports", "compose"))


def test_readme_says_make_test() -> None:
    """The README's commands are `make run` and `make test`, what `make check` and CI run."""
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^\s*(?:\$ )?(make [a-z]+)", readme, flags=re.MULTILINE)
    assert {"make run", "make test"} <= set(commands)
    assert {command.split()[1] for command in commands} <= TARGETS


def test_hub_contract_names_every_room_of_sealing() -> None:
    """What the hub may not import of sealing is all of it but what is listed here: a new module is refused first."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", "utf-8")
    forbidden = set(contracts["importlinter:contract:hub"]["forbidden_modules"].split())
    rooms = {file.stem for file in (ROOT / "sealing").glob("*.py")} - {"__init__"}
    assert {f"sealing.{room}" for room in rooms - HUB_MAY_IMPORT} == {name for name in forbidden if "." in name}


def test_packages_are_named_everywhere() -> None:
    """The wheel, the contracts and this file speak of the same packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", "utf-8")
    shipped = set(PACKAGES) - {"benchmarks"}
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == shipped
    assert set(contracts["importlinter"]["root_packages"].split()) == shipped
    assert {name for name in shipped if not (ROOT / name / "__init__.py").exists()} == set()


def test_domain_asks_no_clock() -> None:
    """Neither domain, ledger nor adapters ask what time it is: import contracts cannot see a method of `datetime`."""
    asking = {"now", "utcnow", "today"}
    found = []
    for name, text in _modules():
        if name.startswith(("domain/", "ledger/", "adapters/")):
            calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
            found += [name for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in asking]
    assert found == []
