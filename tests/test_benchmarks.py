"""The benchmarks run, and say for each figure what ran beside it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.tree import ROOT

FIGURES = {
    *("append.single", "append.batch500", "intake.single", "intake.batch500", "intake.checks", "intake.signatures"),
    *("verification", "replay", "reading.workbook", "reading.adapter"),
}


def test_every_figure_is_a_ratio() -> None:
    """One short round gives every figure: ours, what ran beside it, the ratio of the two, and the unit."""
    program = [sys.executable, "-m", "benchmarks", "--json", "--rounds", "1", "--part", "0.05"]
    told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    figures = json.loads(told.stdout)

    assert FIGURES == figures.keys()
    for figure in figures.values():
        assert {"ours", "beside", "ratio", "unit", "beside_is"} == figure.keys()
        assert abs(figure["ratio"] - figure["ours"] / figure["beside"]) < 0.01
