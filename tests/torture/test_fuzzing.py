"""Each reader under atheris for a while: only declared refusals, in bounded time and memory."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.tree import ROOT

SECONDS = 60
READERS = ("police", "border", "women", "events", "cells", "part", "text", "paper")


@pytest.mark.torture
@pytest.mark.timeout(SECONDS * 5)
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed (pip install --group fuzz; Linux)")
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_under_atheris(reader: str, tmp_path: Path) -> None:
    """A minute of inputs that reach ever more of its code."""
    command = [sys.executable, "-m", "tests.torture.fuzzing", reader, str(tmp_path), str(SECONDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
