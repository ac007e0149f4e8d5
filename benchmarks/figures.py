"""What a benchmark gives: for each round our rate and the rate of what ran beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a suite may work: a server, a directory, how many rounds; and what part of the work a round does."""

    dsn: str
    directory: Path
    rounds: int
    part: float = 1.0

    def of(self, count: int) -> int:
        """How much of some work a round does."""
        return max(2, int(count * self.part))


@dataclass(slots=True)
class Pair:
    """One figure: our rates and those beside, round by round."""

    name: str
    unit: str
    beside_is: str
    ours: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)


def rate(work: Callable[[], int]) -> float:
    """How many per second: *work* says how many it did."""
    started = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - started)
