"""Every code the domain refuses with has words in both languages, and a test here that meets it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from domain.describe import refusal_codes
from domain.errors import RefusedError
from domain.wording import catalogue, say

DOMAIN = Path(__file__).parents[2] / "domain"
# Raised by door/asgi.py, met in tests/contracts and tests/attacks.
AT_THE_DOOR = {"length_twice", "query_wrong", "submission_too_large"}
CODES = sorted(set().union(*refusal_codes().values()))
TESTS = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))


def raises(path: Path) -> list[ast.Call]:
    """Every `RefusedError(…)` of a module."""
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    return [call for call in calls if getattr(call.func, "id", "") == "RefusedError"]


def code_of(call: ast.Call) -> str:
    """The code, if it is written out."""
    return str(call.args[0].value) if isinstance(call.args[0], ast.Constant) else ""


def test_codes_are_found() -> None:
    """The scan sees what is raised: as many calls as there are in the text, each with its code written out."""
    for path in DOMAIN.glob("*.py"):
        raised = raises(path)
        assert len(raised) == len(re.findall(r"raise RefusedError\(", path.read_text("utf-8"))), path.name
        assert all(code_of(call) for call in raised), f"{path.name}: a code is not written out"
    assert len(CODES) > 50


@pytest.mark.parametrize("code", CODES)
def test_code_has_words(code: str) -> None:
    """Vietnamese and English, and every parameter they name is one that the code is raised with."""
    words = catalogue()[code]
    assert words["vi"] and words["en"]
    named = set(re.findall(r"{(\w+)}", words["vi"] + words["en"]))
    given = _params(code)
    assert named <= given, f"{code} is raised without {named - given}"


def _params(code: str) -> set[str]:
    """Parameters that every raise of a code has."""
    calls = [call for path in DOMAIN.rglob("*.py") for call in raises(path) if code_of(call) == code]
    found = [{keyword.arg or "" for keyword in call.keywords} for call in calls]
    return set.intersection(*found) if found else set()


@pytest.mark.parametrize("code", [code for code in CODES if code not in AT_THE_DOOR])
def test_code_is_met(code: str) -> None:
    """Some test of the domain expects it."""
    assert f'"{code}"' in TESTS or f"! {code}" in TESTS


def test_saying_never_fails() -> None:
    """An unknown code and a missing parameter are still said; an error shows its code alone."""
    assert say("no_such_code") == "no_such_code"
    assert "{row}" in say("grant_forbidden", "en")
    assert say("grant_forbidden", "en", row=8).endswith("row 8)")
    assert str(RefusedError("grant_forbidden", row=8)) == "grant_forbidden"
