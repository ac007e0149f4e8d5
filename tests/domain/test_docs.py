"""The page about statements is what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from domain.describe import REFUSED_WITH, WHO, describe, refusal_codes
from domain.statements import STATEMENTS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "statements.md"
TAGS = {str(cls.__struct_config__.tag) for cls in STATEMENTS}


def test_page_is_what_the_code_says() -> None:
    """`python -m domain.describe > docs/statements.md` was run after the last change."""
    assert PAGE.read_text("utf-8") == describe()


def test_command_writes_the_page() -> None:
    """The command prints exactly that page."""
    printed = subprocess.run([sys.executable, "-m", "domain.describe"], cwd=ROOT, capture_output=True, check=True)
    assert printed.stdout.decode() == describe()


def test_every_statement_is_described() -> None:
    """Term, who may make it, refusals: for every type and for no other."""
    assert WHO.keys() == TAGS == REFUSED_WITH.keys()
    raised = set().union(*refusal_codes().values())
    assert set().union(*REFUSED_WITH.values()) <= raised
    assert all(f"### `{tag}`: " in describe() for tag in TAGS)
