"""The benchmarks run, and say for each figure what ran beside it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.brokers import need_jars
from tests.tree import ROOT

FIGURES = {
    *("append.single", "append.batch500", "intake.single", "intake.batch500", "intake.checks", "intake.signatures"),
    *("verification", "replay", "reading.workbook", "reading.adapter"),
}


def measured(*suites: str) -> dict[str, dict[str, float]]:
    """One short round of these suites; each figure is ours, what ran beside it, the ratio of the two, the unit."""
    program = [sys.executable, "-m", "benchmarks", "--json", "--rounds", "1", "--part", "0.05", *suites]
    told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    figures: dict[str, dict[str, float]] = json.loads(told.stdout)
    for figure in figures.values():
        assert {"ours", "beside", "ratio", "unit", "beside_is"} == figure.keys()
        assert abs(figure["ratio"] - figure["ours"] / figure["beside"]) < 0.01
    return figures


def test_every_figure_is_a_ratio() -> None:
    """All that need no broker."""
    assert measured("log", "verification", "replay", "reading").keys() == FIGURES


@pytest.mark.torture  # a broker and a hub need seconds to start
def test_figures_over_kafka() -> None:
    """In and out over an Apache Kafka."""
    need_jars()
    assert measured("kafka").keys() == {"kafka.in", "kafka.out", "kafka.feed", "kafka.receipts"}
