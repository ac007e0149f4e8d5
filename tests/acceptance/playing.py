"""The worked example as a user runs it, once for all tests that look at what it printed. Not a test.

Two workers of one test run share one playing: the first that needs it plays, the other waits and reads.
"""

from __future__ import annotations

import contextlib
import io
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from caunoi.demo.running import run
from caunoi.locks import FileLock
from caunoi.settings import Settings
from domain.wording import Language


@dataclass(frozen=True, slots=True)
class Played:
    """One playing: what it printed, and how many seconds it took."""

    home: str
    output: str
    seconds: float

    def lines(self, *words: str) -> list[str]:
        """The lines that have all these words, blanks made one."""
        return [" ".join(line.split()) for line in self.output.splitlines() if all(word in line for word in words)]

    def part(self, number: int) -> str:
        """One numbered part of the output."""
        return self.output.split(f"\n{number}. ", 1)[1].split(f"\n{number + 1}. ", 1)[0]


def play(home: Path, *, language: Language = "vi", seed: int = 1, cast: tuple[int, int] = (17, 2),
         without_row: int | None = None) -> Played:  # fmt: skip
    """Play on a home of one's own."""
    printed, began = io.StringIO(), time.monotonic()
    with contextlib.redirect_stdout(printed):
        run(
            Settings(home=home), once=True, seed=seed, outside=cast[0], inside=cast[1], language=language,
            without_row=without_row,
        )  # fmt: skip
    return Played(str(home), printed.getvalue(), time.monotonic() - began)


def played_once(shared: Path, home: Path) -> tuple[Played, Played]:
    """The example played on an empty home in Vietnamese, and again on the same home in English."""
    kept = shared / "worked-example.json"
    with FileLock(shared / "worked-example.lock").held():
        if not kept.exists():
            plays = play(home), play(home, language="en")
            kept.write_text(json.dumps([asdict(one) for one in plays]), "utf-8")
    first, second = json.loads(kept.read_text("utf-8"))
    return Played(**first), Played(**second)
