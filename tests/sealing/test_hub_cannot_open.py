"""The half of sealing the hub may use cannot open a section or a grant, nor hold an agency's key."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sealing

PACKAGE = Path(sealing.__file__).parent
HUB_MAY_USE = ("envelope", "locks", "manifests", "tokens", "encoding", "errors", "shredding")
AGENCY_ONLY = {"attachments", "bundles", "parcels", "sections", "grants", "suites", "keystore", "master_keys", "rows"}
OPENS = {"cryptography.cobblestone", "cryptography.hazmat.primitives.hpke"}


def imported(module: str) -> set[str]:
    """Name everything a module imports, members of packages included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def reached(module: str) -> set[str]:
    """Name everything a module imports, directly or through other modules of sealing."""
    seen: set[str] = set()
    waiting = {f"sealing.{module}"}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        stem = name.removeprefix("sealing.")
        if name != stem and (PACKAGE / f"{stem}.py").exists():
            waiting |= imported(stem) - seen
    return seen


@pytest.mark.parametrize("module", HUB_MAY_USE)
def test_reaches_nothing_that_opens(module: str) -> None:
    """By its source, directly or not, it imports no module of the agency's side and no opening primitive."""
    names = reached(module)

    assert not names & {f"sealing.{stem}" for stem in AGENCY_ONLY}
    assert not names & OPENS


@pytest.mark.parametrize("module", ["attachments", "bundles", "parcels", "sections", "suites", "rows"])
def test_the_search_finds_what_opens(module: str) -> None:
    """The search would find it: the agency's modules do reach what opens."""
    assert reached(module) & OPENS


def test_every_module_is_on_one_side() -> None:
    """A new module must be put on one side by name; the rest serve both and open nothing."""
    both = {"__init__", "files", "padding", "shred_records"}
    assert {path.stem for path in PACKAGE.glob("*.py")} == {*HUB_MAY_USE} | AGENCY_ONLY | both
    assert imported("__init__") == set()


def test_loads_nothing_that_opens() -> None:
    """A process that imports all of the hub's half has none of the other half in memory."""
    program = "import sys\n" + "".join(f"import sealing.{name}\n" for name in HUB_MAY_USE) + "print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=PACKAGE.parent, check=True, capture_output=True, text=True
    ).stdout.split()

    assert "sealing.envelope" in loaded
    assert not {f"sealing.{stem}" for stem in AGENCY_ONLY} & set(loaded)
    assert not OPENS & set(loaded)


def test_knows_no_other_package() -> None:
    """Sealing imports none of the other packages of the house."""
    others = {"domain", "ledger", "hub", "adapters", "projections", "node", "audit", "caunoi"}
    for path in PACKAGE.glob("*.py"):
        assert not {name.split(".")[0] for name in imported(path.stem)} & others
