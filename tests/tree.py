"""The repository as its own tests read it: files that are or may be committed, their texts, what a module defines."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHIPPED = ("domain", "sealing", "ledger", "hub", "adapters", "projections", "door", "node", "audit", "caunoi")
PACKAGES = (*SHIPPED, "benchmarks")


def _ignored() -> set[str]:
    lines = (ROOT / ".gitignore").read_text("utf-8").split()
    return {".git", *(line.strip("/") for line in lines if "*" not in line)}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or may be committed; works in a tree without git too."""
    ignored, found = _ignored(), []
    for directory, names, inside in os.walk(ROOT):
        names[:] = sorted(name for name in names if name not in ignored)
        found += [Path(directory, name) for name in sorted(inside) if not name.endswith(".pyc")]
    return tuple(found)


def texts() -> Iterator[tuple[str, str]]:
    """Every text file: path from the root, content."""
    for file in files():
        try:
            yield file.relative_to(ROOT).as_posix(), file.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def pages() -> Iterator[tuple[str, str]]:
    """Every page written for people: path, text."""
    yield from ((name, text) for name, text in texts() if name.endswith(".md"))


def modules() -> Iterator[tuple[str, str]]:
    """Every module of the packages: path, source."""
    inside = tuple(f"{package}/" for package in PACKAGES)
    yield from ((name, text) for name, text in texts() if name.startswith(inside) and name.endswith(".py"))


@cache
def defined(module: str) -> frozenset[str]:
    """The names a module defines: functions, classes, values, and as `Class.name` what a class and its `self` have."""
    found = set()
    for node in ast.parse((ROOT / module).read_text("utf-8")).body:
        found |= _names(node)
        if isinstance(node, ast.ClassDef):
            members = {name for inner in ast.walk(node) for name in _names(inner) | _own(inner)}
            found |= {f"{node.name}.{name}" for name in members}
    return frozenset(found)


def _names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _own(node: ast.AST) -> set[str]:
    own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return {node.attr} if own and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) else set()
