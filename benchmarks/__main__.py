"""`python -m benchmarks [--json] [--rounds N] [NAME…]`: measure and print name → ours, beside, ratio, unit.

Both sides of a figure run in turn in every round, on one embedded PostgreSQL; what is printed is the median of the
rounds and the ratio of the medians. No target: the numbers must be true.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.bench_files import reading
from benchmarks.bench_kafka import kafka
from benchmarks.bench_log import append_and_intake
from benchmarks.bench_reading import replay, verification
from benchmarks.bench_views import views
from benchmarks.figures import Bench, Pair
from caunoi.home import Home
from caunoi.postgres import Embedded

SUITES: dict[str, Callable[[Bench], list[Pair]]] = {
    "log": append_and_intake,
    "verification": verification,
    "replay": replay,
    "reading": reading,
    "kafka": kafka,
    "views": views,
}


def main() -> None:
    """Run the suites asked for, all by default."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--part", type=float, default=1.0, help="of the work of a round; figures of less are no figures"
    )
    parser.add_argument("suite", nargs="*", choices=[[], *SUITES], default=[])
    chosen = parser.parse_args()
    figures: dict[str, dict[str, float | str]] = {}
    with tempfile.TemporaryDirectory() as directory, Embedded(Home(Path(directory) / "home")) as server:
        for name in chosen.suite or SUITES:
            print(f"{name} …", file=sys.stderr, flush=True)
            for pair in SUITES[name](Bench(server.dsn, Path(directory), chosen.rounds, chosen.part)):
                ours, beside = statistics.median(pair.ours), statistics.median(pair.beside)
                figures[pair.name] = {
                    "ours": round(ours, 1),
                    "beside": round(beside, 1),
                    "ratio": round(ours / beside, 3),
                    "unit": pair.unit,
                    "beside_is": pair.beside_is,
                }
    if chosen.json:
        print(json.dumps(figures, indent=1, ensure_ascii=False))
        return
    for name, figure in figures.items():
        print(f"{name:<28} {figure['ours']:>10} : {figure['beside']:>10} {figure['unit']:<12} × {figure['ratio']}")
        print(f"{'':<28} beside: {figure['beside_is']}")


if __name__ == "__main__":
    main()
