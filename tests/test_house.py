"""The house rules that no linter knows: sizes, addresses, words; that the ways in are what we say they are."""

from __future__ import annotations

import ast
import configparser
import os
import re
import string
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.tree import PACKAGES, ROOT, SHIPPED, modules, texts

TARGETS = {"run", "demo", "kafka", "test", "check", "bench", "torture", "clean"}
MODULE_LINES = 300
FUNCTION_LINES = 40
HUB_MAY_IMPORT = {"encoding", "envelope", "errors", "locks", "manifests", "shredding", "tokens"}

# Written so that this file does not contain what it looks for.
MACHINE = re.compile(r"/wor[k]/|/roo[t]/|/hom[e]/[a-z]|/User[s]/|/op[t]/wheels|/tm[p]/(venv|spec|bash)")
REGISTRY = re.compile(
    r"pyp[i]\.|pythonhoste[d]|npmj[s]|(registr[y]|mirro[r]s?|prox[y])\.[a-z]+\.|(index|links)[=\s]+https?:"
)


def test_modules_fit_a_sitting() -> None:
    """No module is longer than 300 lines."""
    sizes = {name: text.count("\n") for name, text in modules()}
    assert len(sizes) > 50
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_functions_fit_a_screen() -> None:
    """No function is longer than 40 lines, those inside it counted."""
    long = {}
    for name, text in modules():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{name}:{node.lineno} {node.name}"] = lines
    assert long == {}


def test_modules_say_what_they_are_for() -> None:
    """Every module opens with a docstring."""
    assert [name for name, text in modules() if text and ast.get_docstring(ast.parse(text)) is None] == []


def test_no_rooms_for_anything() -> None:
    """No module is called after nothing."""
    nothing = {"utils", "util", "common", "core", "helpers", "services", "misc"}
    assert [name for name, _ in modules() if nothing & set(re.split(r"[/_.]", name.removesuffix(".py")))] == []


def test_no_path_of_a_machine() -> None:
    """No file names a directory of the machine it was written on, nor of this one."""
    here = re.compile(re.escape(f"{ROOT}/"))
    assert [name for name, text in texts() if MACHINE.search(text) or here.search(text)] == []


def test_no_registry() -> None:
    """No file names the host packages come from."""
    assert [name for name, text in texts() if REGISTRY.search(text)] == []


@pytest.mark.parametrize("address", ["https://py" + "pi.org/simple", "registr" + "y.example.org", "/wor" + "k/main/x"])
def test_addresses_would_be_found(address: str) -> None:
    """The two searches above find what they look for."""
    assert MACHINE.search(address) or REGISTRY.search(address)


def _words() -> Iterator[tuple[str, str, dict[str, str]]]:
    for file in sorted((ROOT / "domain" / "words").glob("*.toml")):
        for code, said in tomllib.loads(file.read_text("utf-8")).items():
            yield file.name, code, said


def test_no_code_has_two_sentences() -> None:
    """A code stands in one file of words."""
    codes = Counter(code for _, code, _ in _words())
    assert len(codes) > 50
    assert [code for code, times in codes.items() if times > 1] == []


def test_words_in_both_languages() -> None:
    """Every code has words in Vietnamese and English, with the same parameters, and in no other language."""
    wrong = []
    for file, code, said in _words():
        sets = {frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in said.values()}
        if said.keys() != {"vi", "en"} or not all(text.strip() for text in said.values()) or len(sets) != 1:
            wrong.append(f"{file}: {code}")
    assert wrong == []


def test_makefile_has_its_targets() -> None:
    """`make` knows these targets, each with a line of help, none mistaken for a file."""
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
    shipped = set(SHIPPED)
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == shipped
    assert set(contracts["importlinter"]["root_packages"].split()) == shipped
    assert {name for name in shipped if not (ROOT / name / "__init__.py").exists()} == set()


EVERYBODYS = {"msgspec", "typing_extensions"}
"""Third-party packages that any module may use."""


def _imported() -> dict[str, set[str]]:
    """Third-party packages by the package of ours that imports them."""
    found: dict[str, set[str]] = {}
    for name, text in modules():
        for node in ast.walk(ast.parse(text)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            roots = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {*PACKAGES, "tests"}
            found.setdefault(name.partition("/")[0], set()).update(roots)
    return found


def test_third_party_packages_have_their_rooms() -> None:
    """Each is forbidden by a contract to every package of ours that does not use it; the program may use them all."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", "utf-8")
    imported = _imported()
    forbidden: dict[str, set[str]] = {}
    for section in contracts.values():
        for name in section.get("forbidden_modules", "").split():
            forbidden.setdefault(name, set()).update(section["source_modules"].split())
    users = {name for package in SHIPPED for name in imported[package]} - EVERYBODYS
    free = {
        name: {one for one in set(SHIPPED) - {"caunoi"} if name not in imported[one]} - forbidden.get(name, set())
        for name in users
    }
    assert len(users) > 10
    assert {name: packages for name, packages in free.items() if packages} == {}


def test_only_the_door_catches_everything() -> None:
    """`except Exception` stands in the last handler alone; `except BaseException` raises on."""
    catching, swallowing = set(), []
    for name, text in modules():
        for node in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ExceptHandler)):
            caught = {one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)} if node.type else {""}
            if "Exception" in caught:
                catching.add(name)
            elif caught & {"", "BaseException"} and not isinstance(node.body[-1], ast.Raise):
                swallowing.append(f"{name}:{node.lineno}")
    assert catching == {"door/asgi.py"}
    assert swallowing == []


def test_domain_asks_no_clock() -> None:
    """Neither domain, ledger, adapters nor door ask for the time: import contracts cannot see a `datetime` method."""
    asking = {"now", "utcnow", "today"}
    found = []
    for name, text in modules():
        if name.startswith(("domain/", "ledger/", "adapters/", "door/")):
            calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
            found += [name for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in asking]
    assert found == []
